"""File systems of their own for tests, where this machine lets us mount one; skips the test with a reason elsewhere."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def tmpfs(folder: Path, size: str) -> Iterator[Path]:
    """A small file system in memory, mounted at a folder that is made."""
    with _mounted(folder, ["-t", "tmpfs", "-o", f"size={size},mode=0755", "tmpfs"]) as mounted:
        yield mounted


@contextmanager
def image(folder: Path, kind: str, size: int) -> Iterator[Path]:
    """A file system of a kind (`btrfs`, `xfs`) in a file, mounted at a folder that is made."""
    tool = shutil.which(f"mkfs.{kind}", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if tool is None:
        pytest.skip(f"mkfs.{kind} is not installed")
    path = folder.with_name(f"{folder.name}.img")
    with path.open("wb") as file:
        file.truncate(size)
    subprocess.run([tool, "-q", path], check=True, capture_output=True)
    with _mounted(folder, ["-o", "loop", str(path)]) as mounted:
        yield mounted


def remount_read_only(folder: Path) -> None:
    """Let nothing more be written to a mounted file system."""
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)


@contextmanager
def _mounted(folder: Path, arguments: Sequence[str]) -> Iterator[Path]:
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    folder.mkdir()
    done = subprocess.run(["mount", *arguments, folder], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"cannot mount here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def another_user() -> Iterator[None]:
    """This process without its privileges for a while: permissions bind root, too."""
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("becoming another user needs root")
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    """Another umask for a while."""
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)
