"""Decode text by Specific Character Set (PS3.3 C.12.1.1.2, PS3.5 6.1.2): our own table of terms and escape sequences.

Strict: what a character set does not have is an error, never a replacement character. Encodes nothing.
"""

import re
from collections.abc import Sequence

_SINGLE_BYTE = {
    "6": "ascii",
    "13": "shift_jis",
    "100": "iso8859_1",
    "101": "iso8859_2",
    "109": "iso8859_3",
    "110": "iso8859_4",
    "126": "iso8859_7",
    "127": "iso8859_6",
    "138": "iso8859_8",
    "144": "iso8859_5",
    "148": "iso8859_9",
    "166": "tis_620",
    "203": "iso8859_15",
}
_STAND_ALONE = {"ISO_IR 192": "utf_8", "GB18030": "gb18030", "GBK": "gbk"}

_TERM = re.compile(r"ISO(_IR|( 2022 IR)) (\d+)")
_EXTENSION_ONLY = frozenset({"87", "159", "149", "58"})

# An escape sequence designates a set for the bytes below 80H (G0) or for those above (G1). Those for G0 of single
# bytes differ from ASCII in two characters at most, and DICOM reads these as ASCII: the backslash separates values.
_G0 = {b"(B": None, b"(J": None, b"$B": "iso2022_jp", b"$(D": "iso2022_jp_2"}
_G1 = {
    b"-A": "iso8859_1",
    b"-B": "iso8859_2",
    b"-C": "iso8859_3",
    b"-D": "iso8859_4",
    b"-F": "iso8859_7",
    b"-G": "iso8859_6",
    b"-H": "iso8859_8",
    b"-L": "iso8859_5",
    b"-M": "iso8859_9",
    b"-T": "tis_620",
    b"-b": "iso8859_15",
    b")I": "shift_jis",
    b"$)C": "euc_kr",
    b"$)A": "gb2312",
}
_ESCAPE = re.compile(rb"\x1b(\([BJ]|\$B|\$\(D|-[ABCDFGHLMTb]|\)I|\$\)[CA])")


def first_text(raw: bytes, terms: Sequence[str]) -> str:
    """Decode the first of the values in `raw`, without the padding around it.

    Args:
        raw: the bytes of the element's value.
        terms: the values of Specific Character Set.

    Raises:
        UnicodeError: a byte, a term or an escape sequence is not known.
    """
    first = terms[0] if terms else ""
    if first in _STAND_ALONE:
        return _first(raw.decode(_STAND_ALONE[first]))
    high, extended = _initial_set(first)
    if not extended and len(terms) < 2:
        return _first(raw.decode(high))
    return _first_extended(raw, high)


def _first(text: str) -> str:
    return text.partition("\\")[0].strip(" \0")


def _initial_set(term: str) -> tuple[str, bool]:
    """The codec of single bytes from 80H on, and whether escape sequences may change it."""
    if not term:
        return "ascii", False
    match = _TERM.fullmatch(term)
    number = match[3] if match else ""
    extended = bool(match and match[2])
    if number not in _SINGLE_BYTE and not (extended and number in _EXTENSION_ONLY):
        raise UnicodeError(f"no character set of DICOM: {term}")
    return _SINGLE_BYTE.get(number, "ascii"), extended


def _first_extended(raw: bytes, high: str) -> str:
    """Decode up to the first backslash that is a character of its own and not half of one."""
    low, text = b"", ""
    # split() gives the text before the first escape sequence, then each sequence and the text behind it
    parts = [b"", *_ESCAPE.split(raw)]
    for escape, part in zip(parts[::2], parts[1::2], strict=True):
        if b"\x1b" in part:
            raise UnicodeError("an escape sequence that DICOM does not have")
        low = escape if escape in _G0 else low
        high = _G1.get(escape, high)
        double = _G0.get(low)
        if double:
            text += (b"\x1b" + low + part).decode(double)
            continue
        text += part.decode(high)
        if "\\" in text:
            break
    return _first(text)
