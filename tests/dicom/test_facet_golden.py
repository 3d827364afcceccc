"""The facets of rule number 1 as they were when it was frozen: a difference is a new number, never a new expectation.

The files are pydicom's own, by name and SHA-256, so that a new pydicom that changes them changes nothing here.
"""

import hashlib
import json
from pathlib import Path

import pydicom
import pytest
from dicom_bytes import CT, EXPLICIT, ct, part10

from zoopkg.dicom.inspect import INSPECTOR, inspect

GOLDEN = json.loads((Path(__file__).parent / "facets-1.json").read_text(encoding="utf-8"))
FILES = Path(pydicom.__file__).parent / "data" / "test_files"


@pytest.mark.parametrize("name", GOLDEN)
def test_frozen_facets(name):
    path = FILES / name
    data = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(data).hexdigest() != GOLDEN[name]["sha256"]:
        pytest.skip("this pydicom has another file of that name, or none")
    assert inspect(data) == GOLDEN[name]["facets"]


def test_a_frozen_file():
    data = part10(ct())
    assert hashlib.sha256(data).hexdigest() == "0aa8aff543e2be4b3bb49c20cf2d563a96fd503ebca026f7d7ed5be3a498f045"
    assert inspect(data) == CT | {"preamble": "zero", "transfer_syntax": EXPLICIT}
    assert INSPECTOR == 1
