"""What zoopkg remembers of a data folder, in the folder itself: which packs it put there, and which it was about to.

zoo/.gitignore               keeps the data out of version control
zoo/.zoopkg/state.json       the packs, and during an install also those that are on their way
zoo/.zoopkg/<hex>.manifest   their manifests, so that the folder knows its own files without any store
zoo/.zoopkg/tmp/             copies on their way
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zoopkg.errors import PolicyError, ZooError, explaining
from zoopkg.install.parts import Part
from zoopkg.model.blob import BlobKind, blob_name
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.where import Where
from zoopkg.project.lock import LockedPack
from zoopkg.store.flush import read_capped, replace_file
from zoopkg.store.links import LinkMode

FOLDER = ".zoopkg"
VERSION = 1
MAX_STATE = 16 << 20
MAX_MANIFEST = 1 << 30


@dataclass(frozen=True, slots=True)
class State:
    """What lies in a data folder by zoopkg's doing.

    Attributes:
        placed: the packs that are there.
        pending: the packs that an unfinished install was placing; empty when all is well.
        mode: how files were linked.
        store: which store they came from; what another one put here is hashed before it is trusted.
        groups: which groups of packs were asked for.
        project: the folder of the project that fills this one, where this one lies elsewhere; else empty.
    """

    placed: tuple[Part, ...] = ()
    pending: tuple[Part, ...] = ()
    mode: LinkMode = LinkMode.AUTO
    store: str = ""
    groups: tuple[str, ...] = ()
    project: str = ""


class StateFolder:
    """The folder `.zoopkg` within a data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.root = data / FOLDER
        self._file = self.root / "state.json"

    def make_root(self) -> None:
        """Create it, and keep the data folder out of version control."""
        self.refuse_links()
        with explaining(f"write into {self.data}"):
            if not self.data.is_dir() or not any(self.data.iterdir()):
                # Only in a folder of its own: another one has files that version control must see.
                self.data.mkdir(parents=True, exist_ok=True)
                with suppress(FileExistsError), (self.data / ".gitignore").open("x") as ignore:
                    ignore.write("*\n")
            self.root.mkdir(exist_ok=True)

    def refuse_links(self) -> None:
        """Refuse a `.zoopkg` that leads elsewhere: it may have come with a stranger's project.

        Raises:
            PolicyError: it is a symbolic link, or no folder.
        """
        if os.path.islink(self.root) or (self.root.exists() and not self.root.is_dir()):
            raise PolicyError(
                f"{self.root} is not a folder, or a symbolic link to one, so nothing is read or written there",
                hint="Remove it, then run the same command again.",
            )

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty folder for copies on their way, on the data folder's file system."""
        folder = self.root / "tmp"
        with explaining(f"write into {self.root}"):
            with suppress(FileNotFoundError):
                _remove(folder)
            folder.mkdir()
        yield folder
        with suppress(OSError):
            _remove(folder)

    def read(self) -> State:
        """What is remembered; nothing, where zoopkg never was here.

        Raises:
            ZooError: a newer zoopkg wrote it, or it is damaged.
        """
        self.refuse_links()
        with explaining(f"read {self._file}"):
            try:
                data = read_capped(self._file, MAX_STATE)
            except FileNotFoundError:
                return State()
        try:
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
                "store": state.store,
                "groups": list(state.groups),
                "project": state.project,
                "placed": [_json(each) for each in state.placed],
                "pending": [_json(each) for each in state.pending],
            }
            replace_file(self._file, json.dumps(document, indent=1).encode())
            self._forget(needed)

    def _forget(self, needed: Iterable[Digest]) -> None:
        names = {self._manifest_path(digest).name for digest in needed}
        for path in self.root.glob(f"*.{BlobKind.MANIFEST}"):
            if path.name not in names:
                path.unlink(missing_ok=True)

    def manifest(self, pack: LockedPack) -> bytes | None:
        """The manifest of a pack that is remembered here."""
        with suppress(OSError):
            data = read_capped(self._manifest_path(pack.manifest), MAX_MANIFEST)
            return data if Digest.of(data) == pack.manifest else None
        return None

    def _manifest_path(self, digest: Digest) -> Path:
        return self.root / blob_name(BlobKind.MANIFEST, digest)


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except FileNotFoundError:
        raise
    except OSError:  # a killed run left files in it
        import shutil  # noqa: PLC0415  (bz2 and lzma come with it, which a warm install saves)

        shutil.rmtree(folder)


def _state(fields: Fields) -> State:
    return State(
        tuple(_part(item) for item in fields.each("placed")),
        tuple(_part(item) for item in fields.each("pending")),
        LinkMode(fields.text("mode")),
        fields.text("store", default=""),
        fields.texts("groups"),
        fields.text("project", default=""),
    )


def _json(part: Part) -> dict[str, Any]:
    document = {"folder": part.folder, **part.pack.to_toml()}
    if part.where:
        document["where"] = part.where.to_toml()
    return document | ({"selection": str(part.selection)} if part.selection else {})


def _part(fields: Fields) -> Part:
    where = Where.from_toml(fields.raw("where"), fields.document) if "where" in fields else Where.ALL
    selection = fields.parsed("selection", Digest.parse) if "selection" in fields else None
    pack = LockedPack.from_fields(fields.without("folder").without("where").without("selection"))
    return Part(pack, fields.text("folder"), where, selection)
