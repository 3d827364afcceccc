"""One element in, one facet out: the types and the table of docs/formats/facets.md."""

import struct

import pytest
from dicom_bytes import JPEG, UNDEFINED, explicit, item, part10, sequence_end

from zoopkg.dicom.inspect import ABSENT, inspect

PIXELS = 0x7FE00010


def facet(name, *elements, **kwargs):
    return inspect(part10(*elements, **kwargs)).get(name)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"MR", "MR"),
        (b" MR \0", "MR"),
        (b"MR\\CT", "MR"),
        (b"\\CT", None),
        (b"", None),
        (b" \0", None),
        (b"m r", "m r"),
        (b"M\0R", None),
        (b"M\xe9", None),
        (b"M\n", None),
        (b"M" * 64, "M" * 64),
        (b"M" * 66, None),
    ],
)
def test_code(raw, value):
    assert facet("modality", explicit(0x00080060, "CS", raw)) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"1.2.3\0", "1.2.3"),
        (b" 1.2.3 ", "1.2.3"),
        (b"1.2\\1.3", "1.2"),
        (b"1..02.", "1..02."),
        (b"1.2.x ", None),
        (b"1.2 3", None),
        (b"1" * 64, "1" * 64),
        (b"1" * 65, None),
        (b"", None),
    ],
)
def test_uid(raw, value):
    assert facet("study", explicit(0x0020000D, "UI", raw)) == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"7", 7),
        (b" +12 ", 12),
        (b"-3\\4", -3),
        (b"0000000000012", None),
        (b"999999999999", 999999999999),
        (b"1A", None),
        (b"1.0", None),
        (b"1_0", None),
        (b"", None),
    ],
)
def test_number(raw, value):
    assert facet("series_number", explicit(0x00200011, "IS", raw)) == value


@pytest.mark.parametrize(
    ("vr", "raw", "value"),
    [
        ("US", b"\x02\x01", 0x0102),
        ("SS", b"\xff\xff", 0xFFFF),
        ("UL", b"\x02\x01\x00\x00", 0x0102),
        ("US", b"\x02\x01\x03\x00", 0x0102),
        ("US", b"", None),
    ],
)
def test_u16(vr, raw, value):
    assert facet("rows", explicit(0x00280010, vr, raw)) == value


def test_u16_of_one_byte_is_null():
    element = explicit(0x00280010, "US", b"\x02\x01", length=1)[:-1]
    assert "rows" not in inspect(part10(element, explicit(0x00280011, "US", b"\x02\x01")))


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b"ISO_IR 100", ["ISO_IR 100"]),
        (b"\\ISO 2022 IR 87 ", ["", "ISO 2022 IR 87"]),
        (b"", None),
        (b"\\", None),
        (b"ISO_IR\x1b", None),
        (b"\\".join([b"X"] * 16), ["X"] * 16),
        (b"\\".join([b"X"] * 17), None),
    ],
)
def test_charset(raw, value):
    assert facet("charset", explicit(0x00080005, "CS", raw)) == value


@pytest.mark.parametrize(
    ("name", "tag", "raw", "value"),
    [
        ("lossy", 0x00282110, "01", True),
        ("lossy", 0x00282110, "00", False),
        ("lossy", 0x00282110, "YES", None),
        ("burned_in", 0x00280301, "YES", True),
        ("burned_in", 0x00280301, "NO", False),
        ("burned_in", 0x00280301, "no", None),
    ],
)
def test_booleans_that_may_be_null(name, tag, raw, value):
    assert facet(name, explicit(tag, "CS", raw)) is value


