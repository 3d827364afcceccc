"""A mirror in a folder, which any web server serves as it is. Writes and removes whole files, nothing else."""

import hashlib
import os
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from zoopkg.errors import UsageError, ZooError, explaining
from zoopkg.mirror.place import STAGED, TIMESTAMP, ConflictError, File, Seen, is_published, taken
from zoopkg.store.flush import LEFTOVER, flush_file, flush_filesystem, remove_leftovers, replace_file
from zoopkg.store.locks import FileLock, LockTimeoutError
from zoopkg.transport.file import url_of

_PATIENCE = 60.0
_MAX_TIMESTAMP = 1 << 20


class FolderPlace:
    """A folder of this machine, or of a share, made if it is not there (see `zoopkg.mirror.place.Place`).

    Attributes:
        folder: its path.

    Raises:
        UsageError: the path is that of a file.
    """

    holds_metadata = True

    def __init__(self, folder: Path) -> None:
        if folder.exists() and not folder.is_dir():
            raise UsageError(f"'{folder}' is a file, and a mirror needs a folder", hint="Name another one.")
        self.folder = folder
        self.template = f"{url_of(folder).replace('{', '%7B')}/{{digest}}"

    def survey(self, files: Collection[File]) -> set[File]:
        """Those that are there: blobs by name and size, documents by their bytes."""
        with explaining(f"read '{self.folder}'"):
            return {file for file in files if self._has(file)}

    def _has(self, file: File) -> bool:
        path = self.folder / file.name
        try:
            size = path.lstat().st_size
        except FileNotFoundError:
            return False
        if size != file.size or (not file.cid and hashlib.sha256(path.read_bytes()).hexdigest() != file.sha256):
            raise taken(file, f"'{path}'")
        return True

    def put(self, file: File, path: Path) -> None:
        """Copy a file, whole before it has its name."""
        with explaining(f"write into '{self.folder}'"):
            self.folder.mkdir(parents=True, exist_ok=True)
            if self._has(file):
                return
            temporary = self.folder / f"{LEFTOVER}{file.name}.{os.getpid()}.{threading.get_ident()}"
            try:
                shutil.copyfile(path, temporary)
                if temporary.stat().st_size != file.size:
                    raise ZooError(f"'{path}' changes while it is copied", hint="Run the same again.")
                flush_file(temporary)
                self._name(temporary, file)
            finally:
                temporary.unlink(missing_ok=True)

    def _name(self, temporary: Path, file: File) -> None:
        """Give a whole file its name, unless somebody was faster, whose bytes then must be the same."""
        with self._lock():
            if not self._has(file):
                temporary.replace(self.folder / file.name)

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            with FileLock(self.folder / ".lock", _PATIENCE):
                yield
        except LockTimeoutError as error:
            raise ZooError(f"another process has been writing to '{self.folder}' for {_PATIENCE:.0f} s") from error

    def reveal(self) -> None:
        """Have on disk what was written, before a timestamp leads to it; what a kill left long ago goes."""
        if self.folder.is_dir():
            with explaining(f"write into '{self.folder}'"):
                remove_leftovers(self.folder)
                flush_filesystem(self.folder)

    def timestamp(self) -> Seen | None:
        """The timestamp in the folder, its bytes being its token."""
        with explaining(f"read '{self.folder}'"):
            try:
                with (self.folder / TIMESTAMP).open("rb") as file:
                    data = file.read(_MAX_TIMESTAMP)
            except FileNotFoundError:
                return None
        return Seen(data, hashlib.sha256(data).hexdigest())

    def replace_timestamp(self, data: bytes, seen: Seen | None) -> None:
        """Replace it under the folder's lock."""
        with explaining(f"write into '{self.folder}'"):
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._lock():
                if self.timestamp() != seen:
                    raise ConflictError(
                        f"somebody else published to '{self.folder}' meanwhile", hint="Run the same again."
                    )
                replace_file(self.folder / TIMESTAMP, data)

    def names(self) -> Iterable[str]:
        """The index's files at the top of the folder."""
        if not self.folder.is_dir():
            return ()
        with explaining(f"read '{self.folder}'"), os.scandir(self.folder) as entries:
            return sorted(e.name for e in entries if is_published(e.name) and e.is_file(follow_symlinks=False))

    def is_edited(self) -> bool:
        """Whether a state that is not published yet lies there, and may need blobs that the published one does not."""
        with explaining(f"read '{self.folder}'"):
            staged = self.folder / STAGED
            return staged.is_dir() and any(not path.name.startswith(".") for path in staged.iterdir())

    def remove(self, names: Collection[str]) -> None:
        """Remove files of the index."""
        with explaining(f"remove from '{self.folder}'"):
            for name in filter(is_published, names):
                (self.folder / name).unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing is held."""
