"""The projects that use a store, noted in the store itself, so that what none of them needs can be told.

Holds absolute paths, which are the user's alone to know: files have mode 0600. What a project needs is not kept here;
its lock and its data folder say so.
"""

import errno
import hashlib
import json
import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from zoopkg.errors import FormatError, ZooError, explaining
from zoopkg.model.fields import Fields
from zoopkg.store.flush import read_capped, replace_file

VERSION = 1
_MAX_BYTES = 1 << 16
_READ_ONLY = frozenset((errno.EROFS, errno.EACCES, errno.EPERM))


@dataclass(frozen=True, slots=True, order=True)
class Project:
    """A project folder, and one of the data folders that it fills; both absolute, without symbolic links."""

    root: Path
    data: Path

    @classmethod
    def at(cls, root: Path, data: Path) -> Self:
        """The project in a folder, wherever the path to it leads now."""
        return cls(root.resolve(), data.resolve())

    def encode(self) -> bytes:
        """What is noted of it."""
        return json.dumps({"version": VERSION, "project": str(self.root), "data": str(self.data)}).encode()

    @property
    def file_name(self) -> str:
        """The file that notes it: one for each pair of folders."""
        pair = os.fsencode(self.root) + b"\0" + os.fsencode(self.data)
        return f"{hashlib.sha256(pair).hexdigest()}.json"


class Registry:
    """The folder `projects` of a store."""

    def __init__(self, store: Path) -> None:
        self.root = store / "projects"

    def note(self, project: Project) -> None:
        """Remember a project; one small read where it is known. A store on read-only media remembers nothing.

        Raises:
            ZooError: it cannot be written.
        """
        path, data = self.root / project.file_name, project.encode()
        with suppress(OSError):
            if read_capped(path, _MAX_BYTES) == data:
                return
        with explaining(f"write to the store {self.root.parent}"):
            try:
                self.root.mkdir(mode=0o700, exist_ok=True)
                replace_file(path, data, mode=0o600)
            except OSError as error:
                if error.errno not in _READ_ONLY:
                    raise

    def forget(self, project: Project) -> None:
        """Remember a project no longer."""
        with explaining(f"write to the store {self.root.parent}"):
            (self.root / project.file_name).unlink(missing_ok=True)

    def projects(self) -> tuple[Project, ...]:
        """Every project that is known.

        Raises:
            ZooError: one of the notes cannot be read, so that a project is not known.
        """
        with explaining(f"read the store {self.root.parent}"):
            names = sorted(os.listdir(self.root)) if self.root.is_dir() else []
        return tuple(sorted(self._read(self.root / name) for name in names if name.endswith(".json")))

    @staticmethod
    def _read(path: Path) -> Project:
        try:
            fields = Fields(json.loads(read_capped(path, _MAX_BYTES)), str(path))
            version = fields.integer("version", low=1)
            project = Project(*(Path(_folder(fields, key)) for key in ("project", "data")))
        except (OSError, ValueError, RecursionError, FormatError) as error:
            raise ZooError(
                f"{path}, which notes a project that uses the store, cannot be read",
                hint="Remove it, then run `zoopkg install` in every project that you still use.",
            ) from error
        if version > VERSION:
            raise ZooError(f"{path} was written by a newer zoopkg", hint="Update zoopkg.")
        return project


def _folder(fields: Fields, key: str) -> str:
    value = fields.raw(key)  # a path may have any characters, so it is not read as a text of a document
    if not isinstance(value, str) or not os.path.isabs(value):
        raise fields.fail(key, "must be an absolute path")
    return value
