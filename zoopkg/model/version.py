"""Versions, and requirements on them: semantic versioning 2.0.0, with the operators that Cargo defines.

Decides which versions a requirement allows. Chooses none: that is the resolver's.
"""

import re
from dataclasses import dataclass
from typing import Self

from semver import Version as Version  # noqa: PLC0414  (re-exported: the project's one version type)

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName

_MAX_TEXT = 100
_MAX_REQUIREMENT = 400
_MAX_NUMBER = 2**53 - 1
_PART = re.compile(
    r"(?P<operator>\^|~|=|>=|<=|>|<)?\s*"
    r"(?P<major>0|[1-9][0-9]*)(?:\.(?P<minor>0|[1-9][0-9]*)(?:\.(?P<patch>0|[1-9][0-9]*)(?:-(?P<pre>[0-9A-Za-z.-]+))?)?)?"
)


def parse_version(text: str) -> Version:
    """A version of a pack: MAJOR.MINOR.PATCH with an optional pre-release (https://semver.org), without build metadata.

    Raises:
        UsageError: any other text.
    """
    if len(text) <= _MAX_TEXT and Version.is_valid(text):
        version = Version.parse(text)
        if version.build is None and max(version.major, version.minor, version.patch) <= _MAX_NUMBER:
            return version
    raise UsageError(
        f"'{text[:_MAX_TEXT]}' is not a version",
        hint="A version has three numbers, such as 1.4.2 or 2.0.0-rc.1.",
    )


@dataclass(frozen=True, slots=True)
class _Comparator:
    operator: str  # one of >= > <= < =
    version: Version

    def allows(self, version: Version) -> bool:
        order = version.compare(self.version)
        return {">=": order >= 0, ">": order > 0, "<=": order <= 0, "<": order < 0, "=": order == 0}[self.operator]


@dataclass(frozen=True, slots=True)
class Requirement:
    """The versions that are wanted: every comparator must hold. `*` has none, and allows every release.

    A pre-release is allowed only where the requirement names a pre-release of the same three numbers, as in Cargo.
    """

    text: str
    _comparators: tuple[_Comparator, ...]
    _prereleases: frozenset[tuple[int, int, int]]

    @classmethod
    def parse(cls, text: str) -> Self:
        """A requirement as project files write it: `^1`, `~1.2`, `=1.2.3`, `>=1, <3`, `1` (the same as `^1`), `*`.

        Raises:
            UsageError: not a requirement.
        """
        stripped = text.strip()
        if stripped == "*":
            return cls("*", (), frozenset())
        too_long = len(text) > _MAX_REQUIREMENT
        parts = [None] if too_long else [_PART.fullmatch(part.strip()) for part in stripped.split(",")]
        comparators: list[_Comparator] = []
        prereleases = set()
        written = []
        for part in parts:
            if part is None:
                raise _not_a_requirement(text)
            operator = part["operator"] or "^"
            low, high = _span(part)
            if low.prerelease:
                prereleases.add((low.major, low.minor, low.patch))
            comparators += _comparators(operator, low, high, _caret_end(part))
            written.append(f"{operator}{part[0].removeprefix(part['operator'] or '').strip()}")
        normal = ", ".join(written)
        if len(normal) > _MAX_REQUIREMENT:  # or it could not be read again
            raise _not_a_requirement(text)
        return cls(normal, tuple(comparators), frozenset(prereleases))

    @classmethod
    def exactly(cls, version: Version) -> Self:
        """The requirement for one version alone."""
        return cls.parse(f"={version}")

    def allows(self, version: Version) -> bool:
        """Whether a version meets the requirement."""
        if version.prerelease and (version.major, version.minor, version.patch) not in self._prereleases:
            return False
        return all(comparator.allows(version) for comparator in self._comparators)

    def __str__(self) -> str:
        return self.text


def _not_a_requirement(text: str) -> UsageError:
    return UsageError(
        f"'{text[:_MAX_TEXT]}' is not a version requirement",
        hint="Write ^1, ~1.2, =1.2.3 or '>=1, <3', for instance.",
    )


def _span(part: re.Match[str]) -> tuple[Version, Version]:
    """The first version that the written numbers cover, and the first one past them (1.2 covers 1.2.0 up to 1.3.0)."""
    low = parse_version(
        f"{part['major']}.{part['minor'] or 0}.{part['patch'] or 0}" + (f"-{part['pre']}" if part["pre"] else "")
    )
    if part["minor"] is None:
        return low, low.bump_major()
    if part["patch"] is None:
        return low, low.bump_minor()
    return low, Version(low.major, low.minor, low.patch + 1)


def _caret_end(part: re.Match[str]) -> Version:
    """The first version that is no longer compatible: the leftmost number that is not zero has changed."""
    low, high = _span(part)
    if low.major or part["minor"] is None:
        return Version(low.major + 1)
    if low.minor or part["patch"] is None:
        return Version(0, low.minor + 1)
    return high


def _comparators(operator: str, low: Version, high: Version, caret_end: Version) -> list[_Comparator]:
    exact = high == Version(low.major, low.minor, low.patch + 1)
    match operator:
        case "^":
            return [_Comparator(">=", low), _Comparator("<", caret_end)]
        case "~":
            end = high if not exact else Version(low.major, low.minor + 1)
            return [_Comparator(">=", low), _Comparator("<", end)]
        case "=":
            return [_Comparator("=", low)] if exact else [_Comparator(">=", low), _Comparator("<", high)]
        case ">":
            return [_Comparator(">", low) if exact else _Comparator(">=", high)]
        case "<=":
            return [_Comparator("<=", low) if exact else _Comparator("<", high)]
        case _:
            return [_Comparator(operator, low)]


@dataclass(frozen=True, slots=True)
class Spec:
    """What a person asks for on the command line: a pack, and which versions of it, if they said so."""

    name: PackName
    requirement: Requirement | None
    latest: bool = False

    @classmethod
    def parse(cls, text: str) -> Self:
        """`NAME`, `NAME@1`, `NAME@1.2`, `NAME@1.2.3`, `NAME@^1.2`, `NAME@>=1,<3`, `NAME@latest`.

        Bare numbers mean what they say: `@1` any 1.x.y, `@1.2` any 1.2.y, `@1.2.3` that version.

        Raises:
            UsageError: not a spec.
        """
        name, at, wanted = text.partition("@")
        pack = PackName.parse(name)
        if not at or wanted == "latest":
            return cls(pack, None, latest=bool(at))
        if not wanted.strip():
            raise UsageError(
                f"'{text[:_MAX_TEXT]}' names no version after the @",
                hint=f"Write {pack.short}@1, for instance.",
            )
        return cls(pack, Requirement.parse(_explicit(wanted)))


def _explicit(wanted: str) -> str:
    if not wanted[0].isdigit() or "," in wanted:
        return wanted
    numbers = wanted.partition("-")[0].count(".")
    if numbers >= 2:
        return f"={wanted}"
    return f"~{wanted}" if numbers == 1 else f"^{wanted}"
