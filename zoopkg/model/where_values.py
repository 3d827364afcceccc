"""The values of a filter: what may be written for each key, and its one normal form.

A value in normal form is `none`, `any`, a text, a glob, a number, a comparison such as `>=512`, or `!` and one of the
first five. docs/formats/where.md defines them. `zoopkg.model.where_tests` compiles them.
"""

import re
import unicodedata
from collections.abc import Callable

from zoopkg.errors import UsageError
from zoopkg.model.facets import FACETS, FacetType
from zoopkg.model.text import printable

MAX_VALUE = 1000
MAX_GLOBS = 20_000
NONE, ANY = "none", "any"
MAX_NUMBER = 2**53 - 1

COMPARISON = re.compile(r"(<=|>=|<|>)(.*)", re.DOTALL)
_NUMBER = re.compile(r"([+-]?[0-9]{1,16})\s*([kmg]i?b)?", re.IGNORECASE)
_UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_BOOLEANS = {"true": "true", "yes": "true", "false": "false", "no": "false"}
_BARE_DIGEST = re.compile(r"[0-9a-f]{64}")

_NEVER_NULL = frozenset({"path", "bytes", "digest"})


def type_of(key: str) -> FacetType | None:
    """How the values of a key are written, None for texts of the instance itself."""
    return FacetType.NUMBER if key == "bytes" else FACETS.get(key)


def words_of(key: str) -> frozenset[str]:
    """Which of `none` and `any` have their meaning for a key: `none` is a value of the facet `preamble` itself."""
    if key in _NEVER_NULL:
        return frozenset()
    return frozenset({ANY}) if key == "preamble" else frozenset({NONE, ANY})


def _folded(text: str) -> str:
    """Equal for texts that differ in case alone (Unicode 3.13, D145)."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", text).casefold())


def _capitals(text: str) -> str:
    return text.upper() if text.isascii() else text


def fold_of(key: str) -> Callable[[str], str]:
    """How texts of a key are made comparable: codes in capitals, paths as they are, others without case."""
    if key == "path":
        return lambda text: unicodedata.normalize("NFC", text)
    return _capitals if FACETS.get(key) is FacetType.CODE else _folded


def normal_values(key: str, value: str) -> list[str]:
    """The normal form of one value: usually one, several where a name stands for several UIDs.

    Raises:
        UsageError: the key takes no such value.
    """
    _check_length(key, value)
    if printable(value) != value:
        raise UsageError(f"a value of {key} holds a character that cannot be shown: {value[:80]!a}")
    bang = "!" if value.lstrip().startswith("!") else ""
    text = value.lstrip()[1:] if bang else value
    if key != "path":
        text = text.strip()
    if not text or (bang and text.startswith("!")):
        raise UsageError(
            f"'{value[:80]}' is no value of {key}",
            hint=f"Write {key}=VALUE, or {key}!=VALUE for what it must not be; none where it is not stated.",
        )
    normal = [bang + each for each in _normal(key, text, comparable=not bang)]
    for each in normal:
        _check_length(key, each)  # one that folding made longer could not be read again
    return normal


def _check_length(key: str, value: str) -> None:
    if len(value) > MAX_VALUE:
        raise UsageError(f"a value of {key} is longer than {MAX_VALUE} characters")


def _normal(key: str, text: str, *, comparable: bool) -> list[str]:
    kind = type_of(key)
    if comparison := COMPARISON.fullmatch(text):
        if kind is not FacetType.NUMBER:
            raise UsageError(
                f"'{text[:80]}' compares {key}, which is no number",
                hint="Only numbers have an order; a text that begins so is written [>]text.",
            )
        if not comparable:
            raise UsageError(f"'!{text[:80]}' negates a comparison", hint=f"Write {key}<512 for what is not >=512.")
        return [comparison[1] + _number(key, comparison[2].strip())]
    if text.lower() in words_of(key):
        return [text.lower()]
    if kind is FacetType.NUMBER:
        return [_number(key, text)]
    if kind is FacetType.BOOLEAN:
        return [_boolean(key, text)]
    return _texts(key, text)


def _number(key: str, text: str) -> str:
    match = _NUMBER.fullmatch(text)
    if match is None or (match[2] and key != "bytes"):
        raise UsageError(
            f"'{text[:80]}' is no whole number, which {key} is",
            hint="Write 1500kB, 20MB or 1GiB." if key == "bytes" else f"Write {key}=512, {key}>=512 or {key}<512.",
        )
    number = int(match[1]) * _UNITS.get((match[2] or "").lower(), 1)
    if abs(number) > MAX_NUMBER:
        raise UsageError(f"'{text}' is too large a number for {key}")
    return str(number)


def _boolean(key: str, text: str) -> str:
    if text.lower() not in _BOOLEANS:
        raise UsageError(f"'{text[:80]}' is neither true nor false, which {key} is")
    return _BOOLEANS[text.lower()]


def _texts(key: str, text: str) -> list[str]:
    if FACETS.get(key) is FacetType.NAMED_UID:
        from zoopkg.model.uids import uids_named  # noqa: PLC0415  (csv and importlib.resources: 7 ms)

        return uids_named(text, key)
    text = fold_of(key)(text)
    if key == "digest" and _BARE_DIGEST.fullmatch(text):
        return [f"b3:{text}"]
    return [ANY] if text == "*" and ANY in words_of(key) else [text]
