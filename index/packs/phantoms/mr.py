"""The MR phantom: a sagittal dual spin echo, one series of MR Image Storage (PS3.3 section A.4).

Both echoes lie at the same positions, in one series, with instance numbers interleaved, as scanners write them: a
reader that stacks by position alone finds every position twice.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from phantoms import mr_scene
from phantoms.expected import digest, geometry
from phantoms.glyphs import word
from phantoms.grid import Grid, ds
from phantoms.modules import composite, frame_of_reference, image, pixels, plane, series
from phantoms.shapes import labels
from phantoms.write import file_meta

ECHO_TIMES = (20.0, 80.0)
NUMBER_VALUE = 1000
GRID = Grid(
    (75.0, -110.0, 115.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0), (-6.0, 0.0, 0.0), (1.25, 1.25), (160, 192, 24), 5.0
)
"""From the left to the right; slices 5 mm thick, 6 mm apart."""


def stored(echo: int, k: int) -> NDArray[np.uint16]:
    """Return slice `k` of echo 1 or 2, rows x columns, with the slice number k + 1 drawn at the lower right."""
    seen = labels(mr_scene.PARTS, *GRID.points(k))
    table = [mr_scene.signal(part.value, ECHO_TIMES[echo - 1]) for part in mr_scene.PARTS]
    frame = np.array([*table, 0], dtype=np.uint16)[seen]
    ink = word(f"{k + 1:03}", 1)
    frame[-ink.shape[0] - 4 : -4, -ink.shape[1] - 4 : -4][ink] = NUMBER_VALUE
    return frame


def mr_slice(echo: int, k: int) -> Dataset:
    """Return slice `k` (0 to 23, from left to right) of echo 1 or 2, with its file meta information."""
    data = composite(MRImageStorage, f"mr/{echo}/{k}", patient="MR", study="mr/study")
    series(data, "MR", "mr/series", 1, "Sagittal dual echo")
    frame_of_reference(data, "mr/frame-of-reference")
    image(data, 2 * k + echo, ("ORIGINAL", "PRIMARY", "OTHER"))
    plane(data, GRID, k)
    _sequence(data, echo)
    pixels(data, GRID.shape[1], GRID.shape[0], stored=12, signed=False)
    data.WindowCenter, data.WindowWidth = "1000", "2000"
    data.PixelData = stored(echo, k).astype("<u2").tobytes()
    data.file_meta = file_meta(data)
    return data


def _sequence(data: Dataset, echo: int) -> None:
    data.BodyPartExamined, data.PatientPosition = "HEAD", "HFS"
    data.ScanningSequence, data.SequenceVariant, data.ScanOptions = "SE", "NONE", ""
    data.MRAcquisitionType, data.EchoTrainLength, data.NumberOfAverages = "2D", 2, "1"
    data.RepetitionTime, data.EchoTime, data.EchoNumbers = "10000", ds(ECHO_TIMES[echo - 1]), echo
    data.FlipAngle, data.MagneticFieldStrength = "90", "1.5"
    data.ImagedNucleus, data.ImagingFrequency = "1H", "63.87"
    data.SpacingBetweenSlices = ds(GRID.slice_distance)


def expected() -> dict[str, Any]:
    """Return the facts about both echoes: geometry, signal and T2 at named points, order and digests of the slices."""
    return {
        **geometry(GRID),
        "echo_times_ms": list(ECHO_TIMES),
        "model": "stored value = S0 * exp(-echo time / T2), rounded",
        "points": [_point(name, place) for name, place in mr_scene.NAMED.items()],
        "order": {f"echo-{echo}": [file_name(k) for k in range(GRID.shape[2])] for echo in (1, 2)},
        "slices": [_slice(echo, k) for echo in (1, 2) for k in range(GRID.shape[2])],
    }


def file_name(k: int) -> str:
    """Return the name of the file of slice `k`."""
    return f"{k + 1:03}.dcm"


def _point(name: str, place: tuple[float, float, float]) -> dict[str, Any]:
    i, j, k = GRID.voxel(place)
    s0, t2 = mr_scene.tissue_of(name)
    return {
        "name": name,
        "s0": s0,
        "t2_ms": t2,
        "values": [int(stored(echo, k)[j, i]) for echo in (1, 2)],
        "voxel": [i, j, k],
        "patient": list(GRID.position(i, j, k)),
    }


def _slice(echo: int, k: int) -> dict[str, Any]:
    data = mr_slice(echo, k)
    return {
        "file": f"echo-{echo}/{file_name(k)}",
        "echo": echo,
        "k": k,
        "instance_number": int(data.InstanceNumber),
        "position": list(GRID.position(0, 0, k)),
        "sop_instance_uid": str(data.SOPInstanceUID),
        "sha256": digest(data.PixelData),
    }
