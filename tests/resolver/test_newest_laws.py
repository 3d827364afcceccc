"""The newest match against a search through every choice: sound always, and complete where nothing conflicts."""

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given
from small_catalogs import Roots, SmallCatalog, catalogs, locks, roots, solutions, solves
from strategies import law

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import Version
from zoopkg.resolver.newest import resolve

ANY = ("*", "^1", "=1.0.0", "~1.1", ">=1.1", "^2", "<2", ">=1, <3")
# No two of these exclude one another while the newest version is at least 1.1.0.
LOWER_BOUNDS = ("*", ">=1.0.0", ">=1", ">0.9")


@law
@given(catalogs(ANY), roots(ANY), locks)
def test_what_it_finds_is_a_solution(catalog: SmallCatalog, wanted: Roots, locked: Mapping[PackName, Version]) -> None:
    with contextlib.suppress(NoResolutionError):
        assert solves(resolve(wanted, catalog, locked), wanted)


@law
@given(catalogs(ANY), roots(ANY))
def test_where_there_is_no_solution_it_says_so(catalog: SmallCatalog, wanted: Roots) -> None:
    if next(solutions(catalog, wanted), None) is None:
        with pytest.raises(NoResolutionError):
            resolve(wanted, catalog, {})


@law
@given(catalogs(LOWER_BOUNDS), roots(LOWER_BOUNDS))
def test_without_conflicts_it_finds_the_newest_of_each(catalog: SmallCatalog, wanted: Roots) -> None:
    newest = {name: max(each, key=lambda candidate: candidate.version) for name, each in catalog.packs.items()}
    every = [chosen for chosen in solutions(catalog, wanted) if all(newest[name] == c for name, c in chosen.items())]
    if every:
        assert [resolve(wanted, catalog, {})] == every
    else:  # something that the newest versions require is in no catalog
        with pytest.raises(NoResolutionError, match="there is no pack"):
            resolve(wanted, catalog, {})


@law
@given(catalogs(ANY), roots(ANY))
def test_a_resolution_that_is_locked_stays(catalog: SmallCatalog, wanted: Roots) -> None:
    for chosen in solutions(catalog, wanted):
        locked = {name: candidate.version for name, candidate in chosen.items()}
        assert resolve(wanted, catalog, locked) == chosen
