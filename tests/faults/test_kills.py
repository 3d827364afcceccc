"""kill -9 at the file-changing system calls of an install of 20 files: the next install completes, and all is right.

strace counts each call of each thread by itself, and kills whichever thread comes first; so there are four installs:
one from nothing, one that only downloads and places, one that only places, and an update. ZOOPKG_KILLS says at how many
calls of each (6 by default), or `all`.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from zoopkg_cli import Machine, Maintainer, contents, ended, objects, released

_KILLS = os.environ.get("ZOOPKG_KILLS", "6")
_RANDOM = Random(5)
FILES = {f"series {n % 3}/{n:02}.dcm": _RANDOM.randbytes(200 + n) for n in range(20)}
LATER = {path: data for path, data in FILES.items() if "series 2" not in path}
LATER |= {"series 0/00.dcm": b"another first slice", "new/one.dcm": b"new"}
CALLS = (
    "mkdir,mkdirat,rmdir,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,chmod,fchmod,fchmodat,"
    "utimensat,write,pwrite64,sendfile,copy_file_range,ftruncate,fsync,fdatasync,syncfs,flock"
)


def _strace_works() -> bool:
    if sys.platform != "linux" or not shutil.which("strace"):
        return False
    traced = ["strace", "-f", "-qq", "-e", "inject=rmdir:signal=KILL:when=9", "-o", os.devnull, "true"]
    return subprocess.run(traced, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not _strace_works(), reason="strace cannot trace here")


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "demo@2.0.0": LATER})


def from_nothing(machine: Machine, maintainer: Maintainer) -> Sequence[object]:
    return ("install", "demo@1", "--index", maintainer.index)


def only_fetching(machine: Machine, maintainer: Maintainer) -> Sequence[object]:
    placing(machine, maintainer)
    for path in objects(machine.store):
        path.unlink()
    return ("install", "--frozen")


def placing(machine: Machine, maintainer: Maintainer) -> Sequence[object]:
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    shutil.rmtree(machine.zoo)
    return ("install", "--frozen")


def updating(machine: Machine, maintainer: Maintainer) -> Sequence[object]:
    machine.call("install", "demo@1", "--index", maintainer.index).expect(0)
    return ("install", "demo@2")


def traced(machine: Machine, arguments: Sequence[object], log: Path, *more: str) -> int:
    """Run a command under strace, one connection only, and tell how it ended."""
    strace = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={CALLS}", *more]
    quiet = {"PYTHONDONTWRITEBYTECODE": "1"}  # whose files would be changes, too
    return ended_with(machine.run(*arguments, "--jobs", "1", before=strace, env=quiet).code)


def ended_with(code: int) -> int:
    return -9 if code == 137 else code


@pytest.mark.parametrize("prepare", [from_nothing, only_fetching, placing, updating])
def test_a_kill_at_any_change(
    maintainer: Maintainer, tmp_path: Path, prepare: Callable[[Machine, Maintainer], Sequence[object]]
) -> None:
    before = tmp_path / "before"
    arguments = prepare(Machine(before), maintainer)
    work, log = tmp_path / "work", tmp_path / "log"
    expected = LATER if prepare is updating else FILES
    points = sampled(changes(before, work, log, arguments))
    kills = 0
    for call, count in points:
        shutil.copytree(before, work, symlinks=True)
        machine, when = Machine(work), f"{call} {count}"
        ending = traced(machine, arguments, log, "-e", f"inject={call}:signal=KILL:when={count}")
        assert ending in (-9, 0), when  # a thread may have had less to do this time
        kills += ending == -9
        right_so_far(machine, when)
        machine.call(*arguments).expect(0)
        assert contents(machine.zoo / "demo") == expected, when
        machine.call("store", "verify").expect(0)
        machine.call("install", *(["--frozen"] if "--frozen" in arguments else [])).expect(0, "Nothing to do")
        leftovers = [*(machine.store / "objects").glob("*/.*"), *(machine.store / "pending").glob("*.journal")]
        assert leftovers == [], when
        shutil.rmtree(work)
    assert kills > len(points) // 2


def changes(before: Path, work: Path, log: Path, arguments: Sequence[object]) -> list[tuple[str, int]]:
    """The calls that change something, in order, each with the number by which strace can tell it."""
    shutil.copytree(before, work, symlinks=True)
    assert traced(Machine(work), arguments, log) == 0
    shutil.rmtree(work)
    counts: Counter[tuple[str, str]] = Counter()
    found = {}
    for thread, call in re.findall(r"^(\d+) +(\w+)\(", log.read_text(), re.MULTILINE):
        counts[thread, call] += 1
        found[call, counts[thread, call]] = None
    return list(found)


def sampled(points: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """Some of the points, from the first to the last."""
    if _KILLS == "all":
        return points
    wanted = min(int(_KILLS), len(points))
    return [points[n * (len(points) - 1) // max(wanted - 1, 1)] for n in range(wanted)]


def right_so_far(machine: Machine, when: str) -> None:
    """Whatever has its name already is whole."""
    placed = contents(machine.zoo / "demo") if (machine.zoo / "demo").exists() else {}
    for path, data in placed.items():
        assert data in (FILES.get(path), LATER.get(path)), when
    right = {*FILES.values(), *LATER.values()}
    assert {path.read_bytes() for path in objects(machine.store)} <= right, when


MANY = {f"{n % 7}/{n:04}.dcm": _RANDOM.randbytes(8000 + n) for n in range(1200)}


def test_a_kill_while_two_processes_fetch(tmp_path: Path) -> None:
    """The one that was started is killed; those that it forked end by themselves, and the store is mended."""
    maintainer, machine = Maintainer(tmp_path / "maintainer"), Machine(tmp_path / "user")
    maintainer.release("many", "1.0.0", MANY)
    arguments = ("install", "many@1", "--index", maintainer.index)
    log = tmp_path / "log"
    slowly = ["strace", "-f", "-qq", "-o", str(log), "-e", "trace=rename", "-e", "inject=rename:delay_exit=2000"]
    running = machine.start(*arguments, before=slowly)
    while len(objects(machine.store)) < 50:
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    (command,) = (int(pid) for pid in Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split())
    os.kill(command, signal.SIGKILL)
    ended(running)  # strace ends with the last of the processes
    assert 50 <= len(objects(machine.store)) < len(MANY)
    assert len(set(re.findall(r"^(\d+) +rename\(.*/objects/", log.read_text(), re.MULTILINE)) - {str(command)}) == 2
    machine.run(*arguments).expect(0)
    assert contents(machine.zoo / "many") == MANY
    assert list((machine.store / "objects").glob("*/.*")) == []
    assert list((machine.store / "pending").glob("*.journal")) == []
    machine.call("store", "verify").expect(0)
