"""A measurement report on the CT phantom: Comprehensive SR after TID 1500 (PS3.16), measured on the segmentation.

The content tree is built by hand: small functions, one for each value type (PS3.3 section C.17.3).
"""

from pydicom.dataset import Dataset
from pydicom.uid import ComprehensiveSRStorage, SegmentationStorage

from phantoms.ct import AXIAL
from phantoms.derived import ALL_SLICES, axial_evidence, axial_reference, derived, derived_reference
from phantoms.grid import ds
from phantoms.modules import DATE, TIME, code
from phantoms.multiframe import group
from phantoms.presentation import SLICE
from phantoms.seg import SEGMENTS, Segment, tracking_uid
from phantoms.seg_facts import mean_hu, volume_mm3
from phantoms.uids import IMPLEMENTATION_CLASS_UID, uid

Concept = tuple[str, str, str]
HU: Concept = ("[hnsf'U]", "UCUM", "Hounsfield unit")
MM3: Concept = ("mm3", "UCUM", "cubic millimeter")
MM: Concept = ("mm", "UCUM", "millimeter")
DIAMETER_MM = 18
CIRCLE = (84.5, 108.5, 91.7, 108.5)
"""Middle and a point of the nodule's outline on slice `SLICE`: column and row, a pixel's middle is at .5."""


def item(relation: str, value_type: str, name: Concept | None, *children: Dataset) -> Dataset:
    """Return a content item without its value."""
    content = Dataset()
    content.RelationshipType, content.ValueType = relation, value_type
    if name:
        content.ConceptNameCodeSequence = [code(*name)]
    if children:
        content.ContentSequence = list(children)
    return content


def coded(relation: str, name: Concept, value: Concept) -> Dataset:
    """Return a CODE item."""
    content = item(relation, "CODE", name)
    content.ConceptCodeSequence = [code(*value)]
    return content


def text(relation: str, name: Concept, value: str) -> Dataset:
    """Return a TEXT item."""
    content = item(relation, "TEXT", name)
    content.TextValue = value
    return content


def uid_reference(relation: str, name: Concept, value: str) -> Dataset:
    """Return a UIDREF item."""
    content = item(relation, "UIDREF", name)
    content.UID = value
    return content


def image(relation: str, name: Concept | None, target: Dataset) -> Dataset:
    """Return an IMAGE item."""
    content = item(relation, "IMAGE", name)
    content.ReferencedSOPSequence = [target]
    return content


def container(relation: str, name: Concept, *children: Dataset) -> Dataset:
    """Return a CONTAINER item."""
    content = item(relation, "CONTAINER", name, *children)
    content.ContinuityOfContent = "SEPARATE"
    return content


def number(name: Concept, value: str, unit: Concept, *children: Dataset) -> Dataset:
    """Return a NUM item."""
    content = item("CONTAINS", "NUM", name, *children)
    content.MeasuredValueSequence = group(NumericValue=value, MeasurementUnitsCodeSequence=[code(*unit)])
    return content


def template(content: Dataset, identifier: str) -> Dataset:
    """Return `content`, marked as made after a template of PS3.16."""
    content.ContentTemplateSequence = group(MappingResource="DCMR", TemplateIdentifier=identifier)
    return content


def report() -> Dataset:
    """Return the report, with its file meta information."""
    data = derived(ComprehensiveSRStorage, "SR", "report", 16, "Measurements of the inserts")
    del data.FrameOfReferenceUID, data.PositionReferenceIndicator
    data.ContentDate, data.ContentTime = DATE, TIME
    data.CompletionFlag, data.VerificationFlag = "COMPLETE", "UNVERIFIED"
    data.ReferencedPerformedProcedureStepSequence, data.PerformedProcedureCodeSequence = [], []
    masks = group(SeriesInstanceUID=uid("ct/segmentation"), ReferencedSOPSequence=[_masks()])
    data.CurrentRequestedProcedureEvidenceSequence = [axial_evidence(*masks)]
    root = template(
        container(
            "",
            ("126000", "DCM", "Imaging Measurement Report"),
            coded(
                "HAS CONCEPT MOD",
                ("121049", "DCM", "Language of Content Item and Descendants"),
                ("en", "RFC5646", "English"),
            ),
            coded("HAS OBS CONTEXT", ("121005", "DCM", "Observer Type"), ("121007", "DCM", "Device")),
            uid_reference("HAS OBS CONTEXT", ("121012", "DCM", "Device Observer UID"), IMPLEMENTATION_CLASS_UID),
            coded(
                "HAS CONCEPT MOD",
                ("121058", "DCM", "Procedure reported"),
                ("77477000", "SCT", "Computed tomography"),
            ),
            _library(),
            container(
                "CONTAINS",
                ("126010", "DCM", "Imaging Measurements"),
                *(_volume_group(segment) for segment in SEGMENTS),
                _diameter_group(),
            ),
        ),
        "1500",
    )
    del root.RelationshipType
    data.update(root)
    return data


def _library() -> Dataset:
    images = [image("CONTAINS", None, axial_reference(k)) for k in ALL_SLICES]
    inner = container("CONTAINS", ("126200", "DCM", "Image Library Group"), *images)
    return container("CONTAINS", ("111028", "DCM", "Image Library"), inner)


def _masks() -> Dataset:
    return derived_reference(SegmentationStorage, "segmentation")


def _tracking(name: str, tracked: str) -> tuple[Dataset, Dataset]:
    return (
        text("HAS OBS CONTEXT", ("112039", "DCM", "Tracking Identifier"), name),
        uid_reference("HAS OBS CONTEXT", ("112040", "DCM", "Tracking Unique Identifier"), tracked),
    )


def _volume_group(segment: Segment) -> Dataset:
    target = _masks()
    target.ReferencedSegmentNumber = segment.number
    mean = coded("HAS CONCEPT MOD", ("121401", "DCM", "Derivation"), ("373098007", "SCT", "Mean"))
    content = container(
        "CONTAINS",
        ("125007", "DCM", "Measurement Group"),
        *_tracking(segment.part, tracking_uid(segment)),
        coded("CONTAINS", ("121071", "DCM", "Finding"), segment.kind),
        image("CONTAINS", ("121191", "DCM", "Referenced Segment"), target),
        uid_reference("CONTAINS", ("121232", "DCM", "Source series for segmentation"), uid(f"ct/{AXIAL.name}")),
        number(("118565006", "SCT", "Volume"), ds(volume_mm3(segment)), MM3),
        number(("112031", "DCM", "Attenuation Coefficient"), ds(mean_hu(segment)), HU, mean),
    )
    return template(content, "1411")


def _diameter_group() -> Dataset:
    region = item("CONTAINS", "SCOORD", ("111030", "DCM", "Image Region"))
    region.GraphicType, region.GraphicData = "CIRCLE", list(CIRCLE)
    region.ContentSequence = [image("SELECTED FROM", None, axial_reference(SLICE))]
    content = container(
        "CONTAINS",
        ("125007", "DCM", "Measurement Group"),
        *_tracking("nodule outline", uid("ct/tracking/nodule outline")),
        coded("CONTAINS", ("121071", "DCM", "Finding"), ("27925004", "SCT", "Nodule")),
        region,
        number(("81827009", "SCT", "Diameter"), ds(DIAMETER_MM), MM),
    )
    return template(content, "1410")
