"""Why nothing meets every requirement, in sentences that walk from the project's requirements to where they clash.

Tells the requirements that the proof rests on, each once, and what is in their way. Proves nothing itself.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.text import printable
from zoopkg.model.version import Requirement, Version
from zoopkg.resolver.catalog import Candidate, Catalog
from zoopkg.resolver.clauses import Asked, Clause, Requires, external
from zoopkg.resolver.packages import Need, Packages
from zoopkg.resolver.resolution import admits

_SENTENCES = 12
_VERSIONS = 10
_SEVERAL = 3  # more requirements than this of one pack on another are summed up
_REASON = 120


def conflict(
    proof: Clause, packages: Packages, catalog: Catalog, alternatives: Mapping[PackName, Requirement]
) -> NoResolutionError:
    """The error for a proof that nothing is possible.

    Args:
        proof: a clause that nothing satisfies.
        packages: of the search.
        catalog: that was searched.
        alternatives: requirements of the project that would do, each instead of its present one.
    """
    story = _Story(packages, catalog, external(proof))
    # Names of packs are lower case, so that clauses with semicolons read better than sentences with capitals.
    return NoResolutionError("; ".join(story.sentences()), hint=" ".join(story.hints(alternatives)))


def roots_of(proof: Clause) -> list[PackName]:
    """The packs that the project requires itself and that a proof rests on, sorted."""
    return sorted(fact.name for fact in external(proof) if isinstance(fact, Asked))


@dataclass(frozen=True, slots=True)
class _Link:
    """Versions of a pack, or the project where there are none, and what all of them require of another pack."""

    needs: tuple[Need, ...]
    package: int | None = None
    versions: int = 0

    @property
    def name(self) -> PackName:
        return self.needs[0].name


class _Story:
    def __init__(self, packages: Packages, catalog: Catalog, facts: Iterable[Asked | Requires]) -> None:
        self._packages = packages
        self._catalog = catalog
        facts = list(facts)
        asked = [fact for fact in facts if isinstance(fact, Asked)]
        self._all = [packages.need(fact.name, fact.requirement) for fact in facts]
        self._of_name: dict[PackName, list[Need]] = {}
        for each in self._all:
            self._of_name.setdefault(each.name, []).append(each)
        self._asked = {fact.name: packages.need(fact.name, fact.requirement) for fact in asked}
        self._links = self._in_order([fact for fact in facts if isinstance(fact, Requires)])

    def sentences(self) -> Iterator[str]:
        for n, link in enumerate(self._links):
            if n == _SENTENCES:
                yield f"and {len(self._links) - n} more requirements follow from these"
                break
            yield f"{self._who(link)} {self._what(link)}"
        if not any(need.package is None for need in self._all):
            yield self._clash()

    def hints(self, alternatives: Mapping[PackName, Requirement]) -> Iterator[str]:
        if alternatives:
            others = [f"{name.short} {alternatives[name]}" for name in sorted(alternatives)]
            yield f"Ask for {' or '.join(others)} instead."
        dead = {need.name: need for need in self._all if need.package is None}
        advice = [self._dead_hint(dead[name], direct=name in self._asked) for name in sorted(dead)]
        if not alternatives and not any(advice) and not dead.keys() & self._asked.keys():
            roots = " or ".join(name.short for name in sorted(self._asked)[:_SEVERAL])
            yield f"Leave out {roots}, or ask the authors for versions that agree."
        yield from filter(None, advice)
        if not any(advice) and (dead or not alternatives):
            yield from (self._published(name) for name in (sorted(dead) or self._contested())[:2])

    # The walk.

    def _in_order(self, facts: Sequence[Requires]) -> list[_Link]:
        """From each requirement of the project along those of the packs that it leads to."""
        by_name: dict[PackName, list[Requires]] = {}
        for fact in sorted(facts, key=lambda fact: (fact.package, fact.name, fact.versions)):
            by_name.setdefault(self._packages.all[fact.package].name, []).append(fact)
        links: list[_Link] = []
        seen: set[PackName] = set()
        for root in sorted(self._asked):
            links.append(_Link((self._asked[root],)))
            waiting = [root]
            while waiting:
                name = waiting.pop()
                if name not in seen:
                    seen.add(name)
                    found = list(self._links_of(by_name.get(name, ())))
                    links += found
                    waiting += sorted({link.name for link in found}, reverse=True)
        return links

    def _links_of(self, facts: Sequence[Requires]) -> Iterator[_Link]:
        groups: dict[tuple[int, PackName], list[Requires]] = {}
        for fact in facts:
            if fact.versions & self._in_play(fact.package):
                groups.setdefault((fact.package, fact.name), []).append(fact)
        for (package, name), group in groups.items():
            parts = [group] if len(group) > _SEVERAL else [[fact] for fact in group]
            for part in parts:
                versions = 0
                for fact in part:
                    versions |= fact.versions
                needs = tuple(self._packages.need(name, fact.requirement) for fact in part)
                yield _Link(needs, package, versions & self._in_play(package))

    def _in_play(self, package: int) -> int:
        """The versions of a package that the requirements told here leave to choose from."""
        name = self._packages.all[package].name
        allowed = 0
        for need in self._of_name.get(name, ()):
            allowed |= self._within(need, package)
        if (asked := self._asked.get(name)) and (own := self._within(asked, package)):
            allowed &= own
        return allowed

    def _within(self, need: Need, package: int) -> int:
        """The versions of one class that a need allows."""
        if need.package == package:
            return need.allowed
        options = self._packages.all[need.package].options if need.package is not None else ()
        return next((option.allowed for option in options if option.package == package), 0)

    # Words.

    def _who(self, link: _Link) -> str:
        if link.package is None:
            return "this project requires"
        package = self._packages.all[link.package]
        name, candidates = package.name.short, _chosen(package.candidates, link.versions)
        first, last = candidates[0].version, candidates[-1].version
        if len(candidates) == 1:
            return f"{name} {first} requires"
        if len(candidates) == 2:
            return f"{name} {first} and {last} require"
        span = (1 << link.versions.bit_length()) - (link.versions & -link.versions)
        if not self._in_play(link.package) & span & ~link.versions:
            return f"each {name} from {first} to {last} requires"
        return f"{len(candidates):,} versions of {name} from {first} to {last} require"

    def _what(self, link: _Link) -> str:
        name = link.name.short
        if len(link.needs) > 1:
            first, second, *_, last = (need.requirement for need in link.needs)
            return f"a {name} of its own, such as {first}, {second} or {last}"
        need = link.needs[0]
        wanted = f"{name} {need.requirement}" if need.requirement.text != "*" else f"any {name}"
        return wanted if need.package is not None else f"{wanted}, {self._why_not(need)}"

    def _why_not(self, need: Need) -> str:
        candidates = self._candidates(need.name)
        if candidates is None:
            return f"but {printable(self._catalog.absent(need.name))}"
        if not candidates:
            return "of which no version has been published"
        if yanked := _yanked(need, candidates):
            reasons = "; ".join(f"{each.version}: {printable(each.yanked, _REASON)}" for each in yanked[-_SEVERAL:])
            return f"and every such version was yanked ({reasons})"
        if previews := _prereleases(need, candidates):
            return f"of which there are only pre-releases: {', '.join(map(str, previews[-_SEVERAL:]))}"
        return "and no version is that"

    def _clash(self) -> str:
        names = self._contested()
        if len(names) == 1:
            texts = sorted({need.requirement.text for need in self._of_name[names[0]]})
            if len(texts) == 2:
                return f"no version of {names[0].short} is both {texts[0]} and {texts[1]}"
            return f"no version of {names[0].short} is all of this"
        return f"no versions of {_listed([name.short for name in names])} agree with all of this"

    def _contested(self) -> list[PackName]:
        """The packs of which more than one thing is required here, or all if there are none."""
        several = sorted(name for name, needs in self._of_name.items() if len(needs) > 1)
        return [name for name in several if self._disjoint(name)] or several or sorted(self._of_name)

    def _disjoint(self, name: PackName) -> bool:
        """Whether two of its requirements exclude one another within a class."""
        for package in self._packages.of_name(name) or ():
            allowed = sorted({bits for need in self._of_name[name] if (bits := self._within(need, package))})
            if any(not one & other for one, other in itertools.combinations(allowed, 2)):
                return True
        return False

    def _dead_hint(self, need: Need, *, direct: bool) -> str:
        """How to have what nothing meets as it stands, or the empty string where there is no way."""
        candidates = self._candidates(need.name)
        if candidates is None:
            check = "Check the spelling, or name" if direct else "Name"
            return f"{check} the index that has {need.name.short} with --index."
        if yanked := _yanked(need, candidates):
            return f"To have it all the same, ask for {need.name.short}@={yanked[-1].version}."
        if previews := _prereleases(need, candidates):
            newest = previews[-1]
            if direct or need.requirement.covers(newest):
                return f"To have it all the same, ask for {need.name.short}@={newest}."
        return ""

    def _published(self, name: PackName) -> str:
        versions = [str(each.version) for each in self._candidates(name) or () if not each.yanked]
        more = "…, " if len(versions) > _VERSIONS else ""
        return f"Published versions of {name.short}: {more}{', '.join(versions[-_VERSIONS:]) or 'none'}."

    def _candidates(self, name: PackName) -> list[Candidate] | None:
        """All versions of a pack, oldest first."""
        of_name = self._packages.of_name(name)
        if of_name is None:
            return None
        return [candidate for package in of_name for candidate in self._packages.all[package].candidates]


def _chosen(candidates: Sequence[Candidate], bits: int) -> list[Candidate]:
    return [candidate for n, candidate in enumerate(candidates, 1) if bits >> n & 1]


def _yanked(need: Need, candidates: Iterable[Candidate]) -> list[Candidate]:
    return [each for each in candidates if each.yanked and admits(need.requirement, each, named=True)]


def _prereleases(need: Need, candidates: Iterable[Candidate]) -> list[Version]:
    """The pre-releases of versions that would meet a requirement."""
    found = (each.version for each in candidates if each.version.prerelease)
    return [version for version in found if need.requirement.allows(version.finalize_version())]


def _listed(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} and {words[-1]}" if len(words) > 1 else words[0]
