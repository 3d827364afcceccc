"""TOML text to a mapping, for files that people or Git may have mangled: capped, and every mistake with its line.

Reads no file; knows no file's meaning.
"""

import difflib
import tomllib
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from zoopkg.errors import UsageError

MAX_TOML = 4 << 20
# tomllib takes quadratic time over a dotted key (40 kB of one took 5.6 s), about 25 ns for each square of its dots.
MAX_DOTS_SQUARED = 10_000_000
_MAX_KEYS = 200


def parse_toml(data: bytes, document: str) -> dict[str, Any]:
    """The mapping that a TOML document holds.

    Raises:
        UsageError: too large, not UTF-8, or not TOML; the message says where.
    """
    if len(data) > MAX_TOML:
        raise UsageError(f"{document} has {len(data)} bytes, over the limit of {MAX_TOML}")
    effort = 0
    for number, line in enumerate(data.split(b"\n"), 1):
        effort += line.count(b".") ** 2
        if effort > MAX_DOTS_SQUARED:
            raise UsageError(f"{document}, line {number}: more dots than an honest file has")
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        number = data[: error.start].count(b"\n") + 1
        raise UsageError(f"{document}, line {number}: not UTF-8", hint="Save the file as UTF-8.") from error
    except RecursionError as error:
        raise UsageError(f"{document} nests too deeply") from error
    except ValueError as error:  # not TOML, or a number of more digits than Python reads
        raise UsageError(f"{document} is not valid TOML: {error}") from error


def line_of(data: bytes, path: Sequence[str]) -> int:
    """The number of the line where a valid document sets a key, or comes nearest to it; 0 where it does not at all.

    Args:
        data: the document.
        path: the keys from the top down.
    """
    wanted = tuple(path)
    header: tuple[str, ...] = ()
    found = depth = 0
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), 1):
        keys = _keys(line)
        if keys is None:
            continue
        here = keys if line.lstrip().startswith("[") else (*header, *keys)
        header = here if line.lstrip().startswith("[") else header
        shared = next((n for n, (a, b) in enumerate(zip(here, wanted, strict=False)) if a != b), None)
        reach = min(len(here), len(wanted)) if shared is None else 0
        if reach > depth:
            found, depth = number, reach
    return found


def _keys(line: str) -> tuple[str, ...] | None:
    """The keys that a line names, in a header or before an equals sign; None for any other line."""
    if line.lstrip().startswith("["):
        text = line.partition("#")[0].strip().strip("[]")
    else:
        text = line.partition("=")[0] if "=" in line else ""
    if not text or len(text) > _MAX_KEYS:
        return None
    try:
        value: Any = tomllib.loads(f"{text} = 0")
    except ValueError:
        return None
    keys = []
    while isinstance(value, dict):
        key, value = next(iter(value.items()), ("", None))
        keys.append(key)
    return tuple(keys)


def refuse_unknown_keys(table: Iterable[str], known: Collection[str], where: str) -> None:
    """Refuse a key that means nothing here, and name the nearest one that does.

    Raises:
        UsageError: names the first such key.
    """
    for key in table:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, 1, 0.5)
            hint = f"Did you mean {nearest[0]!r}?" if nearest else "Known keys: " + ", ".join(sorted(known)) + "."
            raise UsageError(f"{where} has the unknown key {key!r}", hint=hint)
