"""Canonical JSON: one value, one sequence of bytes. Writes it, and refuses everything else when reading.

The form is RFC 8785 (JCS) narrowed to what the formats need: ASCII keys, integers, strings, booleans, null, arrays
and objects; UTF-8, keys sorted, no white space, no floats. Knows nothing of files or of what a document means.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeAlias

from zoopkg.errors import FormatError

Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

MAX_DEPTH = 64
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _refuse_float(text: str) -> NoReturn:
    raise ValueError(f"a number that is not an integer, {text[:20]}")


_DECODER = json.JSONDecoder(parse_float=_refuse_float, parse_constant=_refuse_float)


def encode(value: Json) -> bytes:
    """The canonical bytes of a value, without a line end.

    Raises:
        FormatError: a lone surrogate, which has no UTF-8 form.
    """
    try:
        return _ENCODER.encode(value).encode()
    except UnicodeEncodeError as error:
        raise FormatError("a text holds a lone surrogate, which has no UTF-8 form") from error


def decode(data: bytes, where: str, limit: int) -> Any:
    """The value of canonical bytes; what is not canonical (duplicate keys, floats, other order) is refused.

    Args:
        data: the whole document, without a line end.
        where: what the document is, for the message.
        limit: the most bytes that the document may have.

    Raises:
        FormatError: too large, not JSON, too deep, or not canonical.
    """
    if len(data) > limit:
        raise FormatError(f"{where} has {len(data)} bytes, over its limit of {limit}")
    value = decode_loosely(data, where)
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH and depth(value) > MAX_DEPTH:
        raise FormatError(f"{where} nests deeper than {MAX_DEPTH} levels")
    if encode(value) != data:
        raise FormatError(f"{where} is not canonical JSON (sorted, unique keys, no white space)")
    return value


def decode_loosely(data: bytes, where: str) -> Any:
    """The value of JSON bytes without the canonical check, for bytes that were checked when they came in.

    Raises:
        FormatError: not UTF-8, not JSON, nested past what Python reads, or a number that is no integer.
    """
    try:
        return _DECODER.decode(data.decode())
    except RecursionError as error:
        raise FormatError(f"{where} nests too deeply") from error
    except ValueError as error:
        raise FormatError(f"{where} is not valid: {error}") from error


def depth(value: Json) -> int:
    """How many arrays and objects lie around the deepest value."""
    level, layer = 0, [value]
    while layer := [
        child
        for item in layer
        if isinstance(item, (dict, list))
        for child in (item.values() if isinstance(item, dict) else item)
    ]:
        level += 1
        if level > MAX_DEPTH:
            break
    return level
