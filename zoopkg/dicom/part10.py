"""Where the data set of a file is: preamble, prefix, file meta information, deflation (PS3.10 section 7).

Also of files that lack some of it. The rules are those of docs/formats/facets.md, "Finding the data set".
"""

import zlib
from contextlib import suppress
from dataclasses import dataclass
from struct import error as StructError  # noqa: N812  # the library's name says nothing on its own

from zoopkg.dicom.encoding import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_BIG,
    IMPLICIT_LITTLE,
    fits,
    read_element,
)

MAX_META_ELEMENTS = 1024
MAX_VALUE = 1024

FILE_META = 0x0002
"""The group of the file meta information."""
MEDIA_STORAGE_SOP_CLASS = 0x00020002
MEDIA_STORAGE_SOP_INSTANCE = 0x00020003
TRANSFER_SYNTAX = 0x00020010
_META = frozenset({MEDIA_STORAGE_SOP_CLASS, MEDIA_STORAGE_SOP_INSTANCE, TRANSFER_SYNTAX})

_PREFIX = b"DICM"
_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_MACH_O = tuple(
    bytes.fromhex(magic)
    for magic in ("feedface", "feedfacf", "cafebabe", "cafebabf", "cefaedfe", "cffaedfe", "bebafeca", "bfbafeca")
)
_EXECUTABLE = (b"MZ", b"\x7fELF", b"#!", b"\0asm", b"dex\n", *_MACH_O)

_INFLATE_CHUNK = 16 * 1024


@dataclass(frozen=True, slots=True)
class Part10:
    """How a file begins."""

    preamble: str
    """zero, tiff, executable, other, or none."""
    meta: dict[int, bytes]
    """Of the file meta information the values that say what is in the file, by tag."""
    dataset: int
    """Offset of the data set."""


def read_part10(view: memoryview) -> Part10 | None:
    """Find the data set; None if this is not DICOM."""
    start = _find_start(view)
    if start is None:
        return None
    meta, dataset = _read_meta(view, start)
    return Part10(_preamble(bytes(view[:128])) if start >= 128 else "none", meta, dataset)


def value_at(view: memoryview, value: int, length: int) -> bytes | None:
    """The bytes of a value; None if it is over :data:`MAX_VALUE` bytes or cut off."""
    if length > MAX_VALUE or value + length > len(view):
        return None
    return view[value : value + length].tobytes()


def inflate(view: memoryview, limit: int) -> bytes:
    """Inflate a raw deflate stream (RFC 1951): at most `limit` bytes, and what comes before an error."""
    stream, output = zlib.decompressobj(-zlib.MAX_WBITS), bytearray()
    for start in range(0, len(view), _INFLATE_CHUNK):
        try:
            output += stream.decompress(view[start : start + _INFLATE_CHUNK], limit - len(output))
        except zlib.error:
            break
        if stream.eof or len(output) >= limit:
            break
    return bytes(output)


def _find_start(view: memoryview) -> int | None:
    if bytes(view[128:132]) == _PREFIX:
        return 132
    candidates = (0, 4, 132, 128) if bytes(view[:4]) == _PREFIX else (0, 132, 128)
    return next((start for start in candidates if _begins_dataset(view, start)), None)


def _begins_dataset(view: memoryview, pos: int) -> bool:
    """Whether a data set or file meta information is at `pos`, where no prefix says so.

    A group below 0100H has a zero byte where text has none, and implicit VR is believed of common groups alone.
    """
    for encoding in (EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE, IMPLICIT_BIG):
        if fits(view, pos, encoding):
            group = read_element(view, pos, encoding).tag >> 16
            return group in {0x0002, 0x0004, 0x0008} or (encoding.explicit and group < 0x0100)
    return False


def _read_meta(view: memoryview, pos: int) -> tuple[dict[int, bytes], int]:
    meta: dict[int, bytes] = {}
    with suppress(StructError):  # the header of an element is cut off
        for _ in range(MAX_META_ELEMENTS):
            element = read_element(view, pos, EXPLICIT_LITTLE)
            if element.tag >> 16 != FILE_META:
                break
            pos = element.value + element.length
            value = value_at(view, element.value, element.length) if element.tag in _META else None
            if value is not None:
                meta[element.tag] = value
    return meta, pos


def _preamble(preamble: bytes) -> str:
    if not preamble.strip(b"\0"):
        return "zero"
    if preamble.startswith(_TIFF):
        return "tiff"
    return "executable" if preamble.startswith(_EXECUTABLE) else "other"
