"""A project on disk: where its file and its lock are, and writing both. What they mean is `zoopkg.project`'s.

Reading is lazy, so that an install with nothing to do parses no TOML.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zoopkg.errors import UsageError, explaining

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

        Where there is none, the folder itself as a project without a file.
        """
        start = directory.absolute()
        if not start.is_dir():
            raise UsageError(f"{directory} is not a folder", hint="Name one with --directory.")
        for root in (start, *start.parents):
            text = _read(root / PROJECT)
            if text is not None:
                return cls(root, root / PROJECT, text, _read(root / LOCK))
            text = _read(root / PYPROJECT)
            if text is not None and b"tool.zoopkg" in text:
                return cls(root, root / PYPROJECT, text, _read(root / LOCK))
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

    def write(self, text: bytes, lock: bytes) -> None:
        """Replace the project file and the lock, each as a whole, where they differ."""
        from zoopkg.store.flush import replace_file  # noqa: PLC0415

        with explaining(f"write into {self.root}"):
            if text != self.text:
                replace_file(self.file, text)
            if lock != self.lock_text:
                replace_file(self.root / LOCK, lock)


def _read(path: Path) -> bytes | None:
    with explaining(f"read {path}"):
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except FileNotFoundError:
            return None
    if len(data) > _MAX_BYTES:
        raise UsageError(f"{path} is larger than {_MAX_BYTES} bytes")
    return data
