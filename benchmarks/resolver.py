"""The resolver against resolvelib, both in this process, on an index that is the same in every run. Reads no disk.

Seconds are those of the processor, since one thread does all the work and a busy machine would only add to them.

The index has 7.5 versions a pack over one or more majors, and requires packs that came
before, 0.7 for each version: what is published is a graph without circles. Making it is not measured.
"""

import gc
import importlib.util
import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import SMOKE
from benchmarks.measure import Best
from benchmarks.report import Row
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, Version, compatibility
from zoopkg.resolver.catalog import Candidate
from zoopkg.resolver.resolve import resolve

if TYPE_CHECKING:
    from benchmarks.bench import Bench

HAS_RESOLVELIB = importlib.util.find_spec("resolvelib") is not None
GOAL_SECONDS = 0.2
_SEED = 3


@dataclass(frozen=True, slots=True)
class _Sizes:
    packs: int
    roots: tuple[int, ...]
    against: int  # the most roots to give to resolvelib
    clashes: int


_FULL = _Sizes(10_000, (20, 100, 500), 100, 1_000)
_TINY = _Sizes(60, (2, 5), 5, 10)


class Index:
    """A catalog that has all at hand."""

    def __init__(self, packs: Mapping[PackName, Sequence[Candidate]]) -> None:
        self.packs = packs

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        """All versions of a pack."""
        return self.packs.get(name)

    def absent(self, name: PackName) -> str:
        """That there is no such pack."""
        return f"there is no pack {name.short}"

    def prefetch(self, names: Collection[PackName]) -> None:
        """Nothing to do."""


def resolver(bench: "Bench") -> list[Row]:
    sizes = _TINY if bench.packs.sizes is SMOKE else _FULL
    rounds = bench.ground.rounds
    index = synthetic_index(sizes.packs)
    rows = []
    for count in sizes.roots:
        wanted = some_roots(index, count)
        ours = _best(lambda wanted=wanted: resolve(wanted, index), rounds)  # type: ignore[misc]  # bound at once
        name = f"resolve {count} of {sizes.packs:,} packs"
        if count == sizes.roots[-1]:
            rows.append(Row.at_most(f"{name}: seconds", ours.seconds, GOAL_SECONDS))
        if HAS_RESOLVELIB and count <= sizes.against:
            theirs = _best(lambda wanted=wanted: resolved_by_resolvelib(wanted, index), min(rounds, 2))  # type: ignore[misc]
            rows.append(Row.times(f"{name} · resolvelib", ours, theirs))
    index, wanted = clashing_index(sizes.clashes)
    ours = _best(lambda: resolve(wanted, index), rounds)
    return [*rows, Row.at_most(f"resolve past {sizes.clashes:,} versions that clash: seconds", ours.seconds, 1)]


def synthetic_index(count: int) -> Index:
    """Packs with versions, requirements and majors in the proportions of a large public index."""
    rng = random.Random(_SEED)
    names = [PackName("zoo", f"pack-{n}") for n in range(count)]
    packs: dict[PackName, list[Candidate]] = {}
    for n, name in enumerate(names):
        candidates: list[Candidate] = []
        major, minor = 1, 0
        requires: tuple[Spec, ...] = ()
        for number in range(rng.randint(1, 14)):
            if number:
                major, minor = (major + 1, 0) if rng.random() < 0.15 else (major, minor + 1)
            if n and (number == 0 or rng.random() < 0.2):
                others = {names[rng.randrange(n)] for _ in range(rng.choice((0, 0, 0, 1, 1, 1, 2)))}
                requires = tuple(_requirement_on(other, packs[other], rng) for other in sorted(others))
            candidates.append(Candidate(Version(major, minor, 0), requires))
        packs[name] = candidates
    return Index(packs)


def _requirement_on(name: PackName, candidates: Sequence[Candidate], rng: random.Random) -> Spec:
    version = rng.choice(candidates).version
    text = rng.choices((f"^{version.major}", f"^{version}", f"~{version}", ">=1"), (60, 30, 1, 10))[0]
    return Spec(name, Requirement.parse(text))


def some_roots(index: Index, count: int) -> dict[PackName, Requirement]:
    """What a project may ask of the index: the newest class of packs at random."""
    chosen = random.Random(_SEED).sample(sorted(index.packs), count)
    return {name: Requirement.parse(f"^{index.packs[name][-1].version.major}") for name in chosen}


def clashing_index(count: int) -> tuple[Index, dict[PackName, Requirement]]:
    """A pack whose newest versions each require one version of another, of which the project wants the oldest."""
    first, second = PackName("zoo", "first"), PackName("zoo", "second")
    versions = [Version(1, n, 0) for n in range(count + 1)]
    packs = {
        first: [Candidate(each, (Spec(second, Requirement.exactly(each)),)) for each in versions],
        second: [Candidate(each) for each in versions],
    }
    return Index(packs), {first: Requirement.parse("^1"), second: Requirement.exactly(versions[0])}


def _best(run: Callable[[], object], rounds: int) -> Best:
    gc.collect()
    gc.freeze()  # or each round would look through the whole index for garbage
    taken = []
    for _ in range(rounds):
        begun = time.process_time()
        run()
        taken.append(time.process_time() - begun)
    gc.unfreeze()
    return Best(min(taken), 0)


_Key = tuple[PackName, str]
_Wish = tuple[_Key, Requirement]


def resolved_by_resolvelib(roots: Mapping[PackName, Requirement], index: Index) -> Mapping[_Key, Candidate]:
    """The same question to resolvelib. It knows no choice between classes: a range means its newest class."""
    from resolvelib import AbstractProvider, BaseReporter, Resolver  # noqa: PLC0415  (may not be installed)

    keys: dict[tuple[PackName, str], _Wish] = {}

    def wish(name: PackName, requirement: Requirement) -> _Wish:
        if (name, requirement.text) not in keys:
            newest = next(each for each in reversed(index.packs[name]) if requirement.allows(each.version))
            keys[name, requirement.text] = (name, compatibility(newest.version)), requirement
        return keys[name, requirement.text]

    class Provider(AbstractProvider[_Wish, tuple[_Key, Candidate], _Key]):
        def identify(self, requirement_or_candidate: Any) -> _Key:
            key: _Key = requirement_or_candidate[0]
            return key

        def get_preference(self, identifier: _Key, *_: Any, **__: Any) -> _Key:
            return identifier

        def find_matches(
            self,
            identifier: _Key,
            requirements: Mapping[_Key, Iterator[_Wish]],
            incompatibilities: Mapping[_Key, Iterator[tuple[_Key, Candidate]]],
        ) -> list[tuple[_Key, Candidate]]:
            name, of_class = identifier
            wanted = [requirement for _, requirement in requirements[identifier]]
            bad = {id(candidate) for _, candidate in incompatibilities[identifier]}
            return [
                (identifier, each)
                for each in reversed(index.packs[name])
                if compatibility(each.version) == of_class and id(each) not in bad
                if all(requirement.allows(each.version) for requirement in wanted)
            ]

        def is_satisfied_by(self, requirement: _Wish, candidate: tuple[_Key, Candidate]) -> bool:
            return requirement[1].allows(candidate[1].version)

        def get_dependencies(self, candidate: tuple[_Key, Candidate]) -> Iterable[_Wish]:
            return [wish(spec.name, spec.requirement or Requirement.parse("*")) for spec in candidate[1].requires]

    found = Resolver(Provider(), BaseReporter()).resolve([wish(*root) for root in roots.items()], max_rounds=20_000)
    return {key: candidate for key, (_, candidate) in found.mapping.items()}
