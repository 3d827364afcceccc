"""The search for versions that meet every requirement: PubGrub, over sets of bits. Explains nothing, orders no output.

What is known of each package is the set of its bits that are still possible. A clause whose other terms hold rules out
bits of the one that is left (`_propagate`). Where a clause holds in full, the choices made cannot all stand: what
follows from it and from the clauses that led there is a new clause, which goes back just far enough (`_learn`).

PubGrub: Natalie Weizenbaum, "PubGrub: Next-Generation Version Solving" (2018).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.resolver.catalog import Candidate
from zoopkg.resolver.clauses import Asked, Clause, Option, Reason, Requires, clause, combined
from zoopkg.resolver.packages import ABSENT, Packages
from zoopkg.resolver.resolution import needs

MAX_STEPS = 20_000_000
"""How many clauses are looked at before the search gives up: some ten seconds."""


class NothingPossibleError(Exception):
    """The requirements exclude one another.

    Attributes:
        clause: one that nothing can satisfy, with the reasons that led to it.
    """

    def __init__(self, clause: Clause) -> None:
        super().__init__()
        self.clause = clause


@dataclass(frozen=True, slots=True)
class _Step:
    """One entry of the trail: since then only these bits of a package are possible. A choice follows from no clause."""

    package: int
    state: int
    level: int
    follows: Clause | None


class Search:
    """One search. What the state is and how it came about; `run` brings it to its end."""

    def __init__(self, packages: Packages, max_steps: int = MAX_STEPS) -> None:
        self._packages = packages
        self._steps_left = max_steps
        self._state: list[int] = []
        self._clauses: list[list[Clause]] = []
        self._history: list[list[int]] = []  # for each package, its places in the trail
        self._known: dict[tuple[int, PackName, str], Clause] = {}
        self._trail: list[_Step] = []
        self._decided: set[int] = set()
        self._cursor = 0
        self._levels: list[tuple[int, int]] = []  # where each began: the length of the trail, and the cursor

    def run(self, roots: Mapping[PackName, Requirement]) -> list[tuple[PackName, Candidate]]:
        """Versions that meet every requirement, those of a pack in ascending order.

        Raises:
            NothingPossibleError: there are none.
            NoResolutionError: it takes too long to tell.
        """
        self._packages.expect(sorted(roots))
        asked = [self._require({}, name, roots[name], Asked(name, roots[name])) for name in sorted(roots)]
        self._propagate([package for each in asked for package, _, _ in each.terms])
        while (package := self._next()) is not None:
            self._decide(package)
            self._propagate([package])
        return [
            (found.name, found.candidate(self._state[number]))
            for number, found in enumerate(self._packages.all)
            if number in self._decided and not found.options
        ]

    def _next(self) -> int | None:
        """The package that was needed first among those without a version yet."""
        while self._cursor < len(self._trail):
            package = self._trail[self._cursor].package
            if package not in self._decided and not self._state[package] & ABSENT:
                return package
            self._cursor += 1
        return None

    def _decide(self, package: int) -> None:
        """Choose a version of a package, unless what it requires is ruled out already; propagation then says so."""
        found = self._packages.all[package]
        bit = found.choose(self._state[package])
        if not found.options:
            required = needs(found.candidate(bit))
            self._packages.expect(name for name, _ in required)
            if any(self._rules_out(self._requires(package, *each), package, bit) for each in required):
                return
        self._levels.append((len(self._trail), self._cursor))
        self._decided.add(package)
        self._assign(package, bit, None)

    def _rules_out(self, known: Clause, package: int, bit: int) -> bool:
        return all(not (bit if each == package else self._state[each]) & inverse for each, _, inverse in known.terms)

    def _requires(self, package: int, name: PackName, requirement: Requirement) -> Clause:
        key = package, name, requirement.text
        if key not in self._known:
            versions = self._packages.all[package].requiring(name, requirement)
            reason = Requires(package, versions, name, requirement)
            self._known[key] = self._require({package: versions}, name, requirement, reason)
        return self._known[key]

    def _require(self, who: dict[int, int], name: PackName, requirement: Requirement, reason: Reason) -> Clause:
        need = self._packages.need(name, requirement)
        self._take_in()
        if need.package is not None:
            full = self._packages.all[need.package].full
            # A package that requires itself: those of its versions that do not meet the requirement.
            unmet = full & ~need.allowed
            who = {**who, need.package: who.get(need.package, full) & unmet}
        return self._add(who, reason)

    def _take_in(self) -> None:
        """Make room for the packages that are new, and say what the proxies among them stand for."""
        for number in range(len(self._state), len(self._packages.all)):
            package = self._packages.all[number]
            self._state.append(package.full)
            self._clauses.append([])
            self._history.append([])
            for n, option in enumerate(package.options, 1):
                assert option.package is not None
                unmet = self._packages.all[option.package].full & ~option.allowed
                self._add({number: 1 << n, option.package: unmet}, Option(number))

    def _add(self, terms: Mapping[int, int], reason: Reason) -> Clause:
        new = clause(terms, [self._packages.all[package].full for package in terms], reason)
        self._file(new)
        return new

    def _file(self, new: Clause) -> None:
        if not new.terms:
            raise NothingPossibleError(new)
        for package, _, _ in new.terms:
            self._clauses[package].append(new)

    def _assign(self, package: int, state: int, follows: Clause | None) -> None:
        self._state[package] = state
        self._history[package].append(len(self._trail))
        self._trail.append(_Step(package, state, len(self._levels), follows))

    def _propagate(self, changed: list[int]) -> None:
        """Draw every conclusion from the packages that changed."""
        state = self._state
        while changed:
            package = changed.pop()
            self._count(len(self._clauses[package]))
            for known in reversed(self._clauses[package]):
                left: tuple[int, int] | None = None
                for each, mask, inverse in known.terms:
                    if not state[each] & inverse:
                        continue
                    if left is not None or not state[each] & mask:
                        break
                    left = each, inverse
                else:
                    if left is None:
                        changed[:] = [self._learn(known)]
                        break
                    self._assign(left[0], state[left[0]] & left[1], known)
                    changed.append(left[0])

    def _count(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise NoResolutionError(
                "the requirements are too entangled to tell whether any versions meet them all",
                hint="Ask for some packs by an exact version, such as ct-basic@=1.4.2, so that there is less to try.",
            )

    def _learn(self, broken: Clause) -> int:
        """Find what the choices made exclude together, go back to where it leaves one package open, and apply it.

        Returns:
            That package.
        """
        while broken.terms:
            places = {package: self._place(package, inverse) for package, _, inverse in broken.terms}
            self._count(len(places))
            package = max(places, key=places.__getitem__)
            step = self._trail[places.pop(package)]
            before = max((self._trail[place].level for place in places.values()), default=0)
            if step.level > before:
                self._back_to(before)
                self._file(broken)
                inverse = next(inverse for each, _, inverse in broken.terms if each == package)
                self._assign(package, self._state[package] & inverse, broken)
                return package
            assert step.follows is not None  # a choice begins its level, so no other place can be on it before
            broken = combined(broken, step.follows, package, self._packages.all[package].full)
        raise NothingPossibleError(broken)

    def _place(self, package: int, inverse: int) -> int:
        """Where in the trail a term first held."""
        return next(place for place in self._history[package] if not self._trail[place].state & inverse)

    def _back_to(self, level: int) -> None:
        length, self._cursor = self._levels[level]
        del self._levels[level:]
        while len(self._trail) > length:
            package = self._trail.pop().package
            history = self._history[package]
            history.pop()
            self._state[package] = self._trail[history[-1]].state if history else self._packages.all[package].full
            self._decided.discard(package)
