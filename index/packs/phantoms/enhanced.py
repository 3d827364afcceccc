"""The base CT series as one Enhanced CT Image Storage instance (PS3.3 section A.38.1).

The frames are stored from the head to the feet, against the order of the series and of the stack positions: a reader
that trusts the order of the frames instead of their positions turns the patient upside down.
"""

from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage

from phantoms.ct import AXIAL, stored
from phantoms.derived import ALL_SLICES, axial_evidence, derived, source_image
from phantoms.grid import ds
from phantoms.modules import code, pixels
from phantoms.multiframe import dimensions, frames, group, plane_position, shared_geometry
from phantoms.uids import uid

FRAME_TYPE = ["DERIVED", "PRIMARY", "VOLUME", "NONE"]
ORDER = tuple(reversed(ALL_SLICES))
"""The slice k of each frame."""


def enhanced_ct() -> Dataset:
    """Return the enhanced CT image, with its file meta information."""
    data = derived(EnhancedCTImageStorage, "CT", "enhanced", 10, "Enhanced CT of the axial series")
    data.PatientPosition, data.BodyPartExamined = "HFS", "CHEST"
    data.ImageType = FRAME_TYPE
    data.PixelPresentation, data.VolumetricProperties = "MONOCHROME", "VOLUME"
    data.VolumeBasedCalculationTechnique = "NONE"
    data.BurnedInAnnotation, data.LossyImageCompression = "NO", "00"
    data.PresentationLUTShape, data.ContentQualification = "IDENTITY", "RESEARCH"
    data.AcquisitionContextSequence = []
    data.SourceImageEvidenceSequence = [axial_evidence()]
    columns, rows, _ = AXIAL.grid.shape
    pixels(data, rows, columns, stored=12, signed=False)
    dimensions(
        data,
        "ct/enhanced",
        ("StackID", "FrameContentSequence"),
        ("InStackPositionNumber", "FrameContentSequence"),
    )
    data.DimensionOrganizationType = "3D"
    frames(data, _shared(), [_frame(k) for k in ORDER])
    data.PixelData = b"".join(stored(AXIAL, k) for k in ORDER)
    return data


def _shared() -> Dataset:
    shared = Dataset()
    shared_geometry(shared, AXIAL.grid)
    shared.FrameAnatomySequence = group(AnatomicRegionSequence=[code("51185008", "SCT", "Thorax")], FrameLaterality="U")
    shared.PixelValueTransformationSequence = group(
        RescaleIntercept=ds(AXIAL.intercept), RescaleSlope="1", RescaleType="HU"
    )
    shared.IrradiationEventIdentificationSequence = group(IrradiationEventUID=uid("ct/irradiation-event"))
    shared.FrameVOILUTSequence = group(WindowCenter="40", WindowWidth="400")
    shared.CTImageFrameTypeSequence = group(
        FrameType=FRAME_TYPE,
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE",
    )
    return shared


def _frame(k: int) -> Dataset:
    frame = Dataset()
    frame.FrameContentSequence = group(StackID="1", InStackPositionNumber=k + 1, DimensionIndexValues=[1, k + 1])
    frame.PlanePositionSequence = plane_position(AXIAL.grid, k)
    purpose = code("121322", "DCM", "Source image for image processing operation")
    derivation = code("113091", "DCM", "Spatially-related frames extracted from the volume")
    frame.DerivationImageSequence = [source_image(k, purpose, derivation)]
    return frame
