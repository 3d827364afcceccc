"""Laws of slices in space: nothing depends on the order in which they come, and a grid is found again."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from zoopkg import GeometryError, Pack, Series, Slice
from zoopkg.api.geometry import duplicates, gaps, grid_of, in_order, tolerance

Load = Callable[..., Pack]
PHANTOMS = ["gantry-tilt", "missing-slice", "shuffled"]

few = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
many = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
lengths = st.floats(0.05, 20)
places = st.tuples(*[st.floats(-500, 500)] * 3)


@pytest.fixture(scope="module")
def series(load: Load) -> dict[str, Series]:
    ct = load("ct-basic@1")
    ct.fetch()
    return {name: ct.where(path=f"phantom/{name}/*").series[0] for name in PHANTOMS}


@pytest.fixture(scope="module")
def images(load: Load) -> list[Slice]:
    """Slices to move about: only their places are changed."""
    return list(load("ct-basic@1").where(path="phantom/axial/*").series[0].slices)


@few
@given(name=st.sampled_from(PHANTOMS), seed=st.integers(0, 1 << 32))
def test_a_permuted_series_is_the_same_in_space(series: dict[str, Series], name: str, seed: int) -> None:
    one = series[name]
    entries = list(one._entries)
    random.Random(seed).shuffle(entries)
    other = Series(one._opened, entries, one.uid)
    assert other.slices == one.slices
    assert (other.gaps, other.duplicates) == (one.gaps, one.duplicates)
    volumes = [each.volume(allow_gaps=True) for each in (one, other)]
    np.testing.assert_array_equal(*(each.array for each in volumes))
    np.testing.assert_array_equal(*(each.affine for each in volumes))


@st.composite
def directions(draw: st.DrawFn) -> tuple[Any, Any]:
    """Row and column directions, at right angles, from a quaternion."""
    a, b, c, d = (draw(st.floats(-1, 1)) for _ in range(4))
    size = math.hypot(a, b, c, d)
    assume(size > 0.1)
    a, b, c, d = a / size, b / size, c / size, d / size
    row = (a * a + b * b - c * c - d * d, 2 * (b * c + a * d), 2 * (b * d - a * c))
    column = (2 * (b * c - a * d), a * a - b * b + c * c - d * d, 2 * (c * d + a * b))
    return row, column


@st.composite
def stacks(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[float, ...], tuple[float, ...], list[int]]:
    """Directions, origin, step and the numbers of the slices that are there: mostly neighbours, never a missing end."""
    row, column = draw(directions())
    normal = np.cross(row, column)
    shear = draw(st.floats(-1, 1))
    step = tuple(normal * draw(lengths) + np.array(column) * shear)
    count = draw(st.integers(3, 30))
    gone = draw(st.sets(st.integers(2, count - 2), max_size=count // 4)) if count > 4 else set()
    return {"row": row, "column": column}, draw(places), step, [k for k in range(count) if k not in gone]


def placed(images: list[Slice], stack: Any) -> list[Slice]:
    facts, origin, step, numbers = stack
    return [
        replace(image, position=tuple(o + k * s for o, s in zip(origin, step, strict=True)), **facts)
        for image, k in zip(images, numbers, strict=False)
    ]


@many
@given(stack=stacks(), seed=st.integers(0, 1 << 32))
def test_a_grid_is_found_again(images: list[Slice], stack: Any, seed: int) -> None:
    _, _, step, numbers = stack
    made = placed(images, stack)
    shuffled = random.Random(seed).sample(made, len(made))
    ordered = in_order(shuffled)
    assert list(ordered) == made
    assert duplicates(ordered) == ()
    told = [gap.missing for gap in gaps(ordered)]
    assert told == [b - a - 1 for a, b in pairwise(numbers) if b - a > 1]
    grid = grid_of(ordered)
    assert list(grid.indices) == numbers
    assert grid.origin == made[0].position
    np.testing.assert_allclose(grid.step, step, rtol=0, atol=1e-9)


@many
@given(stack=stacks(), seed=st.integers(0, 1 << 32))
def test_rounded_positions_make_the_same_grid(images: list[Slice], stack: Any, seed: int) -> None:
    facts, _, step, numbers = stack
    distance = abs(float(np.dot(step, np.cross(facts["row"], facts["column"]))))
    noise = random.Random(seed)
    by = tolerance(distance) / 8
    made = [
        replace(each, position=tuple(part + noise.uniform(-by, by) for part in each.position))
        for each in placed(images, stack)
    ]
    ordered = in_order(made)
    assert list(ordered) == made
    assert list(grid_of(ordered).indices) == numbers


@many
@given(stack=stacks(), index=st.integers(1, 100), by=st.floats(2, 50))
def test_a_slice_beside_the_line_is_refused(images: list[Slice], stack: Any, index: int, by: float) -> None:
    made = placed(images, stack)
    index = 1 + index % (len(made) - 2)
    row = made[0].row
    moved = replace(made[index], position=tuple(p + by * r for p, r in zip(made[index].position, row, strict=True)))
    made[index] = moved
    with pytest.raises(GeometryError, match="beside the line of the other slices"):
        grid_of(in_order(made))


@many
@given(stack=stacks(), again=st.integers(0, 100))
def test_a_slice_that_is_there_twice_is_told(images: list[Slice], stack: Any, again: int) -> None:
    made = placed(images, stack)
    twice = replace(images[-1], position=made[again % len(made)].position, row=made[0].row, column=made[0].column)
    ordered = in_order([twice, *made])
    (found,) = duplicates(ordered)
    assert found.what == "position"
    assert set(map(id, found.slices)) == {id(twice), id(made[again % len(made)])}
    assert [gap.missing for gap in gaps(ordered)] == [gap.missing for gap in gaps(in_order(made))]


@many
@given(stack=stacks(), other=stacks(), seed=st.integers(0, 1 << 32))
def test_orientations_are_kept_apart(images: list[Slice], stack: Any, other: Any, seed: int) -> None:
    assume(max(abs(a - b) for a, b in zip(stack[0]["row"], other[0]["row"], strict=True)) > 0.01)
    some, more = placed(images[:30], stack), placed(images[30:], other)
    both = [*some, *more]
    random.Random(seed).shuffle(both)
    ordered = in_order(both)
    assert [each for each in ordered if each in some] == some
    assert [each for each in ordered if each in more] == more
    assert list(ordered) in ([*some, *more], [*more, *some])
    assert len(gaps(ordered)) == len(gaps(some)) + len(gaps(more))


@many
@given(seed=st.integers(0, 1 << 32), numbered=st.booleans())
def test_what_has_no_place_comes_last_by_number_and_path(images: list[Slice], seed: int, numbered: bool) -> None:
    lost = [replace(each, position=None, number=each.number if numbered else None) for each in images[40:]]
    mixed = random.Random(seed).sample([*images[:40], *lost], len(images))
    assert list(in_order(mixed)) == [*images[:40], *lost]


@pytest.mark.parametrize("steps", [[1, 1, 2.5, 1], [3, 1, 1, 0.7]])
def test_distances_that_are_no_multiples_are_gaps_of_no_slices(images: list[Slice], steps: list[float]) -> None:
    heights = np.cumsum([0, *steps])
    found = gaps([replace(each, position=(0, 0, z)) for each, z in zip(images, heights, strict=False)])
    assert [gap.distance for gap in found if not gap.missing] == [each for each in steps if each % 1]
