"""From what a project requires to versions of packs, or to the reasons why there are none. The way in to the rest."""

from collections.abc import Collection, Mapping, Sequence

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Version, compatibility
from zoopkg.resolver.catalog import Candidate, Catalog
from zoopkg.resolver.explain import conflict, roots_of
from zoopkg.resolver.packages import Packages
from zoopkg.resolver.resolution import ANY, Resolution, pinned
from zoopkg.resolver.search import MAX_STEPS, NothingPossibleError, Search

_TRIALS = 4
_TRIAL_STEPS = 100_000

Preferred = Collection[tuple[PackName, Version]]


def resolve(
    roots: Mapping[PackName, Requirement], catalog: Catalog, preferred: Preferred = (), *, max_steps: int = MAX_STEPS
) -> Resolution:
    """Versions that meet each requirement of the project and of every version chosen; one a compatibility class.

    Args:
        roots: what the project requires.
        catalog: what there is.
        preferred: versions to choose first where they are allowed, such as those that are locked. They may be yanked,
            and pre-releases within a range; so may versions that the project requires by their number.
        max_steps: how much work to do before giving up.

    Raises:
        NoResolutionError: there are none, with the reasons; or there is too much to try.
        ZooError: what the catalog raises.
    """
    seen = _Seen(catalog)
    packages = Packages(seen, roots, preferred)
    try:
        return pinned(roots, Search(packages, max_steps).run(roots))
    except NothingPossibleError as error:
        proof = error.clause
    seen.closed = True
    raise conflict(proof, packages, catalog, _alternatives(roots_of(proof), roots, seen, preferred))


class _Unseen(Exception):  # noqa: N818  (control flow of this module alone)
    """A pack that was not asked for before."""


class _Seen:
    """A catalog's answers. Once closed, it gives only those that it has: what to advise is not worth a request."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._answers: dict[PackName, Sequence[Candidate] | None] = {}
        self.closed = False

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        if name not in self._answers:
            if self.closed:
                raise _Unseen
            self._answers[name] = self._catalog.candidates(name)
        return self._answers[name]

    def absent(self, name: PackName) -> str:
        return self._catalog.absent(name)

    def prefetch(self, names: Collection[PackName]) -> None:
        if not self.closed:
            self._catalog.prefetch(names)


def _alternatives(
    names: Sequence[PackName], roots: Mapping[PackName, Requirement], seen: _Seen, preferred: Preferred
) -> dict[PackName, Requirement]:
    """For each of these roots the requirement that would do in its place, where one was found by trying."""
    found = {}
    for name in names[:_TRIALS]:
        for wider in (*_own_class(roots[name], seen.candidates(name) or ()), ANY):
            changed = {**roots, name: wider}
            try:
                chosen = Search(Packages(seen, changed, preferred), _TRIAL_STEPS).run(changed)
            except (NothingPossibleError, NoResolutionError, _Unseen):
                continue
            found[name] = _class_of(pinned(changed, chosen).roots[name])
            break
    return found


def _own_class(requirement: Requirement, candidates: Sequence[Candidate]) -> list[Requirement]:
    """The whole class of the newest version that a requirement allows, if any."""
    allowed = [each.version for each in candidates if requirement.allows(each.version)]
    return [_class_of(max(allowed))] if allowed else []


def _class_of(version: Version) -> Requirement:
    """The widest requirement that has a version in its class."""
    numbers = compatibility(version)
    alone = version.prerelease or numbers.count(".") == 2
    return Requirement.exactly(version) if alone else Requirement.parse(f"^{numbers}")
