"""Make the files of the pack zoo/ct-derived: the axial CT phantom, and seven objects that are derived from it."""

from pathlib import Path

from phantoms.ct import AXIAL, instances
from phantoms.derived_facts import facts
from phantoms.enhanced import enhanced_ct
from phantoms.expected import ct_series, dump
from phantoms.presentation import presentation_state
from phantoms.report import report
from phantoms.rt import dose, plan, structure_set
from phantoms.seg import segmentation
from phantoms.write import save

VERSIONS = ["1.0.0"]

DERIVED = {
    "enhanced-ct.dcm": enhanced_ct,
    "segmentation.dcm": segmentation,
    "rt-structure-set.dcm": structure_set,
    "rt-plan.dcm": plan,
    "rt-dose.dcm": dose,
    "report.dcm": report,
    "presentation-state.dcm": presentation_state,
}


def make(folder: Path, version: str) -> None:  # noqa: ARG001 - there is one version so far
    """Write the files of `version` below `folder`; the axial series is, byte for byte, that of zoo/ct-basic."""
    for name, data in instances(AXIAL):
        save(data, folder / "phantom" / AXIAL.name / name)
    dump(ct_series(AXIAL), folder / "phantom" / AXIAL.name / "expected.json")
    for name, build in DERIVED.items():
        save(build(), folder / "derived" / name)
    dump(facts(), folder / "derived" / "expected.json")
