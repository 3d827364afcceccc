"""The CT phantom as series of CT Image Storage instances (PS3.3 section A.3).

`ct_slice(k)` gives slice k of the base series; the other series show the same phantom, in the same frame of reference,
the way scanners make life hard for readers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage

from phantoms import ct_scene
from phantoms.glyphs import word
from phantoms.grid import Grid, ds
from phantoms.modules import composite, frame_of_reference, image, pixels, plane, series
from phantoms.shapes import values
from phantoms.uids import uid
from phantoms.write import file_meta

STUDY, FRAME_OF_REFERENCE = "ct/study", "ct/frame-of-reference"
NUMBER_HU = 500
X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Series:
    """One CT series of the phantom: what it is called, where its slices lie, and how it is encoded."""

    name: str
    number: int
    description: str
    grid: Grid
    slices: tuple[int, ...]
    """The slices k that have a file, in the order of file names and instance numbers."""
    signed: bool = False
    tilt: float = 0.0
    """Gantry/Detector Tilt, degrees."""
    image_type: tuple[str, str, str] = ("ORIGINAL", "PRIMARY", "AXIAL")

    @property
    def intercept(self) -> int:
        """Rescale Intercept: signed series store HU as they are."""
        return 0 if self.signed else -1024

    def instance_uid(self, k: int) -> UID:
        """Return the SOP Instance UID of slice `k`."""
        return uid(f"ct/{self.name}/{k}")

    def file_name(self, index: int) -> str:
        """Return the name of the file with this index."""
        return f"{index + 1:03}.dcm"


AXIAL = Series(
    "axial",
    1,
    "Axial",
    Grid((-150.0, -170.0, -90.0), X, Y, (0.0, 0.0, 2.5), (1.25, 1.25), (256, 256, 64), 2.5),
    slices=tuple(range(64)),
)


@cache
def hounsfield(item: Series, k: int) -> NDArray[np.int16]:
    """Return slice `k` in HU, rows x columns, read-only, with the slice number k + 1 drawn at the lower right."""
    image = values(ct_scene.PARTS, ct_scene.AIR, *item.grid.points(k))
    ink = word(f"{k + 1:03}", 2)
    corner = image[-ink.shape[0] - 4 : -4, -ink.shape[1] - 4 : -4]
    corner[ink] = NUMBER_HU
    image.flags.writeable = False
    return image


def stored(item: Series, k: int) -> bytes:
    """Return slice `k` as Pixel Data."""
    return (hounsfield(item, k) - np.int16(item.intercept)).astype("<i2").tobytes()


def instance(item: Series, index: int) -> Dataset:
    """Return the data set of file `index` of the series, with its file meta information."""
    k, grid = item.slices[index], item.grid
    name = f"ct/{item.name}"
    data = composite(CTImageStorage, f"{name}/{k}", patient="CT", study=STUDY)
    series(data, "CT", name, item.number, item.description)
    frame_of_reference(data, FRAME_OF_REFERENCE)
    image(data, index + 1, item.image_type)
    data.PatientPosition, data.BodyPartExamined = "HFS", "CHEST"
    data.KVP, data.GantryDetectorTilt = "120", ds(item.tilt)
    plane(data, grid, k)
    pixels(data, grid.shape[1], grid.shape[0], stored=16 if item.signed else 12, signed=item.signed)
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = ds(item.intercept), "1", "HU"
    data.WindowCenter, data.WindowWidth = "40", "400"
    data.PixelData = stored(item, k)
    data.file_meta = file_meta(data)
    return data


def instances(item: Series) -> Iterator[tuple[str, Dataset]]:
    """Yield the file name and data set of every file of the series."""
    for index in range(len(item.slices)):
        yield item.file_name(index), instance(item, index)


def ct_slice(k: int) -> Dataset:
    """Return slice `k` (0 to 63, from the feet to the head) of the base series."""
    return instance(AXIAL, k)
