"""The radiotherapy objects of the CT phantom: structure set, plan and dose (PS3.3 sections A.18 to A.20).

The contours are drawn on the slices of the base series around inserts of known shape; the dose falls off from the
middle of the nodule by a simple law.  The plan has no beams: it is the link between dose and structures, and nothing
more.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import RTDoseStorage, RTPlanStorage, RTStructureSetStorage

from phantoms.ct import AXIAL, FRAME_OF_REFERENCE, STUDY, X, Y
from phantoms.derived import ALL_SLICES, axial_reference, derived, derived_reference
from phantoms.grid import Grid, ds, tidy
from phantoms.modules import DATE, TIME, pixels, plane
from phantoms.multiframe import group
from phantoms.shapes import Vector
from phantoms.uids import uid

DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"
CORNERS = 64
PEAK_GY, HALF_RADIUS, CENTRE = 60.0, 30.0, (-45.0, -35.0, 25.0)
DOSE_SCALING = 0.001
DOSE_GRID = Grid((-115.0, -110.0, -90.0), X, Y, (0.0, 0.0, 5.0), (5.0, 5.0), (50, 41, 33), 5.0)


@dataclass(frozen=True, slots=True)
class Roi:
    """A region of interest: an ellipse on every slice, of constant size, or a ball where `ball` is its middle's z."""

    number: int
    name: str
    kind: str
    centre: tuple[float, float]
    radii: tuple[float, float]
    colour: tuple[int, int, int]
    ball: float | None = None

    def scale(self, z: float) -> float:
        """Return how large the outline is at `z`, 1 at its largest, 0 where there is none."""
        if self.ball is None:
            return 1.0
        return math.sqrt(max(0.0, 1.0 - ((z - self.ball) / self.radii[0]) ** 2))

    def contour(self, z: float) -> list[Vector]:
        """Return the corners of the outline at `z`, clockwise as seen from the feet, to a hundredth of a mm."""
        size = self.scale(z)
        turns = (2 * math.pi * corner / CORNERS for corner in range(CORNERS)) if size else ()
        (cx, cy), (rx, ry) = self.centre, self.radii
        return [(round(cx + size * rx * math.cos(t), 2), round(cy + size * ry * math.sin(t), 2), z) for t in turns]


ROIS = (
    Roi(1, "BODY", "EXTERNAL", (10.0, -10.0), (115.0, 90.0), (0, 200, 0)),
    Roi(2, "NODULE", "GTV", (-45.0, -35.0), (9.0, 9.0), (255, 0, 0), ball=25.0),
    Roi(3, "SPINE", "ORGAN", (10.0, 45.0), (20.0, 16.0), (255, 220, 0)),
    Roi(4, "CANAL", "AVOIDANCE", (10.0, 50.0), (7.0, 6.0), (0, 120, 255)),
)


def structure_set() -> Dataset:
    """Return the RT structure set, with its file meta information."""
    data = derived(RTStructureSetStorage, "RTSTRUCT", "rt-structure-set", 12, "Structures of the axial series")
    data.OperatorsName, data.ApprovalStatus = "", "UNAPPROVED"
    data.StructureSetLabel, data.StructureSetDate, data.StructureSetTime = "INSERTS", DATE, TIME
    images = [axial_reference(k) for k in ALL_SLICES]
    series = group(SeriesInstanceUID=uid(f"ct/{AXIAL.name}"), ContourImageSequence=images)
    study = group(
        ReferencedSOPClassUID=DETACHED_STUDY,
        ReferencedSOPInstanceUID=uid(STUDY),
        RTReferencedSeriesSequence=series,
    )
    frame = uid(FRAME_OF_REFERENCE)
    data.ReferencedFrameOfReferenceSequence = group(FrameOfReferenceUID=frame, RTReferencedStudySequence=study)
    data.StructureSetROISequence = [
        group(
            ROINumber=roi.number,
            ReferencedFrameOfReferenceUID=frame,
            ROIName=roi.name,
            ROIGenerationAlgorithm="AUTOMATIC",
        )[0]
        for roi in ROIS
    ]
    data.ROIContourSequence = [_contours(roi) for roi in ROIS]
    data.RTROIObservationsSequence = [
        group(
            ObservationNumber=roi.number,
            ReferencedROINumber=roi.number,
            RTROIInterpretedType=roi.kind,
            ROIInterpreter="",
        )[0]
        for roi in ROIS
    ]
    return data


def _contours(roi: Roi) -> Dataset:
    item = group(ROIDisplayColor=list(roi.colour), ReferencedROINumber=roi.number)[0]
    item.ContourSequence = []
    for k in ALL_SLICES:
        corners = roi.contour(AXIAL.grid.position(0, 0, k)[2])
        if corners:
            item.ContourSequence.append(
                group(
                    ContourImageSequence=[axial_reference(k)],
                    ContourGeometricType="CLOSED_PLANAR",
                    NumberOfContourPoints=len(corners),
                    ContourData=[ds(value) for corner in corners for value in corner],
                )[0]
            )
    return item


def plan() -> Dataset:
    """Return the RT plan, with its file meta information."""
    data = derived(RTPlanStorage, "RTPLAN", "rt-plan", 13, "Plan without beams")
    data.OperatorsName, data.ApprovalStatus = "", "UNAPPROVED"
    data.RTPlanLabel, data.RTPlanDate, data.RTPlanTime = "NODULE", DATE, TIME
    data.RTPlanGeometry, data.PlanIntent = "PATIENT", "RESEARCH"
    data.ReferencedStructureSetSequence = [derived_reference(RTStructureSetStorage, "rt-structure-set")]
    return data


def dose_values(k: int) -> NDArray[np.uint16]:
    """Return plane `k` of the dose grid as stored: 60 Gy at the nodule's middle, half of that 30 mm away."""
    x, y, z = DOSE_GRID.points(k)
    cx, cy, cz = CENTRE
    squared = (x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2
    gray = PEAK_GY / (1.0 + squared / HALF_RADIUS**2)
    return np.rint(gray / DOSE_SCALING).astype(np.uint16)


def dose() -> Dataset:
    """Return the RT dose, with its file meta information."""
    data = derived(RTDoseStorage, "RTDOSE", "rt-dose", 14, "Dose around the nodule")
    data.OperatorsName = ""
    columns, rows, planes = DOSE_GRID.shape
    pixels(data, rows, columns, stored=16, signed=False)
    plane(data, DOSE_GRID, 0)
    del data.SliceLocation
    data.NumberOfFrames, data.FrameIncrementPointer = planes, Tag(0x3004, 0x000C)
    data.GridFrameOffsetVector = [ds(tidy(k * DOSE_GRID.step[2])) for k in range(planes)]
    data.DoseUnits, data.DoseType, data.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    data.DoseGridScaling = ds(DOSE_SCALING)
    data.ReferencedRTPlanSequence = [derived_reference(RTPlanStorage, "rt-plan")]
    data.PixelData = b"".join(dose_values(k).astype("<u2").tobytes() for k in range(planes))
    return data
