"""The indexes of a run: which one serves a namespace, and one client for each. A namespace belongs to exactly one.

The project file claims namespaces for its indexes, `--index` for the one it names, and the built-in index serves those
that nobody claims. No answer from the index that a namespace belongs to is an error, never a reason to ask another.
"""

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import IntegrityError, OfflineError, UsageError, ZooError
from zoopkg.index import starter
from zoopkg.index.location import Location, is_folder, is_url, locate
from zoopkg.index.revoked import read_revocations
from zoopkg.model.names import PackName
from zoopkg.project.file import IndexEntry, ProjectFile
from zoopkg.store.store import Store

if TYPE_CHECKING:  # a warm install asks no index, and starts sooner without these
    from zoopkg.index.catalog import CatalogEntry
    from zoopkg.index.client import IndexClient
    from zoopkg.model.record import Record, Revocations
    from zoopkg.project.lock import Lock
    from zoopkg.transport.base import Opener
    from zoopkg.transport.mirror import Mirror
    from zoopkg.transport.mirrors import Mirrors

_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for every index of a run.

    Attributes:
        offline: use what this machine trusts already, and ask no mirror on the network.
        now: this machine's clock.
        allow_stale: accept metadata that expired so long ago at most.
        mirrors: the user's own, tried first.
        warn: told what a person should know though the work goes on.
    """

    store: Store
    opener: "Opener"
    offline: bool
    now: Callable[[], datetime]
    allow_stale: timedelta
    mirrors: "tuple[Mirror, ...]"
    warn: Callable[[str], None]


@dataclass
class _Source:
    name: str
    location: Location
    client: "IndexClient | None" = field(default=None)


class Indexes:
    """Every index that a project may ask.

    Args:
        project: claims namespaces for its own.
        lock: tells which index each namespace in use came from.
        root: the project's folder, which its indexes' folders and roots are relative to.
        conditions: hold for all of them.
        given: the index that the command line names, by name, URL or folder.
        given_root: the root file for it.

    Raises:
        UsageError: the index on the command line is unknown.
        IntegrityError: a root file is not the one that the project file names.
    """

    def __init__(  # noqa: PLR0913, PLR0917  (what a project is, and what the command line adds)
        self,
        project: ProjectFile,
        lock: "Lock | None",
        root: Path,
        conditions: Conditions,
        given: str | None = None,
        given_root: Path | None = None,
    ) -> None:
        self._conditions = conditions
        self._root = root
        self._project = project
        self._sources: dict[str, _Source] = {}
        self._claims = {namespace: entry.name for entry in project.indexes.values() for namespace in entry.namespaces}
        for pack in lock.packs if lock else ():  # what is in use keeps its index
            self._claims.setdefault(pack.name.namespace, pack.index)
        self._given: IndexEntry | None = None
        if given and given not in (starter.NAME, *project.indexes):
            self._given = self._from_command_line(given, given_root)

    def _from_command_line(self, text: str, root: Path | None) -> IndexEntry:
        if not is_url(text) and not is_folder(text):
            known = ", ".join((starter.NAME, *self._project.indexes))
            raise UsageError(f"'{text}' is no index that is known, no URL and no folder", hint=f"Known: {known}.")
        location = locate(text, root)
        url = text if is_url(text) else self._portable(Path(text))
        same = (e for e in self._project.indexes.values() if e.url == url and e.root_sha256 == location.root_sha256)
        entry = next(same, None)
        name = entry.name if entry else self._new_name(text)
        self._sources[name] = _Source(name, location)
        namespaces = self._client(name).namespaces()
        for namespace in namespaces:
            other = self._claims.setdefault(namespace, name)
            if other != name:
                raise UsageError(
                    f"the index {text} claims the namespace {namespace}, which belongs to '{other}' in this project",
                    hint=f"Use a namespace of your own, or first take what the project has of '{other}' from its file.",
                )
        return IndexEntry(name, url, namespaces, location.root_sha256, f"{name}-root.json")

    def _portable(self, folder: Path) -> str:
        """The folder as the project file names it: relative where the user named it so."""
        if folder.is_absolute():
            return folder.as_posix()
        return Path(os.path.relpath(folder.absolute(), self._root)).as_posix()

    def _new_name(self, text: str) -> str:
        base = _NOT_IN_NAME.sub("-", text.partition("://")[2].lower() or Path(text).absolute().name.lower()).strip("-")
        base = base or "index"
        taken = {starter.NAME, *self._project.indexes}
        return next(name for n in range(1, 1000) if (name := base if n == 1 else f"{base}-{n}") not in taken)

    def to_write_down(self) -> tuple[IndexEntry, bytes] | None:
        """The index of the command line as the project file should name it, and its root, if it does not yet."""
        if self._given is None or self._project.indexes.get(self._given.name) == self._given:
            return None
        return self._given, self._sources[self._given.name].location.root

    def warn(self, message: str) -> None:
        """Tell a person what they should know though the work goes on."""
        self._conditions.warn(message)

    def serving(self, namespace: str) -> str:
        """The name of the index that a namespace belongs to."""
        return self._claims.get(namespace, starter.NAME)

    def _source(self, name: str) -> _Source:
        if name not in self._sources:
            self._sources[name] = _Source(name, self._locate(name))
        return self._sources[name]

    def _locate(self, name: str) -> Location:
        if name == starter.NAME:
            return locate(str(starter.starter_folder()))
        entry = self._project.indexes.get(name)
        if entry is None:
            raise UsageError(
                f"the index '{name}', which zoo.lock names, is not in the project file",
                hint="Restore its [indexes] table, or lock again.",
            )
        root = self._root / entry.root
        text = entry.url if is_url(entry.url) else os.path.normpath(self._root / entry.url)
        location = locate(text, root if root.is_file() or is_url(text) else None)
        if location.root_sha256 != entry.root_sha256:
            raise IntegrityError(
                f"the root of the index '{name}' has the SHA-256 {location.root_sha256}, not {entry.root_sha256}",
                hint=f"Restore {entry.root}, or ask the index's maintainers which root is right.",
            )
        return location

    def _state(self, source: _Source) -> Path:
        return self._conditions.store.index_folder(source.location.root_sha256)

    def _make_client(self, source: _Source) -> "IndexClient":
        from zoopkg.index.client import IndexClient  # noqa: PLC0415  (tuf takes 200 ms to import)

        return IndexClient(
            self._state(source),
            source.location.root,
            source.location.urls,
            self._conditions.opener,
            now=self._conditions.now,
            allow_stale=self._conditions.allow_stale,
        )

    def _client(self, name: str) -> "IndexClient":
        source = self._source(name)
        if source.client is None:
            client = self._make_client(source)
            if self._conditions.offline and any(not url.startswith("file:") for url in source.location.urls):
                client.load()
            else:
                client.refresh()
            for role, when in client.expired().items():
                self._conditions.warn(f"the index '{name}' is stale: its {role} expired on {when:%Y-%m-%d}")
            source.client = client
        return source.client

    def _remembered(self, name: str) -> "IndexClient | None":
        """A client over what this machine trusts of an index, if it ever asked it."""
        if not self._state(self._source(name)).is_dir():
            return None
        client = self._make_client(self._source(name))
        client.load()
        return client

    def record(self, name: PackName) -> "Record | None":
        """What the index that a pack's namespace belongs to says about it; None where it has no such pack."""
        return self._client(self.serving(name.namespace)).record(name)

    def all_records(self, namespace: str) -> "list[Record]":
        """The records of every pack of a namespace."""
        client = self._client(self.serving(namespace))
        return list(client.records(entry.name for entry in client.catalog(namespace)).values())

    def catalog(self, namespace: str) -> tuple["CatalogEntry", ...]:
        """What search needs of every pack of a namespace."""
        return self._client(self.serving(namespace)).catalog(namespace)

    def revocations(self, name: str, *, fresh: bool) -> "Revocations":
        """What is known to be withdrawn from an index, asking it first where that is wanted and possible."""
        if fresh and not self._conditions.offline:
            try:
                client = self._client(name)
            except OfflineError:
                raise
            except ZooError as error:
                self._conditions.warn(f"could not ask the index '{name}' what was withdrawn: {error.message}")
            else:
                for namespace in client.namespaces():
                    client.revocations(namespace)
        return read_revocations(self._state(self._source(name)))

    def mirrors(self, names: Iterable[str], *, ask: bool) -> "Mirrors":
        """Where the blobs of some indexes are: the user's mirrors, those that the indexes sign, their own places.

        Args:
            names: of the indexes.
            ask: whether the indexes may be asked for their list; else the last one known serves, if there is one.
        """
        from zoopkg.transport.mirror import Mirror  # noqa: PLC0415
        from zoopkg.transport.mirrors import Mirrors  # noqa: PLC0415

        mirrors = list(self._conditions.mirrors)
        for name in names:
            source = self._source(name)
            mirrors += self._signed_mirrors(name, ask=ask)
            mirrors += [Mirror.parse(url) for url in source.location.urls]
        return Mirrors(mirrors, self._conditions.opener, warn=self._conditions.warn)

    def _signed_mirrors(self, name: str, *, ask: bool) -> "list[Mirror]":
        from zoopkg.transport.mirror import Mirror  # noqa: PLC0415

        source = self._source(name)
        local = all(url.startswith("file:") for url in source.location.urls)
        try:
            client = self._client(name) if ask or source.client else self._remembered(name)
            templates = client.mirrors().templates if client else ()
            # An index on the web has no business with this machine's files.
            return [Mirror.parse(template) for template in templates if local or not _is_local(template)]
        except ZooError as error:
            self._conditions.warn(f"the index '{name}' does not name its mirrors: {error.message}")
            return []


def _is_local(template: str) -> bool:
    """Whether a mirror lies on this machine's file system."""
    return not is_url(template) or template.startswith("file:")
