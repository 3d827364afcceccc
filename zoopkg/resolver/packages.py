"""The packages of the search, as sets of bits. Asks the catalog, as late as it can; searches for nothing.

A pack is one package for each of its compatibility classes, since versions of two classes may coexist. Bit 0 of a
package means that it is not installed at all, bit n its n-th version from the oldest. A requirement that allows
versions of several classes gets a package of its own, a *proxy*: its versions are the classes, one of which meets it.
All packs with the same requirement share that proxy, which loses no resolution: what meets it once meets it always.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zoopkg.model.names import PackName
from zoopkg.model.version import Precedence, Requirement, Version, compatibility, precedence
from zoopkg.resolver.catalog import Candidate, Catalog
from zoopkg.resolver.resolution import admits, needs

ABSENT = 1


@dataclass(frozen=True, slots=True)
class Need:
    """A requirement in terms of packages: one of these versions of that package. No package: nothing can meet it."""

    name: PackName
    requirement: Requirement
    package: int | None = None
    allowed: int = 0


@dataclass(slots=True)
class Package:
    """One thing to choose a version of.

    Attributes:
        name: of the pack.
        candidates: oldest first; those of a proxy are empty.
        preferred: the bits of the versions to choose first.
        full: all bits.
        plain: whether no version is yanked or a pre-release.
        options: of a proxy, what its bits stand for: the versions of the classes that meet the requirement.
    """

    name: PackName
    candidates: Sequence[Candidate]
    preferred: int
    full: int
    plain: bool
    options: tuple[Need, ...] = ()
    _requires: dict[tuple[PackName, str], tuple[int, Requirement]] | None = field(default=None, repr=False)

    def choose(self, state: int) -> int:
        """The bit of the version to try first: the newest that is preferred, else the newest."""
        return 1 << ((state & self.preferred or state).bit_length() - 1)

    def candidate(self, bit: int) -> Candidate:
        """The version that a bit stands for."""
        return self.candidates[bit.bit_length() - 2]

    def requiring(self, name: PackName, requirement: Requirement) -> int:
        """All versions that have a requirement word for word."""
        if self._requires is None:
            self._requires = {}
            for number, candidate in enumerate(self.candidates, 1):
                for needed, wanted in needs(candidate):
                    bits = self._requires.get((needed, wanted.text), (0, wanted))[0]
                    self._requires[needed, wanted.text] = bits | 1 << number, wanted
        return self._requires[name, requirement.text][0]


class Packages:
    """All packages that the search has come across, by number."""

    def __init__(
        self, catalog: Catalog, roots: Mapping[PackName, Requirement], preferred: Collection[tuple[PackName, Version]]
    ) -> None:
        self._catalog = catalog
        self._preferred = _by_name(preferred)
        # What the project itself asks for by its number, others may require within a range.
        exact = [(name, wanted.text.removeprefix("=")) for name, wanted in roots.items() if wanted.text.startswith("=")]
        self._named = {name: set(each) for name, each in self._preferred.items()}
        for name, text in exact:
            self._named.setdefault(name, set()).add(text)
        self._of_name: dict[PackName, tuple[int, ...] | None] = {}
        self._needs: dict[tuple[PackName, str], Need] = {}
        self._hinted: set[PackName] = set()
        self._likely: dict[PackName, None] = {}
        self.all: list[Package] = []

    def expect(self, names: Iterable[PackName]) -> None:
        """Remember that packs may soon be needed. The catalog is told of all at once when the next one is."""
        for name in names:
            if name not in self._hinted:
                self._likely[name] = None

    def of_name(self, name: PackName) -> tuple[int, ...] | None:
        """The packages of a pack, a number for each class from the oldest; None where there is no such pack."""
        if name not in self._of_name:
            if name not in self._hinted:
                self.expect((name,))
                self._hinted.update(self._likely)
                self._catalog.prefetch(tuple(sorted(self._likely)))
                self._likely.clear()
            candidates = self._catalog.candidates(name)
            self._of_name[name] = None if candidates is None else self._split(name, candidates)
        return self._of_name[name]

    def need(self, name: PackName, requirement: Requirement) -> Need:
        """A requirement as one package and a set of its versions."""
        key = name, requirement.text
        if key not in self._needs:
            options = [
                Need(name, requirement, package, allowed)
                for package in self.of_name(name) or ()
                if (allowed := self._allowed(self.all[package], requirement))
            ]
            self._needs[key] = self._one_of(name, requirement, options)
        return self._needs[key]

    def _split(self, name: PackName, candidates: Iterable[Candidate]) -> tuple[int, ...]:
        classes: dict[str, list[Candidate]] = {}
        for candidate in sorted(candidates, key=_order):
            classes.setdefault(compatibility(candidate.version), []).append(candidate)
        preferred = self._preferred.get(name, ())
        return tuple(
            self._add(name, each, _bits(str(candidate.version) in preferred for candidate in each) if preferred else 0)
            for each in classes.values()
        )

    def _allowed(self, package: Package, requirement: Requirement) -> int:
        if package.plain:
            return _run(package.candidates, requirement)
        named = self._named.get(package.name, ())
        return _bits(
            admits(requirement, each, named=bool(named) and str(each.version) in named) for each in package.candidates
        )

    def _one_of(self, name: PackName, requirement: Requirement, options: Sequence[Need]) -> Need:
        if not options:
            return Need(name, requirement)
        preferred = _bits(bool(each.allowed & self._package(each).preferred) for each in options)
        first = options[max(preferred.bit_length() - 2, 0) if preferred else -1]
        package = self._package(first)
        self.expect(spec.name for spec in package.candidate(package.choose(first.allowed)).requires)
        if len(options) == 1:
            return first
        proxy = self._add(name, (), preferred, tuple(options))
        return Need(name, requirement, proxy, self.all[proxy].full & ~ABSENT)

    def _package(self, need: Need) -> Package:
        assert need.package is not None
        return self.all[need.package]

    def _add(
        self, name: PackName, candidates: Sequence[Candidate], preferred: int, options: tuple[Need, ...] = ()
    ) -> int:
        full = (1 << (len(candidates) + len(options) + 1)) - 1
        plain = not any(each.yanked or each.version.prerelease for each in candidates)
        self.all.append(Package(name, candidates, preferred, full, plain, options))
        return len(self.all) - 1


def _run(candidates: Sequence[Candidate], requirement: Requirement) -> int:
    """The bits of the releases that a requirement allows: an unbroken run, so that few need to be compared."""

    def allows(candidate: Candidate) -> bool:
        return requirement.allows(candidate.version)

    if not candidates:
        return 0
    first, last = allows(candidates[0]), allows(candidates[-1])
    if first and last:
        return (2 << len(candidates)) - 2
    if last:
        begins = bisect_left(candidates, True, key=allows)
        return (2 << len(candidates)) - (2 << begins)
    if first:
        return (2 << bisect_left(candidates, True, key=lambda each: not allows(each))) - 2
    if requirement.text.startswith("=") and "," not in requirement.text and requirement.text.count(".") == 2:
        exact = Candidate(Version.parse(requirement.text[1:]))
        place = bisect_left(candidates, _order(exact), key=_order)
        return 2 << place if place < len(candidates) and allows(candidates[place]) else 0
    return _bits(map(allows, candidates))


def _bits(flags: Iterable[bool]) -> int:
    """Bit 1 for the first flag, bit 2 for the second."""
    return sum(2 << n for n, flag in enumerate(flags) if flag)


def _by_name(versions: Iterable[tuple[PackName, Version]]) -> dict[PackName, set[str]]:
    found: dict[PackName, set[str]] = {}
    for name, version in versions:
        found.setdefault(name, set()).add(str(version))
    return found


def _order(candidate: Candidate) -> Precedence:
    return precedence(candidate.version)
