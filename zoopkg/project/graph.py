"""The packs of a lock as a graph: what requires what, as a tree to draw and as ways from the project. Pure.

Packs may require each other in a circle: a tree shows each pack's own ones once, a way passes no pack twice.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice

from zoopkg.project.lock import Lock, LockedPack

_MOST_STEPS = 100_000

Way = tuple[LockedPack, ...]
"""From a pack that the project asks for to the one in question, each requiring the next."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A line of the tree.

    Attributes:
        pack: what stands there.
        last: for each level below the top, whether the branch there is the last one of its pack.
        repeated: it requires packs, which are shown further up.
    """

    pack: LockedPack
    last: tuple[bool, ...]
    repeated: bool


class Graph:
    """What requires what in a lock."""

    def __init__(self, lock: Lock) -> None:
        by_id = {f"{pack.name}@{pack.version}": pack for pack in lock.packs}
        self._required: dict[LockedPack, tuple[LockedPack, ...]] = {
            pack: tuple(sorted((by_id[each] for each in pack.requires if each in by_id), key=_order))
            for pack in lock.packs
        }
        self._requiring: dict[LockedPack, list[LockedPack]] = {pack: [] for pack in lock.packs}
        for pack in sorted(lock.packs, key=_order):
            for each in self._required[pack]:
                self._requiring[each].append(pack)
        own = {lock.root(name) for name in lock.roots}
        self.roots = tuple(sorted((pack for pack in own if pack), key=_order))
        """The packs that the project itself asks for."""

    def required(self, pack: LockedPack) -> tuple[LockedPack, ...]:
        """The packs that a pack requires."""
        return self._required[pack]

    def requiring(self, pack: LockedPack) -> Sequence[LockedPack]:
        """The packs that require a pack."""
        return self._requiring[pack]

    def reachable(self, tops: Sequence[LockedPack]) -> list[LockedPack]:
        """Some packs, and all that they require, directly or through others."""
        return sorted({branch.pack for branch in self.tree(tops)}, key=_order)

    def tree(self, tops: Sequence[LockedPack]) -> Iterator[Branch]:
        """The tree below some packs, from the top down; what was shown is not gone into again."""
        shown: set[LockedPack] = set()
        left: list[tuple[LockedPack, tuple[bool, ...]]] = [(top, ()) for top in reversed(tops)]
        while left:
            pack, last = left.pop()
            below = self._required[pack]
            yield Branch(pack, last, pack in shown and bool(below))
            if pack not in shown:
                shown.add(pack)
                left += [(each, (*last, i == 0)) for i, each in enumerate(reversed(below))]

    def ways(self, pack: LockedPack, most: int) -> tuple[list[Way], int]:
        """The ways from the project to a pack, the shortest first.

        Returns:
            So many at most, and how many more there are, as far as they were counted: ten times as many at most.
        """
        found = list(islice(self._ways(pack), most * 11))
        return found[:most], len(found) - len(found[:most])

    def _ways(self, pack: LockedPack) -> Iterator[Way]:
        """Begun at the roots, the one that can become the shortest is always continued: few wrong turns, none in vain.

        There may be more ways than anyone can wait for, and dead ends where packs require each other in a circle.
        """
        distances = self._distances(pack)
        order = count()
        heap: list[tuple[int, int, int, Way]] = []
        for root in self.roots:
            if root in distances:
                heapq.heappush(heap, (distances[root], 0, next(order), (root,)))
        for _ in range(_MOST_STEPS):
            if not heap:
                return
            *_, way = heapq.heappop(heap)
            if way[-1] == pack:
                yield way
                continue
            for each in self._required[way[-1]]:
                if each in distances and each not in way:
                    heapq.heappush(heap, (len(way) + distances[each], -len(way), next(order), (*way, each)))

    def _distances(self, pack: LockedPack) -> Mapping[LockedPack, int]:
        """How many steps every pack that comes to this one is away from it."""
        distances = {pack: 0}
        edge = [pack]
        while edge:
            steps = distances[edge[0]] + 1
            edge = list(dict.fromkeys(up for each in edge for up in self._requiring[each] if up not in distances))
            distances |= dict.fromkeys(edge, steps)
        return distances


def _order(pack: LockedPack) -> tuple[object, ...]:
    return pack.name, pack.version
