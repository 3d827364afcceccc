"""SPDX license expressions: read, and asked whether denied licenses leave a way to use what they cover. Pure.

The grammar is that of SPDX 2.3, annex D. Identifiers are not looked up: one that SPDX does not list is taken as it is.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from zoopkg.errors import FormatError
from zoopkg.model.globs import Globs

_TOKEN = re.compile(r"\s*(?:(?P<mark>[()])|(?P<word>[A-Za-z0-9.:+-]+))")
_OPERATORS = frozenset(("AND", "OR", "WITH"))
_MAX_DEPTH = 50


@dataclass(frozen=True, slots=True)
class License:
    """One license, perhaps with an exception: `GPL-2.0-only WITH Classpath-exception-2.0`."""

    name: str
    exception: str = ""

    def __str__(self) -> str:
        return f"{self.name} WITH {self.exception}" if self.exception else self.name


@dataclass(frozen=True, slots=True)
class AllOf:
    """Licenses that hold together: `MIT AND CC0-1.0`."""

    parts: "tuple[Expression, ...]"

    def __str__(self) -> str:
        return " AND ".join(f"({part})" if isinstance(part, AnyOf) else str(part) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Licenses of which whoever uses it chooses one: `MIT OR Apache-2.0`."""

    parts: "tuple[Expression, ...]"

    def __str__(self) -> str:
        return " OR ".join(map(str, self.parts))


Expression: TypeAlias = License | AllOf | AnyOf


def parse(text: str) -> Expression:
    """The expression that a text writes.

    Raises:
        FormatError: it is none.
    """
    parser = _Parser(text)
    expression = parser.any_of(0)
    if parser.token:
        raise parser.fail()
    return expression


def read(text: str) -> Expression:
    """The expression that a text writes; of one that is none, all its words together, since any may hold."""
    try:
        return parse(text)
    except FormatError:
        words = [word for word in re.findall(r"[A-Za-z0-9.:+-]+", text) if word.upper() not in _OPERATORS]
        return AllOf(tuple(License(word) for word in words)) if len(words) > 1 else License((words or [text])[0])


def licenses(expression: Expression) -> Iterator[License]:
    """Every license that an expression names, in its order."""
    if isinstance(expression, License):
        yield expression
    else:
        for part in expression.parts:
            yield from licenses(part)


class Denied:
    """Licenses that may not be used.

    Args:
        patterns: identifiers or shell globs, `GPL-*` for instance; case makes no difference (SPDX 2.3, annex D.2).
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._globs = Globs([pattern.lower() for pattern in patterns])

    def denies(self, expression: Expression) -> bool:
        """Whether no choice that an expression leaves does without a denied license."""
        if isinstance(expression, AllOf):
            return any(self.denies(part) for part in expression.parts)
        if isinstance(expression, AnyOf):
            return all(self.denies(part) for part in expression.parts)
        name = expression.name.lower()
        return any(map(self._globs.match, {name, name.removesuffix("+"), str(expression).lower()}))


class _Parser:
    """Recursive descent: OR binds least, then AND, then WITH."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self.token = ""
        self._next()

    def fail(self) -> FormatError:
        where = repr(self.token) if self.token else "its end"
        return FormatError(f"{self._text[:200]!r} is not an SPDX license expression: {where} is out of place")

    def any_of(self, depth: int) -> Expression:
        parts = [self._all_of(depth)]
        while self._took("OR"):
            parts.append(self._all_of(depth))
        return AnyOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _all_of(self, depth: int) -> Expression:
        parts = [self._one(depth)]
        while self._took("AND"):
            parts.append(self._one(depth))
        return AllOf(tuple(parts)) if len(parts) > 1 else parts[0]

    def _one(self, depth: int) -> Expression:
        if not self._took("("):
            name = self._name()
            return License(name, self._name() if self._took("WITH") else "")
        if depth == _MAX_DEPTH:
            raise self.fail()
        inner = self.any_of(depth + 1)
        if not self._took(")"):
            raise self.fail()
        return inner

    def _name(self) -> str:
        name = self.token
        if not name or name in "()" or name.upper() in _OPERATORS:
            raise self.fail()
        self._next()
        return name

    def _took(self, wanted: str) -> bool:
        """Go past a token if it is the one; operators may be written in lower case, but not in mixed (SPDX 3.0)."""
        took = self.token in (wanted, wanted.lower())
        if took:
            self._next()
        return took

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found:
            self._at = found.end()
            self.token = found["mark"] or found["word"]
        elif self._text[self._at :].strip():
            self.token = self._text[self._at :].strip()[:20]
            raise self.fail()
        else:
            self.token = ""
