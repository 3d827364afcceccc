"""The DICOM modules that every phantom object shares: patient, study, series, frame of reference, equipment, SOP common.

Names, dates and IDs are made up and the same in every file (PS3.3 sections C.7.1 to C.7.5, C.12.1).
"""

from pydicom.dataset import Dataset
from pydicom.uid import UID

from phantoms.uids import uid

DATE, TIME = "20000101", "120000"


def composite(sop_class: UID, name: str, *, patient: str, study: str) -> Dataset:
    """Return a data set with the patient, study, equipment and SOP common modules.

    `name` is the path that the instance UID is made from; `patient` is CT or MR, `study` the path of the study.
    """
    ds = Dataset()
    ds.SOPClassUID = sop_class
    ds.SOPInstanceUID = uid(name)
    ds.InstanceCreationDate, ds.InstanceCreationTime = DATE, TIME
    ds.PatientName, ds.PatientID = f"Phantom^{patient}", f"ZOO-{patient}-1"
    ds.PatientBirthDate, ds.PatientSex = "", "O"
    ds.StudyInstanceUID = uid(study)
    ds.StudyDate, ds.StudyTime = DATE, TIME
    ds.ReferringPhysicianName, ds.StudyID, ds.AccessionNumber = "", "1", ""
    ds.StudyDescription = f"ZOO {patient} phantom"
    ds.Manufacturer, ds.ManufacturerModelName = "zoopkg", "ZOO phantom"
    ds.DeviceSerialNumber, ds.SoftwareVersions = "1", "1"
    return ds


def series(ds: Dataset, modality: str, name: str, number: int, description: str) -> None:
    """Add the general series module; `name` is the path that the series UID is made from."""
    ds.Modality = modality
    ds.SeriesInstanceUID = uid(name)
    ds.SeriesNumber = number
    ds.SeriesDescription = description
    ds.SeriesDate, ds.SeriesTime = DATE, TIME


def frame_of_reference(ds: Dataset, name: str) -> None:
    """Add the frame of reference module."""
    ds.FrameOfReferenceUID = uid(name)
    ds.PositionReferenceIndicator = ""


def pixels(ds: Dataset, rows: int, columns: int, *, stored: int, signed: bool) -> None:
    """Add the image pixel module's description of 16-bit greyscale, without the pixel data."""
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.Rows, ds.Columns = rows, columns
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, stored, stored - 1
    ds.PixelRepresentation = int(signed)


def reference(ds: Dataset) -> Dataset:
    """Return an item that references `ds` as a SOP instance (PS3.3 table 10-11)."""
    item = Dataset()
    item.ReferencedSOPClassUID = ds.SOPClassUID
    item.ReferencedSOPInstanceUID = ds.SOPInstanceUID
    return item


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return an item with a coded entry (PS3.3 section 8.8)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item
