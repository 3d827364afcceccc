"""Make the files of the pack zoo/ct-basic: a real CT slice, and a generated CT phantom in one or five series."""

from pathlib import Path

from phantoms.ct import AXIAL, Series, instances
from phantoms.ct_variants import VARIANTS
from phantoms.expected import ct_series, dump
from phantoms.real import copy_from_pydicom
from phantoms.write import save

VERSIONS = ["1.0.0", "1.1.0"]


def make(folder: Path, version: str) -> None:
    """Write the files of `version` below `folder`; a later version only adds files."""
    copy_from_pydicom(folder / "real", "CT_small.dcm")
    write_series(AXIAL, folder / "phantom")
    if version != "1.0.0":
        for item in VARIANTS:
            write_series(item, folder / "phantom")


def write_series(item: Series, folder: Path) -> None:
    """Write the instances of a series and its expected.json into a folder of its name."""
    for name, data in instances(item):
        save(data, folder / item.name / name)
    dump(ct_series(item), folder / item.name / "expected.json")
