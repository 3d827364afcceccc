"""Disks that are full or read-only: one sentence, nothing half done, the next run completes. Needs root, to mount."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from zoopkg_cli import Machine, Maintainer, contents, objects, released

_RANDOM = Random(7)
FILES = {f"{n:02}": _RANDOM.randbytes(100_000 + n) for n in range(20)}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


def mount(options: str, folder: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or not mount("size=1m", folder):
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


def test_a_store_on_a_full_disk(maintainer: Maintainer, disk: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine", store=disk / "store")
    machine.call("install", "demo@1", "--index", maintainer.index).expect(1, "the disk is full")
    assert not (machine.zoo / "demo").exists()
    assert not (machine.project / "zoo.lock").exists()
    assert {path.read_bytes() for path in objects(machine.store)} <= set(FILES.values())
    kept = len(objects(machine.store))
    assert kept > 0
    remount(disk, "size=16m")
    result = machine.call("install", "demo@1", "--index", maintainer.index, "--json").expect(0)
    assert contents(machine.zoo / "demo") == FILES
    assert result.document["shared"] == kept
    machine.call("store", "verify").expect(0)


def test_no_room_for_the_project(maintainer: Maintainer, disk: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    install = ("install", "demo@1", "--index", maintainer.index, "--dest", disk / "zoo")
    machine.call(*install).expect(1, "the disk is full")
    for path, data in contents(disk / "zoo").items():
        assert data == FILES[path.removeprefix("demo/")]
    remount(disk, "size=16m")
    machine.call(*install).expect(0)
    assert contents(disk / "zoo" / "demo") == FILES
    assert not (disk / "zoo" / ".zoopkg" / "tmp").exists()


def test_no_inodes_left(maintainer: Maintainer, disk: Path, tmp_path: Path) -> None:
    remount(disk, "size=16m,nr_inodes=275")
    machine = Machine(tmp_path / "machine", store=disk / "store")
    machine.call("install", "demo@1", "--index", maintainer.index).expect(1)
    remount(disk, "nr_inodes=2000")
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    assert contents(machine.zoo / "demo") == FILES


@pytest.mark.parametrize("mode", ["auto", "copy", "symlink"])
def test_a_read_only_store_that_has_everything(maintainer: Maintainer, disk: Path, tmp_path: Path, mode: str) -> None:
    remount(disk, "size=16m")
    one = Machine(tmp_path / "one", store=disk / "store")
    one.call("install", "demo@1", "--index", maintainer.index).expect(0)
    remount(disk, "ro")
    two = Machine(tmp_path / "two", store=disk / "store")
    for name in ("zoo.toml", "zoo.lock", "idx-root.json"):
        shutil.copy(one.project / name, two.project / name)
    two.call("install", "--frozen", "--link-mode", mode).expect(0, "20 placed")
    assert contents(two.zoo / "demo") == FILES
    two.call("verify").expect(0)
    two.call("install", "--frozen", "--link-mode", mode).expect(0, "Nothing to do")
    three = Machine(tmp_path / "three", store=disk / "store")
    for name in ("zoo.toml", "zoo.lock", "idx-root.json"):
        shutil.copy(one.project / name, three.project / name)
    three.call("install", "--link-mode", mode).expect(0, "20 placed")


def test_a_read_only_store_that_lacks_something(maintainer: Maintainer, disk: Path, tmp_path: Path) -> None:
    remount(disk, "size=16m")
    machine = Machine(tmp_path / "one", store=disk / "store")
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    objects(machine.store)[0].unlink()
    shutil.rmtree(machine.zoo)
    remount(disk, "ro")
    machine.call("install", "--frozen").expect(1, "read-only")
    assert not (machine.zoo / "demo").exists()
    remount(disk, "rw")
    machine.call("install", "--frozen").expect(0)
    assert contents(machine.zoo / "demo") == FILES
