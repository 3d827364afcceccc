"""What makes files durable, with the real calls: atomic replacement, and one flush of a whole file system."""

import os
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
