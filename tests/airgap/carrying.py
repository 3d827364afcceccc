"""Two machines with an air gap between them: one that installed from an index, and one that no network reaches."""

import shutil
from pathlib import Path

from zoopkg_cli import Machine

BASE = {"base.dcm": b"base" * 500}
DERIVED = {"seg.dcm": b"seg" * 900, "again.dcm": b"base" * 500}
SCANS = {"a.dcm": b"a" * 1000, "b/b.dcm": b"b" * 2000, "notes.txt": b"notes"}
INSTALLED = {
    "@lab/base/base.dcm": BASE["base.dcm"],
    "@lab/derived/seg.dcm": DERIVED["seg.dcm"],
    "@lab/derived/again.dcm": DERIVED["again.dcm"],
}
NIGHTLY = {"@lab/scans/a.dcm": SCANS["a.dcm"], "@lab/scans/b/b.dcm": SCANS["b/b.dcm"]}


def inside(root: Path, online: Machine) -> Machine:
    """A machine that has of the other one what version control would bring: the project's own files."""
    machine = Machine(root)
    for path in (*online.project.glob("zoo.*"), *online.project.glob("*-root.json")):
        shutil.copy(path, machine.project / path.name)
    return machine


def index_of(machine: Machine) -> tuple[object, ...]:
    """The flags that name the index of a machine's project elsewhere."""
    (url,) = [line.split('"')[1] for line in (machine.project / "zoo.toml").read_text().splitlines() if "url" in line]
    return "--index", url, "--root", next(machine.project.glob("*-root.json"))
