"""The DICOM modules that phantom objects share: patient, study, series, frame of reference, equipment, image, plane.

Names, dates and IDs are made up and the same in every file (PS3.3 sections C.7.1 to C.7.5, C.12.1).
"""

from pydicom.dataset import Dataset
from pydicom.uid import UID

from phantoms.grid import Grid, ds
from phantoms.uids import uid

DATE, TIME = "20000101", "120000"


def composite(sop_class: UID, name: str, *, patient: str, study: str) -> Dataset:
    """Return a data set with the patient, study, equipment and SOP common modules.

    `name` is the path that the instance UID is made from; `patient` is CT or MR, `study` the path of the study.
    """
    data = Dataset()
    data.SOPClassUID = sop_class
    data.SOPInstanceUID = uid(name)
    data.InstanceCreationDate, data.InstanceCreationTime = DATE, TIME
    data.PatientName, data.PatientID = f"Phantom^{patient}", f"ZOO-{patient}-1"
    data.PatientBirthDate, data.PatientSex = "", "O"
    data.StudyInstanceUID = uid(study)
    data.StudyDate, data.StudyTime = DATE, TIME
    data.ReferringPhysicianName, data.StudyID, data.AccessionNumber = "", "1", ""
    data.StudyDescription = f"ZOO {patient} phantom"
    data.Manufacturer, data.ManufacturerModelName = "zoopkg", "ZOO phantom"
    data.DeviceSerialNumber, data.SoftwareVersions = "1", "1"
    return data


def series(data: Dataset, modality: str, name: str, number: int, description: str) -> None:
    """Add the general series module; `name` is the path that the series UID is made from."""
    data.Modality = modality
    data.SeriesInstanceUID = uid(name)
    data.SeriesNumber = number
    data.SeriesDescription = description
    data.SeriesDate, data.SeriesTime = DATE, TIME


def frame_of_reference(data: Dataset, name: str) -> None:
    """Add the frame of reference module."""
    data.FrameOfReferenceUID = uid(name)
    data.PositionReferenceIndicator = ""


def image(data: Dataset, number: int, image_type: tuple[str, ...]) -> None:
    """Add the general image module, with the acquisition it belongs to."""
    data.ImageType = list(image_type)
    data.InstanceNumber, data.AcquisitionNumber = number, 1
    data.AcquisitionDate, data.AcquisitionTime = DATE, TIME
    data.ContentDate, data.ContentTime = DATE, TIME
    data.BurnedInAnnotation, data.LossyImageCompression = "NO", "00"


def plane(data: Dataset, grid: Grid, k: int) -> None:
    """Add the image plane module of slice `k`."""
    place = grid.position(0, 0, k)
    data.PixelSpacing = [ds(value) for value in grid.spacing]
    data.ImageOrientationPatient = [ds(value) for value in (*grid.row, *grid.column)]
    data.ImagePositionPatient = [ds(value) for value in place]
    data.SliceThickness = ds(grid.thickness)
    data.SliceLocation = ds(sum(n * p for n, p in zip(grid.normal, place, strict=True)))


def pixels(data: Dataset, rows: int, columns: int, *, stored: int, signed: bool) -> None:
    """Add the image pixel module's description of 16-bit greyscale, without the pixel data."""
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = rows, columns
    data.BitsAllocated, data.BitsStored, data.HighBit = 16, stored, stored - 1
    data.PixelRepresentation = int(signed)


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return an item with a coded entry (PS3.3 section 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
