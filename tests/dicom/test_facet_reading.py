"""Files that break the rules of encoding, and what is still read of them."""

import struct
import zlib

import pytest
from dicom_bytes import (
    BIG_ENDIAN,
    CT,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    UNDEFINED,
    ct,
    explicit,
    implicit,
    item,
    item_end,
    meta,
    open_item,
    part10,
    sequence_end,
)

from zoopkg.dicom import scanner
from zoopkg.dicom.inspect import inspect
from zoopkg.dicom.part10 import inflate

MODALITY = explicit(0x00080060, "CS", "MR")
SEQUENCE = 0x00400275
AFTER = explicit(0x00540081, "US", b"\1\0")
ROWS = explicit(0x00280010, "US", b"\2\0")
LAST = explicit(0x00281101, "US", bytes(6))  # sets `palette`: shows that reading went on behind a sequence


def ct_with(**facets):
    return CT | {"preamble": "zero"} | facets


def ct_without_meta(**facets):
    return CT | {"preamble": "none"} | facets


def depth_and_end(*elements, transfer_syntax=EXPLICIT):
    facets = inspect(part10(*elements, transfer_syntax=transfer_syntax))
    return facets.get("sequence_depth", 0), facets.get("undefined_length", False), "palette" in facets


@pytest.mark.parametrize(
    ("transfer_syntax", "dataset"),
    [
        (EXPLICIT, ct()),
        (IMPLICIT, ct(implicit)),
        (BIG_ENDIAN, ct(order=">")),
        ("1.2.840.113619.5.2", ct(implicit)),
        ("1.2.999.1", ct()),
        (DEFLATED, zlib.compress(ct(), wbits=-15)),
        ("1.2.840.10008.1.2.4.205", zlib.compress(ct(), wbits=-15)),
    ],
)
def test_transfer_syntaxes(transfer_syntax, dataset):
    assert inspect(part10(dataset, transfer_syntax=transfer_syntax)) == ct_with(transfer_syntax=transfer_syntax)


@pytest.mark.parametrize("stated", [EXPLICIT, IMPLICIT, BIG_ENDIAN, DEFLATED])
@pytest.mark.parametrize("dataset", [ct(), ct(implicit), ct(order=">"), ct(implicit, ">")])
def test_bytes_are_believed_before_the_transfer_syntax(stated, dataset):
    assert inspect(part10(dataset, transfer_syntax=stated)) == ct_with(transfer_syntax=stated)


@pytest.mark.parametrize("dataset", [ct(), ct(implicit), ct(order=">"), ct(implicit, ">")])
def test_a_transfer_syntax_that_is_not_stated_is_null(dataset):
    assert inspect(part10(dataset, transfer_syntax=None)) == ct_with()
    assert inspect(bytes(128) + b"DICM" + dataset) == ct_with()


@pytest.mark.parametrize("dataset", [ct(), ct(implicit), ct(order=">"), ct(implicit, ">")])
def test_a_data_set_alone(dataset):
    assert inspect(dataset) == ct_without_meta()


@pytest.mark.parametrize("prefix", [b"", b"XXXX", b"DIC\0"])
def test_a_preamble_without_its_prefix(prefix):
    assert inspect(part10(ct(), prefix=prefix)) == ct_with(transfer_syntax=EXPLICIT)


@pytest.mark.parametrize("prefix", [b"", b"DICM"])
def test_file_meta_without_a_preamble(prefix):
    assert inspect(part10(ct(), preamble=b"", prefix=prefix)) == ct_without_meta(transfer_syntax=EXPLICIT)


@pytest.mark.parametrize("length", [0, 1, 0xFFFFFFFE])
def test_group_length_is_not_believed(length):
    wrong = meta()[12:]
    data = bytes(128) + b"DICM" + explicit(0x00020000, "UL", struct.pack("<I", length)) + wrong + ct()
    assert inspect(data) == ct_with(transfer_syntax=EXPLICIT)


def test_file_meta_in_implicit_vr():
    data = bytes(128) + b"DICM" + implicit(0x00020010, IMPLICIT) + ct(implicit)
    assert inspect(data) == ct_with(transfer_syntax=IMPLICIT)


def test_group_2_elsewhere_is_ignored():
    data = part10(ct(), explicit(0x00020010, "UI", DEFLATED), transfer_syntax=None)
    assert inspect(data) == ct_with()


def test_more_file_meta_than_is_read_as_such():
    data = bytes(128) + b"DICM" + explicit(0x00020012, "UI") * 2000 + ct()
    assert inspect(data) == ct_with()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 5000,
        b"DICM",
        b'{"modality": "MR"}',
        b"II*\0" + bytes(300),
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"PK\x03\x04" + bytes(200),
        b"ATCSATCSATLOAT" * 4000,
        bytes(128) + b"DICOM" + b"x" * 500,
        struct.pack("<200I", *range(200)),
        struct.pack("<200H", *range(200)),
        struct.pack("<8I", 2, 4, 9, 6, 2, 1, 1, 1),
        struct.pack("<8I", 8, 4, 9, 8, 2, 1, 1, 1),
        MODALITY,
    ],
)
def test_what_is_not_dicom(data):
    assert inspect(data) == {"kind": "other"}


