"""Recipe of the pack `charsets`: one patient name in each character repertoire that DICOM knows.

Copies the examples that come with pydicom and makes a small Secondary Capture for every repertoire they leave out.  The
patients' names are encoded here, escape sequences and all (PS3.5 section 6.1), so that no library's encoder is trusted
to make the files that test it.
"""

import shutil
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from phantoms.expected import dump
from phantoms.modules import code, composite, series
from phantoms.real import copy_from_pydicom
from phantoms.write import save
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import SecondaryCaptureImageStorage

VERSIONS = ["1.0.0"]
CHARSET_FILES = Path(pydicom.__file__).parent / "data" / "charset_files"

REAL = {
    "chrArab.dcm": (["ISO_IR 127"], "قباني^لنزار"),
    "chrFren.dcm": (["ISO_IR 100"], "Buc^Jérôme"),
    "chrFrenMulti.dcm": (["ISO_IR 100"], "Buc^Jérôme"),
    "chrGerm.dcm": (["ISO_IR 100"], "Äneas^Rüdiger"),
    "chrGreek.dcm": (["ISO_IR 126"], "Διονυσιος"),
    "chrH31.dcm": (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎=やまだ^たろう"),
    "chrH32.dcm": (["ISO 2022 IR 13", "ISO 2022 IR 87"], "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"),
    "chrHbrw.dcm": (["ISO_IR 138"], "שרון^דבורה"),
    "chrI2.dcm": (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동"),
    "chrRuss.dcm": (["ISO_IR 144"], "Люкceмбypг"),  # noqa: RUF001 - as pydicom has it, half of it in Latin letters
    "chrX1.dcm": (["ISO_IR 192"], "Wang^XiaoDong=王^小東"),
    "chrX2.dcm": (["GB18030"], "Wang^XiaoDong=王^小东"),
}

# Escape sequences of PS3.3 tables C.12-3 and C.12-4.
TO_LATIN_1, TO_CYRILLIC, TO_HANZI, TO_KANJI, TO_RARE_KANJI = (
    b"\x1b-A",
    b"\x1b-L",
    b"\x1b$)A",
    b"\x1b$B",
    b"\x1b$(D",
)


@dataclass(frozen=True, slots=True)
class Example:
    """A name, the terms of Specific Character Set that it needs, and its bytes."""

    terms: list[str]
    name: str
    encoded: bytes


def _single(term: str, codec: str, name: str) -> Example:
    return Example([term] if term else [], name, name.encode(codec))


def _hanzi(text: str) -> bytes:
    return TO_HANZI + text.encode("gb2312")


GENERATED = {
    "ascii.dcm": _single("", "ascii", "Bath^London"),
    "cyrillic.dcm": _single("ISO_IR 144", "iso8859_5", "Тверь^Москва"),
    "gb18030-four-bytes.dcm": _single("GB18030", "gb18030", "Yoshino^Nara=𠮷野^奈良"),
    "gbk.dcm": _single("GBK", "gbk", "Beijing^Shanghai=北京^上海"),
    "gbk-backslash.dcm": _single("GBK", "gbk", "Beijing^Shanghai=俓^上海"),
    "iso2022-chinese.dcm": Example(
        ["", "ISO 2022 IR 58"],
        "Zhang^XiaoDong=张^小东",
        b"Zhang^XiaoDong=" + _hanzi("张") + b"^" + _hanzi("小东"),
    ),
    "iso2022-rare-kanji.dcm": Example(
        ["", "ISO 2022 IR 87", "ISO 2022 IR 159"],
        "Nara^Kyoto=奈良^驎",
        b"Nara^Kyoto=" + TO_KANJI + b"F`NI\x1b(B^" + TO_RARE_KANJI + b"iQ\x1b(B",
    ),
    "iso2022-three-alphabets.dcm": Example(
        ["ISO 2022 IR 6", "ISO 2022 IR 100", "ISO 2022 IR 144"],
        "Zürich^Москва",
        b"Z" + TO_LATIN_1 + "ürich".encode("latin_1") + b"^" + TO_CYRILLIC + "Москва".encode("iso8859_5"),
    ),
    "katakana.dcm": _single("ISO_IR 13", "shift_jis", "ﾄｳｷｮｳ^ﾅﾗ"),
    "latin2.dcm": _single("ISO_IR 101", "iso8859_2", "Łódź^Wisła"),
    "latin3.dcm": _single("ISO_IR 109", "iso8859_3", "Ħamrun^Żejtun"),
    "latin4.dcm": _single("ISO_IR 110", "iso8859_4", "Rīga^Šiauliai"),
    "latin5-turkish.dcm": _single("ISO_IR 148", "iso8859_9", "İzmir^Muğla"),
    "latin9.dcm": _single("ISO_IR 203", "iso8859_15", "Nœux^Žatec"),
    "thai.dcm": _single("ISO_IR 166", "iso8859_11", "เชียงใหม่^ลำปาง"),
    "utf8-four-bytes.dcm": _single("ISO_IR 192", "utf_8", "Yoshino^Nara=𠮷野^奈良=よしの^なら"),
    "utf8-combining.dcm": _single("ISO_IR 192", "utf_8", "Zu\u0308rich^Kasteel=한국^\u1112\u1161\u11ab"),
}


def make(folder: Path, version: str) -> None:
    """Write the files of `version` of the pack below `folder`."""
    assert version in VERSIONS
    expected: dict[str, Any] = {}
    copy_from_pydicom(folder / "real")
    for file, (terms, name) in REAL.items():
        shutil.copyfile(CHARSET_FILES / file, folder / "real" / file)
        expected[f"real/{file}"] = {"specific_character_set": terms, "patient_name": name}
    for file, example in GENERATED.items():
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # of pydicom, which has no ISO_IR 203
            save(_capture(file, example), folder / "generated" / file)
        terms, name = example.terms, example.name
        expected[f"generated/{file}"] = {"specific_character_set": terms, "patient_name": name}
    nested, meanings = _nested()
    save(nested, folder / "generated" / "nested.dcm")
    expected["generated/nested.dcm"] = meanings
    dump(expected, folder / "expected.json")


def _put(data: Dataset, keyword: str, vr: str, value: bytes) -> None:
    """Set an element to `value` as it stands, padded with a space to even length."""
    padded = value + b" " * (len(value) % 2)
    data[keyword] = RawDataElement(Tag(keyword), vr, len(padded), padded, 0, False, True)


def _image(file: str) -> Dataset:
    """Return a Secondary Capture of 8 by 8 grey pixels without a patient's name."""
    data = composite(
        SecondaryCaptureImageStorage, f"charsets/{file}", patient="CHARSET", study=f"charsets/{file}/study"
    )
    series(data, "OT", f"charsets/{file}/series", 1, "Character sets")
    del data.PatientName
    data.ConversionType, data.InstanceNumber, data.PatientOrientation = "SYN", 1, ""
    data.Laterality = ""
    data.ImageType, data.BurnedInAnnotation = ["DERIVED", "SECONDARY"], "NO"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = 8
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 8, 8, 7, 0
    data.PixelData = bytes(range(0, 256, 4))
    data["PixelData"].VR = "OB"
    return data


def _capture(file: str, example: Example) -> Dataset:
    data = _image(file)
    if example.terms:
        _put(data, "SpecificCharacterSet", "CS", "\\".join(example.terms).encode("ascii"))
    _put(data, "PatientName", "PN", example.encoded)
    return data


def _nested() -> tuple[Dataset, dict[str, Any]]:
    """Return a data set in UTF-8 of which one item inherits that and one declares Japanese (PS3.5 section 7.5.3)."""
    data = _image("nested.dcm")
    _put(data, "SpecificCharacterSet", "CS", b"ISO_IR 192")
    _put(data, "PatientName", "PN", "Nara^Kyoto=奈良^京都".encode())
    inherits = Dataset(parent_encoding="utf_8")
    inherits.update(code("1", "99ZOO", "奈良"))
    declares = code("2", "99ZOO", "ﾅﾗ 奈良")
    declares.SpecificCharacterSet = ["ISO 2022 IR 13", "ISO 2022 IR 87"]
    data.ProcedureCodeSequence = Sequence([inherits, declares])
    return data, {
        "specific_character_set": ["ISO_IR 192"],
        "patient_name": "Nara^Kyoto=奈良^京都",
        "code_meanings": ["奈良", "ﾅﾗ 奈良"],
    }
