"""kill -9 at the file-changing system calls of a sync to a folder: the old state or the new one, then the new one.

As `tests/faults/test_kills.py` does for installs, whose tracing it uses; ZOOPKG_KILLS says at how many calls.
"""

import shutil
from pathlib import Path

from faults.test_kills import changes, pytestmark, sampled, traced
from stands import Stand, needed, published, renew_root, state
from zoopkg_cli import Machine

__all__ = ["pytestmark"]


def test_a_kill_at_any_change(stand: Stand, tmp_path: Path) -> None:
    before = tmp_path / "before"
    mirror = Machine(before).project / "mirror"
    stand.sync(stand.place("old"))
    shutil.copytree(stand.folder / "old", mirror)
    renew_root(stand)
    stand.release("2.0.0", {"c.dcm": b"third" * 200})
    old, new = state(mirror), state(stand.idx)
    arguments = ("mirror", "sync", stand.idx, "mirror", "--delete")
    work, log = tmp_path / "work", tmp_path / "log"
    points = sampled(changes(before, work, log, arguments))
    kills = 0
    for call, count in points:
        shutil.copytree(before, work, symlinks=True)
        killed, when = Machine(work), f"{call} {count}"
        ending = traced(killed, arguments, log, "-e", f"inject={call}:signal=KILL:when={count}")
        assert ending in (-9, 0), when
        kills += ending == -9
        assert state(killed.project / "mirror") in (old, new), when
        there = published(killed.project / "mirror")
        done = killed.call(*arguments, "--json").expect(0).document
        assert done["copied"]["files"] == len(published(killed.project / "mirror") - there), when
        assert published(killed.project / "mirror") == needed(stand.idx), when
        assert state(killed.project / "mirror") == new
        shutil.rmtree(work)
    assert kills > len(points) // 2
