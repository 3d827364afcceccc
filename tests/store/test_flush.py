"""What makes files durable, with the real calls: atomic replacement, and one flush of a whole file system."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zoopkg.store import flush
from zoopkg.store.flush import LEFTOVER, flush_directory, flush_filesystem, replace_file


@pytest.fixture(autouse=True)
def without_flushing() -> None:
    """Here flushing is what is tested."""


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["file"]


def test_bytes_are_flushed_before_the_name_and_the_name_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, events = tmp_path / "file", []
    fsync, replace = os.fsync, Path.replace

    def seen(descriptor: int) -> None:
        events.append(f"flush {Path(os.readlink(f'/proc/self/fd/{descriptor}')).name}")
        fsync(descriptor)

    def renamed(self: Path, target: Path) -> Path:
        events.append("rename")
        return replace(self, target)

    monkeypatch.setattr(flush.os, "fsync", seen)
    monkeypatch.setattr(Path, "replace", renamed)
    replace_file(path, b"data")
    written, *rest = events
    assert written.startswith(f"flush {LEFTOVER}file")
    assert rest == ["rename", f"flush {tmp_path.name}"]


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fail(_: int) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(flush.os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


KILLED = """
import os, signal, sys
from pathlib import Path
from zoopkg.store import flush
Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
flush.replace_file(Path(sys.argv[1]), b"half")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_what_a_kill_left_is_removed_by_a_later_write(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    subprocess.run([sys.executable, "-c", KILLED, path], check=False)
    (leftover,) = tmp_path.glob(f"{LEFTOVER}*")
    replace_file(path, b"new")
    assert leftover.exists(), "it may be another process's that is writing now"
    make_old(leftover)
    replace_file(path, b"newer")
    assert os.listdir(tmp_path) == ["file"]
    assert path.read_bytes() == b"newer"


def make_old(path: Path) -> None:
    long_ago = time.time() - 86400
    os.utime(path, (long_ago, long_ago), follow_symlinks=False)


def test_only_leftovers_of_the_same_file_are_removed(tmp_path: Path) -> None:
    path = tmp_path / "file"
    replace_file(path, b"old")
    names = ("file", "file.1", "file.1.x", "file.1.2.3", "other.1.2", "file+1.2", "file.1.2.")
    kept = [tmp_path / f"{LEFTOVER}{name}" for name in names]
    for each in kept:
        each.write_bytes(b"")
    link, folder = tmp_path / f"{LEFTOVER}file.3.4", tmp_path / f"{LEFTOVER}file.5.6"
    link.symlink_to(tmp_path / "elsewhere")
    folder.mkdir()
    for each in (*kept, link, folder):
        make_old(each)
    replace_file(path, b"new")
    assert sorted(tmp_path.iterdir()) == sorted([path, *kept, link, folder])


def test_a_directory_can_be_flushed(tmp_path: Path) -> None:
    flush_directory(tmp_path)
    with pytest.raises(FileNotFoundError):
        flush_directory(tmp_path / "none")


def test_a_file_system_can_be_flushed_where_the_system_can() -> None:
    shared_memory = Path("/dev/shm")
    if not shared_memory.is_dir():
        pytest.skip("no file system in memory at /dev/shm")
    assert flush_filesystem(shared_memory)
    with pytest.raises(FileNotFoundError):
        flush_filesystem(shared_memory / "none")
