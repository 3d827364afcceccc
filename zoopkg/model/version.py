"""Versions, and requirements on them: semantic versioning 2.0.0, with the operators that Cargo defines.

Decides which versions a requirement allows. Chooses none: that is the resolver's.
"""

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self, TypeAlias

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

_FOREIGN = re.compile(r"\s*([a-z0-9/-]+)\s*(?=[@=<>~^])@?\s*((?:==|~=|[<>]=|[=<>~^])?)\s*v?([0-9][^ ]*)\s*")


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


def compatibility(version: Version) -> str:
    """The class of versions that may stand in for one another, named by its leftmost number that is not zero.

    As Cargo defines it: `1` for 1.4.2, `0.3` for 0.3.1, `0.0.7` for 0.0.7.
    """
    if version.major:
        return str(version.major)
    return f"0.{version.minor}" if version.minor else f"0.0.{version.patch}"


Precedence: TypeAlias = "tuple[int, int, int, bool, tuple[tuple[int, int, str], ...]]"


def precedence(version: Version) -> Precedence:
    """A key by which versions sort as https://semver.org/#spec-item-11 says, much faster than comparing two by two."""
    if not version.prerelease:
        return version.major, version.minor, version.patch, True, ()
    parts = version.prerelease.split(".")
    identifiers = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
    return version.major, version.minor, version.patch, False, identifiers


_COMPARE: Mapping[str, Callable[[Precedence, Precedence], bool]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
    "=": operator.eq,
}


@dataclass(frozen=True, slots=True)
class _Comparator:
    """One bound of a requirement."""

    operator: str  # one of >= > <= < =
    than: Precedence

    def allows(self, version: Precedence) -> bool:
        return _COMPARE[self.operator](version, self.than)


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
            sign = part["operator"] or "^"
            low, high = _span(part)
            if low.prerelease:
                prereleases.add((low.major, low.minor, low.patch))
            comparators += _comparators(sign, low, high, _caret_end(part))
            written.append(f"{sign}{part[0].removeprefix(part['operator'] or '').strip()}")
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
        place = precedence(version)
        return all(comparator.allows(place) for comparator in self._comparators)

    def covers(self, version: Version) -> bool:
        """Whether a pre-release and its release are both within it, if pre-releases were like any version.

        The release too, since 2.0.0-rc.1 precedes 2.0.0, and yet is not what anyone means by `<2`.
        """
        if not version.prerelease or not self.allows(version.finalize_version()):
            return False
        place = precedence(version)
        return all(each.allows(place) for each in self._comparators)

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


def _comparators(sign: str, low: Version, high: Version, caret_end: Version) -> list[_Comparator]:
    exact = high == Version(low.major, low.minor, low.patch + 1)
    match sign:
        case "^":
            return [_Comparator(">=", precedence(low)), _Comparator("<", precedence(caret_end))]
        case "~":
            end = high if not exact else Version(low.major, low.minor + 1)
            return [_Comparator(">=", precedence(low)), _Comparator("<", precedence(end))]
        case "=":
            return (
                [_Comparator("=", precedence(low))]
                if exact
                else [_Comparator(">=", precedence(low)), _Comparator("<", precedence(high))]
            )
        case ">":
            return [_Comparator(">", precedence(low)) if exact else _Comparator(">=", precedence(high))]
        case "<=":
            return [_Comparator("<=", precedence(low)) if exact else _Comparator("<", precedence(high))]
        case _:
            return [_Comparator(sign, precedence(low))]


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
        try:
            return cls._parse(text)
        except UsageError as error:
            raise UsageError(error.message, hint=_respelled(text) or error.hint) from error

    @classmethod
    def _parse(cls, text: str) -> Self:
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


def _respelled(text: str) -> str:
    """A hint at what a spec in the spelling of other package managers is here; nothing for any other text."""
    match = _FOREIGN.fullmatch(text[:_MAX_TEXT])
    if match is None:
        return ""
    meant = f"{match[1]}@{match[2].replace('==', '=').replace('~=', '~')}{match[3]}"
    if meant == text:
        return ""
    try:
        Spec.parse(meant)
    except UsageError:
        return ""
    return f"Write '{meant}'."


def _explicit(wanted: str) -> str:
    if not wanted[0].isdigit() or "," in wanted:
        return wanted
    numbers = wanted.partition("-")[0].count(".")
    if numbers >= 2:
        return f"={wanted}"
    return f"~{wanted}" if numbers == 1 else f"^{wanted}"