def test_prefix_alone_is_dicom():
    assert inspect(bytes(128) + b"DICM") == {"kind": "dicom", "preamble": "zero"}


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ([explicit(SEQUENCE, "SQ")], (0, False, True)),
        ([explicit(SEQUENCE, "SQ", length=UNDEFINED), sequence_end()], (0, True, True)),
        ([explicit(SEQUENCE, "SQ", item())], (1, False, True)),
        ([explicit(SEQUENCE, "SQ", item(AFTER) * 3)], (1, False, True)),
        ([explicit(SEQUENCE, "SQ", open_item(AFTER) * 2)], (1, True, True)),
        ([explicit(SEQUENCE, "SQ", item(AFTER), length=UNDEFINED), sequence_end()], (1, True, True)),
        ([explicit(SEQUENCE, "SQ", open_item(AFTER), length=UNDEFINED), sequence_end()], (1, True, True)),
        ([explicit(SEQUENCE, "SQ", item(explicit(SEQUENCE, "SQ", item(AFTER) * 2)))], (2, False, True)),
        # UN: opened if it has no length, as implicit VR, or as explicit VR if that is what fits
        ([explicit(SEQUENCE, "UN", item(AFTER))], (0, False, True)),
        ([explicit(SEQUENCE, "UN", item(ct(implicit)), length=UNDEFINED), sequence_end()], (1, True, True)),
        ([explicit(SEQUENCE, "UN", open_item(ct(implicit)), length=UNDEFINED), sequence_end()], (1, True, True)),
        ([explicit(SEQUENCE, "UN", open_item(ct()), length=UNDEFINED), sequence_end()], (1, True, True)),
        # a VR that cannot be: read as implicit VR
        ([implicit(SEQUENCE, item(AFTER))], (1, False, True)),
        ([implicit(SEQUENCE, item(AFTER), length=UNDEFINED), sequence_end()], (1, True, True)),
        ([explicit(SEQUENCE, "ZZ", b"any")], (0, False, True)),
        # delimiters that are missing, superfluous or misplaced
        ([explicit(SEQUENCE, "SQ", item(AFTER), length=UNDEFINED)], (1, True, True)),
        ([explicit(SEQUENCE, "SQ", item(AFTER, length=UNDEFINED), length=UNDEFINED), sequence_end()], (1, True, True)),
        ([explicit(SEQUENCE, "SQ", item(AFTER, length=UNDEFINED) * 2 + item_end())], (1, True, True)),
        ([explicit(SEQUENCE, "SQ", item(AFTER) + sequence_end())], (1, False, True)),
        ([explicit(SEQUENCE, "SQ", item(AFTER + item_end()))], (1, False, True)),
        ([item_end(), sequence_end(), item()], (0, False, True)),
        ([explicit(SEQUENCE, "SQ", b"no item, but a length")], (0, False, True)),
        ([explicit(SEQUENCE, "SQ", item(explicit(0x00400001, "UT", b"x", length=1000)) + item())], (1, False, True)),
        # encapsulated data below the top level, whose fragments are no elements
        (
            [explicit(SEQUENCE, "SQ", item(explicit(0x7FE00010, "OB", item(b"\x08\0") * 2, length=UNDEFINED)
             + sequence_end()) + item())],
            (1, False, True),
        ),
        ([explicit(SEQUENCE, "SQ", item(explicit(0x7FE00010, "OW", bytes(8)) + AFTER))], (1, False, True)),
    ],
)  # fmt: skip
def test_sequences(elements, expected):
    assert depth_and_end(ROWS, *elements, LAST) == expected


@pytest.mark.parametrize("order", ["<", ">"])
def test_sequences_of_implicit_vr(order):
    def end(content):
        last = implicit(0x00281101, bytes(6), order=order)
        return depth_and_end(ct(implicit, order), content, last, transfer_syntax=IMPLICIT)

    nested = implicit(SEQUENCE, item(ct(implicit, order), order=order), order=order)
    assert end(nested) == (1, False, True)
    assert end(implicit(SEQUENCE, item(nested, order=order), order=order)) == (2, False, True)
    opened = implicit(SEQUENCE, open_item(nested, order), order=order, length=UNDEFINED) + sequence_end(order)
    assert end(opened) == (2, True, True)
    assert end(implicit(SEQUENCE, order=order)) == (0, False, True)
    pixels = implicit(0x7FE00010, item(b"\x08\0") * 2, length=UNDEFINED, order=order) + sequence_end()
    assert end(implicit(SEQUENCE, item(pixels, order=order), order=order)) == (1, False, True)


