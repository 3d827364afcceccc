"""An index made by the maintainers' steps, and copying it in this process, with a clock of one's own."""

import os
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from maintained import FILES, THEN, Maintained

from zoopkg.index import ceremony, roles
from zoopkg.index.client import IndexClient
from zoopkg.index.keys import keygen
from zoopkg.index.location import locate
from zoopkg.index.published import Moment
from zoopkg.index.roles import RoleKeys
from zoopkg.install.progress import Silent
from zoopkg.mirror.place import TIMESTAMP, Place, is_published
from zoopkg.mirror.places.folder import FolderPlace
from zoopkg.mirror.source import Source
from zoopkg.mirror.sync import Report, Wish, sync
from zoopkg.model import layout
from zoopkg.model.frame import decompressed
from zoopkg.model.version import Spec
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.file import FileOpener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors


class Heard(Silent):
    """Keeps the warnings."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, message: str) -> None:
        self.warnings.append(message)


class Stand(Maintained):
    """An index with `zoo/demo` 1.0.0, and mirrors of it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.folder = folder
        self.heard = Heard()
        ceremony.init(self.idx, self.keys, self.dates)
        self.release("1.0.0", FILES)

    def release(self, version: str, files: dict[str, bytes], name: str = "demo") -> None:
        self.add(name, version, files)
        self.publish()

    def place(self, name: str = "mirror") -> FolderPlace:
        return FolderPlace(self.folder / name)

    def sync(
        self,
        place: Place,
        *specs: str,
        source: Path | str | None = None,
        root: Path | None = None,
        mirrors: Sequence[Path | str] = (),
        now: datetime = THEN,
        **wish: Any,
    ) -> Report:
        """Copy, and keep what was warned of in `heard`."""
        location = locate(str(source or self.idx), root)
        given = tuple(Mirror.parse(str(each)) for each in mirrors)
        origin = Source(location, default_opener(attempts=1), given, now, self.heard.warn)
        wishes = Wish(tuple(map(Spec.parse, specs)), **({"at_once": 2} | wish))
        return sync(origin, place, wishes, self.heard)


def published(folder: Path) -> set[str]:
    """The names of an index's files in a folder."""
    return {name for name in os.listdir(folder) if is_published(name)} if folder.is_dir() else set()


class Recording(FileOpener):
    """Notes the names of files that are there."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def open(self, url: str, **more: Any) -> Any:
        body = super().open(url, **more)
        self.names.add(url.rpartition("/")[2])
        return body


def needed(folder: Path, root: str = "1.root.json") -> set[str]:
    """The names of all that clients ask of an index, from its first root to every bundle."""
    opener = Recording()
    data = (folder / root).read_bytes()
    with tempfile.TemporaryDirectory() as scratch:
        client = IndexClient(Path(scratch), data, [folder.as_uri()], opener, now=lambda: THEN, namespaces=())
        client.refresh()
        client.mirrors()
        mirrors = Mirrors([Mirror.parse(folder.as_uri())], opener, warn=lambda text: None)
        for namespace in client.namespaces():
            client.revocations(namespace)
            for entry in client.catalog(namespace):
                record = client.record(entry.name)
                for release in record.releases if record else ():
                    mirrors.fetch(release.manifest)
                    plan = mirrors.fetch(release.layout)
                    for bundle in layout.read(decompressed(plan, "layout"), "layout").bundles:
                        mirrors.fetch(bundle.blob)
    return opener.names | {root}


def renew_root(stand: Stand) -> None:
    """Publish the next root."""
    ceremony.renew(stand.idx, roles.ROOT, stand.dates)
    stand.publish()


def state(folder: Path) -> int:
    """The timestamp's version of the state that a client finds in a folder, all blobs of it being there; 0 for none."""
    if not (folder / TIMESTAMP).exists():
        return 0
    assert needed(folder) <= published(folder)
    moment = Moment.of((folder / TIMESTAMP).read_bytes())
    assert moment
    return moment.version


def rotate_online_keys(stand: Stand) -> None:
    """Stage new keys for snapshot and timestamp, to be published with what comes next; the old ones are at hand."""
    for role in (roles.SNAPSHOT, roles.TIMESTAMP):
        keygen(stand.keys, f"new-{role}")
        ceremony.rotate(stand.idx, role, RoleKeys((f"new-{role}",)), stand.keys, stand.dates)


def rotate_online_keys_and_refresh(stand: Stand) -> None:
    """Publish new keys for snapshot and timestamp, so that what comes next is signed when these are in force."""
    rotate_online_keys(stand)
    stand.publish()


class DiedError(BaseException):
    """As if the process had been killed."""


class Faulty:
    """A place whose k-th call never comes back: before it does anything, or when it has done it."""

    def __init__(self, place: Place, last: int, *, after: bool) -> None:
        self.template, self.holds_metadata = place.template, place.holds_metadata
        self.calls = 0
        self._place, self._last, self._after = place, last, after

    def __getattr__(self, name: str) -> Callable[..., Any]:
        work = getattr(self._place, name)

        def call(*arguments: Any) -> Any:
            self.calls += 1
            if self.calls > self._last or (self.calls == self._last and not self._after):
                raise DiedError
            result = work(*arguments)
            if self.calls == self._last:
                raise DiedError
            return result

        return call
