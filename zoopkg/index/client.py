"""What an index says, for those who use it: records, catalogs, withdrawals, mirrors, verified up to the root bytes.

    client = IndexClient(state, root, urls, opener, now=clock)
    client.refresh()                  # or load(), which asks no mirror
    record = client.record(PackName.parse("ct-basic"))

`trust` holds the workflow, `state` the folder. Every error is one of zoopkg's. Downloads no blobs.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError
from zoopkg.index import roles, trust
from zoopkg.index.catalog import MAX_CATALOG, CatalogEntry, decode_catalog
from zoopkg.index.copies import served_files
from zoopkg.index.listed import known_mirrors, remember_mirrors
from zoopkg.index.revoked import remember_revocations
from zoopkg.index.state import TrustedState
from zoopkg.index.targets import Report, TargetReader
from zoopkg.index.workflow import Terms, View
from zoopkg.model.names import DEFAULT_NAMESPACE, PackName
from zoopkg.model.record import MAX_RECORD, MirrorList, Record, Revocations
from zoopkg.transport.base import Opener
from zoopkg.transport.settings import Patience

Places = Callable[[MirrorList], Sequence[str]]
_AT_ONCE = 8


class IndexClient:
    """One index, as this machine trusts it.

    Args:
        state: the folder for the trusted state, one for each root: `<store>/index/<sha256 of root>/`.
        root: the root metadata that all trust starts from, as bytes, at every use.
        urls: base URLs of the mirrors, or templates with `{digest}`, in the order in which to ask them.
        opener: how to reach them.
        now: this machine's clock, with its time zone.
        allow_stale: accept metadata that expired so long ago at most; signatures and versions count as ever.
        namespaces: those whose roles must load before a mirror counts as complete; others are loaded when asked for.
        places: all mirrors to ask, in order, given the list that the index signs; `urls` alone by default.
        strangers: mirrors that may well be of another index, which is then no fault of theirs.
        patience: with each mirror where there are several.
        report: told what is wrong with a mirror though another one served, from several threads.

    Raises:
        IntegrityError: from every method, where what was served or kept fails verification, or has expired.
        NotOnMirrorsError: from every method, where no mirror had what is needed.
        OfflineError: from every method, where the network was ruled out and this machine lacks what is needed.
    """

    def __init__(  # noqa: PLR0913  (all but five have defaults that are right)
        self,
        state: Path,
        root: bytes,
        urls: Sequence[str],
        opener: Opener,
        *,
        now: Callable[[], datetime],
        allow_stale: timedelta | None = None,
        namespaces: Iterable[str] = (DEFAULT_NAMESPACE,),
        places: Places | None = None,
        strangers: Iterable[str] = (),
        patience: Patience | None = None,
        report: Report = lambda _: None,
    ) -> None:
        self._state = TrustedState(state)
        self._root = root
        self._urls = tuple(urls)
        self._opener = opener
        self._now = now
        self._allow_stale = allow_stale or timedelta()
        self._namespaces = set(namespaces)
        self._places = places
        self._strangers = frozenset(strangers)
        self._patience = patience or Patience()
        self._report = report
        self._silent: set[str] = set()
        self._online = True
        self._view: View | None = None
        self._targets: TargetReader | None = None

    def refresh(self) -> None:
        """Ask every mirror, trust the newest complete state, and remember what each namespace withdrew.

        Asked are those that the index signed when it was last trusted, too, and then those that its new list adds.
        A mirror that did not answer before is left out while there are others.
        """
        asked = self._to_ask(known_mirrors(self._state.folder) if self._places else MirrorList(()))
        view = trust.refresh(self._state, asked, self._opener, self._terms())
        self._take(view, online=True)
        if self._places:
            added = [mirror for mirror in self._to_ask(self._signed()) if mirror not in asked]
            if added:
                view = trust.refresh(self._state, added, self._opener, self._terms(), view)
                self._take(view, online=True)
                self._signed()
        self._silent |= {problem.mirror for problem in view.problems if problem.silent}
        for problem in view.problems:
            self._report(problem)

    def _to_ask(self, signed: MirrorList) -> list[str]:
        mirrors = self._places(signed) if self._places else self._urls
        return [mirror for mirror in mirrors if mirror not in self._silent] or list(mirrors)

    def _signed(self) -> MirrorList:
        """The list of mirrors that the index signs, kept for the next time; none where it cannot be had."""
        try:
            mirrors = self.mirrors()
        except ZooError:  # told where somebody asks for it
            return MirrorList(())
        with self._state.lock():
            remember_mirrors(self._state.folder, mirrors)
        return mirrors

    def load(self) -> None:
        """Trust the last complete state again, without any mirror."""
        self._take(trust.load(self._state, self._terms()), online=False)

    def _terms(self) -> Terms:
        now = self._now()
        needed = [roles.revoked_target(namespace) for namespace in sorted(self._namespaces)]
        return Terms(self._root, now, now - self._allow_stale, needed, self._patience, self._strangers)

    def _take(self, view: View, *, online: bool) -> None:
        self._online = online
        self._view = view
        opener = self._opener if online else None
        self._targets = TargetReader(self._state, view, opener, patience=self._patience, report=self._report)
        for namespace in sorted(self._namespaces & set(self.namespaces())):
            self.revocations(namespace)

    def _trusted(self) -> View:
        if self._view is None:
            self.refresh()
        assert self._view is not None
        return self._view

    def _need(self, namespace: str) -> None:
        """Have the namespace's role loaded and committed before it is asked about anything."""
        self._trusted()
        if namespace not in self._namespaces and namespace in self.namespaces():
            self._namespaces.add(namespace)
            try:
                self.refresh() if self._online else self.load()
            except ZooError:  # one namespace's neglect must not stop the others
                self._namespaces.discard(namespace)
                raise

    def _read(self, path: str, limit: int) -> bytes | None:
        self._trusted()
        assert self._targets is not None
        return self._targets.read(path, limit)

    def metadata(self) -> dict[str, bytes]:
        """The signed metadata of what was asked about so far, as a mirror has it: bytes by file name."""
        return served_files(self._state, self._trusted().versions())

    def document(self, path: str) -> bytes | None:
        """The signed bytes of a target, None where the index has none of this path."""
        self._need(path.rpartition("/")[0])
        return self._read(path, MAX_CATALOG)

    def signed_length(self, path: str) -> int | None:
        """How many bytes a target has by what the index signs, None where it has none of this path."""
        self._need(path.rpartition("/")[0])
        target = self._trusted().target(path)
        return None if target is None else target.length

    def keep_document(self, path: str, data: bytes) -> bool:
        """Keep bytes that came from anywhere as those of a target, if they are what the index signed for it."""
        self._need(path.rpartition("/")[0])
        assert self._targets is not None
        return self._targets.keep(path, data)

    def namespaces(self) -> tuple[str, ...]:
        """The namespaces that the index delegates; a role of another kind, or with another name, is none of ours."""
        found = (roles.role_namespace(role) for role in self._trusted().delegated())
        return tuple(namespace for namespace in found if namespace is not None and roles.is_namespace(namespace))

    def expired(self) -> dict[str, datetime]:
        """The roles that are past their date by this machine's clock and were accepted all the same: warn of them."""
        now = self._now()
        return {role: when for role, when in self._trusted().expiries().items() if when <= now}

    def record(self, name: PackName) -> Record | None:
        """All that the index says about a pack, or None where it knows no such pack."""
        self._need(name.namespace)
        path = roles.record_target(name.namespace, name.name)
        data = self._read(path, MAX_RECORD)
        if data is None:
            return None
        record = Record.decode(data, f"the record of {name}")
        if record.name != name:
            raise IntegrityError(f"the index signed the record of {record.name} as that of {name}")
        return record

    def records(self, names: Iterable[PackName]) -> dict[PackName, Record]:
        """The records of those packs that the index knows, asked for at once."""
        wanted = list(names)
        for namespace in sorted({name.namespace for name in wanted}):
            self._need(namespace)
        with ThreadPoolExecutor(_AT_ONCE) as executor:
            found = dict(zip(wanted, executor.map(self.record, wanted), strict=True))
        return {name: record for name, record in found.items() if record is not None}

    def catalog(self, namespace: str = DEFAULT_NAMESPACE) -> tuple[CatalogEntry, ...]:
        """What search needs of every pack of a namespace; nothing where the index has no such namespace."""
        self._need(namespace)
        data = self._read(roles.catalog_target(namespace), MAX_CATALOG)
        return () if data is None else decode_catalog(data, f"the catalog of {namespace}")

    def revocations(self, namespace: str = DEFAULT_NAMESPACE) -> Revocations:
        """What a namespace withdrew, also remembered for `revoked.read_revocations`."""
        self._need(namespace)
        data = self._read(roles.revoked_target(namespace), MAX_RECORD)
        if data is None:
            raise NotOnMirrorsError(f"the index does not say what the namespace '{namespace}' withdrew")
        revocations = Revocations.decode(data, f"the withdrawals of {namespace}")
        with self._state.lock():
            remember_revocations(self._state.folder, namespace, data)
        return revocations

    def mirrors(self) -> MirrorList:
        """The mirrors that the index names for blobs, in the order in which to try them."""
        data = self._read(roles.MIRRORS_TARGET, MAX_RECORD)
        return MirrorList(()) if data is None else MirrorList.decode(data, "the list of mirrors")
