"""An import that is killed, meets a full disk, or runs beside another; and how much memory carrying takes."""

import shutil
import sys
from pathlib import Path
from random import Random

import pytest
from filesystems import tmpfs
from zoopkg_cli import Machine, Maintainer, contents, ended, objects, released

_RANDOM = Random(11)
FILES = {f"{n:02}.dcm": _RANDOM.randbytes(100_000 + n) for n in range(20)}
MOST_MEMORY = 200  # MB
MEASURED = """
import resource, subprocess, sys
code = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """An export, and the root of its index."""
    maintainer = released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    machine.call("export", "-o", "packs.zoopkg").expect(0)
    return machine.project / "packs.zoopkg", maintainer.first_root


def installs(machine: Machine, carried: tuple[Path, Path]) -> None:
    """Whether all is there that a lock needs."""
    shutil.copy(carried[0].parent / "zoo.lock", machine.project)
    machine.call("install", "--frozen", "--offline").expect(0)
    assert contents(machine.zoo / "demo") == FILES
    machine.call("store", "verify").expect(0)
    assert list((machine.store / "objects").glob("*/.*")) == []
    assert list((machine.store / "pending").iterdir()) == []


def test_a_full_disk(carried: tuple[Path, Path], tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "1m") as disk:
        machine = Machine(tmp_path / "machine", store=disk / "store")
        machine.call("import", carried[0]).expect(1, "the disk is full", "Free some space")
        assert {path.read_bytes() for path in objects(machine.store)} <= set(FILES.values())
        assert list((machine.store / "objects").glob("*/.*")) == []
    machine = Machine(tmp_path / "other")
    machine.call("import", carried[0]).expect(0)
    installs(machine, carried)


def test_a_full_disk_to_export_to(carried: tuple[Path, Path], tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    machine.call("import", carried[0], "--root", carried[1]).expect(0)
    shutil.copy(carried[0].parent / "zoo.lock", machine.project)
    with tmpfs(tmp_path / "disk", "1m") as disk:
        (disk / "x").write_bytes(b"the one before")
        machine.call("export", "-o", disk / "x").expect(1, "the disk is full")
        assert [path.read_bytes() for path in disk.iterdir()] == [b"the one before"]


def test_several_at_once(carried: tuple[Path, Path], tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    running = [machine.start("import", carried[0], "--root", carried[1]) for _ in range(4)]
    for process in running:
        ended(process).expect(0)
    installs(machine, carried)


@pytest.mark.skipif(sys.platform == "win32", reason="resource is not there")
def test_memory_does_not_grow_with_what_is_carried(tmp_path: Path) -> None:
    root = tmp_path / "much"
    maintainer, machine, other = Maintainer(root / "lab"), Machine(root / "machine"), Machine(root / "other")
    files = root / "files"
    files.mkdir()
    with (files / "large").open("wb") as file:
        for _ in range(18):
            file.write(_RANDOM.randbytes(1 << 20) * 12)
    for n in range(100):
        (files / f"{n:03}").write_bytes(_RANDOM.randbytes(1000 * n))
    maintainer.release_folder(files, "much", "1.0.0")
    shutil.rmtree(files)
    commands = (
        (machine, ("export", "much@1", "-o", root / "x", "--index", maintainer.index, "--jobs", "8")),
        (other, ("import", root / "x", "--root", maintainer.first_root, "--jobs", "8")),
    )
    try:
        for who, command in commands:
            result = who.run(*command, before=(sys.executable, "-c", MEASURED)).expect(0)
            assert int(result.err.splitlines()[-1].removeprefix("peak ")) < MOST_MEMORY
        assert sum(path.stat().st_size for path in objects(other.store)) > MOST_MEMORY << 20
    finally:
        shutil.rmtree(root)
