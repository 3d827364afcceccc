"""The graph of a lock: the tree shows every edge once, the ways are those that a plain search finds."""

from collections.abc import Iterator

from hypothesis import given
from locked_packs import a_lock, a_pack, graphs
from strategies import law

from zoopkg.project.graph import Graph
from zoopkg.project.lock import Lock, LockedPack

DIAMOND = a_lock(
    {
        "app@1.0.0": ["left@1.0.0", "right@1.0.0"],
        "left@1.0.0": ["base@1.0.0"],
        "right@1.0.0": ["base@1.0.0", "left@1.0.0"],
        "base@1.0.0": [],
    },
    {"app": "^1"},
)


def told(lock: Lock) -> list[tuple[int, str, bool]]:
    graph = Graph(lock)
    return [(len(branch.last), branch.pack.name.name, branch.repeated) for branch in graph.tree(graph.roots)]


def test_a_repeated_pack_is_not_gone_into_again() -> None:
    assert told(DIAMOND) == [
        (0, "app", False),
        (1, "left", False),
        (2, "base", False),
        (1, "right", False),
        (2, "base", False),  # requires nothing, so nothing is left out
        (2, "left", True),
    ]


def test_which_branch_is_the_last() -> None:
    graph = Graph(DIAMOND)
    assert [branch.last for branch in graph.tree(graph.roots)] == [
        (), (False,), (False, True), (True,), (True, False), (True, True),
    ]  # fmt: skip


def test_a_circle_ends() -> None:
    lock = a_lock({"a@1.0.0": ["b@1.0.0"], "b@1.0.0": ["a@1.0.0"]}, {"a": "*"})
    assert told(lock) == [(0, "a", False), (1, "b", False), (2, "a", True)]
    ways, more = Graph(lock).ways(a_pack("b@1.0.0", ["a@1.0.0"]), 10)
    assert ([[each.name.name for each in way] for way in ways], more) == ([["a", "b"]], 0)


def test_a_long_chain_is_no_trouble() -> None:
    packs = {f"p{i}@1.0.0": [f"p{i + 1}@1.0.0"] for i in range(500)} | {"p500@1.0.0": []}
    lock = a_lock(packs, {"p0": "*"})
    assert len(told(lock)) == 501
    ((way,), more) = Graph(lock).ways(lock.packs[-1], 10)
    assert (len(way), more) == (501, 0)


def test_more_ways_than_anyone_can_count() -> None:
    layers = {
        f"p{i}-{side}@1.0.0": [f"p{i + 1}-{each}@1.0.0" for each in "abc"] if i < 30 else []
        for i in range(31)
        for side in "abc"
    }
    lock = a_lock(layers, {"p0-a": "*", "p0-b": "*"})
    ways, more = Graph(lock).ways(lock.packs[-1], 10)
    assert (len(ways), more) == (10, 100)
    assert {len(way) for way in ways} == {31}


def all_ways(graph: Graph, pack: LockedPack) -> Iterator[tuple[LockedPack, ...]]:
    left = [(root,) for root in graph.roots]
    while left:
        way = left.pop()
        if way[-1] == pack:
            yield way
        else:
            left += [(*way, each) for each in graph.required(way[-1]) if each not in way]


@law
@given(graphs())
def test_the_ways_are_all_there_are_the_shortest_first(lock: Lock) -> None:
    graph = Graph(lock)
    for pack in lock.packs:
        ways, more = graph.ways(pack, 1000)
        assert more == 0
        assert len(ways) == len(set(ways))
        assert set(ways) == set(all_ways(graph, pack))
        assert [len(way) for way in ways] == sorted(len(way) for way in ways)
        assert graph.ways(pack, 2) == (ways[:2], min(len(ways[2:]), 20))


@law
@given(graphs())
def test_the_tree_has_each_edge_of_what_is_asked_for_once(lock: Lock) -> None:
    graph = Graph(lock)
    above: list[LockedPack] = []
    edges = []
    for branch in graph.tree(graph.roots):
        above = [*above[: len(branch.last)], branch.pack]
        edges += [(above[-2], above[-1])] if branch.last else []
    reached = graph.reachable(graph.roots)
    assert sorted(edges, key=repr) == sorted(
        ((pack, each) for pack in reached for each in graph.required(pack)), key=repr
    )
    assert all((each in graph.requiring(needed)) for each in reached for needed in graph.required(each))
