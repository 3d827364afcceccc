"""A Grayscale Softcopy Presentation State for the CT phantom (PS3.3 section A.33.1).

It shows the base series in a lung window, and draws a circle and a word around the nodule on the slice through its
middle.
"""

from pydicom.dataset import Dataset
from pydicom.uid import GrayscaleSoftcopyPresentationStateStorage

from phantoms.ct import AXIAL
from phantoms.derived import ALL_SLICES, axial_reference, axial_series, derived
from phantoms.grid import ds
from phantoms.modules import DATE, TIME
from phantoms.multiframe import group

WINDOW = (-600, 1500)
"""Centre and width, HU."""

SLICE = 46
CIRCLE = ((84.5, 108.5), (94.5, 108.5))
"""The middle, and a point of the circumference: column and row, PS3.3 section C.10.5 (a pixel's middle is at .5)."""


def presentation_state() -> Dataset:
    """Return the presentation state, with its file meta information."""
    storage = GrayscaleSoftcopyPresentationStateStorage
    data = derived(storage, "PR", "presentation-state", 15, "Lung window, nodule marked")
    del data.FrameOfReferenceUID, data.PositionReferenceIndicator
    data.BodyPartExamined = "CHEST"
    data.PresentationCreationDate, data.PresentationCreationTime = DATE, TIME
    data.ContentLabel, data.ContentDescription, data.ContentCreatorName = "NODULE", "Nodule marked", ""
    data.ReferencedSeriesSequence = [_images()]
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = ds(AXIAL.intercept), "1", "HU"
    centre, width = WINDOW
    data.SoftcopyVOILUTSequence = group(WindowCenter=ds(centre), WindowWidth=ds(width))
    data.PresentationLUTShape = "IDENTITY"
    columns, rows, _ = AXIAL.grid.shape
    data.DisplayedAreaSelectionSequence = group(
        DisplayedAreaTopLeftHandCorner=[1, 1],
        DisplayedAreaBottomRightHandCorner=[columns, rows],
        PresentationSizeMode="SCALE TO FIT",
        PresentationPixelSpacing=[ds(value) for value in AXIAL.grid.spacing],
    )
    data.GraphicLayerSequence = group(GraphicLayer="FINDINGS", GraphicLayerOrder=1)
    data.GraphicAnnotationSequence = [_annotation()]
    return data


def _images() -> Dataset:
    item = axial_series()
    item.ReferencedImageSequence = [axial_reference(k) for k in ALL_SLICES]
    del item.ReferencedInstanceSequence
    return item


def _annotation() -> Dataset:
    (column, row), edge = CIRCLE
    item = Dataset()
    item.ReferencedImageSequence = [axial_reference(SLICE)]
    item.GraphicLayer = "FINDINGS"
    item.GraphicObjectSequence = group(
        GraphicAnnotationUnits="PIXEL",
        GraphicDimensions=2,
        NumberOfGraphicPoints=2,
        GraphicData=[column, row, *edge],
        GraphicType="CIRCLE",
        GraphicFilled="N",
    )
    item.TextObjectSequence = group(
        AnchorPointAnnotationUnits="PIXEL",
        AnchorPoint=[column, row],
        AnchorPointVisibility="N",
        UnformattedTextValue="nodule",
    )
    return item
