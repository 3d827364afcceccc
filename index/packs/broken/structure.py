"""Broken files of the families `file`, `meta` and `encoding`: the bytes do not follow PS3.10 or PS3.5 section 7."""

from broken import surgery as cut
from broken.bases import Bases
from broken.case import Case

STUDY_DATE, MODALITY, STUDY_DESCRIPTION, SERIES_DESCRIPTION = 0x00080020, 0x00080060, 0x00081030, 0x0008103E
PROCEDURE_CODES = 0x00081032
STUDY_ID, SERIES_NUMBER = 0x00200010, 0x00200011
PIXEL_DATA = 0x7FE00010
MEDIA_CLASS, MEDIA_INSTANCE, SYNTAX = 0x00020002, 0x00020003, 0x00020010

ERROR_PAGE = b"""<!DOCTYPE html>
<html>
<head><title>404 Not Found</title></head>
<body><h1>Not Found</h1><p>The requested file is not here, and what you saved under its name is this page.</p></body>
</html>
"""


def _cut_at(data: bytes, tag: int, after: int) -> bytes:
    """Return `data` up to `after` bytes into the element."""
    return data[: cut.spans(data)[tag].start + after]


FILE = (
    Case("file/empty.dcm", ("file.not-dicom",), "Nothing: zero bytes.", lambda _: b""),
    Case(
        "file/error-page.dcm",
        ("file.not-dicom",),
        "The HTML of a 404 page, saved by a download script that did not look at the status.",
        lambda _: ERROR_PAGE,
    ),
    Case(
        "file/preamble-only.dcm",
        ("meta.missing-file-meta",),
        "The 132 bytes of preamble and prefix, then the end.",
        lambda b: b.good[: cut.PREAMBLE],
    ),
    Case(
        "file/truncated-in-file-meta.dcm",
        ("file.truncated",),
        "Cut ten bytes into the value of Media Storage SOP Instance UID.",
        lambda b: _cut_at(b.good, MEDIA_INSTANCE, 18),
    ),
    Case(
        "file/truncated-in-element-header.dcm",
        ("file.truncated",),
        "Cut after the tag and VR of Study Description, before its length.",
        lambda b: _cut_at(b.good, STUDY_DESCRIPTION, 6),
    ),
    Case(
        "file/truncated-in-value.dcm",
        ("file.truncated",),
        "Cut four bytes into the value of Study Description.",
        lambda b: _cut_at(b.good, STUDY_DESCRIPTION, 12),
    ),
    Case(
        "file/truncated-in-sequence.dcm",
        ("file.truncated",),
        "Cut in the item of Procedure Code Sequence, in the middle of Code Value.",
        lambda b: _cut_at(b.good, PROCEDURE_CODES, 29),
    ),
    Case(
        "file/truncated-in-pixel-data.dcm",
        ("file.truncated", "pixel.truncated"),
        "Cut after half of the pixels.",
        lambda b: _cut_at(b.good, PIXEL_DATA, 12 + 4096),
    ),
    Case(
        "file/length-past-end.dcm",
        ("file.truncated",),
        "Series Description claims to be 60,000 bytes long, more than the file has left.",
        lambda b: cut.replaced(
            b.good, SERIES_DESCRIPTION, cut.element(SERIES_DESCRIPTION, "LO", b"Crop for surgery", 60000)
        ),
    ),
    Case(
        "file/trailing-bytes.dcm",
        ("file.trailing-bytes",),
        "Five bytes of text after the last element.",
        lambda b: b.good + b"extra",
    ),
    Case(
        "file/zero-padded.dcm",
        ("file.trailing-bytes",),
        "Zero bytes up to a multiple of 4,096, as tapes and some archives leave them.",
        lambda b: b.good + bytes(-len(b.good) % 4096),
    ),
)

META = (
    Case(
        "meta/no-preamble.dcm",
        ("meta.missing-preamble",),
        "The 128 bytes of preamble are gone, the prefix DICM comes first.",
        lambda b: b.good[128:],
    ),
    Case(
        "meta/no-preamble-no-prefix.dcm",
        ("meta.missing-preamble",),
        "Preamble and prefix are gone, the file meta information comes first.",
        lambda b: b.good[cut.PREAMBLE :],
    ),
    Case(
        "meta/bad-prefix.dcm",
        ("meta.bad-prefix",),
        "The prefix is dicm in small letters.",
        lambda b: b.good[:128] + b"dicm" + b.good[132:],
    ),
    Case(
        "meta/no-file-meta.dcm",
        ("meta.missing-file-meta",),
        "The data set follows the prefix at once.",
        lambda b: b.good[: cut.PREAMBLE] + b.good[cut.data_set_start(b.good) :],
    ),
    Case(
        "meta/no-transfer-syntax.dcm",
        ("meta.missing-transfer-syntax",),
        "Transfer Syntax UID is gone, the group length is right for what is left.",
        lambda b: cut.regrouped(cut.without(b.good, SYNTAX)),
    ),
    Case(
        "meta/unknown-transfer-syntax.dcm",
        ("meta.unknown-transfer-syntax",),
        "Transfer Syntax UID is a UID that stands for nothing; the data set is explicit VR little endian.",
        lambda b: cut.regrouped(cut.with_value(b.good, SYNTAX, b"1.2.840.10008.1.2.77.7")),
    ),
    Case(
        "meta/no-media-storage-sop-class.dcm",
        ("meta.missing-element",),
        "Media Storage SOP Class UID is gone.",
        lambda b: cut.regrouped(cut.without(b.good, MEDIA_CLASS)),
    ),
    Case(
        "meta/no-group-length.dcm",
        ("meta.missing-element",),
        "File Meta Information Group Length is gone.",
        lambda b: cut.without(b.good, cut.GROUP_LENGTH),
    ),
    Case(
        "meta/group-length-too-large.dcm",
        ("meta.bad-group-length",),
        "The group length is 30 too large and reaches into the data set.",
        lambda b: cut.regrouped(b.good, 30),
    ),
    Case(
        "meta/group-length-too-small.dcm",
        ("meta.bad-group-length",),
        "The group length is 30 too small.",
        lambda b: cut.regrouped(b.good, -30),
    ),
    Case(
        "meta/sop-class-mismatch.dcm",
        ("meta.sop-class-mismatch",),
        "The file meta information says MR Image Storage, the data set CT.",
        lambda b: cut.with_value(b.good, MEDIA_CLASS, b"1.2.840.10008.5.1.4.1.1.4\0"),
    ),
    Case(
        "meta/sop-instance-mismatch.dcm",
        ("meta.sop-instance-mismatch",),
        "The file meta information has another SOP Instance UID than the data set.",
        lambda b: cut.regrouped(cut.with_value(b.good, MEDIA_INSTANCE, b"2.25.1234567890\0")),
    ),
)


