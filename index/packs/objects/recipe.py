"""Recipe of the pack `objects`: at least one instance of each kind of object that is not a plain CT or MR slice.

The radiotherapy objects and the report are those of the pack `ct-derived`, byte for byte; two files are pydicom's; the
rest is made here.
"""

from collections.abc import Callable
from pathlib import Path

from objects import captures, documents, ultrasound
from objects.beam_plan import beam_plan
from objects.ecg import ecg
from phantoms import rt, seg
from phantoms.real import copy_from_pydicom
from phantoms.report import report
from phantoms.write import save
from pydicom.dataset import Dataset

VERSIONS = ["1.0.0"]

REAL = ("reportsi.dcm", "rtplan.dcm")

GENERATED: dict[str, Callable[[], Dataset]] = {
    "sr/report.dcm": report,
    "sr/key-images.dcm": documents.key_images,
    "pdf/page.dcm": documents.pdf,
    "rt/structure-set.dcm": rt.structure_set,
    "rt/plan-without-beams.dcm": rt.plan,
    "rt/plan.dcm": beam_plan,
    "rt/dose.dcm": rt.dose,
    "seg/segmentation.dcm": seg.segmentation,
    "ecg/twelve-lead.dcm": ecg,
    "us/loop.dcm": ultrasound.loop,
    "us/still.dcm": ultrasound.still,
    "sc/rgb.dcm": lambda: captures.rgb(by_plane=False),
    "sc/rgb-by-plane.dcm": lambda: captures.rgb(by_plane=True),
    "sc/palette.dcm": captures.palette,
    "sc/one-bit.dcm": captures.bits,
}


def make(folder: Path, version: str) -> None:
    """Write the files of `version` of the pack below `folder`."""
    assert version in VERSIONS
    copy_from_pydicom(folder / "real", *REAL)
    for file, build in GENERATED.items():
        save(build(), folder / file)
