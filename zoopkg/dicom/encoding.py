"""How the elements of a DICOM data set are laid out: VR explicit or implicit, byte order (PS3.5 section 7).

Reads the header of one element at a time, and tells from two of them which encoding a data set has. Values are not
looked at, and nothing is walked: see :mod:`zoopkg.dicom.scanner`.
"""

from dataclasses import dataclass
from struct import Struct
from struct import error as StructError  # noqa: N812  # the library's name says nothing on its own
from typing import NamedTuple

UNDEFINED = 0xFFFFFFFF
DELIMITERS = 0xFFFE
"""The group of items and delimiters, which have no VR in any encoding."""
ITEM = 0xFFFEE000
ITEM_END = 0xFFFEE00D
SEQUENCE_END = 0xFFFEE0DD
PIXEL_DATA = 0x7FE00010

LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
SHORT_VRS = frozenset(b"AE AS AT CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UI UL US".split())
_VRS = LONG_VRS | SHORT_VRS


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """The layout of a data set: whether VRs are written, and the byte order.

    Tags are read as one 32-bit number, faster than as two of 16 bits; the number is `raw`, and differs from the tag
    in little endian, where the element number comes first.
    """

    explicit: bool
    little: bool
    head: Struct
    """Raw tag, VR (empty if implicit), length: the first 8 bytes of an element."""
    long: Struct
    """The 32-bit length of the VRs that have one, at offset 8."""
    short: Struct
    """One 16-bit number."""

    def tag(self, raw: int) -> int:
        """Group and element as PS3.6 prints them; its own inverse."""
        return (raw & 0xFFFF) << 16 | raw >> 16 if self.little else raw


def _encoding(order: str, *, explicit: bool) -> Encoding:
    layout = "I2sH" if explicit else "I0sI"
    return Encoding(explicit, order == "<", Struct(order + layout), Struct(order + "I"), Struct(order + "H"))


EXPLICIT_LITTLE = _encoding("<", explicit=True)
EXPLICIT_BIG = _encoding(">", explicit=True)
IMPLICIT_LITTLE = _encoding("<", explicit=False)
IMPLICIT_BIG = _encoding(">", explicit=False)

_BY_TRANSFER_SYNTAX = {
    "1.2.840.10008.1.2": IMPLICIT_LITTLE,
    "1.2.840.10008.1.2.2": EXPLICIT_BIG,
    "1.2.840.113619.5.2": IMPLICIT_LITTLE,  # GE's, whose pixel data alone is big endian
}


class Element(NamedTuple):
    """The header of one element."""

    tag: int
    vr: bytes
    """Two letters; empty where the element is encoded as implicit VR."""
    value: int
    """Offset of the value."""
    length: int
    """Of the value in bytes, or :data:`UNDEFINED`."""


def read_element(view: memoryview, pos: int, encoding: Encoding) -> Element:
    """Read the header of the element, item or delimiter at `pos`.

    Raises:
        struct.error: the header is cut off by the end of `view`.
    """
    raw, vr, length = encoding.head.unpack_from(view, pos)
    tag = encoding.tag(raw)
    if not encoding.explicit:
        return Element(tag, vr, pos + 8, length)
    if tag >> 16 != DELIMITERS:
        if vr in LONG_VRS:
            return Element(tag, vr, pos + 12, encoding.long.unpack_from(view, pos + 8)[0])
        if vr in SHORT_VRS or (vr.isalpha() and vr.isupper()):
            return Element(tag, vr, pos + 8, length)
    return Element(tag, b"", pos + 8, encoding.long.unpack_from(view, pos + 4)[0])


def fits(view: memoryview, pos: int, encoding: Encoding) -> bool:
    """Whether the first two elements at `pos` make sense in that encoding."""
    try:
        first = read_element(view, pos, encoding)
        if first.length == UNDEFINED:
            return first.vr in _VRS and _in_byte_order(first.tag)
        second = read_element(view, first.value + first.length, encoding)
    except StructError:
        return False
    if not _in_byte_order(first.tag) or second.tag <= first.tag:
        return False
    if encoding.explicit:
        return first.vr in _VRS and second.vr in _VRS
    return second.tag >> 16 == first.tag >> 16 and second.value + second.length <= len(view)


def _in_byte_order(tag: int) -> bool:
    """Data sets begin with small group numbers, so the smaller reading of two is the right one."""
    return tag >> 16 <= (tag >> 16 & 0xFF) << 8 | tag >> 24


def choose(view: memoryview, pos: int, transfer_syntax: str | None) -> Encoding:
    """The encoding of the data set at `pos`: what is stated where the bytes fit it, else what they show."""
    stated = _BY_TRANSFER_SYNTAX.get(transfer_syntax or "", EXPLICIT_LITTLE)
    candidates = (stated, EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE, IMPLICIT_BIG)
    return next((encoding for encoding in candidates if fits(view, pos, encoding)), stated)
