"""Small indexes for tests of the resolver, what makes a resolution valid, and a search through every choice."""

import itertools
import random
from collections.abc import Collection, Iterator, Mapping, Sequence

from hypothesis import strategies as st

from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, Version, compatibility, parse_version
from zoopkg.resolver.catalog import Candidate
from zoopkg.resolver.resolution import Resolution

Roots = Mapping[PackName, Requirement]
Preferred = Collection[tuple[PackName, Version]]
REASON = "one slice is missing"


class World:
    """A catalog written as `{"a": {"1.0.0": ["b@^1"]}}`, `!` before a yanked version; notes what it is asked."""

    def __init__(self, packs: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self.written = packs
        self.packs = {
            PackName.parse(name): [
                Candidate(
                    parse_version(version.removeprefix("!")),
                    tuple(map(Spec.parse, requires)),
                    REASON if version.startswith("!") else "",
                )
                for version, requires in versions.items()
            ]
            for name, versions in packs.items()
        }
        self.asked: list[str] = []
        self.hints: list[list[str]] = []

    def __repr__(self) -> str:
        return f"World({self.written!r})"

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        self.asked.append(name.short)
        return self.packs.get(name)

    def absent(self, name: PackName) -> str:
        return f"the index 'zoo' has no pack {name.short}"

    def prefetch(self, names: Collection[PackName]) -> None:
        self.hints.append([name.short for name in names])


def roots_of(**roots: str) -> Roots:
    return {PackName.parse(name.replace("_", "-")): Requirement.parse(text) for name, text in roots.items()}


def locked(*versions: str) -> Preferred:
    pairs = [text.split("@") for text in versions]
    return [(PackName.parse(name), parse_version(version)) for name, version in pairs]


def texts(resolution: Resolution) -> list[str]:
    return [f"{pack.name.short} {pack.version}" for pack in resolution.packs]


def versions_of(resolution: Resolution) -> list[tuple[PackName, Version]]:
    return [(pack.name, pack.version) for pack in resolution.packs]


def assert_valid(resolution: Resolution, world: World, roots: Roots, preferred: Preferred = ()) -> None:
    """Each requirement met by an edge, one version a class, nothing that no edge leads to, nothing yanked unasked."""
    chosen = {(pack.name, str(pack.version)): pack for pack in resolution.packs}
    assert len({(name, compatibility(pack.version)) for (name, _), pack in chosen.items()}) == len(resolution.packs)
    assert list(resolution.packs) == sorted(resolution.packs, key=lambda pack: (pack.name, pack.version))
    assert list(resolution.roots) == sorted(roots)
    named = {(name, str(version)) for name, version in preferred}
    named |= {(name, text.text.removeprefix("=")) for name, text in roots.items()}
    for pack in resolution.packs:
        named |= {(spec.name, str(spec.requirement).removeprefix("=")) for spec in _requires(world, pack)}
    reached = [(name, str(version)) for name, version in resolution.roots.items()]
    for name, version in resolution.roots.items():
        assert _meets(roots[name], version, chosen, name)
    for key in reached:
        pack = chosen[key]
        assert not pack.yanked or key in named
        wanted = _requires(world, pack)
        assert {spec.name for spec in wanted} == {name for name, _ in pack.requires}
        for spec in wanted:
            met = [v for n, v in pack.requires if n == spec.name and _meets(spec.requirement, v, chosen, n)]
            assert met, (key, spec)
        reached += [(n, str(v)) for n, v in pack.requires if (n, str(v)) not in reached]
    assert set(reached) == set(chosen)


def _requires(world, pack) -> tuple[Spec, ...]:
    return next(each for each in world.packs[pack.name] if each.version == pack.version).requires


def _meets(requirement: Requirement | None, version: Version, named, name: PackName) -> bool:
    requirement = requirement or Requirement.parse("*")
    if requirement.allows(version):
        return True
    return bool(version.prerelease) and (name, str(version)) in named and requirement.allows(version.finalize_version())


def solvable(world: World, roots: Roots, preferred: Preferred = ()) -> bool:
    """Whether any choice of at most one version a class meets every requirement of the roots and of all it chose."""
    named = {(name, str(version)) for name, version in preferred}
    named |= {(name, text.text.removeprefix("=")) for name, text in roots.items()}

    def allows(name: PackName, requirement: Requirement | None, candidate: Candidate) -> bool:
        requirement = requirement or Requirement.parse("*")
        if candidate.yanked and (name, str(candidate.version)) not in named:
            return requirement.text == f"={candidate.version}"
        return _meets(requirement, candidate.version, named, name)

    every = [(name, candidate) for name, each in world.packs.items() for candidate in each]
    meets = {
        (name, requirement): {
            n for n, (other, each) in enumerate(every) if other == name and allows(name, requirement, each)
        }
        for name, requirement in _all_needs(every, roots)
    }
    requires = [[meets[spec.name, spec.requirement] for spec in candidate.requires] for _, candidate in every]
    classes: dict[object, list[int]] = {}
    for n, (name, candidate) in enumerate(every):
        classes.setdefault((name, compatibility(candidate.version)), []).append(n)
    for choice in itertools.product(*[(None, *each) for each in classes.values()]):
        chosen = {n for n in choice if n is not None}
        if all(meets[need] & chosen for need in roots.items()) and all(s & chosen for n in chosen for s in requires[n]):
            return True
    return False


def _all_needs(every, roots: Roots) -> Iterator[tuple[PackName, Requirement | None]]:
    yield from roots.items()
    for _, candidate in every:
        yield from ((spec.name, spec.requirement) for spec in candidate.requires)


NAMES = ("a", "b", "c", "d")
VERSIONS = ("0.1.0", "1.0.0", "1.1.0", "!1.2.0", "2.0.0", "2.1.0-rc.1")
WANTED = ("*", "^1", "=1.0.0", "~1.1", ">=1.1", "^2", "<2", ">=1, <3", "=1.2.0", ">=2.1.0-rc.1", "^0.1", "=2.1.0-rc.1")


def random_world(rng: random.Random, pick_names=NAMES) -> tuple[World, Roots, Preferred]:
    """A world of up to four packs with up to four versions each, what a project asks of it, and what it has locked."""
    packs = {}
    for name in rng.sample(pick_names, rng.randint(2, len(pick_names))):
        versions = rng.sample(VERSIONS, rng.randint(1, 4))
        packs[name] = {
            version: [
                f"{other}@{rng.choice(WANTED)}" for other in rng.choices(pick_names, k=rng.choice((0, 1, 1, 2, 2)))
            ]
            for version in versions
        }
    roots = roots_of(**{name: rng.choice(WANTED) for name in rng.sample(sorted(packs), rng.randint(1, 2))})
    preferred = [f"{name}@{rng.choice(VERSIONS).removeprefix('!')}" for name in pick_names if rng.random() < 0.3]
    return World(packs), roots, locked(*preferred)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[World, Roots, Preferred]:
    """The same as hypothesis draws it, so that it can make a counterexample small."""
    packs = {}
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)):
        needs = st.lists(
            st.builds("{}@{}".format, st.sampled_from(NAMES), st.sampled_from(WANTED)), max_size=2, unique=True
        )
        packs[name] = draw(st.dictionaries(st.sampled_from(VERSIONS), needs, min_size=1, max_size=4))
    roots = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(WANTED), max_size=3))
    preferred = draw(st.dictionaries(st.sampled_from(NAMES), st.sampled_from(VERSIONS), max_size=3))
    return World(packs), roots_of(**roots), locked(*[f"{n}@{v.removeprefix('!')}" for n, v in preferred.items()])
