"""What zoopkg remembers of a data folder, in the folder itself: which packs it put there, and which it was about to.

zoo/.gitignore               keeps the data out of version control
zoo/.zoopkg/state.json       the packs, and during an install also those that are on their way
zoo/.zoopkg/<hex>.manifest   their manifests, so that the folder knows its own files without any store
zoo/.zoopkg/tmp/             copies on their way
"""

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoopkg.errors import FormatError, ZooError, explaining
from zoopkg.model.blob import BlobKind, blob_name
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.project.lock import LockedPack
from zoopkg.store.flush import replace_file
from zoopkg.store.links import LinkMode

FOLDER = ".zoopkg"
VERSION = 1
MAX_STATE = 16 << 20


@dataclass(frozen=True, slots=True)
class Placed:
    """A pack in the data folder: where below it, and which lock entry it came from."""

    folder: str
    pack: LockedPack


@dataclass(frozen=True, slots=True)
class State:
    """What lies in a data folder by zoopkg's doing.

    Attributes:
        placed: the packs that are there.
        pending: the packs that an unfinished install was placing; empty when all is well.
        mode: how files were linked.
    """

    placed: tuple[Placed, ...] = ()
    pending: tuple[Placed, ...] = ()
    mode: LinkMode = LinkMode.AUTO


class StateFolder:
    """The folder `.zoopkg` within a data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.root = data / FOLDER
        self._file = self.root / "state.json"

    def make_root(self) -> None:
        """Create it, and keep the data folder out of version control."""
        with explaining(f"write into {self.data}"):
            self.root.mkdir(parents=True, exist_ok=True)
            ignore = self.data / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n")

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder for copies on their way, on the data folder's file system."""
        folder = self.root / "tmp"
        with explaining(f"write into {self.root}"):
            with suppress(FileNotFoundError):
                shutil.rmtree(folder)
            folder.mkdir()
        yield folder
        with suppress(OSError):
            shutil.rmtree(folder)

    def read(self) -> State:
        """What is remembered; nothing, where zoopkg never was here.

        Raises:
            ZooError: a newer zoopkg wrote it, or it is damaged.
        """
        with explaining(f"read {self._file}"):
            try:
                data = self._file.read_bytes()
            except FileNotFoundError:
                return State()
        try:
            if len(data) > MAX_STATE:
                raise FormatError(f"{self._file} is too large")
            fields = Fields(json.loads(data), str(self._file))
            newer = fields.integer("version", low=1) > VERSION
            state = None if newer else _state(fields)
        except (ValueError, RecursionError, ZooError) as error:
            raise ZooError(
                f"{self._file} is damaged, so zoopkg does not know which files of {self.data} are its own",
                hint=f"Move {self.data} away, then install again.",
            ) from error
        if state is None:
            raise ZooError(f"{self._file} was written by a newer zoopkg", hint="Update zoopkg.")
        return state

    def write(self, state: State, manifests: Mapping[Digest, bytes]) -> None:
        """Remember a state and the manifests that it names; forget those that it does not."""
        needed = {each.pack.manifest for each in (*state.placed, *state.pending)}
        with explaining(f"write into {self.root}"):
            for digest in needed & manifests.keys():
                path = self._manifest_path(digest)
                if not path.exists():
                    replace_file(path, manifests[digest], durable=False)
            document = {
                "version": VERSION,
                "mode": str(state.mode),
                "placed": [_json(each) for each in state.placed],
                "pending": [_json(each) for each in state.pending],
            }
            replace_file(self._file, json.dumps(document, indent=1).encode(), durable=not state.pending)
            self._forget(needed)

    def _forget(self, needed: Iterable[Digest]) -> None:
        names = {self._manifest_path(digest).name for digest in needed}
        for path in self.root.glob(f"*.{BlobKind.MANIFEST}"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def manifest(self, pack: LockedPack) -> bytes | None:
        """The manifest of a pack that is remembered here."""
        with suppress(FileNotFoundError):
            data = self._manifest_path(pack.manifest).read_bytes()
            return data if Digest.of(data) == pack.manifest else None
        return None

    def _manifest_path(self, digest: Digest) -> Path:
        return self.root / blob_name(BlobKind.MANIFEST, digest)


def _state(fields: Fields) -> State:
    return State(
        tuple(_placed(item) for item in fields.each("placed")),
        tuple(_placed(item) for item in fields.each("pending")),
        LinkMode(fields.text("mode")),
    )


def _json(placed: Placed) -> dict[str, Any]:
    return {"folder": placed.folder, **placed.pack.to_toml()}


def _placed(fields: Fields) -> Placed:
    return Placed(fields.text("folder"), LockedPack.from_fields(fields.without("folder")))
