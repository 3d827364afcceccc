"""Small catalogs for tests of the resolver, and a search through every choice of versions that they offer."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from hypothesis import strategies as st

from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, Version, parse_version
from zoopkg.resolver.newest import Candidate

Roots = Mapping[PackName, Requirement]


class SmallCatalog:
    """Packs written as `{"a": {"1.0.0": ["b@^1"]}}`; a version beginning with `!` is yanked."""

    def __init__(self, packs: Mapping[str, Mapping[str, Sequence[str]]]) -> None:
        self.packs = {
            PackName.parse(name): [
                Candidate(
                    parse_version(version.removeprefix("!")),
                    tuple(map(Spec.parse, requires)),
                    "withdrawn by its authors" if version.startswith("!") else "",
                )
                for version, requires in versions.items()
            ]
            for name, versions in packs.items()
        }

    def __repr__(self) -> str:
        return repr(
            {
                str(name): {str(c.version): [str(s) for s in c.requires] for c in each}
                for name, each in self.packs.items()
            }
        )

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        return self.packs.get(name)


def roots_of(**roots: str) -> Roots:
    return {PackName.parse(name): Requirement.parse(text) for name, text in roots.items()}


def versions_of(chosen: Mapping[PackName, Candidate]) -> dict[str, str]:
    return {name.short: str(candidate.version) for name, candidate in chosen.items()}


def solves(chosen: Mapping[PackName, Candidate], roots: Roots) -> bool:
    """Whether a choice meets every requirement, and holds nothing that nothing requires."""
    needs = [*roots.items()] + [
        (spec.name, spec.requirement or Requirement.parse("*")) for each in chosen.values() for spec in each.requires
    ]
    met = all(name in chosen and requirement.allows(chosen[name].version) for name, requirement in needs)
    return met and _reached(chosen, roots) == set(chosen)


def _reached(chosen: Mapping[PackName, Candidate], roots: Roots) -> set[PackName]:
    reached: set[PackName] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in reached and name in chosen:
            reached.add(name)
            waiting += [spec.name for spec in chosen[name].requires]
    return reached


def solutions(catalog: SmallCatalog, roots: Roots) -> Iterator[dict[PackName, Candidate]]:
    """Every choice of at most one version a pack that solves the roots, by trying all of them."""
    names = list(catalog.packs)
    for choice in itertools.product(*[[None, *catalog.packs[name]] for name in names]):
        chosen = {name: candidate for name, candidate in zip(names, choice, strict=True) if candidate}
        if solves(chosen, roots):
            yield chosen


_NAMES = ("a", "b", "c", "d")
_VERSIONS = ("1.0.0", "1.1.0", "2.0.0")


@st.composite
def catalogs(draw: st.DrawFn, requirements: Sequence[str]) -> SmallCatalog:
    """Up to four packs of up to three versions, which require one another by some of these requirements."""
    packs = {}
    for name in draw(st.lists(st.sampled_from(_NAMES), min_size=1, unique=True)):
        versions = draw(st.lists(st.sampled_from(_VERSIONS), min_size=1, unique=True))
        others = [other for other in _NAMES if other != name]
        packs[name] = {
            version: [
                f"{other}@{draw(st.sampled_from(requirements))}"
                for other in draw(st.lists(st.sampled_from(others), max_size=2, unique=True))
            ]
            for version in versions
        }
    return SmallCatalog(packs)


@st.composite
def roots(draw: st.DrawFn, requirements: Sequence[str]) -> Roots:
    """What a project asks of such a catalog."""
    wanted = draw(st.dictionaries(st.sampled_from(_NAMES), st.sampled_from(requirements), max_size=3))
    return roots_of(**wanted)


locks = st.dictionaries(st.sampled_from(_NAMES).map(PackName.parse), st.sampled_from(_VERSIONS).map(Version.parse))