def _explicit_body(bases: Bases) -> bytes:
    return bases.good[cut.data_set_start(bases.good) :]


def _body_after_meta(data: bytes) -> bytes:
    """Return the data set of a file whose data set need not be explicit VR little endian."""
    length = int.from_bytes(data[140:144], "little")
    return data[144 + length :]


def _meta_before_body(data: bytes) -> bytes:
    return data[: len(data) - len(_body_after_meta(data))]


def _in_sequence(bases: Bases, old: bytes, new: bytes) -> bytes:
    """Return the good file with bytes exchanged in Procedure Code Sequence."""
    span = cut.spans(bases.good)[PROCEDURE_CODES]
    changed = bases.good[span.start : span.end].replace(old, new, 1)
    return cut.replaced(bases.good, PROCEDURE_CODES, changed)


def _corrupt_deflate(bases: Bases) -> bytes:
    body = _body_after_meta(bases.deflated)
    return _meta_before_body(bases.deflated) + body[:200] + b"\xff" * 64 + body[264:]


ENCODING = (
    Case(
        "encoding/unknown-vr.dcm",
        ("encoding.bad-vr",),
        "The VR of Study ID is QQ.",
        lambda b: cut.with_vr(b.good, STUDY_ID, b"QQ"),
    ),
    Case(
        "encoding/lower-case-vr.dcm",
        ("encoding.bad-vr",),
        "The VR of Modality is cs in small letters.",
        lambda b: cut.with_vr(b.good, MODALITY, b"cs"),
    ),
    Case(
        "encoding/implicit-but-explicit.dcm",
        ("encoding.transfer-syntax-mismatch",),
        "The transfer syntax says implicit VR, the data set has explicit VRs.",
        lambda b: _meta_before_body(b.implicit) + _explicit_body(b),
    ),
    Case(
        "encoding/explicit-but-implicit.dcm",
        ("encoding.transfer-syntax-mismatch",),
        "The transfer syntax says explicit VR, the data set has none.",
        lambda b: _meta_before_body(b.good) + _body_after_meta(b.implicit),
    ),
    Case(
        "encoding/big-but-little-endian.dcm",
        ("encoding.transfer-syntax-mismatch",),
        "The transfer syntax says big endian, the data set is little endian.",
        lambda b: _meta_before_body(b.big_endian) + _explicit_body(b),
    ),
    Case(
        "encoding/deflated-but-not.dcm",
        ("encoding.bad-deflate",),
        "The transfer syntax says deflated, the data set is not.",
        lambda b: _meta_before_body(b.deflated) + _explicit_body(b),
    ),
    Case(
        "encoding/bad-deflate.dcm",
        ("encoding.bad-deflate",),
        "64 bytes in the deflated data set are overwritten.",
        _corrupt_deflate,
    ),
    Case(
        "encoding/odd-length.dcm",
        ("encoding.odd-length",),
        "Study ID has a value of one byte, without padding.",
        lambda b: cut.with_value(b.good, STUDY_ID, b"1"),
    ),
    Case(
        "encoding/tag-order.dcm",
        ("encoding.tag-order",),
        "Study ID and Series Number are the wrong way round.",
        lambda b: cut.swapped(b.good, STUDY_ID, SERIES_NUMBER),
    ),
    Case(
        "encoding/duplicate-tag.dcm",
        ("encoding.duplicate-tag",),
        "Study ID is there twice.",
        lambda b: cut.inserted(b.good, SERIES_NUMBER, cut.element(STUDY_ID, "SH", b"2 ")),
    ),
    Case(
        "encoding/bad-item.dcm",
        ("encoding.bad-item",),
        "The item of Procedure Code Sequence begins with the tag (FFFE,E001), which means nothing.",
        lambda b: _in_sequence(b, cut.ITEM, b"\xfe\xff\x01\xe0"),
    ),
    Case(
        "encoding/missing-sequence-delimiter.dcm",
        ("encoding.missing-sequence-delimiter",),
        "Procedure Code Sequence has undefined length and never ends.",
        lambda b: _in_sequence(b, cut.SEQUENCE_DELIMITER + bytes(4), b""),
    ),
)
