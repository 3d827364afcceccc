"""How slices lie to each other: their order, gaps, duplicates, and the grid that they make. Pure; knows no pixels.

Nothing here depends on the order in which slices come.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise, product, takewhile
from statistics import median_low
from typing import Literal

from zoopkg.api.errors import GeometryError
from zoopkg.api.slices import Slice, Vector

_SAME_DIRECTION = 1e-4
_SAME_PLACE = 1e-3  # mm


@dataclass(frozen=True, slots=True)
class Gap:
    """Two neighbouring slices whose distance is not the usual one.

    Attributes:
        after: the slice before it.
        before: the slice behind it.
        distance: between the two, in mm along the normal.
        missing: how many slices would fit in; 0 where the distance is no multiple of the usual one.
    """

    after: Slice
    before: Slice
    distance: float
    missing: int


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Slices that should be one.

    Attributes:
        what: `"position"` where they lie at one place; `"uid"` where they have one SOP Instance UID, but are in
            instances with different contents.
        slices: two or more, in the order of the series.
    """

    what: Literal["position", "uid"]
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """Slices at equal steps.

    Attributes:
        origin: where slice 0 lies, mm.
        step: from one slice to the next, mm.
        indices: for each slice its number, from 0; numbers that are left out are missing slices.
    """

    origin: Vector
    step: Vector
    indices: tuple[int, ...]


def in_order(slices: Iterable[Slice]) -> tuple[Slice, ...]:
    """Slices by orientation, position along the normal, Instance Number, path and frame; those without a place last."""
    by_path = sorted(slices, key=lambda each: (each.instance.path, each.frame or 0))
    numbered = sorted(by_path, key=lambda each: math.inf if each.number is None else each.number)
    stacks = _stacks(numbered)
    placed = [each for stack in stacks for each in sorted(stack, key=lambda each: round(_height(each, stack[0]), 4))]
    return (*placed, *(each for each in numbered if not _has_place(each)))


def gaps(slices: Sequence[Slice]) -> tuple[Gap, ...]:
    """The gaps between slices that are in order, in each orientation by itself."""
    return tuple(gap for stack in _stacks(slices) for gap in _gaps(stack))


def duplicates(slices: Sequence[Slice]) -> tuple[Duplicate, ...]:
    """Which of some slices in order lie at one place, and which have one SOP Instance UID but different contents."""
    found = [Duplicate("position", tuple(same)) for stack in _stacks(slices) for same in _at_one_place(stack)]
    by_uid: dict[str, list[Slice]] = {}
    for each in slices:
        if each.uid:
            by_uid.setdefault(each.uid, []).append(each)
    several = (same for same in by_uid.values() if len({each.instance.digest for each in same}) > 1)
    return (*found, *(Duplicate("uid", tuple(same)) for same in several))


def grid_of(slices: Sequence[Slice]) -> Grid:
    """The grid of slices that are in order, of one orientation, each at a place of its own, with whole gaps.

    Raises:
        GeometryError: they do not lie on a straight line at equal steps; or there is one alone, and no depth.
    """
    positions = [each.position for each in slices if each.position]
    heights = [_height(each, slices[0]) for each in slices]
    usual = _usual([high - low for low, high in pairwise(heights)])
    if usual is None:
        return Grid(positions[0], _alone(slices[0]), (0,))
    indices = [0]
    for low, high in pairwise(heights):
        indices.append(indices[-1] + max(1, round((high - low) / usual)))
    first, last = positions[0], positions[-1]
    x, y, z = ((b - a) / indices[-1] for a, b in zip(first, last, strict=True))
    for index, position, each in zip(indices, positions, slices, strict=True):
        meant = (first[0] + index * x, first[1] + index * y, first[2] + index * z)
        if math.dist(meant, position) > tolerance(usual):
            raise GeometryError(
                f"{each.instance.path} lies {math.dist(meant, position):.3g} mm beside the line of the other slices"
            )
    return Grid(first, (x, y, z), tuple(indices))


def tolerance(distance: float) -> float:
    """By how many mm a slice may lie beside its place, given the usual distance: what rounded positions come to."""
    return max(distance / 100, min(0.02, distance / 10))


