"""Solids in patient space (LPS, mm), and scenes made of them.

A scene is painted part after part, later parts over earlier ones, and sampled at points: what a scanner would see at
the centre of a voxel, without partial volume, so that every expected value is exact.  Only additions, multiplications
and comparisons are used: these give the same bits on every machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from phantoms.glyphs import HEIGHT, WIDTH, glyph

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Vector = tuple[float, float, float]


class Shape(Protocol):
    """A solid that knows which points it contains."""

    def contains(self, x: Array, y: Array, z: Array) -> Mask:
        """Return for each point whether it lies in the solid; the arrays broadcast against each other."""


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid with axes along x, y and z; `radii` are its semi-axes in mm."""

    centre: Vector
    radii: Vector

    def contains(self, x: Array, y: Array, z: Array) -> Mask:
        """Return where the points lie inside it."""
        (cx, cy, cz), (rx, ry, rz) = self.centre, self.radii
        return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 + ((z - cz) / rz) ** 2 < 1.0


@dataclass(frozen=True, slots=True)
class Cylinder:
    """An elliptical cylinder from `z_range[0]` to `z_range[1]`; `drift` moves its axis by mm in x and y per mm in z."""

    centre: tuple[float, float]
    radii: tuple[float, float]
    z_range: tuple[float, float]
    drift: tuple[float, float] = (0.0, 0.0)

    def contains(self, x: Array, y: Array, z: Array) -> Mask:
        """Return where the points lie inside it."""
        (cx, cy), (rx, ry), (low, high), (dx, dy) = self.centre, self.radii, self.z_range, self.drift
        inside = ((x - cx - dx * z) / rx) ** 2 + ((y - cy - dy * z) / ry) ** 2 < 1.0
        return inside & (z >= low) & (z <= high)


@dataclass(frozen=True, slots=True)
class Bars:
    """A box of bars across x: `width` mm of material, `width` mm of none, and so on from its low side."""

    centre: Vector
    size: Vector
    width: float

    def contains(self, x: Array, y: Array, z: Array) -> Mask:
        """Return where the points lie in a bar."""
        (cx, cy, cz), (sx, sy, sz) = self.centre, self.size
        box = (np.abs(x - cx) < sx / 2) & (np.abs(y - cy) < sy / 2) & (np.abs(z - cz) < sz / 2)
        inked: Mask = box & (np.floor((x - cx + sx / 2) / self.width) % 2 == 0)
        return inked


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as a solid: a bitmap in the plane of `right` and `down`, extruded along the third axis.

    `right` and `down` are (axis, sign) with axes 0, 1, 2 for x, y, z: the directions in which a person reads.
    `centre` is the middle of the solid, `cell` the side of a bitmap cell and `depth` the extrusion, in mm.
    """

    character: str
    centre: Vector
    cell: float
    depth: float
    right: tuple[int, int] = (0, 1)
    down: tuple[int, int] = (1, 1)

    def contains(self, x: Array, y: Array, z: Array) -> Mask:
        """Return where the points lie in a cell that is set."""
        local = [p - c for p, c in zip((x, y, z), self.centre, strict=True)]
        through = local[3 - self.right[0] - self.down[0]]
        column = np.floor(local[self.right[0]] * self.right[1] / self.cell + WIDTH / 2).astype(int)
        row = np.floor(local[self.down[0]] * self.down[1] / self.cell + HEIGHT / 2).astype(int)
        within = (column >= 0) & (column < WIDTH) & (row >= 0) & (row < HEIGHT)
        ink = glyph(self.character)[np.clip(row, 0, HEIGHT - 1), np.clip(column, 0, WIDTH - 1)]
        found: Mask = within & ink & (through >= -self.depth / 2) & (through <= self.depth / 2)
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """A named solid of one value; a `ramp` adds steps of one unit every so many mm along x, y and z (0: none)."""

    name: str
    shape: Shape
    value: int
    ramp: Vector = (0.0, 0.0, 0.0)


def labels(parts: Sequence[Part], x: Array, y: Array, z: Array) -> NDArray[np.int16]:
    """Return for each point the index of the part that is seen there, -1 outside all."""
    seen = np.full(np.broadcast_shapes(x.shape, y.shape, z.shape), -1, dtype=np.int16)
    for index, part in enumerate(parts):
        np.copyto(seen, np.int16(index), where=part.shape.contains(x, y, z))
    return seen


def values(parts: Sequence[Part], background: int, x: Array, y: Array, z: Array) -> NDArray[np.int16]:
    """Return for each point the value of the part that is seen there, `background` outside all."""
    seen = labels(parts, x, y, z)
    painted = np.array([*(part.value for part in parts), background], dtype=np.int16)[seen]
    for index, part in enumerate(parts):
        for axis, step in zip((x, y, z), part.ramp, strict=True):
            if step:
                shift = np.broadcast_to(np.floor(axis / step).astype(np.int16), seen.shape)
                painted += np.where(seen == index, shift, np.int16(0))
    return painted
