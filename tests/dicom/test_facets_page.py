"""The frozen page says what the code does: the same facets, the same number, the same values when absent."""

import re
import subprocess
import sys
from pathlib import Path

from dicom_bytes import JPEG, UNDEFINED, explicit, item, open_item, part10, sequence_end

from zoopkg.dicom import fragments, scanner
from zoopkg.dicom import part10 as part10_module
from zoopkg.dicom.inspect import ABSENT, INSPECTOR, inspect

PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "facets.md").read_text(encoding="utf-8")
TABLE = dict(re.findall(r"^\| `(\w+)` \| ([\w ]+?) \|", PAGE.split("## Table")[1], re.MULTILINE))
TYPES = {"string": str, "code": str, "UID": str, "text": str, "number": int, "u16": int, "integer": int}

EVERYTHING = part10(
    explicit(0x00080005, "CS", "ISO_IR 100"),
    explicit(0x00080060, "CS", "MR"),
    explicit(0x00080070, "LO", "Example"),
    explicit(0x00081090, "LO", "Model"),
    explicit(0x00180015, "CS", "KNEE"),
    explicit(0x0020000D, "UI", "1.2"),
    explicit(0x0020000E, "UI", "1.3"),
    explicit(0x00200011, "IS", "1"),
    explicit(0x00200013, "IS", "2"),
    explicit(0x00200060, "CS", "L"),
    explicit(0x00209161, "UI", "1.4"),
    *(explicit(0x00280000 + element, "US", b"\1\0") for element in (2, 6, 0x10, 0x11, 0x100, 0x101, 0x103)),
    explicit(0x00280004, "CS", "RGB"),
    explicit(0x00280008, "IS", "1"),
    explicit(0x00280301, "CS", "NO"),
    explicit(0x00281050, "DS", "1"),
    explicit(0x00281052, "DS", "1"),
    explicit(0x00281101, "US", bytes(6)),
    explicit(0x00282110, "CS", "01"),
    explicit(0x00290010, "LO", "MAKER"),
    explicit(0x00400275, "SQ", open_item(b"")),
    explicit(0x60000010, "US", b"\1\0"),
    explicit(0x7FE00010, "OB", item() + item(b"ab"), length=UNDEFINED),
    sequence_end(),
    transfer_syntax=JPEG,
)


def test_the_table_names_every_facet_with_its_type():
    facets = inspect(EVERYTHING)
    assert facets.keys() == TABLE.keys() - {"defects"}
    for name, value in facets.items():
        assert type(value) is TYPES.get(TABLE[name], {"boolean": bool, "list of strings": list}.get(TABLE[name])), name


def test_the_values_when_absent():
    rows = re.findall(r"^\| (`.+`) \| (false|0) \|$", PAGE, re.MULTILINE)
    stated = {name: value for names, value in rows for name in re.findall(r"\w+", names)}
    assert stated == {name: str(value).lower() for name, value in ABSENT.items()}


def test_the_numbers():
    assert f"# Facets, inspector {INSPECTOR}\n" in PAGE
    limits = (fragments.MAX_FRAGMENTS, scanner.MAX_STEPS, scanner.MAX_DEPTH, part10_module.MAX_META_ELEMENTS)
    for limit in (*limits, part10_module.MAX_VALUE):
        assert f"{limit:,}" in PAGE


def test_no_dicom_library_is_consulted():
    code = "import sys, zoopkg.dicom.inspect; sys.exit('pydicom' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
