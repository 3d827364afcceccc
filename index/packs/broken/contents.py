"""Broken files of the families `charset`, `value` and `pixel`: well-formed bytes that say what cannot be."""

import struct

from broken import surgery as cut
from broken.bases import SIZE, Bases
from broken.case import Case

CHARSET, NAME = 0x00080005, 0x00100010
STUDY_DATE, STUDY_TIME, MODALITY = 0x00080020, 0x00080030, 0x00080060
AGE, THICKNESS, POSITION = 0x00101010, 0x00180050, 0x00185100
STUDY_UID, STUDY_ID, INSTANCE_NUMBER = 0x0020000D, 0x00200010, 0x00200013
PHOTOMETRIC, FRAMES, ROWS, SPACING = 0x00280004, 0x00280008, 0x00280010, 0x00280030
BITS_STORED, HIGH_BIT = 0x00280101, 0x00280102
PIXEL_DATA = 0x7FE00010
FRAME_BYTES = SIZE * SIZE * 2


def _value(path: str, code: str, how: str, tag: int, value: bytes) -> Case:
    """Return a case that only exchanges one value of the good file."""
    return Case(path, (code,), how, lambda b: cut.with_value(b.good, tag, value))


def _ascii_name(data: bytes) -> bytes:
    return cut.with_value(data, NAME, b"Fantome^CT")


CHARSETS = (
    Case(
        "charset/unknown.dcm",
        ("charset.unknown",),
        "Specific Character Set is ISO_IR 999; all text is ASCII.",
        lambda b: cut.with_value(_ascii_name(b.good), CHARSET, b"ISO_IR 999"),
    ),
    Case(
        "charset/unknown-latin1.dcm",
        ("charset.unknown",),
        "Specific Character Set is LATIN1, a name that Python knows and DICOM does not; all text is ASCII.",
        lambda b: cut.with_value(_ascii_name(b.good), CHARSET, b"LATIN1"),
    ),
    Case(
        "charset/undeclared.dcm",
        ("charset.undeclared",),
        "Specific Character Set is gone, Patient's Name still is in Latin-1.",
        lambda b: cut.without(b.good, CHARSET),
    ),
    _value(
        "charset/latin-1-as-utf-8.dcm",
        "charset.undecodable",
        "Specific Character Set says UTF-8, Patient's Name is in Latin-1.",
        CHARSET,
        b"ISO_IR 192",
    ),
    Case(
        "charset/utf-8-cut-short.dcm",
        ("charset.undecodable",),
        "Patient's Name is in UTF-8, cut to length in the middle of a character.",
        lambda b: cut.with_value(cut.with_value(b.good, CHARSET, b"ISO_IR 192"), NAME, "CT^Fantô".encode()[:-1]),
    ),
)

VALUES = (
    _value("value/bad-date.dcm", "value.bad-date", "Study Date is the 32nd of the 13th.", STUDY_DATE, b"20001332"),
    _value("value/no-such-day.dcm", "value.bad-date", "Study Date is 29 February 2023.", STUDY_DATE, b"20230229"),
    _value("value/bad-time.dcm", "value.bad-time", "Study Time is 25:61.", STUDY_TIME, b"2561"),
    _value(
        "value/uid-leading-zero.dcm",
        "value.bad-uid",
        "A component of Study Instance UID begins with zero.",
        STUDY_UID,
        b"1.2.840.0123.4",
    ),
    _value(
        "value/uid-letters.dcm",
        "value.bad-uid",
        "Study Instance UID has a letter in it.",
        STUDY_UID,
        b"1.2.840.1A3.45",
    ),
    _value(
        "value/bad-decimal-string.dcm", "value.bad-number", "Slice Thickness is 2,5 with a comma.", THICKNESS, b"2,5 "
    ),
    _value("value/bad-integer-string.dcm", "value.bad-number", "Instance Number is 1.50.", INSTANCE_NUMBER, b"1.50"),
    _value(
        "value/bad-code-string.dcm",
        "value.bad-code-string",
        "Patient Position is hfs in small letters.",
        POSITION,
        b"hfs ",
    ),
    _value("value/bad-age.dcm", "value.bad-age", "Patient's Age is 42 years without the letter.", AGE, b"0042"),
    _value(
        "value/bad-person-name.dcm",
        "value.bad-person-name",
        "Patient's Name has four component groups, where three is the most.",
        NAME,
        b"CT=CT=CT=CT ",
    ),
    _value(
        "value/uid-padded-with-space.dcm",
        "value.bad-padding",
        "Study Instance UID is padded with a space, not with a zero byte.",
        STUDY_UID,
        b"2.25.12345678 ",
    ),
    _value(
        "value/text-padded-with-null.dcm",
        "value.bad-padding",
        "Study ID is padded with a zero byte, not with a space.",
        STUDY_ID,
        b"1\0",
    ),
    _value(
        "value/too-long.dcm", "value.too-long", "Study ID has 20 characters, where 16 is the most.", STUDY_ID, b"1" * 20
    ),
    _value("value/bad-vm.dcm", "value.bad-vm", "Pixel Spacing has three values.", SPACING, b"1.25\\1.25\\1.25"),
)


