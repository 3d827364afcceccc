"""What is measured on the segments of the CT phantom: voxels, volume, mean HU and the middle of each."""

import numpy as np

from phantoms.ct import AXIAL, hounsfield
from phantoms.grid import tidy
from phantoms.seg import Segment, mask
from phantoms.shapes import Vector


def voxels(segment: Segment) -> int:
    """Return how many voxels the segment has."""
    return int(np.count_nonzero(mask(segment)))


def volume_mm3(segment: Segment) -> float:
    """Return the volume of the segment's voxels."""
    rows, columns = AXIAL.grid.spacing
    return tidy(voxels(segment) * rows * columns * AXIAL.grid.slice_distance)


def mean_hu(segment: Segment) -> float:
    """Return the mean HU of the segment's voxels, to a tenth."""
    total = sum(int(hounsfield(AXIAL, k)[plane].sum()) for k, plane in enumerate(mask(segment)) if plane.any())
    return round(total / voxels(segment), 1)


def slices(segment: Segment) -> list[int]:
    """Return the slices k that the segment touches, from the feet to the head."""
    return [int(k) for k in np.flatnonzero(mask(segment).any(axis=(1, 2)))]


def centroid(segment: Segment) -> Vector:
    """Return the mean place of the segment's voxels in the patient, to a hundredth of a mm."""
    k, j, i = (axis.astype(float).mean() for axis in np.nonzero(mask(segment)))
    x, y, z = AXIAL.grid.position(float(i), float(j), float(k))
    return (round(x, 2), round(y, 2), round(z, 2))
