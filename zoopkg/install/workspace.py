"""A project on disk: where its file and its lock are, and writing both. What they mean is `zoopkg.project`'s.

Reading is lazy, so that an install with nothing to do parses no TOML.
"""

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zoopkg.errors import UsageError, ZooError, explaining

if TYPE_CHECKING:
    from zoopkg.project.file import ProjectFile
    from zoopkg.project.lock import Lock

PROJECT = "zoo.toml"
PYPROJECT = "pyproject.toml"
LOCK = "zoo.lock"
_MAX_BYTES = 16 << 20


@dataclass(frozen=True)
class Workspace:
    """A folder with a project file, or one that is about to have one.

    Attributes:
        root: the folder.
        file: the project file, zoo.toml or pyproject.toml.
        text: its bytes; empty where there is none yet.
        lock_text: the bytes of zoo.lock, None where there is none.
    """

    root: Path
    file: Path
    text: bytes
    lock_text: bytes | None

    @classmethod
    def find(cls, directory: Path) -> Self:
        """The project that a folder belongs to: the nearest zoo.toml upwards, or pyproject.toml with `[tool.zoopkg]`.

        Where there is none, the folder itself as a project without a file. What lies above in a folder that anyone may
        write to, such as /tmp, and belongs to another user, is not looked at: it would choose whom to trust.
        """
        start = directory.absolute()
        if not start.is_dir():
            raise UsageError(f"{directory} is not a folder", hint="Name one with --directory.")
        for root in (start, *start.parents):
            for name in (PROJECT, PYPROJECT):
                text = _read(root / name) if root == start or _is_trusted(root) else None
                if text is not None and (name == PROJECT or _has_table(text)):
                    return cls(root, root / name, text, _read(root / LOCK))
        return cls(start, start / PROJECT, b"", _read(start / LOCK))

    @property
    def is_pyproject(self) -> bool:
        """Whether the project file is a pyproject.toml."""
        return self.file.name == PYPROJECT

    @cached_property
    def project(self) -> "ProjectFile":
        """What the project asks for.

        Raises:
            UsageError: a mistake in the project file.
        """
        from zoopkg.project.file import ProjectFile  # noqa: PLC0415

        return ProjectFile.parse(self.text, self.file.name, pyproject=self.is_pyproject) or ProjectFile()

    @cached_property
    def lock(self) -> "Lock | None":
        """The lock, if there is one.

        Raises:
            UsageError: it is damaged, or a newer zoopkg wrote it.
        """
        from zoopkg.project.lock import Lock  # noqa: PLC0415

        return None if self.lock_text is None else Lock.decode(self.lock_text)

    @cached_property
    def has_conflict(self) -> bool:
        """Whether a merge left both sides of a conflict in the project file or the lock."""
        return bool(self.conflicts())

    def conflicts(self) -> str:
        """Which of the two files wait for a merge to be finished."""
        from zoopkg.project.conflict import conflict_line  # noqa: PLC0415

        files = {self.file.name: self.text, LOCK: self.lock_text or b""}
        return " and ".join(name for name, data in files.items() if conflict_line(data))

    def write(self, text: bytes, lock: bytes) -> None:
        """Replace the project file and the lock, each as a whole, where they differ."""
        from zoopkg.store.flush import replace_file  # noqa: PLC0415

        with explaining(f"write into {self.root}"):
            if text != (_read(self.file) or b""):
                replace_file(self.file, text, mode=_mode(self.file))
            if not self.has_lock(lock):
                replace_file(self.root / LOCK, lock, mode=_mode(self.root / LOCK))

    def has_lock(self, data: bytes) -> bool:
        """Whether zoo.lock is these bytes, or was before Git gave it the line ends of another system."""
        return self.lock_text is not None and data in (self.lock_text, self.lock_text.replace(b"\r\n", b"\n"))


def _mode(path: Path) -> int:
    """Who may read a file that is to be replaced; the usual, where there is none."""
    with suppress(OSError):
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            return stat.S_IMODE(mode)
    return 0o644


def _is_trusted(folder: Path) -> bool:
    """Whether a folder above the working folder is nobody's but the user's own, or the system's."""
    if not hasattr(os, "geteuid"):
        return True
    with suppress(OSError):
        status = folder.stat()
        if not status.st_mode & stat.S_IWOTH:
            return True
        files = [path.lstat().st_uid for path in (folder / PROJECT, folder / PYPROJECT) if path.exists()]
        return all(uid in {0, os.geteuid()} for uid in files)
    return False


def _has_table(text: bytes) -> bool:
    """Whether a pyproject.toml has `[tool.zoopkg]`, however it is written; one with a mistake has it if it seems so."""
    if b"zoopkg" not in text:
        return False
    if any(line.startswith((b"[tool.zoopkg]", b"[tool.zoopkg.")) for line in text.splitlines()):
        return True
    from zoopkg.project.file import ProjectFile  # noqa: PLC0415

    with suppress(ZooError):
        return ProjectFile.parse(text, PYPROJECT, pyproject=True) is not None
    return False


def _read(path: Path) -> bytes | None:
    with explaining(f"read {path}"):
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except (FileNotFoundError, IsADirectoryError):
            return None
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{path} is larger than {_MAX_BYTES} bytes")
    return data
