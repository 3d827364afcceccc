"""What the search knows: sets of choices that cannot all be made, each with the reason why. Chooses nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement


@dataclass(frozen=True, slots=True)
class Asked:
    """The project itself requires a pack."""

    name: PackName
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Requires:
    """Some versions of a package require a pack."""

    package: int
    versions: int
    name: PackName
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Option:
    """A class that a proxy may stand for means some versions of that class."""

    proxy: int


@dataclass(frozen=True, slots=True, eq=False)
class Follows:
    """Two other clauses together say it."""

    first: "Clause"
    second: "Clause"


Reason: TypeAlias = Asked | Requires | Option | Follows


@dataclass(frozen=True, slots=True, eq=False)
class Clause:
    """Not all of these at once.

    Attributes:
        terms: a package, the bits of it that are meant, and all its other bits. Empty where nothing is possible.
        reason: why not.
    """

    terms: tuple[tuple[int, int, int], ...]
    reason: Reason


def combined(first: Clause, second: Clause, package: int, full: int) -> Clause:
    """What two clauses say together once the package is left out of which each rules out a part.

    Args:
        first: a clause with the package.
        second: another.
        package: the package that they are about.
        full: all its bits.
    """
    left, right = _masks(first), _masks(second)
    either = left.pop(package) | right.pop(package)
    others = {each: (left.get(each), right.get(each)) for each in sorted(left.keys() | right.keys())}
    inverses = {each: mask | inverse for each, mask, inverse in (*first.terms, *second.terms)}
    masks = {each: _both(a, b) for each, (a, b) in others.items()}
    if either != full:
        masks[package] = either
    inverses[package] = full
    return Clause(tuple((each, mask, inverses[each] & ~mask) for each, mask in masks.items()), Follows(first, second))


def _masks(clause: Clause) -> dict[int, int]:
    return {package: mask for package, mask, _ in clause.terms}


def _both(first: int | None, second: int | None) -> int:
    if first is None or second is None:
        found = second if first is None else first
        assert found is not None
        return found
    return first & second


def external(clause: Clause) -> list[Asked | Requires]:
    """The requirements that a clause follows from, each once, in no order that means anything."""
    found: dict[Asked | Requires, None] = {}
    seen = {id(clause)}
    waiting = [clause]
    while waiting:
        reason = waiting.pop().reason
        if isinstance(reason, Follows):
            for part in (reason.first, reason.second):
                if id(part) not in seen:
                    seen.add(id(part))
                    waiting.append(part)
        elif not isinstance(reason, Option):
            found[reason] = None
    return list(found)


def clause(terms: Mapping[int, int], fulls: Iterable[int], reason: Reason) -> Clause:
    """A clause of packages and bits.

    Args:
        terms: the bits that are meant, by package.
        fulls: all bits of each of these packages.
        reason: why not all at once.
    """
    together = zip(terms.items(), fulls, strict=True)
    return Clause(tuple((package, mask, full & ~mask) for (package, mask), full in together), reason)
