"""Where the shared set of real DICOM files lies, for the tests that read it; it is never part of the project."""

import filecmp
import os
import shutil
from pathlib import Path

import pytest

CORPUS = Path(os.environ.get("ZOOPKG_TEST_CORPUS", Path(__file__).parents[2] / "shared" / "dicom"))
DICOM_FILES = CORPUS / "files"

needs_corpus = pytest.mark.skipif(not DICOM_FILES.is_dir(), reason=f"the shared DICOM files are not at {CORPUS}")


def linked(source: Path, target: Path) -> Path:
    """A copy of a folder to which a pack.toml may be added, made of links where the disk allows."""

    def copy(origin: str, destination: str) -> None:
        try:
            os.link(origin, destination)
        except OSError:
            shutil.copyfile(origin, destination)

    shutil.copytree(source, target, copy_function=copy)
    return target


def assert_identical(one: Path, two: Path) -> int:
    """Compare every file below two folders byte by byte, and count them."""
    paths = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert sorted(path.relative_to(two) for path in two.rglob("*") if path.is_file()) == paths
    _, differing, failed = filecmp.cmpfiles(one, two, [str(path) for path in paths], shallow=False)
    assert (differing, failed) == ([], [])
    return len(paths)
