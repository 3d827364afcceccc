"""Two locks compared: a lock differs in nothing from itself, and the other way round all is the other way round."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from locked_packs import a_lock, a_pack, graphs
from strategies import large_law, law, locks

from zoopkg.model.names import PackName
from zoopkg.project.lock import Lock
from zoopkg.project.lockdiff import LockDiff, diff_locks


def told(found: LockDiff) -> tuple[list[str], list[str], list[str]]:
    return (
        [f"{pack.name.name} {pack.version}" for pack in found.added],
        [f"{pack.name.name} {pack.version}" for pack in found.removed],
        [f"{old.name.name} {old.version} {new.version}" for old, new in found.moved],
    )


def between(before: str, after: str) -> tuple[list[str], list[str], list[str]]:
    return told(diff_locks(*(a_lock(dict.fromkeys(text.split(), ()), {}) for text in (before, after))))


def test_packs_come_go_and_move() -> None:
    assert between("a@1.0.0 b@1.0.0", "b@1.1.0 c@1.0.0") == (["c 1.0.0"], ["a 1.0.0"], ["b 1.0.0 1.1.0"])
    assert between("a@1.0.0", "a@2.0.0") == ([], [], ["a 1.0.0 2.0.0"])


def test_versions_side_by_side_move_within_what_is_compatible() -> None:
    assert between("a@1.0.0 a@2.0.0", "a@1.1.0 a@2.0.0") == ([], [], ["a 1.0.0 1.1.0"])
    assert between("a@1.0.0", "a@1.1.0 a@2.0.0") == (["a 2.0.0"], [], ["a 1.0.0 1.1.0"])
    assert between("a@1.0.0 a@2.0.0", "a@2.1.0") == ([], ["a 1.0.0"], ["a 2.0.0 2.1.0"])
    assert between("a@0.1.0 a@0.2.0", "a@0.2.3 a@1.0.0") == ([], [], ["a 0.1.0 1.0.0", "a 0.2.0 0.2.3"])


def test_other_content_or_another_index_is_never_passed_over() -> None:
    before, after = Lock((a_pack("a@1.0.0"),), {}), Lock((a_pack("a@1.0.0", content="another"),), {})
    assert told(diff_locks(before, after)) == ([], [], ["a 1.0.0 1.0.0"])
    elsewhere = Lock((replace(a_pack("a@1.0.0"), index="elsewhere"),), {})
    assert told(diff_locks(before, elsewhere)) == ([], [], ["a 1.0.0 1.0.0"])


def test_what_the_project_asks_for() -> None:
    before, after = a_lock({}, {"a": "^1", "b": "^1", "c": "^1"}), a_lock({}, {"b": "^2", "c": "^1", "d": "*"})
    asked = [(each.name.name, each.before is None, each.after is None) for each in diff_locks(before, after).asked]
    assert asked == [("a", False, True), ("b", False, False), ("d", True, False)]
    assert diff_locks(before, after)


@large_law
@given(locks())
def test_a_lock_differs_in_nothing_from_itself(lock: Lock) -> None:
    assert not diff_locks(lock, lock)


@law
@given(graphs(), graphs())
def test_the_other_way_round(before: Lock, after: Lock) -> None:
    there, back = diff_locks(before, after), diff_locks(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert set(there.moved) == {(old, new) for new, old in back.moved}
    assert [(each.before, each.after) for each in there.asked] == [(each.after, each.before) for each in back.asked]


@law
@given(graphs(), graphs())
def test_what_differs_leads_from_one_to_the_other(before: Lock, after: Lock) -> None:
    found = diff_locks(before, after)
    kept = {(p.name, p.version) for p in before.packs} - {(p.name, p.version) for p in found.removed}
    kept -= {(old.name, old.version) for old, _ in found.moved}
    come = {(p.name, p.version) for p in (*found.added, *(new for _, new in found.moved))}
    assert not kept & come
    assert kept | come == {(p.name, p.version) for p in after.packs}


@law
@given(graphs(), st.sampled_from("abcd"))
def test_where_bytes_lie_and_what_is_required_is_not_compared(lock: Lock, name: str) -> None:
    other = a_pack("x@1.0.0").layout
    moved = [replace(pack, layout=other) if pack.name == PackName("zoo", name) else pack for pack in lock.packs]
    assert not diff_locks(lock, replace(lock, packs=tuple(moved)))
