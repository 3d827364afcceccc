"""One client for each index of a run, made and asked when it is first wanted; and where each index lies.

Knows indexes by name only: which of them a namespace belongs to is the business of `zoopkg.install.indexes`.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import IntegrityError, UsageError, ZooError
from zoopkg.index import starter
from zoopkg.index.location import Location, is_url, locate
from zoopkg.install.index_mirrors import places_of
from zoopkg.project.file import IndexEntry
from zoopkg.store.store import Store
from zoopkg.transport.settings import Patience

if TYPE_CHECKING:  # a warm install asks no index, and starts sooner without these
    from collections.abc import Mapping

    from zoopkg.index.client import IndexClient
    from zoopkg.index.problems import Problem
    from zoopkg.model.record import MirrorList
    from zoopkg.transport.base import Opener
    from zoopkg.transport.ledger import Ledger
    from zoopkg.transport.mirror import Mirror


# What mirrors are given unless somebody says otherwise.
PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Conditions:
    """What holds for every index of a run.

    Attributes:
        offline: use what this machine trusts already, and ask no mirror on the network.
        now: this machine's clock.
        allow_stale: accept metadata that expired so long ago at most.
        mirrors: the user's own, tried first.
        warn: told what a person should know though the work goes on.
        standing: whether the user's mirrors are for every project, so that one may well be of another index.
        patience: with each mirror for metadata, where there are several.
    """

    store: Store
    opener: "Opener"
    offline: bool
    now: Callable[[], datetime]
    allow_stale: timedelta
    mirrors: "tuple[Mirror, ...]"
    warn: Callable[[str], None]
    standing: bool = False
    patience: Patience = field(default_factory=lambda: PATIENCE)


class IndexClients:
    """The clients of a run, by the names of their indexes.

    Args:
        entries: the indexes that the project file names.
        root: the project's folder, which their folders and roots are relative to.
        conditions: hold for all of them.
    """

    def __init__(self, entries: "Mapping[str, IndexEntry]", root: Path, conditions: Conditions) -> None:
        self.conditions = replace(conditions, warn=_once(conditions.warn))
        self._entries = entries
        self._root = root
        self._locations: dict[str, Location] = {}
        self._clients: dict[str, IndexClient] = {}
        self._mirrors: dict[str, Mirror] = {}
        self._reported: set[tuple[str, str]] = set()

    @cached_property
    def ledger(self) -> "Ledger":
        """What this run learns of mirrors, whichever index they are of."""
        from zoopkg.transport.ledger import Ledger  # noqa: PLC0415

        return Ledger()

    def add(self, name: str, location: Location) -> None:
        """Know an index that the project file does not name."""
        self._locations[name] = location

    def knows(self, name: str) -> bool:
        """Whether anybody names an index: the project file, the command line, or zoopkg itself."""
        return name == starter.NAME or name in self._entries or name in self._locations

    def location(self, name: str) -> Location:
        """Where an index lies.

        Raises:
            UsageError: nobody names it any more, or it is a folder that is gone.
            IntegrityError: its root file is not the one that the project file names.
        """
        if name not in self._locations:
            self._locations[name] = self._locate(name)
        return self._locations[name]

    def _locate(self, name: str) -> Location:
        if name == starter.NAME:
            return locate(str(starter.starter_folder()))
        entry = self._entries.get(name)
        if entry is None:
            raise UsageError(
                f"the index '{name}', which zoo.lock names, is not in the project file",
                hint="Restore its [indexes] table (copy the project file and the root file beside it with zoo.lock),"
                " or name --index or --mirror.",
            )
        root = self._root / entry.root
        text = entry.url if is_url(entry.url) else os.path.normpath(self._root / entry.url)
        if not (is_url(text) or os.path.isdir(text)):
            raise UsageError(
                f"the index '{name}' is not in {text}, the folder that the project file names",
                hint="Restore that folder, or correct its url; with --frozen, what is locked needs no index.",
            )
        location = locate(text, root if root.is_file() or is_url(text) else None)
        if location.root_sha256 != entry.root_sha256:
            raise IntegrityError(
                f"the root of the index '{name}' has the SHA-256 {location.root_sha256}, not {entry.root_sha256}",
                hint=f"Restore {entry.root}, or ask the index's maintainers which root is right.",
            )
        return location

    def state(self, name: str) -> Path:
        """Where this machine keeps what it trusts of an index, whether or not that can be reached."""
        entry = self._entries.get(name)
        sha256 = entry.root_sha256 if entry else self.location(name).root_sha256
        return self.conditions.store.index_folder(sha256)

    def client(self, name: str) -> "IndexClient":
        """The client of an index, which has just asked it, or trusts what it told before where that has to do.

        Raises:
            ZooError: it cannot be asked, or is not to be trusted.
        """
        if name not in self._clients:
            client = self._new(name)
            if self.conditions.offline and any(not url.startswith("file:") for url in self.location(name).urls):
                client.load()
            else:
                client.refresh()
            for role, when in client.expired().items():
                self.conditions.warn(f"the index '{name}' is stale: its {role} expired on {when:%Y-%m-%d}")
            self._clients[name] = client
        return self._clients[name]

    def has_asked(self, name: str) -> bool:
        """Whether an index has told this run what it says now."""
        return name in self._clients

    @contextmanager
    def asking(self, name: str) -> "Iterator[IndexClient]":
        """The client of an index; errors say which index they are about."""
        try:
            yield self.client(name)
        except ZooError as error:
            if f"the index '{name}'" not in error.message:
                error.message = f"the index '{name}': {error.message}"
                error.args = (error.message,)
            raise

    def without_asking(self, name: str) -> "IndexClient | None":
        """The client of an index that this run asked already, else one over what this machine trusts of it, if any."""
        if name in self._clients:
            return self._clients[name]
        if not self.state(name).is_dir():
            return None
        client = self._new(name)
        client.load()
        return client

    def _new(self, name: str) -> "IndexClient":
        from zoopkg.index.client import IndexClient  # noqa: PLC0415  (tuf takes 200 ms to import)

        location = self.location(name)
        return IndexClient(
            self.state(name),
            location.root,
            location.urls,
            self.conditions.opener,
            now=self.conditions.now,
            allow_stale=self.conditions.allow_stale,
            places=partial(self._places, name, location),
            strangers=[place for mirror in self.conditions.mirrors if (place := mirror.documents)],
            patience=self.conditions.patience,
            report=partial(self._report, name),
        )

    def _places(self, name: str, location: Location, signed: "MirrorList") -> list[str]:
        places = places_of(name, location.urls, signed.templates, self.conditions)
        self._mirrors |= places
        return list(places)

    def _report(self, name: str, problem: "Problem") -> None:
        """Warn of a mirror once, and remember those that do not answer, for when blobs are asked for."""
        if problem.silent:
            self.ledger.failed(self._mirrors[problem.mirror])
        if not (problem.foreign and self.conditions.standing) and (name, problem.mirror) not in self._reported:
            self._reported.add((name, problem.mirror))
            self.conditions.warn(f"the index '{name}' has a bad mirror, {problem}")


def _once(warn: Callable[[str], None]) -> Callable[[str], None]:
    """Warns of the same thing once, however often a run comes across it."""
    told: set[str] = set()

    def telling(message: str) -> None:
        if message not in told:
            told.add(message)
            warn(message)

    return telling
