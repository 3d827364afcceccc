"""Where the shared set of real DICOM files lies, for the tests that read it; it is never part of the project."""

import os
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("ZOOPKG_TEST_CORPUS", Path(__file__).parents[2] / "shared" / "dicom"))
DICOM_FILES = CORPUS / "files"

needs_corpus = pytest.mark.skipif(not DICOM_FILES.is_dir(), reason=f"the shared DICOM files are not at {CORPUS}")
