"""Recipe of the pack `dicomdir`: one file set that is right, and two that are not (PS3.3 annex F, PS3.10 section 8).

Two patients, three studies, four series, eight small images of the CT phantom.  The broken file sets are the same files
with one image taken away, and with one offset in the directory spoilt.
"""

import gc
import shutil
import warnings
from pathlib import Path

import numpy as np
from phantoms.ct import AXIAL, ct_slice
from phantoms.expected import dump
from phantoms.grid import ds
from phantoms.uids import uid
from phantoms.write import file_meta
from pydicom.dataset import Dataset
from pydicom.fileset import FileSet

VERSIONS = ["1.0.0"]
STEP = 4
# Patient, study, series, slices.
CONTENT = (
    ("ONE", "CHEST", "1", (30, 31)),
    ("ONE", "CHEST", "2", (40, 41)),
    ("ONE", "CONTROL", "1", (30, 31)),
    ("TWO", "CHEST", "1", (50, 51)),
)
MISSING = "PT000000/ST000000/SE000001/IM000001"
NEXT_RECORD, BAD_OFFSET = b"\x04\x00\x00\x14UL\x04\x00", b"\x03\x00\x00\x00"


def make(folder: Path, version: str) -> None:
    """Write the files of `version` of the pack below `folder`."""
    assert version in VERSIONS
    good, dangling, offset = folder / "good", folder / "dangling", folder / "offset"
    good.mkdir(parents=True)
    _write_file_set(good)
    shutil.copytree(good, dangling)
    (dangling / MISSING).unlink()
    shutil.copytree(good, offset)
    _spoil_offset(offset / "DICOMDIR")
    files = sorted(path.relative_to(good).as_posix() for path in good.rglob("IM*"))
    dump(
        {
            "good": {"files": files, "missing": [], "codes": []},
            "dangling": {"files": files, "missing": [MISSING], "codes": ["dicomdir.dangling"]},
            "offset": {"files": files, "missing": [], "codes": ["dicomdir.offset"]},
        },
        folder / "expected.json",
    )


def _write_file_set(folder: Path) -> None:
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        _file_set().write(folder)
        gc.collect()  # pydicom leaves its temporary folders to the garbage collector, with a warning


def _file_set() -> FileSet:
    files = FileSet()
    files.ID, files.UID = "ZOO", uid("dicomdir/file-set")
    for patient, study, series, slices in CONTENT:
        for number, k in enumerate(slices, 1):
            files.add(_image(patient, study, series, number, k))
    return files


def _image(patient: str, study: str, series: str, number: int, k: int) -> Dataset:
    """Return slice `k` at a quarter of its size, as an instance of its own."""
    data, name = ct_slice(k), f"dicomdir/{patient}/{study}"
    data.PatientName, data.PatientID = f"Phantom^{patient}", f"ZOO-{patient}"
    data.StudyInstanceUID, data.StudyID, data.StudyDescription = uid(name), study, study.capitalize()
    data.SeriesInstanceUID, data.SeriesNumber = uid(f"{name}/{series}"), series
    data.FrameOfReferenceUID = uid(f"{name}/frame-of-reference")
    data.SOPInstanceUID, data.InstanceNumber = uid(f"{name}/{series}/{number}"), number
    data.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    frame = np.frombuffer(data.PixelData, "<u2").reshape(data.Rows, data.Columns)[::STEP, ::STEP]
    data.Rows, data.Columns = frame.shape
    data.PixelSpacing = [ds(STEP * value) for value in AXIAL.grid.spacing]
    data.PixelData = frame.tobytes()
    data.file_meta = file_meta(data)
    return data


def _spoil_offset(path: Path) -> None:
    """Let the first directory record that has a successor point into the preamble instead."""
    data = path.read_bytes()
    at = data.index(NEXT_RECORD)
    while data[at + 8 : at + 12] == bytes(4):
        at = data.index(NEXT_RECORD, at + 1)
    path.write_bytes(data[: at + 8] + BAD_OFFSET + data[at + 12 :])
