"""Ultrasound of a tissue phantom that is not there: a sector, a round vessel that beats, and calibrated regions.

Twelve frames, no sound and no burned-in text (PS3.3 sections A.6, A.7 and C.8.5.5).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from phantoms.modules import composite, series
from pydicom import uid as uids
from pydicom.dataset import Dataset

ROWS, COLUMNS, COUNT = 96, 128, 12
FRAME_TIME_MS = 50
CM_PER_PIXEL = 0.1
APEX = (64, 4)
DEPTH = 84


def loop() -> Dataset:
    """Return the greyscale loop: Ultrasound Multi-frame Image Storage."""
    data = _ultrasound("loop", uids.UltrasoundMultiFrameImageStorage, 1)
    frames = np.stack([_frame(t) for t in range(COUNT)])
    data.NumberOfFrames, data.FrameTime = COUNT, FRAME_TIME_MS
    data.FrameIncrementPointer = 0x00181063
    data.PhotometricInterpretation = "MONOCHROME2"
    data.PixelData = frames.tobytes()
    data["PixelData"].VR = "OB"
    return data


def still() -> Dataset:
    """Return one frame with flow in colour, as a palette: Ultrasound Image Storage."""
    data = _ultrasound("still", uids.UltrasoundImageStorage, 2)
    grey = _frame(0) // 2
    image = np.where(_vessel(0) & _sector(), 128 + _flow(), grey).astype(np.uint8)
    data.PhotometricInterpretation = "PALETTE COLOR"
    ramp: Any = np.arange(128) * 2
    red = np.concatenate((ramp, (ramp // 2 - 64).clip(0, 63) * 4))
    green = np.concatenate((ramp, np.zeros(128)))
    blue = np.concatenate((ramp, (63 - ramp // 2).clip(0, 63) * 4))
    for name, entries in (("Red", red), ("Green", green), ("Blue", blue)):
        setattr(data, f"{name}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(data, f"{name}PaletteColorLookupTableData", (entries * 257).astype("<u2").tobytes())
    data.PixelData = image.tobytes()
    data["PixelData"].VR = "OB"
    return data


def _ultrasound(name: str, sop_class: uids.UID, number: int) -> Dataset:
    data = composite(sop_class, f"objects/us/{name}", patient="US", study="objects/us/study")
    series(data, "US", "objects/us/series", 1, "Ultrasound phantom")
    data.InstanceNumber, data.PatientOrientation, data.Laterality = number, "", ""
    data.ImageType = ["ORIGINAL", "PRIMARY", "", "0001"]
    data.BurnedInAnnotation, data.LossyImageCompression = "NO", "00"
    data.SamplesPerPixel, data.Rows, data.Columns = 1, ROWS, COLUMNS
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.SequenceOfUltrasoundRegions = [_region()]
    return data


def _region() -> Dataset:
    """Return the sector's calibration: 2D tissue, centimetres both ways (PS3.3 section C.8.5.5)."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, 1, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = 0, 0
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = COLUMNS - 1, ROWS - 1
    item.ReferencePixelX0, item.ReferencePixelY0 = APEX
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = 3
    item.ReferencePixelPhysicalValueX = item.ReferencePixelPhysicalValueY = 0.0
    item.PhysicalDeltaX = item.PhysicalDeltaY = CM_PER_PIXEL
    return item


def _grid() -> tuple[Any, Any]:
    """Return rows below and columns right of the apex, for every pixel."""
    y, x = np.indices((ROWS, COLUMNS))
    return y - APEX[1], x - APEX[0]


def _sector() -> NDArray[np.bool_]:
    y, x = _grid()
    inside: NDArray[np.bool_] = (np.abs(x) <= y * 0.7) & (x * x + y * y <= DEPTH * DEPTH)
    return inside


def _vessel(t: int) -> NDArray[np.bool_]:
    """Return where the vessel is: its radius beats once in the loop."""
    y, x = _grid()
    radius = 14 + (0, 1, 3, 5, 6, 6, 5, 4, 3, 2, 1, 0)[t]
    inside: NDArray[np.bool_] = (x - 6) ** 2 + (y - 50) ** 2 <= radius * radius
    return inside


def _flow() -> NDArray[Any]:
    """Return the colour of flow, 0 (away) to 127 (towards the transducer): away on the left, towards on the right."""
    _, x = _grid()
    flow: NDArray[Any] = (64 + (x - 6) * 4).clip(0, 127)
    return flow


def _frame(t: int) -> NDArray[np.uint8]:
    y, x = _grid()
    speckle = ((x * 7919 + y * 104729 + (x * y) * 31) % 61) + 70
    depth = (120 - y).clip(30, 120)
    tissue = speckle * depth // 120
    image: Any = tissue * ~_vessel(t) + 6 * _vessel(t)
    frame: NDArray[np.uint8] = (image * _sector()).astype(np.uint8)
    return frame
