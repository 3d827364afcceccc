"""Three inserts of the CT phantom as a binary Segmentation (PS3.3 section A.51).

There is one frame for each slice that a segment touches.  A voxel belongs to a segment where its centre shows that part
of the scene: the right lung has no voxel where the nodule, the liver or a vessel is.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import SegmentationStorage

from phantoms import ct_scene
from phantoms.ct import AXIAL
from phantoms.derived import ALL_SLICES, axial_series, derived, source_image
from phantoms.modules import code
from phantoms.multiframe import dimensions, frames, group, plane_position, shared_geometry
from phantoms.shapes import Mask, labels
from phantoms.uids import uid

STRUCTURE = ("91723000", "SCT", "Anatomical Structure")
ALTERED = ("49755003", "SCT", "Morphologically Abnormal Structure")
RIGHT = ("24028007", "SCT", "Right")


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment: the part of the scene it shows, and what that is."""

    number: int
    part: str
    category: tuple[str, str, str]
    kind: tuple[str, str, str]
    cielab: tuple[int, int, int]
    side: tuple[str, str, str] | None = None


SEGMENTS = (
    Segment(1, "right lung", STRUCTURE, ("39607008", "SCT", "Lung"), (46260, 32896, 38036), RIGHT),
    Segment(2, "nodule", ALTERED, ("27925004", "SCT", "Nodule"), (34885, 53485, 50171)),
    Segment(3, "spine", STRUCTURE, ("421060004", "SCT", "Spine"), (53970, 31868, 51914)),
)


@cache
def _labels() -> NDArray[np.int16]:
    return np.stack([labels(ct_scene.PARTS, *AXIAL.grid.points(k)) for k in ALL_SLICES])


@cache
def mask(segment: Segment) -> Mask:
    """Return the segment's voxels: slices x rows x columns, read-only."""
    index = next(i for i, part in enumerate(ct_scene.PARTS) if part.name == segment.part)
    found: Mask = _labels() == index
    found.flags.writeable = False
    return found


def tracking_uid(segment: Segment) -> str:
    """Return the Tracking UID, by which a report speaks of the same thing."""
    return uid(f"ct/tracking/{segment.part}")


def segmentation() -> Dataset:
    """Return the segmentation, with its file meta information."""
    data = derived(SegmentationStorage, "SEG", "segmentation", 11, "Segmentation of the axial series")
    data.ImageType = ["DERIVED", "PRIMARY"]
    data.ContentLabel, data.ContentDescription, data.ContentCreatorName = "INSERTS", "Lung, nodule, spine", ""
    data.SamplesPerPixel, data.PhotometricInterpretation, data.PixelRepresentation = 1, "MONOCHROME2", 0
    data.Columns, data.Rows, _ = AXIAL.grid.shape
    data.BitsAllocated, data.BitsStored, data.HighBit = 1, 1, 0
    data.LossyImageCompression, data.SegmentationType = "00", "BINARY"
    data.SegmentSequence = [_segment(item) for item in SEGMENTS]
    data.ReferencedSeriesSequence = [axial_series()]
    dimensions(
        data,
        "ct/segmentation",
        ("ReferencedSegmentNumber", "SegmentIdentificationSequence"),
        ("ImagePositionPatient", "PlanePositionSequence"),
    )
    shared = Dataset()
    shared_geometry(shared, AXIAL.grid)
    chosen = [(item, int(k)) for item in SEGMENTS for k in np.flatnonzero(mask(item).any(axis=(1, 2)))]
    frames(data, shared, [_frame(item, k) for item, k in chosen])
    bits = np.concatenate([mask(item)[k].ravel() for item, k in chosen])
    data.PixelData = np.packbits(bits, bitorder="little").tobytes()
    return data


def _segment(segment: Segment) -> Dataset:
    item = Dataset()
    item.SegmentNumber, item.SegmentLabel = segment.number, segment.part
    item.SegmentAlgorithmType, item.SegmentAlgorithmName = "AUTOMATIC", "ZOO phantom"
    item.SegmentedPropertyCategoryCodeSequence = [code(*segment.category)]
    item.SegmentedPropertyTypeCodeSequence = [code(*segment.kind)]
    if segment.side:
        item.SegmentedPropertyTypeCodeSequence[0].SegmentedPropertyTypeModifierCodeSequence = [code(*segment.side)]
    item.TrackingID, item.TrackingUID = segment.part, tracking_uid(segment)
    item.RecommendedDisplayCIELabValue = list(segment.cielab)
    return item


def _frame(segment: Segment, k: int) -> Dataset:
    frame = Dataset()
    frame.FrameContentSequence = group(DimensionIndexValues=[segment.number, k + 1])
    frame.PlanePositionSequence = plane_position(AXIAL.grid, k)
    frame.SegmentIdentificationSequence = group(ReferencedSegmentNumber=segment.number)
    purpose = code("121322", "DCM", "Source image for image processing operation")
    frame.DerivationImageSequence = [source_image(k, purpose, code("113076", "DCM", "Segmentation"))]
    return frame
