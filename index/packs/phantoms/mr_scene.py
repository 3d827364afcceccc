"""What the MR phantom is made of: a lopsided head of tissues with a known proton density and T2, LPS mm.

The signal of a voxel is S0 exp(-TE / T2), as in a spin echo with a repetition time so long that T1 plays no part.
"""

import math

from phantoms.shapes import Cylinder, Ellipsoid, Letter, Part

TISSUES: dict[str, tuple[int, int]] = {
    "scalp": (1800, 60),
    "skull": (120, 20),
    "grey matter": (2000, 100),
    "white matter": (1700, 75),
    "fluid": (2600, 1500),
    "lesion": (2200, 180),
    "iron": (1500, 25),
    "muscle": (1600, 40),
    "ink": (1500, 2000),
}
"""S0 and T2 in ms."""

_NAMES = tuple(TISSUES)
_READ = {"right": (1, 1), "down": (2, -1)}
"""Letters are read in a sagittal plane: to the back, and down to the feet."""


def _part(name: str, shape: Cylinder | Ellipsoid | Letter, tissue: str) -> Part:
    return Part(name, shape, _NAMES.index(tissue))


PARTS: tuple[Part, ...] = (
    _part("neck", Cylinder((5.0, 15.0), (38.0, 35.0), (-200.0, -40.0)), "muscle"),
    _part("nose", Ellipsoid((5.0, -84.0, -20.0), (9.0, 10.0, 14.0)), "scalp"),
    _part("scalp", Ellipsoid((5.0, -10.0, -5.0), (62.0, 75.0, 85.0)), "scalp"),
    _part("skull", Ellipsoid((5.0, -10.0, -5.0), (58.0, 71.0, 81.0)), "skull"),
    _part("grey matter", Ellipsoid((5.0, -10.0, -5.0), (53.0, 66.0, 76.0)), "grey matter"),
    _part("white matter", Ellipsoid((5.0, -6.0, 0.0), (44.0, 54.0, 62.0)), "white matter"),
    _part("left ventricle", Ellipsoid((18.0, -8.0, 12.0), (9.0, 30.0, 14.0)), "fluid"),
    _part("right ventricle", Ellipsoid((-8.0, -4.0, 10.0), (6.0, 22.0, 10.0)), "fluid"),
    _part("lesion", Ellipsoid((30.0, -30.0, 36.0), (10.0, 9.0, 9.0)), "lesion"),
    _part("iron", Ellipsoid((-14.0, 5.0, -22.0), (9.0, 12.0, 8.0)), "iron"),
    _part("letter A", Letter("A", (0.0, -98.0, 20.0), 3.75, 400.0, **_READ), "ink"),
    _part("letter P", Letter("P", (0.0, 78.0, 20.0), 3.75, 400.0, **_READ), "ink"),
    _part("letter H", Letter("H", (0.0, -10.0, 97.5), 3.75, 400.0, **_READ), "ink"),
    _part("letter F", Letter("F", (0.0, -50.0, -108.75), 3.75, 400.0, **_READ), "ink"),
    _part("letter L", Letter("L", (69.0, -90.0, 95.0), 3.75, 14.0, **_READ), "ink"),
    _part("letter R", Letter("R", (-57.0, -90.0, 95.0), 3.75, 14.0, **_READ), "ink"),
)

NAMED: dict[str, tuple[float, float, float]] = {
    "grey matter": (5.0, -10.0, 66.0),
    "white matter": (-20.0, 20.0, 20.0),
    "left ventricle": (20.0, -8.0, 12.0),
    "right ventricle": (-8.0, -4.0, 10.0),
    "lesion": (30.0, -30.0, 36.0),
    "iron": (-14.0, 5.0, -22.0),
    "neck": (5.0, 25.0, -105.0),
    "nose": (5.0, -88.0, -20.0),
}
"""A point well inside each part, in mm."""


def signal(tissue: int, echo_time: float) -> int:
    """Return the stored value of the tissue with this index at an echo time in ms."""
    density, t2 = TISSUES[_NAMES[tissue]]
    return round(density * math.exp(-echo_time / t2))


def tissue_of(part: str) -> tuple[int, int]:
    """Return S0 and T2 (ms) of a part by its name."""
    value = next(item.value for item in PARTS if item.name == part)
    return TISSUES[_NAMES[value]]
