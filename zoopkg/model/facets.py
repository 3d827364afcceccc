"""The facets' names, types and values when absent, and the DICOM keywords that name them too. Computes none.

The table is that of docs/formats/facets.md, which is frozen under the inspector's number.
"""

from collections.abc import Mapping
from enum import Enum, auto
from types import MappingProxyType

from zoopkg.model.instance import FacetValue


class FacetType(Enum):
    """How a facet's values are written and compared."""

    WORD = auto()
    """One of a few lower-case words."""
    CODE = auto()
    """ASCII, by custom in capitals (VR CS)."""
    TEXT = auto()
    """Any characters."""
    UID = auto()
    """Digits and dots."""
    NAMED_UID = auto()
    """A UID of PS3.6 table A-1, which has a keyword and a name."""
    NUMBER = auto()
    """A whole number."""
    BOOLEAN = auto()
    """True or false."""


FACETS: Mapping[str, FacetType] = MappingProxyType(
    {
        "kind": FacetType.WORD,
        "preamble": FacetType.WORD,
        "transfer_syntax": FacetType.NAMED_UID,
        "sop_class": FacetType.NAMED_UID,
        "study": FacetType.UID,
        "series": FacetType.UID,
        "instance": FacetType.UID,
        "concatenation": FacetType.UID,
        "series_number": FacetType.NUMBER,
        "instance_number": FacetType.NUMBER,
        "modality": FacetType.CODE,
        "body_part": FacetType.CODE,
        "laterality": FacetType.CODE,
        "manufacturer": FacetType.TEXT,
        "model": FacetType.TEXT,
        "charset": FacetType.CODE,
        "photometric": FacetType.CODE,
        "samples": FacetType.NUMBER,
        "planar": FacetType.NUMBER,
        "rows": FacetType.NUMBER,
        "columns": FacetType.NUMBER,
        "bits_allocated": FacetType.NUMBER,
        "bits_stored": FacetType.NUMBER,
        "pixel_representation": FacetType.NUMBER,
        "frames": FacetType.NUMBER,
        "lossy": FacetType.BOOLEAN,
        "burned_in": FacetType.BOOLEAN,
        "offset_table": FacetType.WORD,
        "fragments": FacetType.NUMBER,
        "modality_transform": FacetType.WORD,
        "voi": FacetType.WORD,
        "palette": FacetType.BOOLEAN,
        "overlay": FacetType.BOOLEAN,
        "private_creators": FacetType.CODE,
        "sequence_depth": FacetType.NUMBER,
        "undefined_length": FacetType.BOOLEAN,
        "defects": FacetType.WORD,
    }
)
"""Every facet, in the order of the page."""

LISTS = frozenset({"charset", "modality_transform", "voi", "private_creators", "defects"})
"""The facets that are lists of strings."""

ABSENT: Mapping[str, FacetValue] = MappingProxyType(
    {"palette": False, "overlay": False, "undefined_length": False, "sequence_depth": 0}
)
"""What these facets are where a DICOM file has none; every other facet is null."""

KEYWORDS: Mapping[str, str] = MappingProxyType(
    {
        "TransferSyntaxUID": "transfer_syntax",
        "SOPClassUID": "sop_class",
        "StudyInstanceUID": "study",
        "SeriesInstanceUID": "series",
        "SOPInstanceUID": "instance",
        "ConcatenationUID": "concatenation",
        "SeriesNumber": "series_number",
        "InstanceNumber": "instance_number",
        "Modality": "modality",
        "BodyPartExamined": "body_part",
        "ImageLaterality": "laterality",
        "Laterality": "laterality",
        "Manufacturer": "manufacturer",
        "ManufacturerModelName": "model",
        "SpecificCharacterSet": "charset",
        "PhotometricInterpretation": "photometric",
        "SamplesPerPixel": "samples",
        "PlanarConfiguration": "planar",
        "Rows": "rows",
        "Columns": "columns",
        "BitsAllocated": "bits_allocated",
        "BitsStored": "bits_stored",
        "PixelRepresentation": "pixel_representation",
        "NumberOfFrames": "frames",
        "LossyImageCompression": "lossy",
        "BurnedInAnnotation": "burned_in",
    }
)
"""The keyword (PS3.6) of the attribute that a facet is read from, where there is one."""


def facet_of(facets: Mapping[str, FacetValue], name: str) -> FacetValue | None:
    """A facet's value, as absent ones are meant: None where it is null."""
    value = facets.get(name)
    if value is None and name in ABSENT and facets.get("kind") in {"dicom", "dicomdir"}:
        return ABSENT[name]
    return value
