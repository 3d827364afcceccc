"""What holds for any bytes at all: no error, the same facets again, values that a manifest can hold."""

import json
import mmap
import tempfile
import zlib

import pydicom.data
from dicom_bytes import (
    DEFLATED,
    IMPLICIT,
    JPEG,
    UNDEFINED,
    ct,
    explicit,
    implicit,
    item,
    open_item,
    part10,
    sequence_end,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from zoopkg.dicom.inspect import ABSENT, inspect

NAMES = ("CT_small.dcm", "nested_priv_SQ.dcm", "MR_truncated.dcm", "JPEG2000.dcm", "DICOMDIR", "image_dfl.dcm")
PIXELS = explicit(0x7FE00010, "OB", item() + item(b"ab"), length=UNDEFINED) + sequence_end()
SEQUENCE = explicit(0x00400275, "SQ", open_item(ct()), length=UNDEFINED) + sequence_end()
SEEDS = [
    *(pydicom.data.get_testdata_file(name, read=False) for name in NAMES),
    part10(ct(), SEQUENCE, PIXELS, transfer_syntax=JPEG),
    part10(ct(implicit), implicit(0x00400275, item(ct(implicit))), transfer_syntax=IMPLICIT),
    part10(zlib.compress(ct() + SEQUENCE, wbits=-15), transfer_syntax=DEFLATED),
    part10(ct(), explicit(0x00400275, "UN", open_item(ct(implicit)), length=UNDEFINED), sequence_end()),
    ct(order=">"),
]


def _read(seed):
    if isinstance(seed, bytes):
        return seed
    with open(seed, "rb") as file:
        return file.read()


SEEDS = [_read(seed) for seed in SEEDS]
INTERESTING = [
    b"",
    b"\0",
    b"\xff" * 4,
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\x0d\xe0",
    b"\xfe\xff\xdd\xe0",
    b"SQ",
    b"UN\0\0",
    b"\\",
]


@st.composite
def mutated(draw):
    """A real file with a few bytes replaced, removed or inserted, most of them in its header, then cut off."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, min(len(data), 3000)))
        new = draw(st.one_of(st.sampled_from(INTERESTING), st.binary(max_size=8)))
        data[at : at + draw(st.integers(0, 8))] = new
    return bytes(data[: draw(st.one_of(st.none(), st.integers(0, 3000)))])


headed = st.binary(max_size=600).map(lambda data: bytes(128) + b"DICM" + data)
anything = st.one_of(st.binary(max_size=600), headed, mutated())


def is_canonical(value):
    if isinstance(value, list):
        return all(type(part) is str for part in value)
    return type(value) in {str, bool} or (type(value) is int and abs(value) < 2**53)


@settings(deadline=None, max_examples=1500)
@given(anything)
def test_any_bytes_have_facets_that_a_manifest_can_hold(data):
    facets = inspect(data)
    assert all(map(is_canonical, facets.values()))
    assert all(facets[name] != value for name, value in ABSENT.items() if name in facets)
    assert facets["kind"] in {"dicom", "dicomdir", "other"}
    assert ("preamble" in facets) is (facets["kind"] != "other")
    text = json.dumps(facets, ensure_ascii=False, allow_nan=False)
    assert json.loads(text.encode()) == facets
    assert len(text) < 8000


@settings(deadline=None, max_examples=100)
@given(anything)
def test_the_same_bytes_have_the_same_facets(data):
    facets = inspect(data)
    assert inspect(bytes(bytearray(data))) == facets
    assert inspect(memoryview(b"x" + data + b"y")[1:-1]) == facets
    assert inspect(memoryview(data * 2).cast("b")[: len(data)]) == facets
    if data:
        with tempfile.TemporaryFile() as file:
            file.write(data)
            file.flush()
            # closing the map raises BufferError if a view of it is still held
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
                assert inspect(mapped) == facets


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([seed for seed in SEEDS if seed[128:132] == b"DICM"]), st.data())
def test_a_file_cut_off_keeps_its_first_facets(seed, data):
    end = data.draw(st.integers(1, len(seed)))
    facets = inspect(seed[:end])
    if end >= 132:
        assert facets["kind"] in {"dicom", "dicomdir"}
        assert facets["preamble"] == inspect(seed)["preamble"]
        identity = ("study", "series", "modality", "rows", "columns")
        assert all(facets[name] == inspect(seed)[name] for name in identity if name in facets)


@settings(deadline=None, max_examples=500)
@given(st.one_of(st.text(max_size=400).map(str.encode), st.binary(max_size=400)))
def test_text_and_noise_are_not_dicom(data):
    assert inspect(data) == {"kind": "other"}
    assert inspect(b"\x89PNG\r\n\x1a\n" + data) == {"kind": "other"}


def test_a_huge_file_costs_its_header_only():
    """A sparse file of 8 GiB: neither its pixels nor a copy of them would fit."""
    with tempfile.TemporaryFile() as file:
        file.write(part10(ct(), explicit(0x7FE00010, "OW", length=0xFFFFFFF0)))
        file.truncate(8 << 30)
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            assert inspect(mapped)["rows"] == 2
