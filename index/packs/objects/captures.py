"""Secondary captures whose pixels lie in memory the ways that readers forget: by plane, by bit, by palette.

The pictures are colour bars and a checkerboard, made of arithmetic; nothing in them is medical.
"""

import numpy as np
from numpy.typing import NDArray
from phantoms.modules import composite, series
from pydicom import uid as uids
from pydicom.dataset import Dataset

BARS = (
    (255, 255, 255),
    (255, 255, 0),
    (0, 255, 255),
    (0, 255, 0),
    (255, 0, 255),
    (255, 0, 0),
    (0, 0, 255),
    (0, 0, 0),
)
ROWS, COLUMNS = 48, 64


def capture(name: str, sop_class: uids.UID = uids.SecondaryCaptureImageStorage, number: int = 1) -> Dataset:
    """Return a secondary capture without an image; `name` makes its UIDs, `number` its place in the series."""
    data = composite(sop_class, f"objects/sc/{name}", patient="SC", study="objects/sc/study")
    series(data, "OT", "objects/sc/series", 1, "Secondary captures")
    data.ConversionType, data.InstanceNumber, data.PatientOrientation = "SYN", number, ""
    data.ImageType, data.BurnedInAnnotation, data.Laterality = ["DERIVED", "SECONDARY"], "NO", ""
    data.LossyImageCompression = "00"
    return data


def set_pixels(data: Dataset, image: NDArray[np.uint8], photometric: str) -> None:
    """Give `data` an 8-bit image: rows x columns, or rows x columns x 3."""
    data.SamplesPerPixel = 3 if image.ndim > 2 else 1
    data.PhotometricInterpretation = photometric
    data.Rows, data.Columns = image.shape[:2]
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.PixelData = image.tobytes()
    data["PixelData"].VR = "OB"


def bars() -> NDArray[np.uint8]:
    """Return eight colour bars, each row darker than the one above."""
    light = np.linspace(1.0, 0.25, ROWS)[:, np.newaxis, np.newaxis]
    line = np.repeat(np.array(BARS), COLUMNS // len(BARS), axis=0)[np.newaxis]
    return np.rint(line * light).astype(np.uint8)


def rgb(*, by_plane: bool) -> Dataset:
    """Return the bars in RGB, colour by pixel or colour by plane (PS3.3 section C.7.6.3.1.3)."""
    data = capture("rgb-by-plane" if by_plane else "rgb", number=2 if by_plane else 1)
    image = bars()
    set_pixels(data, image, "RGB")
    data.PlanarConfiguration = int(by_plane)
    if by_plane:
        data.PixelData = np.ascontiguousarray(np.moveaxis(image, 2, 0)).tobytes()
    return data


def palette() -> Dataset:
    """Return the bars as indices into a palette of 16-bit entries (PS3.3 section C.7.6.3.1.5)."""
    data = capture("palette", number=3)
    indices = np.repeat(np.arange(len(BARS), dtype=np.uint8), COLUMNS // len(BARS))
    set_pixels(data, np.tile(indices, (ROWS, 1)), "PALETTE COLOR")
    for position, colour in enumerate(("Red", "Green", "Blue")):
        entries = np.array([bar[position] * 257 for bar in BARS], dtype="<u2")
        setattr(data, f"{colour}PaletteColorLookupTableDescriptor", [len(BARS), 0, 16])
        setattr(data, f"{colour}PaletteColorLookupTableData", entries.tobytes())
    return data


def bits() -> Dataset:
    """Return three frames of 5 x 5 pixels of one bit: 75 bits, frames that begin within a byte (PS3.5 8.1.1)."""
    data = capture("one-bit", uids.MultiFrameSingleBitSecondaryCaptureImageStorage, 4)
    frames = np.zeros((3, 5, 5), dtype=np.uint8)
    frames[0].flat[::2] = 1
    frames[1, :, 2] = frames[1, 2, :] = 1
    frames[2] = np.eye(5, dtype=np.uint8)
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.NumberOfFrames, data.Rows, data.Columns = frames.shape
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 1, 1, 0, 0
    data.FrameIncrementPointer, data.PageNumberVector = 0x00182001, [1, 2, 3]
    data.PixelData = packed + b"\0" * (len(packed) % 2)
    data["PixelData"].VR = "OB"
    return data
