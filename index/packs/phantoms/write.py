"""Write DICOM files with the same bytes everywhere.

The file meta information names this project as the implementation (PS3.10 section 7.1), never the library that happens
to encode the data set, so that another release of that library changes nothing.
"""

from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from phantoms.uids import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME


def file_meta(dataset: Dataset, transfer_syntax: UID = ExplicitVRLittleEndian) -> FileMetaDataset:
    """Return the file meta information that fits `dataset`'s SOP class and instance."""
    meta = FileMetaDataset()
    meta.FileMetaInformationVersion = b"\x00\x01"
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = IMPLEMENTATION_CLASS_UID
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    return meta


def save(dataset: Dataset, path: Path) -> None:
    """Write `dataset` to `path` in the DICOM file format, creating folders.

    A data set without `file_meta` gets one for Explicit VR Little Endian; one that has it keeps its transfer syntax,
    and gets this project's implementation UID and version name.
    """
    meta = getattr(dataset, "file_meta", None)
    syntax = ExplicitVRLittleEndian if meta is None else meta.TransferSyntaxUID
    dataset.file_meta = file_meta(dataset, syntax)
    path.parent.mkdir(parents=True, exist_ok=True)
    dataset.save_as(path, enforce_file_format=True)
