"""Where the voxels of a series lie.

A grid says, as PS3.3 section C.7.6.2 does, where the centre of each voxel is in the patient: LPS, mm.  Voxel (i, j, k)
is column i, row j, slice k, all from 0.  The step between slices need not be the normal of the plane: with a tilted
gantry it is not.
"""

from dataclasses import dataclass

import numpy as np

from phantoms.shapes import Array, Vector


@dataclass(frozen=True, slots=True)
class Grid:
    """The geometry of a series of parallel slices.

    `origin` is the centre of voxel (0, 0, 0); `row` and `column` are the direction cosines of Image Orientation
    (Patient): `row` is the way i grows, `column` the way j grows.  `spacing` is Pixel Spacing: mm between rows, then
    between columns.
    """

    origin: Vector
    row: Vector
    column: Vector
    step: Vector
    spacing: tuple[float, float]
    shape: tuple[int, int, int]
    """Columns, rows, slices."""
    thickness: float

    @property
    def normal(self) -> Vector:
        """The cross product of row and column directions."""
        (a, b, c), (d, e, f) = self.row, self.column
        return (tidy(b * f - c * e), tidy(c * d - a * f), tidy(a * e - b * d))

    @property
    def slice_distance(self) -> float:
        """The distance of neighbouring planes along the normal, mm."""
        return tidy(sum(n * s for n, s in zip(self.normal, self.step, strict=True)))

    @property
    def affine(self) -> list[list[float]]:
        """The 4 x 4 matrix from (i, j, k, 1) to (x, y, z, 1)."""
        rows = [
            [tidy(r * self.spacing[1]), tidy(c * self.spacing[0]), s, o]
            for r, c, s, o in zip(self.row, self.column, self.step, self.origin, strict=True)
        ]
        return [*rows, [0.0, 0.0, 0.0, 1.0]]

    def position(self, i: float, j: float, k: float) -> Vector:
        """Return the place of voxel (i, j, k) in the patient."""
        x, y, z = (tidy(a * i + b * j + c * k + d) for a, b, c, d in self.affine[:3])
        return (x, y, z)

    def voxel(self, point: Vector) -> tuple[int, int, int]:
        """Return the voxel whose centre is nearest to `point`."""
        index = np.linalg.solve(np.array(self.affine), [*point, 1.0])
        # Six decimals first, so that a tie between two voxels falls the same way on every machine.
        i, j, k = (round(round(float(value), 6)) for value in index[:3])
        return (i, j, k)

    def points(self, k: int) -> tuple[Array, Array, Array]:
        """Return x, y and z of all voxels of slice `k` as arrays that broadcast to rows x columns."""
        i = np.arange(self.shape[0], dtype=np.float64)[np.newaxis, :]
        j = np.arange(self.shape[1], dtype=np.float64)[:, np.newaxis]
        x, y, z = (_axis(line, i, j, k) for line in self.affine[:3])
        return x, y, z


def _axis(line: list[float], i: Array, j: Array, k: int) -> Array:
    a, b, c, d = line
    value: Array = np.full((1, 1), d + c * k)
    if a:
        value = value + a * i
    if b:
        value = value + b * j
    return value


def tidy(value: float) -> float:
    """Return `value` without the noise of binary fractions: ten decimals, and no negative zero."""
    return round(value, 10) + 0.0


def ds(value: float) -> str:
    """Return a Decimal String (PS3.5 section 6.2: at most 16 characters) of `value`."""
    text = f"{tidy(value):.10g}"
    return text if len(text) <= 16 else f"{value:.6g}"
