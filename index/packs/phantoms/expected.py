"""What tests may expect of a phantom: `expected.json`, written beside the files it speaks of.

The facts come from the scene and the grid, not from the files; the tests of this project compute them again from the
files.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from phantoms import ct_scene
from phantoms.ct import Series, hounsfield, stored
from phantoms.grid import Grid

CONVENTION = (
    "affine maps (i, j, k, 1) to (x, y, z, 1): i is the column, j the row, k the slice along the normal, all from 0; "
    "x, y, z are mm in the DICOM patient system (LPS: to the left, to the back, to the head), of the voxel's centre. "
    "sha256 is over the decoded frame: rows top to bottom, 16-bit little endian as stored."
)


def dump(facts: dict[str, Any], path: Path) -> None:
    """Write `facts` as JSON for people and programs: one line for each small list or point."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes((_layout(facts) + "\n").encode())


def _layout(value: Any, indent: str = "") -> str:
    text = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(text) + len(indent) <= 96 or _flat(value):
        return text
    deeper = indent + "  "
    if isinstance(value, dict):
        lines = [f"{deeper}{json.dumps(key)}: {_layout(item, deeper)}" for key, item in value.items()]
        return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
    return "[\n" + ",\n".join(deeper + _layout(item, deeper) for item in value) + f"\n{indent}]"


def _flat(value: Any) -> bool:
    items = value.values() if isinstance(value, dict) else value
    depth = 1 if isinstance(value, dict) else 0
    return all(_depth(item) <= depth for item in items)


def _depth(value: Any) -> int:
    if not isinstance(value, dict | list):
        return 0
    return 1 + max(map(_depth, value.values() if isinstance(value, dict) else value), default=0)


def geometry(grid: Grid) -> dict[str, Any]:
    """Return the facts about where the voxels lie."""
    columns, rows, slices = grid.shape
    return {
        "convention": CONVENTION,
        "shape": {"columns": columns, "rows": rows, "slices": slices},
        "pixel_spacing": list(grid.spacing),
        "slice_step": list(grid.step),
        "slice_distance": grid.slice_distance,
        "slice_thickness": grid.thickness,
        "normal": list(grid.normal),
        "affine": grid.affine,
    }


def digest(pixels: bytes) -> str:
    """Return the SHA-256 of a decoded frame."""
    return hashlib.sha256(pixels).hexdigest()


def ct_series(item: Series) -> dict[str, Any]:
    """Return the facts about a CT series: geometry, values at named points, order and digests of the slices."""
    slices = [_slice(item, index) for index in range(len(item.slices))]
    slices.sort(key=lambda fact: int(fact["k"]))
    return {
        **geometry(item.grid),
        "missing": [k for k in range(item.grid.shape[2]) if k not in item.slices],
        "order": [fact["file"] for fact in slices],
        "points": points(item),
        "slices": slices,
    }


def _slice(item: Series, index: int) -> dict[str, Any]:
    k = item.slices[index]
    return {
        "file": item.file_name(index),
        "k": k,
        "instance_number": index + 1,
        "position": list(item.grid.position(0, 0, k)),
        "sop_instance_uid": str(item.instance_uid(k)),
        "sha256": digest(stored(item, k)),
    }


def points(item: Series) -> list[dict[str, Any]]:
    """Return the voxel nearest to each named point that the series shows, with its HU and its place in the patient.

    Coarse grids may miss a small insert, and a missing slice hides one: these points are left out.
    """
    part_values = {part.name: part.value for part in ct_scene.PARTS} | {"air": ct_scene.AIR}
    found = []
    for name, point in ct_scene.NAMED.items():
        i, j, k = item.grid.voxel(point)
        columns, rows, _ = item.grid.shape
        if k not in item.slices or not (0 <= i < columns and 0 <= j < rows):
            continue
        value = int(hounsfield(item, k)[j, i])
        if value == part_values[name.partition(",")[0]]:
            place = list(item.grid.position(i, j, k))
            found.append({"name": name, "hounsfield": value, "voxel": [i, j, k], "patient": place})
    return found
