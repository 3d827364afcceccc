"""The CT phantom again, in four series that readers get wrong.

All direction cosines are exact decimals (they come from Pythagorean triples and quaternions of whole numbers), so that
no reader can blame rounding.
"""

from phantoms.ct import Series, X, Y
from phantoms.grid import Grid, tidy
from phantoms.shapes import Vector

_ROW: Vector = (0.9584, 0.2112, -0.192)
_COLUMN: Vector = (-0.096, 0.872, 0.48)
_NORMAL: Vector = (0.2688, -0.4416, 0.856)
_COARSE = (2.5, 2.5)


def _along(vector: Vector, length: float) -> Vector:
    x, y, z = (tidy(part * length) for part in vector)
    return (x, y, z)


OBLIQUE = Series(
    "oblique",
    2,
    "Double oblique, pixels not square",
    Grid((-130.6976, -135.9968, -95.912), _ROW, _COLUMN, _along(_NORMAL, 5.0), (2.5, 2.0), (144, 112, 24), 4.0),
    slices=tuple(range(24)),
    signed=True,
    image_type=("DERIVED", "SECONDARY", "AXIAL"),
)
"""Centred on (10, -10, -5); slices 4 mm thick, 5 mm apart."""

GANTRY_TILT = Series(
    "gantry-tilt",
    3,
    "Gantry tilted, slices sheared",
    Grid((-150.0, -160.0, -104.8), X, (0.0, 0.96, 0.28), (0.0, 0.0, 5.0), _COARSE, (128, 128, 24), 4.8),
    slices=tuple(range(24)),
    tilt=16.26,
)
"""The table moves 5 mm along z; the planes lean by 16.26 degrees, so they are 4.8 mm apart along their normal."""

MISSING_SLICE = Series(
    "missing-slice",
    4,
    "One slice missing",
    Grid((-150.0, -170.0, -40.0), X, Y, (0.0, 0.0, 5.0), _COARSE, (128, 128, 17), 5.0),
    slices=tuple(k for k in range(17) if k != 6),
)
"""No file lies at z = -10 mm; instance numbers run on without a gap."""

SHUFFLED = Series(
    "shuffled",
    5,
    "Instance numbers shuffled against positions",
    Grid((-150.0, -170.0, -60.0), X, Y, (0.0, 0.0, 5.0), _COARSE, (128, 128, 24), 5.0),
    slices=tuple((7 * index + 5) % 24 for index in range(24)),
)

VARIANTS = (OBLIQUE, GANTRY_TILT, MISSING_SLICE, SHUFFLED)