def test_sequences_of_big_endian():
    nested = explicit(SEQUENCE, "SQ", open_item(ct(order=">"), ">") + item(order=">"), order=">", length=UNDEFINED)
    last = explicit(0x00281101, "US", bytes(6), order=">")
    dataset = ct(order=">") + nested + sequence_end(">") + last
    assert depth_and_end(dataset, transfer_syntax=BIG_ENDIAN) == (1, True, True)


def test_explicit_vr_inside_un_of_big_endian():
    """PS3.5 6.2.2: whatever the transfer syntax, the inside of UN is implicit VR little endian."""
    nested = explicit(SEQUENCE, "UN", order=">", length=UNDEFINED) + open_item(ct(implicit)) + sequence_end()
    last = explicit(0x00281101, "US", bytes(6), order=">")
    assert depth_and_end(ct(order=">") + nested + last, transfer_syntax=BIG_ENDIAN) == (1, True, True)


def nested_sequences(levels, *, defined):
    content = b""
    for _ in range(levels):
        content = (
            explicit(SEQUENCE, "SQ", item(content))
            if defined
            else explicit(SEQUENCE, "SQ", open_item(content), length=UNDEFINED) + sequence_end()
        )
    return content


@pytest.mark.parametrize(("levels", "depth"), [(63, 63), (64, 64), (65, 64), (2000, 64)])
def test_depth_is_capped(levels, depth):
    assert depth_and_end(nested_sequences(levels, defined=True), LAST) == (depth, False, True)
    assert depth_and_end(nested_sequences(levels, defined=False), LAST) == (depth, True, levels <= 64)


def test_sequences_that_never_end():
    assert depth_and_end(MODALITY, explicit(SEQUENCE, "SQ", item(length=UNDEFINED), length=UNDEFINED) * 100_000) == (
        64, True, False,
    )  # fmt: skip


@pytest.mark.parametrize("endless", [explicit(0x00540081, "US"), explicit(SEQUENCE, "SQ", item())])
def test_a_walk_takes_so_many_steps_and_no_more(monkeypatch, endless):
    monkeypatch.setattr(scanner, "MAX_STEPS", 1000)
    assert depth_and_end(endless * 240, LAST)[2]
    assert not depth_and_end(endless * 1000, LAST)[2]


def test_nested_fragments_take_steps_too(monkeypatch):
    pixels = explicit(0x7FE00010, "OB", item() * 500, length=UNDEFINED) + sequence_end()
    content = explicit(SEQUENCE, "SQ", item(pixels)) + LAST
    assert depth_and_end(ROWS, content) == (1, False, True)
    monkeypatch.setattr(scanner, "MAX_STEPS", 400)
    assert depth_and_end(ROWS, content) == (1, False, False)


def test_truncation_keeps_what_came_before():
    whole = part10(ct(), explicit(SEQUENCE, "SQ", item(ct())), LAST)
    facets = inspect(whole)
    seen = [inspect(whole[:end]) for end in range(len(whole))]
    assert all(part.items() <= facets.items() for part in seen[400:])
    counts = [len(part) for part in seen]
    assert counts[0] == 1
    assert counts[-1] == len(facets)
    assert counts[-len(LAST)] == len(facets) - 1
    assert all(part["kind"] == "dicom" for part in seen[132:])


def test_a_value_past_the_end_is_null():
    assert "modality" not in inspect(part10(explicit(0x00080060, "CS", b"MR", length=4)))


def test_deflate():
    assert inflate(memoryview(zlib.compress(bytes(1 << 20), wbits=-15)), 1000) == bytes(1000)
    assert inflate(memoryview(b"\xff\xff\xff"), 1000) == b""
    assert inflate(memoryview(b""), 1000) == b""


def test_a_truncated_deflate_stream():
    stream = zlib.compress(ct() + explicit(0x00540010, "OB", bytes(range(256)) * 99), wbits=-15)
    assert inspect(part10(stream[:-20], transfer_syntax=DEFLATED)) == ct_with(transfer_syntax=DEFLATED)


def test_a_damaged_deflate_stream_keeps_what_came_before():
    stream = zlib.compress(ct(), level=0, wbits=-15)[:-5] + b"\xff" * 20_000
    data = part10(b"\0" + stream[1:].ljust(20_000, b"\xff"), transfer_syntax=DEFLATED)
    assert inspect(data)["transfer_syntax"] == DEFLATED


def test_a_long_deflated_header_is_inflated_further():
    filler = explicit(0x00090010, "UT", b"x" * (3 << 20))
    stream = zlib.compress(filler + ct(), wbits=-15)
    assert inspect(part10(stream, transfer_syntax=DEFLATED))["rows"] == 2


def test_a_deflate_bomb_is_harmless():
    bomb = zlib.compress(ct() + explicit(0x00540010, "OB", bytes(100 << 20)), wbits=-15)
    assert len(bomb) < 1 << 20
    assert inspect(part10(bomb, transfer_syntax=DEFLATED)) == ct_with(transfer_syntax=DEFLATED)
