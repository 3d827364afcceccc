"""kill -9 at the file-changing system calls of `store gc --yes`, and installs meanwhile: what is needed stays."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from test_kills import FILES, LATER, _strace_works, changes, sampled, traced
from zoopkg_cli import Machine, Maintainer, contents, ended, objects, released

GC = ("store", "gc", "--yes", "--min-age", "0")


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "demo@2.0.0": LATER})


def updated(machine: Machine, maintainer: Maintainer) -> None:
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    machine.call("install", "demo@2").expect(0)


def interrupted(machine: Machine, maintainer: Maintainer) -> None:
    """A session died before: its journal is there, with what nobody needs any more, and half an object."""
    updated(machine, maintainer)
    session = "0" * 32
    unneeded = next(path for path in objects(machine.store) if path.read_bytes() not in LATER.values())
    (machine.store / "pending" / f"{session}.journal").write_text(f"{unneeded.name}\n")
    (unneeded.parent / f".{session}.1").write_bytes(b"half")


@pytest.mark.skipif(not _strace_works(), reason="strace cannot trace here")
@pytest.mark.parametrize("prepare", [updated, interrupted])
def test_a_kill_at_any_change(
    maintainer: Maintainer, tmp_path: Path, prepare: Callable[[Machine, Maintainer], None]
) -> None:
    before, work, log = tmp_path / "before", tmp_path / "work", tmp_path / "log"
    prepare(Machine(work), maintainer)
    work.rename(before)  # a project is known by its place, so each copy of it goes back to where it was made
    points = sampled(changes(before, work, log, GC))
    kills = 0
    for call, count in points:
        shutil.copytree(before, work, symlinks=True)
        machine, when = Machine(work), f"{call} {count}"
        kills += traced(machine, GC, log, "-e", f"inject={call}:signal=KILL:when={count}") == -9
        assert set(LATER.values()) <= {path.read_bytes() for path in objects(machine.store)}, when
        machine.call("store", "verify").expect(0)
        machine.call(*GC).expect(0)
        assert {path.read_bytes() for path in objects(machine.store)} == set(LATER.values()), when
        shutil.rmtree(machine.zoo)
        machine.call("install", "--frozen").expect(0, "nothing fetched")
        assert contents(machine.zoo / "demo") == LATER, when
        shutil.rmtree(work)
    assert kills > len(points) // 2


def test_installs_go_on_while_it_collects(maintainer: Maintainer, tmp_path: Path) -> None:
    """Each install wants what the other one's removal makes garbage of, time and again."""
    machines = [Machine(tmp_path / str(n), store=tmp_path / "store") for n in range(3)]
    for turn in range(3):
        running = [
            machine.start("install", f"demo@{(turn + n) % 2 + 1}", "--index", maintainer.index)
            for n, machine in enumerate(machines)
        ]
        collecting = []
        while any(process.poll() is None for process in running):
            collecting.append(machines[0].call(*GC).code)
        for process in running:
            ended(process).expect(0)
        assert set(collecting) == {0}
        for n, machine in enumerate(machines):
            assert contents(machine.zoo / "demo") == ((FILES, LATER)[(turn + n) % 2])
            machine.call("verify").expect(0)
    machines[0].call("store", "verify").expect(0)