def _us(number: int) -> bytes:
    return struct.pack("<H", number)


def _pixels(data: bytes) -> bytes:
    span = cut.spans(data)[PIXEL_DATA]
    return data[span.value : span.end]


def _two_frames(data: bytes) -> bytes:
    """Return `data` with Number of Frames 2."""
    return cut.inserted(data, ROWS, cut.element(FRAMES, "IS", b"2 "))


def _patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """Return `data` with bytes of its pixel data exchanged, none added."""
    span = cut.spans(data)[PIXEL_DATA]
    return data[: span.value] + data[span.value :].replace(old, new, 1)


def _without_end(bases: Bases) -> bytes:
    """Return the JPEG-LS file with its last marker, end of image, blanked out."""
    at = bases.jpeg_ls.rindex(b"\xff\xd9")
    return bases.jpeg_ls[:at] + b"\0\0" + bases.jpeg_ls[at + 2 :]


PIXELS = (
    Case(
        "pixel/missing.dcm",
        ("pixel.missing",),
        "Pixel Data is gone: what is left of a file that was cut between two elements.",
        lambda b: cut.without(b.good, PIXEL_DATA),
    ),
    Case(
        "pixel/too-short.dcm",
        ("pixel.too-short",),
        "Pixel Data lacks the last two rows, and its length says so.",
        lambda b: cut.with_value(b.good, PIXEL_DATA, _pixels(b.good)[: -4 * SIZE]),
    ),
    Case(
        "pixel/too-long.dcm",
        ("pixel.too-long",),
        "Pixel Data has two rows more than Rows says.",
        lambda b: cut.with_value(b.good, PIXEL_DATA, _pixels(b.good) + bytes(4 * SIZE)),
    ),
    Case(
        "pixel/frames-mismatch.dcm",
        ("pixel.frames-mismatch",),
        "Number of Frames is 2, the encapsulated pixel data holds one.",
        lambda b: _two_frames(b.rle),
    ),
    Case(
        "pixel/frames-mismatch-native.dcm",
        ("pixel.frames-mismatch",),
        "Number of Frames is 2, the native pixel data is long enough for one.",
        lambda b: _two_frames(b.good),
    ),
    _value(
        "pixel/bits-stored-over-allocated.dcm",
        "pixel.bad-bits",
        "Bits Stored is 20 with 16 bits allocated.",
        BITS_STORED,
        _us(20),
    ),
    _value("pixel/high-bit.dcm", "pixel.bad-bits", "High Bit is 3 with 12 bits stored.", HIGH_BIT, _us(3)),
    _value(
        "pixel/photometric-mismatch.dcm",
        "pixel.photometric-mismatch",
        "Photometric Interpretation is RGB with one sample per pixel.",
        PHOTOMETRIC,
        b"RGB ",
    ),
    Case(
        "pixel/missing-delimiter.dcm",
        ("pixel.missing-delimiter",),
        "The encapsulated pixel data ends with the file, without a sequence delimiter.",
        lambda b: b.rle.removesuffix(cut.SEQUENCE_DELIMITER + bytes(4)),
    ),
    Case(
        "pixel/bad-offset-table.dcm",
        ("pixel.bad-offset-table",),
        "The Basic Offset Table says that the first frame begins at 1,000,000.",
        lambda b: _patched(b.rle, cut.ITEM + struct.pack("<II", 4, 0), cut.ITEM + struct.pack("<II", 4, 1_000_000)),
    ),
    Case(
        "pixel/rle-segments.dcm",
        ("pixel.corrupt-codestream",),
        "The RLE header claims 99 segments, where 15 is the most.",
        lambda b: _patched(b.rle, struct.pack("<II", 2, 64), struct.pack("<II", 99, 64)),
    ),
    Case(
        "pixel/jpeg-ls-no-start.dcm",
        ("pixel.corrupt-codestream",),
        "The JPEG-LS stream does not begin with its marker, start of image.",
        lambda b: _patched(b.jpeg_ls, b"\xff\xd8\xff\xf7", b"\0\0\xff\xf7"),
    ),
    Case(
        "pixel/jpeg-ls-no-end.dcm",
        ("pixel.corrupt-codestream",),
        "The JPEG-LS stream does not end with its marker, end of image.",
        _without_end,
    ),
    Case(
        "pixel/codestream-rows.dcm",
        ("pixel.codestream-mismatch",),
        "Rows is 32, the JPEG-LS stream has 64.",
        lambda b: cut.with_value(b.jpeg_ls, ROWS, _us(32)),
    ),
    Case(
        "pixel/codestream-bits.dcm",
        ("pixel.codestream-mismatch",),
        "Bits Stored is 16, the JPEG-LS stream has 12.",
        lambda b: cut.with_value(cut.with_value(b.jpeg_ls, BITS_STORED, _us(16)), HIGH_BIT, _us(15)),
    ),
)
