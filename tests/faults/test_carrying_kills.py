"""kill -9 at the file-changing system calls of `import` and `export`: all is right, and the next run completes."""

import shutil
from pathlib import Path

import pytest
from test_kills import FILES, _strace_works, changes, sampled, traced
from zoopkg_cli import Machine, Maintainer, contents, objects, released

pytestmark = pytest.mark.skipif(not _strace_works(), reason="strace cannot trace here")


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


@pytest.fixture(scope="module")
def machine(maintainer: Maintainer, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("machine"))
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    machine.call("export", "-o", "packs.zoopkg").expect(0)
    return machine


def test_a_kill_of_an_import(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    before, work, log = tmp_path / "before", tmp_path / "work", tmp_path / "log"
    shutil.copy(machine.project / "zoo.lock", Machine(before).project)
    command = ("import", machine.project / "packs.zoopkg", "--root", maintainer.first_root)
    points = sampled(changes(before, work, log, command))
    kills = 0
    for call, count in points:
        shutil.copytree(before, work, symlinks=True)
        other, when = Machine(work), f"{call} {count}"
        kills += traced(other, command, log, "-e", f"inject={call}:signal=KILL:when={count}") == -9
        assert {path.read_bytes() for path in objects(other.store)} <= set(FILES.values()), when
        other.call(*command).expect(0)
        other.call("install", "--frozen", "--offline").expect(0)
        assert contents(other.zoo / "demo") == FILES, when
        other.call("store", "verify").expect(0)
        leftovers = [*(other.store / "objects").glob("*/.*"), *(other.store / "pending").glob("*.journal")]
        assert leftovers == [], when
        shutil.rmtree(work)
    assert kills > len(points) // 2


def test_a_kill_of_an_export(machine: Machine, tmp_path: Path) -> None:
    whole = (machine.project / "packs.zoopkg").read_bytes()
    before, work, log = tmp_path / "before", tmp_path / "work", tmp_path / "log"
    shutil.copytree(machine.root, before, symlinks=True)
    command = ("export", "-o", "packs.zoopkg")
    points = sampled(changes(before, work, log, command))
    kills = 0
    for call, count in points:
        shutil.copytree(before, work, symlinks=True)
        other = Machine(work)
        (other.project / "packs.zoopkg").write_bytes(b"the one before")
        kills += traced(other, command, log, "-e", f"inject={call}:signal=KILL:when={count}") == -9
        assert (other.project / "packs.zoopkg").read_bytes() in (b"the one before", whole), f"{call} {count}"
        other.call(*command).expect(0)
        assert (other.project / "packs.zoopkg").read_bytes() == whole
        shutil.rmtree(work)
    assert kills > len(points) // 2
