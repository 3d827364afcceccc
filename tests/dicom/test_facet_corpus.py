"""Every facet of every real file, against pydicom and against the corpus's own table of what is in it."""

import csv
import mmap
import warnings

import pydicom
import pytest
from corpus import CORPUS, needs_corpus
from pydicom.encaps import parse_basic_offsets, parse_fragments
from pydicom.multival import MultiValue

from zoopkg.dicom.inspect import inspect

pytestmark = needs_corpus

UIDS = {"study": "StudyInstanceUID", "series": "SeriesInstanceUID", "concatenation": "ConcatenationUID"}
CODES = {"modality": "Modality", "body_part": "BodyPartExamined", "photometric": "PhotometricInterpretation"}
TEXTS = {"manufacturer": "Manufacturer", "model": "ManufacturerModelName"}
U16S = {
    "samples": "SamplesPerPixel",
    "planar": "PlanarConfiguration",
    "rows": "Rows",
    "columns": "Columns",
    "bits_allocated": "BitsAllocated",
    "bits_stored": "BitsStored",
    "pixel_representation": "PixelRepresentation",
}
NUMBERS = {"series_number": "SeriesNumber", "instance_number": "InstanceNumber", "frames": "NumberOfFrames"}
KINDS = {
    "modality_transform": {"frame": 0x00289145, "lut": 0x00283000, "rescale": 0x00281052},
    "voi": {"frame": 0x00289132, "lut": 0x00283010, "window": 0x00281050},
}
OVERLAYS = [0x60000000 + (plane << 17) + element for plane in range(16) for element in (0x0010, 0x3000)]

# what pydicom cannot read: no such file here is left out for any other reason
UNREADABLE = {
    "GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm": "loses its way in UN of undefined length, big endian",
    "2026-05-06-Deeply-Nested-Sequence.dcm": "RecursionError",
}
NOTHING_READ = {
    "GH1339.dcm": "encapsulated pixel data without an end: pydicom drops the whole data set",
    "emri_small_jpeg_2k_lossless_too_short.dcm": "the same",
}
DIFFERENT = {
    ("adb1_1.dcm", "sequence_depth"): "a private sequence of implicit VR, which pydicom leaves closed",
    ("adb1_2.dcm", "sequence_depth"): "the same",
    ("adb1_3.dcm", "sequence_depth"): "the same",
    ("adb1_10.dcm", "sequence_depth"): "the same",
    ("adb1_11.dcm", "sequence_depth"): "the same",
    ("priv_SQ.dcm", "sequence_depth"): "the same",
    ("rtdose_rle.dcm", "sequence_depth"): "a sequence in UN of defined length, which pydicom's dictionary opens",
    ("rtdose_rle_1frame.dcm", "sequence_depth"): "the same",
    ("badVR.dcm", "frames"): "1A is no number, and an error in pydicom",
}


def _first(value):
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    return value


def _text(value):
    value = _first(value)
    return None if value is None else str(value).strip(" \0") or None


def _number(value):
    value = _text(value)
    return None if value is None else int(value)


def _depth(dataset):
    items = [item for element in dataset if element.VR == "SQ" for item in element.value]
    return max((1 + _depth(item) for item in items), default=0)


def _nested(dataset, tag):
    items = [item for element in dataset if element.VR == "SQ" for item in element.value]
    return any((tag in item and len(item[tag].value)) or _nested(item, tag) for item in items)


def _has(dataset, tag):
    return tag in dataset and dataset[tag].value not in (None, "", b"", [])


def _undefined(dataset):
    sequences = [element for element in dataset if element.VR == "SQ"]
    return any(
        element.is_undefined_length
        or any(item.is_undefined_length_sequence_item or _undefined(item) for item in element.value)
        for element in sequences
    )


def _fragments(dataset):
    if "PixelData" not in dataset or not dataset["PixelData"].is_undefined_length:
        return {"offset_table": None, "fragments": None}
    basic = "basic" if parse_basic_offsets(dataset.PixelData) else "empty"
    return {
        "offset_table": "extended" if dataset.get("ExtendedOffsetTable") else basic,
        "fragments": parse_fragments(dataset.PixelData)[0] - 1,
    }


def _creators(dataset):
    values = {
        str(element.value).strip()
        for element in dataset
        if element.tag.is_private_creator and element.tag < 0x7FE00010 and element.value
    }
    return sorted(value for value in values if value.isascii() and value.isprintable()) or None


