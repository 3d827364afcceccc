"""The indexes of a run: which one serves a namespace, and what it says. A namespace belongs to exactly one.

The project file claims namespaces for its indexes, `--index` for the one it names, and the built-in index serves those
that nobody claims. No answer from the index that a namespace belongs to is an error, never a reason to ask another.
How an index is reached is the business of `zoopkg.install.index_clients`.
"""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import OfflineError, UsageError, ZooError
from zoopkg.index import starter
from zoopkg.index.revoked import read_all_revocations, read_revocations
from zoopkg.install.given_index import given_index
from zoopkg.install.index_clients import Conditions, IndexClients
from zoopkg.install.index_mirrors import mirrors_of
from zoopkg.model.names import PackName
from zoopkg.project.file import IndexEntry, ProjectFile
from zoopkg.transport.urls import redacted

if TYPE_CHECKING:  # a warm install asks no index, and starts sooner without these
    from zoopkg.index.catalog import CatalogEntry
    from zoopkg.index.client import IndexClient
    from zoopkg.index.location import Location
    from zoopkg.model.record import Record, Revocations
    from zoopkg.project.lock import Lock, LockedPack
    from zoopkg.transport.mirrors import Mirrors


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
        UsageError: the index on the command line is unknown, or claims what belongs to another.
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
        self._project = project
        self._clients = IndexClients(project.indexes, root, conditions)
        self._claims = {namespace: entry.name for entry in project.indexes.values() for namespace in entry.namespaces}
        for pack in lock.packs if lock else ():  # what is in use keeps its index
            self._claims.setdefault(pack.name.namespace, pack.index)
        self._silent: set[str] = set()  # those that did not tell what was withdrawn, and are not asked again
        self._given: IndexEntry | None = None
        if given and given not in (starter.NAME, *project.indexes):
            self._given = given_index(given, given_root, project, root, self._clients)
            self._claim(self._given, given)
        self._chosen = self._given.name if self._given else given

    def _claim(self, entry: IndexEntry, text: str) -> None:
        for namespace in entry.namespaces:
            other = self._claims.setdefault(namespace, entry.name)
            if other != entry.name:
                raise UsageError(
                    f"the index {redacted(text)} claims the namespace {namespace},"
                    f" which belongs to '{other}' in this project",
                    hint=f"Use a namespace of your own, or first take what the project has of '{other}' from its file.",
                )

    def to_write_down(self) -> tuple[IndexEntry, bytes] | None:
        """The index of the command line as the project file should name it, and its root, if it does not yet."""
        if self._given is None or self._project.indexes.get(self._given.name) == self._given:
            return None
        return self._given, self._clients.location(self._given.name).root

    @property
    def own_names(self) -> tuple[str, ...]:
        """The index of the command line, else those that the project names, else the one that ships."""
        if self._chosen:
            return (self._chosen,)
        return tuple(self._project.indexes) or (starter.NAME,)

    def location(self, name: str) -> "Location":
        """Where an index lies, and the root that it is trusted by.

        Raises:
            UsageError: nobody names it any more, or it is a folder that is gone.
            IntegrityError: its root file is not the one that the project file names.
        """
        return self._clients.location(name)

    def warn(self, message: str) -> None:
        """Tell a person what they should know though the work goes on."""
        self._conditions.warn(message)

    def asking(self, name: str) -> "AbstractContextManager[IndexClient]":
        """The client of an index, by its name; errors say which index they are about."""
        return self._clients.asking(name)

    def could_serve(self, namespace: str) -> str:
        """The index of the command line, if it has a namespace that the project does not give it; else nothing."""
        given = self._given
        if given is None or self.serving(namespace) == given.name:
            return ""
        with self._clients.asking(given.name) as client:
            return given.name if namespace in client.namespaces() else ""

    def is_served(self, namespace: str) -> bool:
        """Whether the index that a namespace belongs to has it."""
        with self._clients.asking(self.serving(namespace)) as client:
            return namespace in client.namespaces()

    def agree_with(self, lock: "Lock") -> bool:
        """Whether every locked pack came from the index that its namespace belongs to now."""
        return all(self.serving(pack.name.namespace) == pack.index for pack in lock.packs)

    def serving(self, namespace: str) -> str:
        """The name of the index that a namespace belongs to."""
        return self._claims.get(namespace, starter.NAME)

    def record(self, name: PackName) -> "Record | None":
        """What the index that a pack's namespace belongs to says about it; None where it has no such pack."""
        with self._clients.asking(self.serving(name.namespace)) as client:
            return client.record(name)

    def records(self, names: "Iterable[PackName]") -> "dict[PackName, Record | None]":
        """What the indexes say about some packs, asked for at once; None where an index has no such pack."""
        by_index: dict[str, list[PackName]] = {}
        for name in names:
            by_index.setdefault(self.serving(name.namespace), []).append(name)
        found: dict[PackName, Record] = {}
        for index, some in by_index.items():
            with self._clients.asking(index) as client:
                found |= client.records(some)
        return {name: found.get(name) for some in by_index.values() for name in some}

    def all_records(self, namespace: str) -> "list[Record]":
        """The records of every pack of a namespace."""
        with self._clients.asking(self.serving(namespace)) as client:
            return list(client.records(entry.name for entry in client.catalog(namespace)).values())

    def catalog(self, namespace: str) -> tuple["CatalogEntry", ...]:
        """What search needs of every pack of a namespace."""
        with self._clients.asking(self.serving(namespace)) as client:
            return client.catalog(namespace)

    def catalogs(self) -> "dict[str, list[CatalogEntry]]":
        """The same of every pack of every index of the project, by the index's name, each namespace where it belongs.

        Raises:
            ZooError: an index cannot be asked, or is not to be trusted; says which one.
        """
        given = [self._given.name] if self._given else []
        found: dict[str, list[CatalogEntry]] = {}
        for name in dict.fromkeys([*given, starter.NAME, *self._project.indexes]):
            with self._clients.asking(name) as client:
                own = [namespace for namespace in client.namespaces() if self.serving(namespace) == name]
                found[name] = [entry for each in own for entry in client.catalog(each) if entry.name.namespace == each]
        return found

    def revocations(self, name: str, *, fresh: bool) -> "Revocations":
        """What is known to be withdrawn from an index, asking it first where that is wanted and possible."""
        if fresh and not self._conditions.offline and name not in self._silent:
            try:
                client = self._clients.client(name)
            except OfflineError:
                raise
            except ZooError as error:
                self._silent.add(name)
                self._conditions.warn(f"could not ask the index '{name}' what was withdrawn: {error.message}")
            else:
                self._ask_each(name, client)
        return read_revocations(self._clients.state(name))

    def _ask_each(self, name: str, client: "IndexClient") -> None:
        """Ask what each namespace withdrew; the neglect of one must not stop the packs of another."""
        for namespace in client.namespaces():
            try:
                client.revocations(namespace)
            except OfflineError:
                raise
            except ZooError as error:
                told = f"could not ask the index '{name}' what its namespace {namespace} withdrew: {error.message}"
                self._conditions.warn(told)

    def yanked(self, packs: "Iterable[LockedPack]") -> "dict[LockedPack, str]":
        """Those of some locked packs that were yanked, and why, by the indexes that this run has asked anyway."""
        asked = [p for p in packs if p.index == self.serving(p.name.namespace) and self._clients.has_asked(p.index)]
        records = self.records({pack.name for pack in asked})
        releases = {pack: record.release(pack.version) for pack in asked if (record := records[pack.name])}
        return {pack: release.yanked for pack, release in releases.items() if release and release.yanked}

    def known_revocations(self, name: str, namespace: str) -> "Revocations":
        """What this machine knows to be withdrawn of what packs of an index, of one namespace, may have.

        That is what the index withdrew. Where a lock alone tells of that index, nobody knows which of those on
        this machine it is: then it is what the namespace itself withdrew in any of them.
        """
        if self.names(name):
            return read_revocations(self._clients.state(name))
        return read_all_revocations(self._conditions.store.root / "index", namespace)

    def names(self, name: str) -> bool:
        """Whether anybody but a lock names an index: the project file, the command line, or zoopkg itself."""
        return self._clients.knows(name)

    def mirrors(self, name: str, *, ask: bool) -> "Mirrors":
        """Where the blobs of an index are; without leave to ask it, those that it named last (see `index_mirrors`)."""
        return mirrors_of(name, self._clients, ask=ask)
