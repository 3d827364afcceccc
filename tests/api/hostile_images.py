"""DICOM files that mean harm to whoever shows or places them, made with pydicom."""

import io
from typing import Any

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SCRIPT = "<IMG SRC=X ON\"'&"
"""As long as a code may be, 16 bytes."""
HARMLESS = "HARMLESS SIXTEEN"


def image(**attributes: Any) -> bytes:
    """A 4 x 4 image, with these attributes instead of the harmless ones."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID, data.SOPInstanceUID = CTImageStorage, "2.25.1"
    data.SeriesInstanceUID = "2.25.2"
    data.Rows = data.Columns = 4
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    data.ImagePositionPatient, data.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing, data.SliceThickness = [1, 1], 1
    data.PixelData = bytes(range(32))
    buffer = io.BytesIO()
    for keyword, value in attributes.items():
        setattr(data, keyword, value)
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()
