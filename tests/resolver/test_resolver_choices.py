"""Which versions are chosen, where classes coexist, and how little the catalog is asked."""

import pytest
from worlds import World, locked, roots_of, texts

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.resolver.resolve import resolve

C: dict[str, list[str]] = {"1.0.0": [], "1.1.0": [], "2.0.0": [], "!2.1.0": [], "3.0.0-rc.1": []}


@pytest.mark.parametrize(
    ("wanted", "preferred", "chosen"),
    [
        ("*", [], "2.0.0"),
        ("^1", [], "1.1.0"),
        ("^1", ["c@1.0.0"], "1.0.0"),
        ("*", ["c@1.0.0"], "1.0.0"),
        ("*", ["c@1.0.0", "c@2.0.0"], "2.0.0"),
        ("^1.1", ["c@1.0.0"], "1.1.0"),
        ("^2", ["c@2.1.0"], "2.1.0"),
        ("=2.1.0", [], "2.1.0"),
        ("=3.0.0-rc.1", [], "3.0.0-rc.1"),
        ("*", ["c@3.0.0-rc.1"], "3.0.0-rc.1"),
        ("<3", ["c@3.0.0-rc.1"], "2.0.0"),
        ("^1", ["c@9.0.0", "other@1.0.0"], "1.1.0"),
    ],
)
def test_a_version_for_one_requirement(wanted: str, preferred: list[str], chosen: str) -> None:
    assert texts(resolve(roots_of(c=wanted), World({"c": C}), locked(*preferred))) == [f"c {chosen}"]


def test_two_classes_of_a_pack_stand_side_by_side() -> None:
    world = World({"a": {"1.0.0": ["c@^1"]}, "b": {"1.0.0": ["c@^2"]}, "c": C})
    found = resolve(roots_of(a="1", b="1", c="1"), world)
    assert texts(found) == ["a 1.0.0", "b 1.0.0", "c 1.1.0", "c 2.0.0"]
    assert str(found.roots[PackName("zoo", "c")]) == "1.1.0"
    assert [[str(version) for _, version in pack.requires] for pack in found.packs] == [["1.1.0"], ["2.0.0"], [], []]


def test_a_range_is_met_by_what_is_there_already() -> None:
    world = World({"a": {"1.0.0": ["c@*"]}, "b": {"1.0.0": ["c@^1"]}, "c": C})
    assert texts(resolve(roots_of(a="1", b="1"), world, locked("c@1.0.0"))) == ["a 1.0.0", "b 1.0.0", "c 1.0.0"]


def test_a_range_falls_back_on_an_older_class() -> None:
    world = World({"c": {"1.0.0": [], "2.0.0": ["d@^9"]}, "d": {"1.0.0": []}})
    assert texts(resolve(roots_of(c="*"), world)) == ["c 1.0.0"]


def test_what_the_project_names_others_may_use() -> None:
    world = World({"a": {"1.0.0": ["c@^2"], "1.1.0": ["c@>=1"]}, "c": {"2.0.0": [], "!2.1.0": [], "2.2.0-rc.1": []}})
    assert texts(resolve(roots_of(a="1", c="=2.1.0"), world)) == ["a 1.1.0", "c 2.1.0"]
    assert texts(resolve(roots_of(a="1", c="=2.2.0-rc.1"), world)) == ["a 1.1.0", "c 2.2.0-rc.1"]


def test_a_spec_without_a_requirement_is_met_by_any_release() -> None:
    assert texts(resolve(roots_of(a="1"), World({"a": {"1.0.0": ["c"]}, "c": C}))) == ["a 1.0.0", "c 2.0.0"]


def test_nothing_is_required() -> None:
    found = resolve({}, World({}))
    assert (found.packs, found.roots) == ((), {})


def test_only_what_the_search_touches_is_asked_for_and_once() -> None:
    world = World(
        {
            "a": {"1.0.0": ["old@1"], "1.1.0": ["b@1", "c@1"], "2.0.0": ["newer@1"]},
            "b": {"1.0.0": ["d@1"]},
            "c": {"1.0.0": ["d@1"], "0.1.0": ["older@1"]},
            "d": {"1.0.0": []},
            "never": {"1.0.0": []},
        }
    )
    resolve(roots_of(a="1", d="1"), world)
    assert sorted(world.asked) == ["a", "b", "c", "d"]
    assert world.hints == [["a", "d"], ["b", "c"]]


def test_hints_come_in_batches_as_deep_as_the_graph() -> None:
    wide = {f"r{n}": {"1.0.0": [f"s{n}@1"]} for n in range(50)} | {f"s{n}": {"1.0.0": ["t@1"]} for n in range(50)}
    world = World({**wide, "t": {"1.0.0": []}})
    resolve(roots_of(**{f"r{n}": "1" for n in range(50)}), world)
    assert [len(batch) for batch in world.hints] == [50, 50, 1]
    assert len(world.asked) == 101


def test_a_conflict_asks_for_nothing_more() -> None:
    world = World({"a": {"1.0.0": ["c@=1.0.0"], "2.0.0": ["far@1"]}, "c": C, "far": {"1.0.0": []}})
    with pytest.raises(NoResolutionError, match=r"no version of c is both =1\.0\.0 and =1\.1\.0"):
        resolve(roots_of(a="1", c="=1.1.0"), world)
    assert sorted(world.asked) == ["a", "c"]
    assert not any("far" in batch for batch in world.hints)