@pytest.mark.parametrize(
    ("name", "tag", "vr", "raw", "value"),
    [
        ("concatenation", 0x00209161, "UI", "1.9", "1.9"),
        ("series", 0x0020000E, "UI", "1.8", "1.8"),
        ("instance_number", 0x00200013, "IS", "5", 5),
        ("frames", 0x00280008, "IS", "12", 12),
        ("body_part", 0x00180015, "CS", "KNEE", "KNEE"),
        ("photometric", 0x00280004, "CS", "RGB", "RGB"),
        ("manufacturer", 0x00080070, "LO", " Example ", "Example"),
        ("model", 0x00081090, "LO", "Model 1", "Model 1"),
        ("samples", 0x00280002, "US", b"\3\0", 3),
        ("planar", 0x00280006, "US", b"\0\0", 0),
        ("columns", 0x00280011, "US", b"\5\0", 5),
        ("bits_allocated", 0x00280100, "US", b"\x10\0", 16),
        ("bits_stored", 0x00280101, "US", b"\x0c\0", 12),
        ("pixel_representation", 0x00280103, "US", b"\1\0", 1),
    ],
)
def test_the_tag_of_each(name, tag, vr, raw, value):
    assert facet(name, explicit(tag, vr, raw)) == value


def test_the_data_set_wins_over_the_file_meta():
    sop = explicit(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2") + explicit(0x00080018, "UI", "1.7")
    assert facet("sop_class", sop) == "1.2.840.10008.5.1.4.1.1.2"
    assert facet("instance", sop) == "1.7"
    assert facet("sop_class", sop_class="1.4") == "1.4"
    assert facet("instance") == "1.2.3"


def test_image_laterality_wins_over_laterality():
    laterality, image = explicit(0x00200060, "CS", "L"), explicit(0x00200062, "CS", "R")
    assert facet("laterality", laterality) == "L"
    assert facet("laterality", laterality, image) == "R"


def test_of_two_elements_the_last_counts():
    assert facet("modality", explicit(0x00080060, "CS", "MR"), explicit(0x00080060, "CS", "CT")) == "CT"


def test_a_long_value_is_null():
    assert facet("modality", explicit(0x00080060, "CS", b"MR" + b" " * 1022)) == "MR"
    assert facet("modality", explicit(0x00080060, "CS", b"MR" + b" " * 1024)) is None


@pytest.mark.parametrize(
    ("preamble", "value"),
    [
        (b"", "zero"),
        (b"II*\0", "tiff"),
        (b"MM\0*", "tiff"),
        (b"II+\0", "tiff"),
        (b"MM\0+", "tiff"),
        (b"MZ", "executable"),
        (b"\x7fELF", "executable"),
        (b"#!/bin/sh", "executable"),
        (b"\xcf\xfa\xed\xfe", "executable"),
        (b"\xca\xfe\xba\xbe", "executable"),
        (b"\0asm", "executable"),
        (b"hello", "other"),
    ],
)
def test_preamble(preamble, value):
    assert facet("preamble", preamble=preamble.ljust(128, b"\0")) == value


def test_dicomdir_by_media_storage_or_by_its_records():
    assert facet("kind") == "dicom"
    assert facet("kind", sop_class="1.2.840.10008.1.3.10") == "dicomdir"
    assert facet("kind", explicit(0x00041220, "SQ", item())) == "dicomdir"
    assert facet("kind", explicit(0x00041220, "SQ")) == "dicom"


@pytest.mark.parametrize(
    ("name", "tags", "value"),
    [
        ("modality_transform", {"rescale": 0x00281052, "lut": 0x00283000}, ["lut", "rescale"]),
        ("voi", {"window": 0x00281050, "lut": 0x00283010}, ["lut", "window"]),
    ],
)
def test_transforms(name, tags, value):
    for kind, tag in tags.items():
        assert facet(name, explicit(tag, "UN", b"12")) == [kind]
        assert facet(name, explicit(tag, "UN")) is None
        assert facet(name, explicit(0x52009229, "SQ", item(explicit(tag, "UN", b"12")))) is None
    assert facet(name, *(explicit(tag, "UN", b"12") for tag in sorted(tags.values()))) == value


@pytest.mark.parametrize(("name", "tag"), [("modality_transform", 0x00289145), ("voi", 0x00289132)])
def test_transforms_of_frames(name, tag):
    sequence = explicit(tag, "SQ", item(explicit(0x00281052, "DS", "1")))
    assert facet(name, explicit(0x52009229, "SQ", item(sequence))) == ["frame"]
    assert facet(name, sequence) is None


def test_flags_are_absent_when_false():
    facets = inspect(part10())
    assert ABSENT == {"palette": False, "overlay": False, "undefined_length": False, "sequence_depth": 0}
    assert not facets.keys() & ABSENT.keys()
    assert facet("palette", explicit(0x00281101, "US", bytes(6))) is True
    assert facet("overlay", explicit(0x601E0010, "US", bytes(2))) is True
    assert facet("overlay", explicit(0x60003000, "OW", bytes(2))) is True
    assert facet("overlay", explicit(0x60203000, "OW", bytes(2))) is None
    assert facet("overlay", explicit(0x60010010, "LO", "MAKER")) is None


def test_private_creators():
    creators = [
        explicit(0x00290010, "LO", "MAKER B"),
        explicit(0x00290011, "LO", "MAKER A "),
        explicit(0x002900FF, "UN", b"MAKER C"),
        explicit(0x0029000F, "LO", "TOO LOW"),
        explicit(0x00290100, "LO", "TOO HIGH"),
        explicit(0x00291000, "LO", "DATA"),
        explicit(0x00310010, "LO", "MAKER A"),
        explicit(0x00330010, "LO", b"\xe9"),
        explicit(0x00350010, "LO", ""),
        explicit(0x00400010, "LO", "EVEN"),
        explicit(0x00400275, "SQ", item(explicit(0x00290010, "LO", "NESTED"))),
    ]
    assert facet("private_creators", *creators) == ["MAKER A", "MAKER B", "MAKER C"]
    many = [explicit(0x00290010 + number, "LO", f"MAKER {number}") for number in range(65)]
    assert len(facet("private_creators", *many[:64])) == 64
    assert facet("private_creators", *many) is None


def encapsulated(*items, end=b""):
    pixels = explicit(PIXELS, "OB", b"".join(items), length=UNDEFINED) + end
    return lambda *before: inspect(part10(*before, pixels, transfer_syntax=JPEG))


@pytest.mark.parametrize(
    ("pixels", "table", "fragments"),
    [
        (encapsulated(item(), item(b"ab"), item(b"cd"), end=sequence_end()), "empty", 2),
        (encapsulated(item(bytes(4)), item(b"ab"), end=sequence_end()), "basic", 1),
        (encapsulated(item(), end=sequence_end()), "empty", 0),
        (encapsulated(item(), item(b"ab")), "empty", 1),
        (encapsulated(item(), item(b"ab", length=1000)), "empty", 1),
        (encapsulated(item(), item(b"ab", length=UNDEFINED)), "empty", 1),
        (encapsulated(item(), item(b"ab"), b"trailing bytes"), "empty", 1),
        (encapsulated(b"no item here"), None, None),
        (encapsulated(), None, None),
    ],
)
def test_fragments(pixels, table, fragments):
    facets = pixels()
    assert (facets.get("offset_table"), facets.get("fragments")) == (table, fragments)
    assert "undefined_length" not in facets


def test_extended_offset_table():
    pixels = encapsulated(item(), item(b"ab"), end=sequence_end())
    assert pixels(explicit(0x7FE00001, "OV", bytes(8)))["offset_table"] == "extended"
    assert pixels(explicit(0x7FE00001, "OV"))["offset_table"] == "empty"


def test_native_pixels_have_no_fragments():
    assert not inspect(part10(explicit(PIXELS, "OW", bytes(6)))).keys() & {"offset_table", "fragments"}


def test_endless_fragments():
    data = part10(explicit(PIXELS, "OB", item(bytes(4)), length=UNDEFINED), item() * ((1 << 20) + 1))
    facets = inspect(data[:-8])
    assert facets["fragments"] == 1 << 20
    facets = inspect(data)
    assert "fragments" not in facets
    assert facets["offset_table"] == "basic"


def test_nothing_behind_the_pixels_counts():
    late = explicit(0x00080060, "CS", "MR") + explicit(0x7FE10010, "LO", "LATE")
    assert inspect(part10(explicit(PIXELS, "OW", bytes(6)), late)) == inspect(part10())


def test_byte_order_of_numbers():
    big = explicit(0x00280010, "US", struct.pack(">H", 5), order=">") + explicit(
        0x00280011, "US", struct.pack(">H", 6), order=">"
    )
    facets = inspect(part10(big, transfer_syntax="1.2.840.10008.1.2.2"))
    assert (facets["rows"], facets["columns"]) == (5, 6)
