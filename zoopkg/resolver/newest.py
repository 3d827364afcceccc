"""Resolution by the newest match: for each pack the newest version that all needs of it allow, one version a pack.

Does not search: where two needs of a pack cannot be met by one version, it says so. Locked versions are preferred.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, Version


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that may be chosen, what it requires, and why it should not be chosen any more, if it should not."""

    version: Version
    requires: tuple[Spec, ...] = ()
    yanked: str = ""


class Catalog(Protocol):
    """What there is to choose from."""

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        """Every version of a pack, or None where there is no such pack."""
        ...


@dataclass(frozen=True, slots=True)
class _Need:
    requirement: Requirement
    by: str


_Choice: TypeAlias = "dict[PackName, Candidate | None]"


def resolve(
    roots: Mapping[PackName, Requirement], catalog: Catalog, locked: Mapping[PackName, Version]
) -> dict[PackName, Candidate]:
    """One version of each pack that the roots need, directly or through another.

    Raises:
        NoResolutionError: no such pack, or no version that every need allows; the message names the needs.
    """
    chosen: _Choice = {}
    earlier: list[_Choice] = []
    while True:
        needs = _needs(roots, chosen)
        again = {name: _choose(name, wanted, catalog, locked.get(name)) for name, wanted in needs.items()}
        if again == chosen:
            break
        earlier.append(chosen)
        if again in earlier:
            raise _going_round(earlier[earlier.index(again) :])
        chosen = again
    # Only now, since a need may come from a version that was no longer chosen a step later.
    for name, candidate in chosen.items():
        if candidate is None:
            raise _refusal(name, needs[name], catalog)
    return {name: candidate for name, candidate in chosen.items() if candidate}


def _needs(roots: Mapping[PackName, Requirement], chosen: _Choice) -> dict[PackName, list[_Need]]:
    """What is needed of each pack that the roots reach through the versions chosen so far."""
    needs: dict[PackName, list[_Need]] = {name: [_Need(need, "this project")] for name, need in roots.items()}
    reached = list(roots)
    for name in reached:
        candidate = chosen.get(name)
        if candidate is None:
            continue
        for spec in candidate.requires:
            if spec.name not in needs:
                reached.append(spec.name)
            requirement = spec.requirement or Requirement.parse("*")
            needs.setdefault(spec.name, []).append(_Need(requirement, f"{name.short} {candidate.version}"))
    return needs


def _choose(name: PackName, needs: Sequence[_Need], catalog: Catalog, locked: Version | None) -> Candidate | None:
    allowed = _allowed(catalog.candidates(name) or (), needs)
    for candidate in allowed:
        if candidate.version == locked:
            return candidate
    eligible = [each for each in allowed if not each.yanked or _named_exactly(each.version, needs)]
    return max(eligible, key=lambda each: each.version, default=None)


def _allowed(candidates: Iterable[Candidate], needs: Sequence[_Need]) -> list[Candidate]:
    return [each for each in candidates if all(need.requirement.allows(each.version) for need in needs)]


def _named_exactly(version: Version, needs: Iterable[_Need]) -> bool:
    return any(need.requirement == Requirement.exactly(version) for need in needs)


def _refusal(name: PackName, needs: Sequence[_Need], catalog: Catalog) -> NoResolutionError:
    candidates = catalog.candidates(name)
    if candidates is None:
        return NoResolutionError(
            f"there is no pack {name}{_needed_by(needs)}",
            hint="Check the spelling, or name the index that has it with --index.",
        )
    why = _conflict(name, needs, candidates, _allowed(candidates, needs))
    return NoResolutionError(why, hint=_versions_hint(name, candidates))


def _going_round(choices: Sequence[_Choice]) -> NoResolutionError:
    """The error where each choice asks for another one, and the last of them for the first."""
    wavering = sorted({name for one in choices for name in one if any(one.get(name) != c.get(name) for c in choices)})
    return NoResolutionError(
        f"the newest versions of {', '.join(name.short for name in wavering)} exclude one another",
        hint="Ask for an older version of one of them.",
    )


def _needed_by(needs: Sequence[_Need]) -> str:
    return "" if needs[0].by == "this project" else f", which {needs[0].by} requires"


def _conflict(
    name: PackName, needs: Sequence[_Need], candidates: Sequence[Candidate], allowed: Sequence[Candidate]
) -> str:
    told = " and ".join(f"{need.by} needs {name.short} {need.requirement}" for need in needs)
    if allowed:
        reasons = "; ".join(f"{each.version}: {each.yanked}" for each in allowed)
        return f"{told}, and every such version was yanked ({reasons})"
    if not candidates:
        return f"{told}, and no version of it was published"
    return f"{told}, and no published version is that"


def _versions_hint(name: PackName, candidates: Sequence[Candidate]) -> str:
    versions = [str(each.version) for each in sorted(candidates, key=lambda each: each.version) if not each.yanked]
    return f"Published versions of {name.short}: {', '.join(versions[-10:]) or 'none'}."
