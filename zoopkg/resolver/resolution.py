"""A resolution: the versions chosen, and which of them meets each requirement. Searches for nothing.

The versions alone say it: a requirement is met by the newest chosen version that it allows. So a lock that names
versions says all that there is to say, and what is locked resolves to itself.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, Version
from zoopkg.resolver.catalog import Candidate

ANY = Requirement.parse("*")


@dataclass(frozen=True, slots=True)
class Chosen:
    """One version of a pack.

    Attributes:
        name: of the pack.
        version: of the pack.
        requires: the version that meets each of its requirements, sorted.
        yanked: the reason why it should not be chosen any more, or empty; as the index gave it.
    """

    name: PackName
    version: Version
    requires: tuple[tuple[PackName, Version], ...]
    yanked: str = ""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What to install.

    Attributes:
        packs: sorted by name and version; more than one version of a pack where their classes differ.
        roots: the version that meets each requirement of the project itself, sorted by name.
    """

    packs: tuple[Chosen, ...]
    roots: Mapping[PackName, Version]


def needs(candidate: Candidate) -> list[tuple[PackName, Requirement]]:
    """What a version requires, sorted, each once."""
    if not candidate.requires:
        return []
    found = {(spec.name, wanted.text): wanted for spec in candidate.requires for wanted in (requirement_of(spec),)}
    return [(name, found[name, text]) for name, text in sorted(found)]


def requirement_of(spec: Spec) -> Requirement:
    """The requirement of a spec: any release where it names none."""
    return spec.requirement or ANY


def admits(requirement: Requirement, candidate: Candidate, *, named: bool) -> bool:
    """Whether a requirement may be met by a version.

    Args:
        requirement: the requirement.
        candidate: the version.
        named: whether the version is locked, or asked for by its number: then neither yanked nor pre-release hinders.
    """
    version = candidate.version
    if candidate.yanked and not named and requirement.text != f"={version}":
        return False
    return requirement.allows(version) or (named and requirement.covers(version))


def pinned(roots: Mapping[PackName, Requirement], chosen: Iterable[tuple[PackName, Candidate]]) -> Resolution:
    """The resolution that consists of chosen versions, without those that no requirement leads to.

    Args:
        roots: what the project requires.
        chosen: versions that meet every requirement, in ascending order for each pack.
    """
    by_name: dict[PackName, list[Candidate]] = {}
    for name, candidate in chosen:
        by_name.setdefault(name, []).append(candidate)

    def meeting(name: PackName, requirement: Requirement) -> Candidate:
        of_name = by_name[name]
        if len(of_name) == 1:
            return of_name[0]
        return next(each for each in reversed(of_name) if admits(requirement, each, named=True))

    root_candidates = {name: meeting(name, roots[name]) for name in sorted(roots)}
    reached = {(name, str(each.version)): (name, each) for name, each in root_candidates.items()}
    waiting = list(reached.values())
    packs = []
    for name, candidate in waiting:
        edges = set()
        for needed, requirement in needs(candidate):
            target = meeting(needed, requirement)
            key = needed, str(target.version)
            edges.add((needed, target.version))
            if key not in reached:
                reached[key] = needed, target
                waiting.append(reached[key])
        packs.append(Chosen(name, candidate.version, tuple(sorted(edges)), candidate.yanked))
    packs.sort(key=lambda each: (each.name, each.version))
    return Resolution(tuple(packs), {name: each.version for name, each in root_candidates.items()})