def _expected(dataset):
    """Facet by facet as pydicom reads them: functions, since reading a broken value raises."""
    meta = dataset.file_meta
    charset = dataset.get("SpecificCharacterSet")
    terms = [charset] if isinstance(charset, str) else charset
    sop = dataset.get
    yield "transfer_syntax", lambda: _text(meta.get("TransferSyntaxUID"))
    yield "sop_class", lambda: _text(sop("SOPClassUID")) or _text(meta.get("MediaStorageSOPClassUID"))
    yield "instance", lambda: _text(sop("SOPInstanceUID")) or _text(meta.get("MediaStorageSOPInstanceUID"))
    yield "charset", lambda: list(map(str, terms)) if terms and any(terms) else None
    yield "laterality", lambda: _text(dataset.get("ImageLaterality")) or _text(dataset.get("Laterality"))
    yield "lossy", lambda: {"01": True, "00": False}.get(dataset.get("LossyImageCompression"))
    yield "burned_in", lambda: {"YES": True, "NO": False}.get(dataset.get("BurnedInAnnotation"))
    yield "palette", lambda: _has(dataset, 0x00281101) or None
    yield "overlay", lambda: any(_has(dataset, tag) for tag in OVERLAYS) or None
    yield "sequence_depth", lambda: _depth(dataset) or None
    yield "private_creators", lambda: _creators(dataset)
    for name, keyword in (UIDS | CODES | TEXTS).items():
        yield name, lambda keyword=keyword: _text(dataset.get(keyword))
    for name, keyword in (U16S | NUMBERS).items():
        yield name, lambda keyword=keyword: _number(dataset.get(keyword))
    for name in ("offset_table", "fragments"):
        yield name, lambda name=name: _fragments(dataset)[name]
    for name, kinds in KINDS.items():
        yield (
            name,
            lambda kinds=kinds: (
                [kind for kind, tag in kinds.items() if (_nested if kind == "frame" else _has)(dataset, tag)] or None
            ),
        )
    yield "undefined_length", lambda: _undefined(dataset) or None


def _value_or_error(read):
    try:
        return read()
    except Exception as error:  # noqa: BLE001  # whatever pydicom raises on a broken value
        return repr(error)


def _differences(path, facets):
    try:
        dataset = pydicom.dcmread(path, force=True)
    except Exception as error:  # noqa: BLE001  # whatever pydicom raises on a broken file
        return [(path.name, "unreadable", repr(error)[:60])]
    if path.name in NOTHING_READ:
        return [(path.name, "nothing read", "")] if not dataset else []
    return [
        (path.name, name, (facets.get(name), value))
        for name, read in _expected(dataset)
        if (value := _value_or_error(read)) != facets.get(name)
    ]


@pytest.fixture(scope="module")
def files():
    """Each content once, with its row in the table and its facets."""
    with open(CORPUS / "manifest.csv", newline="", encoding="utf-8") as table:
        rows = {row["sha256"]: row for row in csv.DictReader(table)}
    found = []
    for row in rows.values():
        path = CORPUS / row["path"]
        with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            found.append((path, row, inspect(data)))
    return found


def test_facets_are_what_pydicom_reads(files):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [
            difference
            for path, _, facets in files
            if facets["kind"] != "other"
            for difference in _differences(path, facets)
        ]
    unexplained = [difference for difference in found if difference[:2] not in DIFFERENT]
    assert {name for name, what, _ in unexplained if what == "unreadable"} == UNREADABLE.keys()
    assert {name for name, what, _ in unexplained if what == "nothing read"} == NOTHING_READ.keys()
    assert [each for each in unexplained if each[1] not in {"unreadable", "nothing read"}] == []
    assert {difference[:2] for difference in found} >= DIFFERENT.keys()


def test_facets_are_what_the_corpus_says(files):
    names = {uid: entry[0] for uid, entry in pydicom.uid.UID_dictionary.items()}
    names["1.2.840.10008.1.2.4.111"] = "JPEG XL JPEG Recompression"
    names["1.2.840.10008.1.2.8.1"] = "Deflated Image Frame Compression"
    columns = {"modality": "modality", "rows": "rows", "columns": "columns", "photometric": "photometric"}
    columns |= {"study_uid": "study", "series_uid": "series"}
    different = []
    for path, row, facets in files:
        if row["reads"] == "no" or path.name in NOTHING_READ:
            continue
        said = {column: str(facets.get(name, "")) for column, name in columns.items()}
        said["charset"] = "\\".join(facets.get("charset", []))
        said["transfer_syntax"] = names.get(facets.get("transfer_syntax"), "")
        said["frames"] = str(facets.get("frames", ""))
        said["preamble"] = "n" if facets.get("preamble", "none") == "none" else "y"
        different += [(path.name, column, value, row[column]) for column, value in said.items() if value != row[column]]
    assert different == [("badVR.dcm", "frames", "", "1A")]


def test_what_is_not_dicom(files):
    other = {path.name for path, _, facets in files if facets["kind"] == "other"}
    # two texts, and a data set behind a stray first byte
    assert other == {"deid.dicom", "remove_all.dicom", "no_meta.dcm"}


def test_dicomdirs(files):
    for path, _, facets in files:
        assert (facets["kind"] == "dicomdir") is ("DICOMDIR" in path.name), path
