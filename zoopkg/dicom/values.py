"""From the bytes of a value to a facet, or to None where the bytes are not what the rule asks for.

The rules are those of docs/formats/facets.md, "Values".
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from zoopkg.dicom.charset import first_text
from zoopkg.dicom.encoding import Encoding

MAX_CHARACTERS = 64

# The files of a series have most values in common.
_remembered = lru_cache(maxsize=1024)

_CODE_OR_EMPTY = re.compile(rb"[\x20-\x7e]{0,64}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _first_value(pattern: bytes) -> re.Pattern[bytes]:
    """The first of the values that backslashes separate, with the spaces and NUL bytes around it."""
    return re.compile(rb"[ \0]*(" + pattern + rb")[ \0]*(?:\\|\Z)")


# printable ASCII but the backslash, no space at either end
_CODE = _first_value(rb"[!-\[\]-~](?:[ -\[\]-~]{0,62}[!-\[\]-~])?")
_UID = _first_value(rb"[0-9.]{1,64}")
_NUMBER = _first_value(rb"[+-]?[0-9]{1,12}")


@_remembered
def code(raw: bytes) -> str | None:
    """Printable ASCII, one to 64 characters."""
    match = _CODE.match(raw)
    return match[1].decode("ascii") if match else None


def codes(raw: bytes) -> list[str] | None:
    """All values, up to 16, each a code or empty."""
    values = [value.strip(b" \0") for value in raw.split(b"\\")]
    if not any(values) or len(values) > 16 or not all(map(_CODE_OR_EMPTY.fullmatch, values)):
        return None
    return [value.decode("ascii") for value in values]


@_remembered
def uid(raw: bytes) -> str | None:
    """Digits and dots, one to 64 of them."""
    match = _UID.match(raw)
    return match[1].decode("ascii") if match else None


@_remembered
def number(raw: bytes) -> int | None:
    """An integer string (VR IS)."""
    match = _NUMBER.match(raw)
    return int(match[1]) if match else None


def u16(raw: bytes, encoding: Encoding) -> int | None:
    """The first 16-bit number."""
    return int(encoding.short.unpack_from(raw)[0]) if len(raw) >= 2 else None


def text(raw: bytes, terms: Sequence[str]) -> str | None:
    """Text in the character sets of `terms`, NFC, one to 64 characters."""
    ascii_text = code(raw)
    if ascii_text is not None:
        return ascii_text
    try:
        value = unicodedata.normalize("NFC", first_text(raw, terms))
    except UnicodeError:
        return None
    return value if 0 < len(value) <= MAX_CHARACTERS and not _CONTROL.search(value) else None


def lossy(raw: bytes) -> bool | None:
    """Lossy Image Compression, PS3.3 C.7.6.1.1.5."""
    return {"01": True, "00": False}.get(code(raw) or "")


def yes_no(raw: bytes) -> bool | None:
    """YES or NO."""
    return {"YES": True, "NO": False}.get(code(raw) or "")
