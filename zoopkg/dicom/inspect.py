"""Compute the facets of one instance from its bytes: a pure function, which takes any bytes and never raises.

The rules are frozen in docs/formats/facets.md under a number. They are our own code throughout, so that the same
bytes have the same facets, and a manifest the same digest, whatever else is installed. Whether a file is valid is
not asked here.
"""

import mmap
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from itertools import repeat

from zoopkg.dicom import values
from zoopkg.dicom.encoding import PIXEL_DATA, UNDEFINED, choose
from zoopkg.dicom.fragments import MAX_FRAGMENTS, read_fragments
from zoopkg.dicom.part10 import (
    FILE_META,
    MEDIA_STORAGE_SOP_CLASS,
    MEDIA_STORAGE_SOP_INSTANCE,
    TRANSFER_SYNTAX,
    Part10,
    inflate,
    read_part10,
    value_at,
)
from zoopkg.dicom.scanner import MAX_CREATORS, Scan, scan
from zoopkg.dicom.wanted import Wanted
from zoopkg.model.facets import ABSENT
from zoopkg.model.instance import FacetValue

INSPECTOR = 1
"""The number of the rules. Whatever changes a facet of any file is a new number, and a new page of the format."""

_MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"
_DEFLATED = frozenset({"1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
_INFLATE_LIMITS = (1 << 20, 1 << 26)

_SPECIFIC_CHARACTER_SET = 0x00080005
_DIRECTORY_RECORDS = 0x00041220
_EXTENDED_OFFSET_TABLE = 0x7FE00001
_PALETTE = 0x00281101
_OVERLAYS = frozenset(0x60000000 + (plane << 17) + element for plane in range(16) for element in (0x0010, 0x3000))

_SIMPLE: tuple[tuple[str, Callable[[bytes], FacetValue | None], tuple[int, ...]], ...] = (
    ("transfer_syntax", values.uid, (TRANSFER_SYNTAX,)),
    ("sop_class", values.uid, (0x00080016, MEDIA_STORAGE_SOP_CLASS)),
    ("study", values.uid, (0x0020000D,)),
    ("series", values.uid, (0x0020000E,)),
    ("instance", values.uid, (0x00080018, MEDIA_STORAGE_SOP_INSTANCE)),
    ("concatenation", values.uid, (0x00209161,)),
    ("series_number", values.number, (0x00200011,)),
    ("instance_number", values.number, (0x00200013,)),
    ("modality", values.code, (0x00080060,)),
    ("body_part", values.code, (0x00180015,)),
    ("laterality", values.code, (0x00200062, 0x00200060)),
    ("photometric", values.code, (0x00280004,)),
    ("frames", values.number, (0x00280008,)),
    ("lossy", values.lossy, (0x00282110,)),
    ("burned_in", values.yes_no, (0x00280301,)),
)
_TEXTS = (("manufacturer", 0x00080070), ("model", 0x00081090))
_U16S = (
    ("samples", 0x00280002),
    ("planar", 0x00280006),
    ("rows", 0x00280010),
    ("columns", 0x00280011),
    ("bits_allocated", 0x00280100),
    ("bits_stored", 0x00280101),
    ("pixel_representation", 0x00280103),
)
_KINDS_OF = (
    ("modality_transform", (("frame", 0x00289145), ("lut", 0x00283000), ("rescale", 0x00281052))),
    ("voi", (("frame", 0x00289132), ("lut", 0x00283010), ("window", 0x00281050))),
)
_FRAME_SEQUENCES = frozenset({0x00289132, 0x00289145})

_WANTED = Wanted(
    top={_SPECIFIC_CHARACTER_SET}
    | {tag for _, _, tags in _SIMPLE for tag in tags if tag >> 16 != FILE_META}
    | {tag for _, tag in (*_TEXTS, *_U16S)}
    | {tag for _, kinds in _KINDS_OF for _, tag in kinds if tag not in _FRAME_SEQUENCES}
    | {_DIRECTORY_RECORDS, _EXTENDED_OFFSET_TABLE, _PALETTE, *_OVERLAYS},
    nested=_FRAME_SEQUENCES,
)


def inspect(data: bytes | memoryview | mmap.mmap) -> dict[str, FacetValue]:
    """Compute the facets of a file.

    Args:
        data: all its bytes; a mapped file is read only as far as its header, and where its fragments begin.

    Returns:
        The facets that are not null, those of :data:`zoopkg.model.facets.ABSENT` only where they differ from it.
    """
    with memoryview(data) as whole, whole.cast("B") as view:
        part10 = read_part10(view)
        return {"kind": "other"} if part10 is None else _dicom_facets(view, part10)


def _dicom_facets(view: memoryview, part10: Part10) -> dict[str, FacetValue]:
    view, scanned = _scan_dataset(view, part10)
    raw = dict(part10.meta)
    for tag, place in scanned.places.items():
        value = value_at(view, *place)
        if value is not None:
            raw[tag] = value
    present = {tag for tag, (_, length) in scanned.places.items() if length}
    facets: dict[str, FacetValue | None] = {
        "kind": _kind(raw, present),
        "preamble": part10.preamble,
        **_value_facets(raw, scanned),
        **_structure_facets(present, scanned),
        **_fragment_facets(view, present, scanned),
        "private_creators": _private_creators(view, scanned),
    }
    return {name: value for name, value in facets.items() if value is not None and ABSENT.get(name) != value}


def _scan_dataset(view: memoryview, part10: Part10) -> tuple[memoryview, Scan]:
    """The data set, inflated where it has to be, and what is in it."""
    start, transfer_syntax = part10.dataset, values.uid(part10.meta.get(TRANSFER_SYNTAX, b""))
    if transfer_syntax in _DEFLATED:
        for limit in _INFLATE_LIMITS:
            inflated = memoryview(inflate(view[start:], limit))
            scanned = scan(inflated, 0, choose(inflated, 0, transfer_syntax), _WANTED)
            if PIXEL_DATA in scanned.places or len(inflated) < limit:
                break
        if inflated:
            return inflated, scanned
    return view, scan(view, start, choose(view, start, transfer_syntax), _WANTED)


def _kind(raw: Mapping[int, bytes], present: AbstractSet[int]) -> str:
    media_storage = values.uid(raw.get(MEDIA_STORAGE_SOP_CLASS, b""))
    return "dicomdir" if media_storage == _MEDIA_STORAGE_DIRECTORY or _DIRECTORY_RECORDS in present else "dicom"


def _value_facets(raw: Mapping[int, bytes], scanned: Scan) -> dict[str, FacetValue | None]:
    facets: dict[str, FacetValue | None] = {}
    for name, convert, tags in _SIMPLE:
        for tag in tags:
            if tag in raw and (value := convert(raw[tag])) is not None:
                facets[name] = value
                break
    for name, tag in _U16S:
        if tag in raw:
            facets[name] = values.u16(raw[tag], scanned.encoding)
    terms = values.codes(raw.get(_SPECIFIC_CHARACTER_SET, b""))
    facets["charset"] = terms
    for name, tag in _TEXTS:
        if tag in raw:
            facets[name] = values.text(raw[tag], terms or ())
    return facets


def _structure_facets(present: AbstractSet[int], scanned: Scan) -> dict[str, FacetValue | None]:
    facets: dict[str, FacetValue | None] = {
        "palette": _PALETTE in present,
        "overlay": not _OVERLAYS.isdisjoint(present),
        "sequence_depth": scanned.depth,
        "undefined_length": scanned.undefined_length,
    }
    for name, kinds in _KINDS_OF:
        facets[name] = [kind for kind, tag in kinds if tag in present] or None
    return facets


def _fragment_facets(view: memoryview, present: AbstractSet[int], scanned: Scan) -> dict[str, FacetValue | None]:
    """Of encapsulated pixel data, PS3.5 A.4."""
    value, length = scanned.places.get(PIXEL_DATA, (0, 0))
    if length != UNDEFINED:
        return {}
    items, table, _ = read_fragments(view, value, repeat(None, MAX_FRAGMENTS + 2))
    if items == 0:
        return {}
    basic = "basic" if table else "empty"
    return {
        "offset_table": "extended" if _EXTENDED_OFFSET_TABLE in present else basic,
        "fragments": None if items is None else items - 1,
    }


def _private_creators(view: memoryview, scanned: Scan) -> list[str] | None:
    if len(scanned.creators) > MAX_CREATORS:
        return None
    raw = (value_at(view, *place) for place in scanned.creators)
    return sorted({creator for value in raw if value and (creator := values.code(value))}) or None
