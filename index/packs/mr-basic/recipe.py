"""Make the files of the pack zoo/mr-basic: a real MR slice, and a generated MR phantom of two echoes."""

from pathlib import Path

from phantoms import mr
from phantoms.expected import dump
from phantoms.real import copy_from_pydicom
from phantoms.write import save

VERSIONS = ["1.0.0"]


def make(folder: Path, version: str) -> None:  # noqa: ARG001 - there is one version so far
    """Write the files of `version` below `folder`."""
    copy_from_pydicom(folder / "real", "MR_small.dcm")
    for echo in (1, 2):
        for k in range(mr.GRID.shape[2]):
            save(mr.mr_slice(echo, k), folder / "phantom" / f"echo-{echo}" / mr.file_name(k))
    dump(mr.expected(), folder / "phantom" / "expected.json")
