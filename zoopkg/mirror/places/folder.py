"""A mirror in a folder, which any web server serves as it is. Writes and removes whole files, nothing else."""

import hashlib
import os
import shutil
import threading
from collections.abc import Collection, Iterable
from pathlib import Path

from zoopkg.errors import UsageError, ZooError, explaining
from zoopkg.mirror.place import TIMESTAMP, ConflictError, File, Seen, is_published
from zoopkg.store.flush import LEFTOVER, flush_file, flush_filesystem, replace_file
from zoopkg.store.locks import FileLock, LockTimeoutError
from zoopkg.transport.file import url_of

_PATIENCE = 60.0
_MAX_TIMESTAMP = 1 << 20


class FolderPlace:
    """A folder of this machine, or of a share, made if it is not there (see `zoopkg.mirror.place.Place`).

    Raises:
        UsageError: the path is that of a file.
    """

    holds_metadata = True

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"'{folder}' is a file, and a mirror needs a folder", hint="Name another one.")
        self._folder = folder
        self.template = f"{url_of(folder).replace('{', '%7B')}/{{digest}}"

    def survey(self, files: Collection[File]) -> set[File]:
        """Those that are there: blobs by name and size, documents by their bytes."""
        with explaining(f"read '{self._folder}'"):
            return {file for file in files if self._has(file)}

    def _has(self, file: File) -> bool:
        path = self._folder / file.name
        try:
            size = path.lstat().st_size
        except FileNotFoundError:
            return False
        if size != file.size or (not file.cid and hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256):
            raise ConflictError(
                f"'{path}' is not the {file.name} that it should be",
                hint="Remove it if it was damaged; else two indexes were written to one folder.",
            )
        return True

    def put(self, file: File, path: Path) -> None:
        """Copy a file, whole before it has its name."""
        with explaining(f"write into '{self._folder}'"):
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._has(file):
                return
            temporary = self._folder / f"{LEFTOVER}{file.name}.{os.getpid()}.{threading.get_ident()}"
            try:
                shutil.copyfile(path, temporary)
                flush_file(temporary)
                self._name(temporary, file)
            finally:
                temporary.unlink(missing_ok=True)

    def _name(self, temporary: Path, file: File) -> None:
        """Give a whole file its name, unless somebody was faster, whose bytes then must be the same."""
        with self._lock():
            if not self._has(file):
                temporary.replace(self._folder / file.name)

    def _lock(self) -> FileLock:
        return FileLock(self._folder / ".lock", _PATIENCE)

    def reveal(self) -> None:
        """Have on disk what was written, before a timestamp leads to it."""
        if self._folder.is_dir():
            with explaining(f"write into '{self._folder}'"):
                flush_filesystem(self._folder)

    def timestamp(self) -> Seen | None:
        """The timestamp in the folder, its bytes being its token."""
        with explaining(f"read '{self._folder}'"):
            try:
                with (self._folder / TIMESTAMP).open("rb") as file:
                    data = file.read(_MAX_TIMESTAMP)
            except FileNotFoundError:
                return None
        return Seen(data, hashlib.sha256(data).hexdigest())

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:
        """Replace it under the folder's lock."""
        with explaining(f"write into '{self._folder}'"):
            self._folder.mkdir(parents=True, exist_ok=True)
            try:
                with self._lock():
                    if self.timestamp() != seen:
                        raise ConflictError(
                            f"somebody else published to '{self._folder}' meanwhile", hint="Run the same again."
                        )
                    replace_file(self._folder / TIMESTAMP, data)
            except LockTimeoutError as error:
                raise ZooError(f"another process has been writing to '{self._folder}' for {_PATIENCE:.0f} s") from error

    def names(self) -> Iterable[str]:
        """The index's files at the top of the folder."""
        if not self._folder.is_dir():
            return ()
        with explaining(f"read '{self._folder}'"), os.scandir(self._folder) as entries:
            return sorted(e.name for e in entries if is_published(e.name) and e.is_file(follow_symlinks=False))

    def remove(self, names: Collection[str]) -> None:
        """Remove files of the index."""
        with explaining(f"remove from '{self._folder}'"):
            for name in filter(is_published, names):
                (self._folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held."""
