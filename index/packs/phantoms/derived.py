"""What the objects derived from the base CT series share: who they are, and which images they speak of."""

from pydicom.dataset import Dataset
from pydicom.uid import UID, CTImageStorage

from phantoms.ct import AXIAL, FRAME_OF_REFERENCE, STUDY
from phantoms.modules import composite, frame_of_reference, series
from phantoms.uids import uid
from phantoms.write import file_meta

ALL_SLICES = range(AXIAL.grid.shape[2])


def derived(sop_class: UID, modality: str, name: str, number: int, description: str) -> Dataset:
    """Return the start of an object in the CT phantom's study and frame of reference, in a series of its own."""
    data = composite(sop_class, f"ct/{name}/instance", patient="CT", study=STUDY)
    series(data, modality, f"ct/{name}", number, description)
    frame_of_reference(data, FRAME_OF_REFERENCE)
    data.InstanceNumber = 1
    data.file_meta = file_meta(data)
    return data


def derived_reference(sop_class: UID, name: str) -> Dataset:
    """Return an item that references the object that `derived` starts under this name."""
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class
    item.ReferencedSOPInstanceUID = uid(f"ct/{name}/instance")
    return item


def axial_reference(k: int) -> Dataset:
    """Return an item that references slice `k` of the base series (PS3.3 table 10-11)."""
    item = Dataset()
    item.ReferencedSOPClassUID = CTImageStorage
    item.ReferencedSOPInstanceUID = AXIAL.instance_uid(k)
    return item


def axial_series() -> Dataset:
    """Return an item that references the base series and all its instances (PS3.3 section C.12.2)."""
    item = Dataset()
    item.SeriesInstanceUID = uid(f"ct/{AXIAL.name}")
    item.ReferencedInstanceSequence = [axial_reference(k) for k in ALL_SLICES]
    return item


def axial_evidence(*others: Dataset) -> Dataset:
    """Return an item that lists the base series, and others, as evidence (PS3.3 table C.17-3b, hierarchical)."""
    series = Dataset()
    series.SeriesInstanceUID = uid(f"ct/{AXIAL.name}")
    series.ReferencedSOPSequence = [axial_reference(k) for k in ALL_SLICES]
    item = Dataset()
    item.StudyInstanceUID = uid(STUDY)
    item.ReferencedSeriesSequence = [series, *others]
    return item


def source_image(k: int, purpose: Dataset, derivation: Dataset) -> Dataset:
    """Return an item of the derivation image functional group: derived from slice `k` (PS3.3 section C.7.6.16.2.6)."""
    source = axial_reference(k)
    source.PurposeOfReferenceCodeSequence = [purpose]
    source.SpatialLocationsPreserved = "YES"
    item = Dataset()
    item.SourceImageSequence = [source]
    item.DerivationCodeSequence = [derivation]
    return item
