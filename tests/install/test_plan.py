"""Laws of the plan: what it does to any tree gives what is wanted, once, and touches nobody else's files."""

from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from zoopkg.install.plan import Plan, Wanted, make_plan
from zoopkg.model.digest import Digest

CONTENTS = [Wanted(Digest.of(bytes([n])), n) for n in range(4)]
PATHS = [f"demo/{name}" for name in "abcdef"]


@dataclass(frozen=True)
class Case:
    wanted: dict[str, Wanted]
    owned: frozenset[str]
    found: dict[str, Digest | None]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """What a tree may look like: zoopkg's own files, right or edited, and others' that are right by chance or not."""
    wanted = draw(st.dictionaries(st.sampled_from(PATHS), st.sampled_from(CONTENTS)))
    owned = draw(st.frozensets(st.sampled_from(PATHS)))
    found: dict[str, Digest | None] = {}
    for path in sorted({*wanted, *owned}):
        possible = [None, *(each.digest for each in CONTENTS)] if path in owned else [None, wanted[path].digest]
        if draw(st.booleans()):
            found[path] = draw(st.sampled_from(possible))
    return Case(wanted, owned, found)


def carried_out(plan: Plan, found: dict[str, Digest | None]) -> dict[str, Digest | None]:
    after = dict(found)
    for path, want in plan.link.items():
        assert path not in after, "a free path only"
        after[path] = want.digest
    for path, want in plan.replace.items():
        assert after[path] is not None, "never over what someone changed"
        after[path] = want.digest
    for path in plan.remove:
        assert after.pop(path) is not None, "never what someone changed"
    return after


@settings(deadline=None, max_examples=60)
@given(cases(), st.booleans())
def test_carrying_it_out_gives_what_is_wanted(case: Case, relink: bool) -> None:
    plan = make_plan(case.wanted, case.owned, case.found, relink=relink)
    after = carried_out(plan, case.found)
    for path, want in case.wanted.items():
        assert after[path] == want.digest or path in plan.edited or path in plan.foreign
    for path in case.owned - case.wanted.keys():
        assert path not in after or path in plan.edited


@settings(deadline=None, max_examples=60)
@given(cases())
def test_a_second_plan_is_empty(case: Case) -> None:
    plan = make_plan(case.wanted, case.owned, case.found)
    if plan.foreign:
        return
    after = carried_out(plan, case.found)
    again = make_plan(case.wanted, case.wanted.keys(), {path: after[path] for path in case.wanted})
    assert again.is_empty
    assert set(again.edited) == set(plan.edited) & case.wanted.keys()
    assert again.keep == len(case.wanted) - len(again.edited)


@settings(deadline=None, max_examples=60)
@given(cases(), st.booleans())
def test_never_touches_what_is_not_zoopkgs(case: Case, relink: bool) -> None:
    plan = make_plan(case.wanted, case.owned, case.found, relink=relink)
    touched = {*plan.link, *plan.replace, *plan.remove}
    changed = {path for path, digest in case.found.items() if digest is None}
    assert not touched & changed
    assert {*plan.edited, *plan.foreign} == changed
    assert set(plan.edited) <= case.owned
    assert not set(plan.foreign) & case.owned
    assert set(plan.remove) <= case.owned - case.wanted.keys()


@settings(deadline=None, max_examples=60)
@given(cases(), st.booleans())
def test_every_wanted_path_is_in_one_place(case: Case, relink: bool) -> None:
    plan = make_plan(case.wanted, case.owned, case.found, relink=relink)
    edited = set(plan.edited) & case.wanted.keys()
    told = [*plan.link, *plan.replace, *edited, *plan.foreign]
    assert len(told) == len(set(told))
    assert plan.keep == len(case.wanted) - len(told)
    if relink:
        assert plan.keep == 0
