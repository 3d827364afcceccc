"""Cutting and stitching DICOM files as bytes: explicit VR little endian, one level deep.

Sequences and encapsulated pixel data of undefined length are walked over as one element.  Nothing here cares whether
the result is valid: that is the point.
"""

import struct
from dataclasses import dataclass

PREAMBLE = 132
GROUP_LENGTH = 0x00020000
ITEM, SEQUENCE_DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
UNDEFINED = 0xFFFFFFFF
LONG_FORM = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})


@dataclass(frozen=True, slots=True)
class Span:
    """Where one element lies: offsets of its tag, of its value, and of the byte after it."""

    start: int
    value: int
    end: int


def tag_bytes(tag: int) -> bytes:
    """Return the tag as it is written."""
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF)


def element(tag: int, vr: str, value: bytes, length: int | None = None) -> bytes:
    """Return an element; `length` is written instead of the true one where it is given."""
    declared = len(value) if length is None else length
    code = vr.encode("ascii")
    header = struct.pack("<2sHI", code, 0, declared) if vr in LONG_FORM else struct.pack("<2sH", code, declared)
    return tag_bytes(tag) + header + value


def spans(data: bytes) -> dict[int, Span]:
    """Return where each element of a whole file lies, file meta information and top level of the data set, in order."""
    found: dict[int, Span] = {}
    offset = PREAMBLE
    while offset < len(data):
        group, number, code = struct.unpack_from("<HH2s", data, offset)
        long_form = code.decode("ascii") in LONG_FORM
        value = offset + (12 if long_form else 8)
        (length,) = struct.unpack_from("<I" if long_form else "<H", data, value - (4 if long_form else 2))
        end = _end_of_items(data, value) if length == UNDEFINED else value + length
        found[group << 16 | number] = Span(offset, value, end)
        offset = end
    return found


def _end_of_items(data: bytes, offset: int) -> int:
    while data[offset : offset + 4] != SEQUENCE_DELIMITER:
        offset += 8 + int.from_bytes(data[offset + 4 : offset + 8], "little")
    return offset + 8


def header(data: bytes, tag: int) -> tuple[Span, str]:
    """Return where the element lies, and its VR."""
    span = spans(data)[tag]
    return span, data[span.start + 4 : span.start + 6].decode("ascii")


def replaced(data: bytes, tag: int, new: bytes) -> bytes:
    """Return `data` with the whole element exchanged for `new`."""
    span = spans(data)[tag]
    return data[: span.start] + new + data[span.end :]


def without(data: bytes, *tags: int) -> bytes:
    """Return `data` without these elements."""
    for tag in tags:
        data = replaced(data, tag, b"")
    return data


def with_value(data: bytes, tag: int, value: bytes) -> bytes:
    """Return `data` with another value in the element, of the length that it has, however odd."""
    _, vr = header(data, tag)
    return replaced(data, tag, element(tag, vr, value))


def with_vr(data: bytes, tag: int, vr: bytes) -> bytes:
    """Return `data` with two other bytes where the element's VR stands, and nothing else changed."""
    start = spans(data)[tag].start
    return data[: start + 4] + vr + data[start + 6 :]


def inserted(data: bytes, before: int, new: bytes) -> bytes:
    """Return `data` with `new` put in before the element `before`."""
    start = spans(data)[before].start
    return data[:start] + new + data[start:]


def swapped(data: bytes, first: int, second: int) -> bytes:
    """Return `data` with two neighbouring elements the wrong way round."""
    a, b = spans(data)[first], spans(data)[second]
    return data[: a.start] + data[b.start : b.end] + data[a.start : a.end] + data[b.end :]


def regrouped(data: bytes, surplus: int = 0) -> bytes:
    """Return `data` with File Meta Information Group Length made true again, or off by `surplus`."""
    found = spans(data)
    end = max(span.end for tag, span in found.items() if tag >> 16 == 2)
    length = end - found[GROUP_LENGTH].end + surplus
    return with_value(data, GROUP_LENGTH, struct.pack("<I", length))


def meta(data: bytes) -> bytes:
    """Return the file meta information: the elements of group 2."""
    return data[PREAMBLE : data_set_start(data)]


def data_set_start(data: bytes) -> int:
    """Return the offset of the first element after the file meta information."""
    return min(span.start for tag, span in spans(data).items() if tag >> 16 != 2)