def same_direction(a: Slice, b: Slice) -> bool:
    """Whether two slices that have a place are parallel, and turned alike."""
    assert a.row
    assert a.column
    assert b.row
    assert b.column
    pairs = zip(a.row + a.column, b.row + b.column, strict=True)
    return all(abs(one - other) <= _SAME_DIRECTION for one, other in pairs)


def _has_place(each: Slice) -> bool:
    return each.position is not None and each.normal is not None


def _stacks(slices: Iterable[Slice]) -> list[list[Slice]]:
    """Slices that have a place by orientation, the stack with the lowest direction cosines first."""
    placed = [each for each in slices if _has_place(each)]
    stacks: list[list[Slice]] = []
    order = {id(each): number for number, each in enumerate(placed)}
    for each in sorted(placed, key=lambda each: (each.row or (), each.column or ())):
        near = takewhile(partial(_leads_up_to, each), reversed(stacks))
        stack = next((stack for stack in near if same_direction(stack[0], each)), None)
        if stack is None:
            stacks.append([each])
        else:
            stack.append(each)
    return [sorted(stack, key=lambda each: order[id(each)]) for stack in stacks]


def _leads_up_to(each: Slice, stack: Sequence[Slice]) -> bool:
    """Whether a slice may belong to a stack, by the first cosine, which both were sorted by."""
    assert each.row
    assert stack[0].row
    return each.row[0] - stack[0].row[0] <= _SAME_DIRECTION


def _height(each: Slice, reference: Slice) -> float:
    """How far along the normal of a reference a slice lies, mm."""
    assert each.position
    assert reference.normal
    return sum(a * b for a, b in zip(each.position, reference.normal, strict=True))


def _gaps(stack: Sequence[Slice]) -> list[Gap]:
    planes = [stack[0]]
    for each in stack:
        if _height(each, stack[0]) - _height(planes[-1], stack[0]) > _SAME_PLACE:
            planes.append(each)
    distances = [_height(b, stack[0]) - _height(a, stack[0]) for a, b in pairwise(planes)]
    usual = _usual(distances)
    return [
        Gap(a, b, round(distance, 6), _multiple(distance, usual) - 1 if _multiple(distance, usual) else 0)
        for (a, b), distance in zip(pairwise(planes), distances, strict=True)
        if usual is not None and _multiple(distance, usual) != 1
    ]


def _usual(distances: Sequence[float]) -> float | None:
    """The smallest distance if all others are multiples of it, else the median; None of none."""
    if not distances:
        return None
    smallest = min(distances)
    return smallest if all(_multiple(each, smallest) for each in distances) else median_low(distances)


def _multiple(distance: float, usual: float) -> int:
    """How many times the usual distance another one is; 0 where that is no whole number."""
    times = round(distance / usual)
    return times if abs(distance - times * usual) <= tolerance(usual) else 0


def _at_one_place(stack: Sequence[Slice]) -> list[list[Slice]]:
    """The slices that share their place with others, each place's in order."""
    places: dict[tuple[int, ...], list[list[Slice]]] = {}
    groups: list[list[Slice]] = []
    for each in stack:
        assert each.position
        cell = tuple(math.floor(part / _SAME_PLACE) for part in each.position)
        near = (places.get(tuple(map(sum, zip(cell, offset, strict=True))), ()) for offset in _AROUND)
        group = next((group for some in near for group in some if _is_at(group[0], each.position)), None)
        if group is None:
            group = []
            groups.append(group)
            places.setdefault(cell, []).append(group)
        group.append(each)
    return [group for group in groups if len(group) > 1]


_AROUND = tuple(product((-1, 0, 1), repeat=3))


def _is_at(each: Slice, position: Vector) -> bool:
    return each.position is not None and math.dist(each.position, position) <= _SAME_PLACE


def _alone(each: Slice) -> Vector:
    """The step that a slice has by itself."""
    if each.depth is None or each.normal is None:
        raise GeometryError(
            f"{each.instance.path} is alone, and states neither Spacing Between Slices nor Slice Thickness"
        )
    x, y, z = each.normal
    return (x * each.depth, y * each.depth, z * each.depth)
