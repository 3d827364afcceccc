"""The metadata that this machine trusts, on disk: generations, each a folder that is complete before anything names it.

    lock            one process at a time refreshes or loads
    current         names two generations: the latest that was verified, and the latest that was complete
    trusted-*/      a generation: tuf's metadata folder, written by no one once it is named
    targets/        verified target files, by SHA-256
    revoked-*.json  see `revoked`

The two differ only after an update in which no mirror was complete: the furthest verified part guards against rollback,
as the TUF client workflow asks, and the last complete generation still serves without a network. Verifies nothing.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from zoopkg.errors import FormatError, ZooError
from zoopkg.index.files import read_file, write_file
from zoopkg.model import canonical
from zoopkg.model.fields import Fields
from zoopkg.store.flush import LEFTOVER, flush_directory, flush_file
from zoopkg.store.locks import FileLock, LockTimeoutError

_POINTER, _PREFIX, _HISTORY, _LINK = "current", "trusted-", "root_history", "root.json"
_MAX_POINTER = 4096
_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Pointer:
    """The generations in force: the latest verified, and the latest complete. Empty where there is none yet."""

    latest: str = ""
    complete: str = ""


class TrustedState:
    """The folder of one index on this machine; all but `lock` and `targets` are for whoever holds the lock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.targets = folder / "targets"

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other processes out.

        Raises:
            ZooError: another process holds on for minutes, or the folder cannot be written, now or meanwhile.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.targets.mkdir(mode=0o700, exist_ok=True)
            with FileLock(self.folder / "lock", _PATIENCE):
                yield
        except LockTimeoutError as error:
            raise ZooError(
                f"another process has been updating the index in '{self.folder}' for {_PATIENCE:.0f} seconds",
                hint="Wait for it or end it, then try again.",
            ) from error
        except OSError as error:
            raise ZooError(f"the index state '{self.folder}' cannot be written: {error.strerror}") from error

    def pointer(self) -> Pointer:
        """Which generations are in force. A damaged pointer counts as none: trust begins at the root bytes anyway."""
        data = read_file(self.folder / _POINTER, _MAX_POINTER)
        if data is None:
            return Pointer()
        try:
            fields = Fields(canonical.decode(data, "the pointer", _MAX_POINTER), "the pointer")
            return Pointer(self._existing(fields.text("latest")), self._existing(fields.text("complete")))
        except FormatError:
            return Pointer()

    def _existing(self, name: str) -> str:
        plain = name.startswith(_PREFIX) and "/" not in name and "\\" not in name
        return name if plain and (self.folder / name).is_dir() else ""

    def draft(self, base: str) -> Path:
        """A new folder with a copy of a generation's metadata, or an empty one, that nothing names yet."""
        draft = Path(tempfile.mkdtemp(dir=self.folder, prefix=_PREFIX))
        if base:
            source = self.folder / base
            for path in metadata_files(source):
                copy = draft / path.relative_to(source)
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(path, copy)
        return draft

    def commit(self, draft: Path, *, complete: bool) -> None:
        """Make a draft the latest generation, on disk before it is named; a complete one serves from now on."""
        for path in metadata_files(draft):
            flush_file(path)
        for folder in (draft / _HISTORY, draft, self.folder):
            flush_directory(folder)
        pointer = Pointer(draft.name, draft.name if complete else self.pointer().complete)
        text = {"complete": pointer.complete, "latest": pointer.latest}
        write_file(self.folder / _POINTER, canonical.encode(text), mode=0o600)

    def sweep(self) -> None:
        """Remove what nothing names: old generations, and what a killed process left."""
        pointer = self.pointer()
        for path in self.folder.glob(f"{_PREFIX}*"):
            if path.name not in (pointer.latest, pointer.complete):
                shutil.rmtree(path, ignore_errors=True)
        for folder in (self.folder, self.targets):
            for path in folder.glob(f"{LEFTOVER}*"):
                with suppress(OSError):
                    path.unlink()


def metadata_files(generation: Path) -> list[Path]:
    """The metadata of a generation: the chain of roots, and each role's file. tuf's link to the newest root is none."""
    roles = [path for path in generation.glob("*.json") if path.name != _LINK]
    return sorted([*generation.glob(f"{_HISTORY}/*.root.json"), *roles])
