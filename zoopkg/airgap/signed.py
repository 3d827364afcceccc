"""What an export carries of an index's signed state, into what this machine trusts of that index.

Trust begins at a root that a person once named, never at the file: metadata under a root that nobody named is left
aside. It is verified as from any mirror (`zoopkg.index.trust`), but for its age: a file may travel for years, and
whoever uses the state later asks again whether it has expired.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from zoopkg.airgap.format import IndexFile
from zoopkg.airgap.mirror import ExportMirror
from zoopkg.airgap.reading import ExportFile
from zoopkg.errors import FormatError, NotOnMirrorsError, OfflineError
from zoopkg.index import roles
from zoopkg.index.client import IndexClient
from zoopkg.index.location import MAX_ROOT
from zoopkg.index.problems import BehindError
from zoopkg.store.store import Store

_ANY_AGE = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Signed:
    """What came of the signed state of one index.

    Attributes:
        index: its name in the export.
        trusted: whether this machine trusts one of its roots.
        behind: this machine trusts a newer state already.
        expired: the roles that are past their date, with that date.
    """

    index: str
    trusted: bool = True
    behind: bool = False
    expired: Mapping[str, datetime] = field(default_factory=dict)

    def warnings(self, document: str) -> Iterator[str]:
        """What a person should know of it."""
        which = f"the index '{self.index:.80}' in {document}"
        if not self.trusted:
            yield (
                f"{which} is none that this machine trusts, so what it signs is left aside: packs install by a zoo.lock"
                " alone. To trust it, import in the folder of the project that names it, or add --root FILE"
            )
        if self.behind:
            yield f"{which} is older than what this machine trusts of it already, which stays"
        if self.expired:
            dated = sorted(self.expired.items(), key=lambda item: item[1])
            told = [f"its {role} expired on {when:%Y-%m-%d}" for role, when in dated]
            yield (
                f"{which} is stale: {', '.join(told)}. Packs install by a zoo.lock all the same;"
                " choosing versions needs --allow-stale DAYS, or a newer export"
            )


def take_in(
    export: ExportFile,
    indexes: Iterable[tuple[str, Mapping[str, IndexFile]]],
    store: Store,
    roots: frozenset[str],
    now: Callable[[], datetime],
) -> Iterator[Signed]:
    """Verify what each index signed, and make it this machine's trusted state of that index.

    Args:
        export: the file.
        indexes: the names of those aboard, and their files by name.
        store: holds the trusted states.
        roots: the SHA-256 of every root by which this machine trusts an index.
        now: this machine's clock.

    Raises:
        IntegrityError: metadata fails verification.
    """
    for index, files in indexes:
        known = dict.fromkeys(root for root in _roots(export, files) if hashlib.sha256(root).hexdigest() in roots)
        for root in known:
            yield _take_in(export, index, files, store, root, now)
        if not known:
            yield Signed(index, trusted=False)


def _roots(export: ExportFile, files: Mapping[str, IndexFile]) -> Iterator[bytes]:
    """Every version of the root that is aboard."""
    for name, file in files.items():
        if not file.targets and roles.file_role(name) == roles.ROOT and roles.file_version(name):
            if file.length > MAX_ROOT:
                raise FormatError(f"{name} in {export.document} has {file.length} bytes, over {MAX_ROOT}")
            yield export.read(file)


def _take_in(  # noqa: PLR0913, PLR0917  (one of many that `take_in` is asked for)
    export: ExportFile,
    index: str,
    files: Mapping[str, IndexFile],
    store: Store,
    root: bytes,
    now: Callable[[], datetime],
) -> Signed:
    mirror = ExportMirror(export, files)
    state = store.index_folder(hashlib.sha256(root).hexdigest())
    client = IndexClient(state, root, [mirror.url], mirror, now=now, allow_stale=_ANY_AGE)
    behind = False
    try:
        client.refresh()
    except BehindError as error:
        try:
            client.load()
        except OfflineError:
            raise error from None
        behind = True
    _keep_documents(client, export, files.values())
    for namespace in client.namespaces():
        with suppress(NotOnMirrorsError, OfflineError):
            client.revocations(namespace)
    return Signed(index, behind=behind, expired={} if behind else client.expired())


def _keep_documents(client: IndexClient, export: ExportFile, files: Iterable[IndexFile]) -> None:
    """Keep what the index signs. A file is read once, and only if it is as long as what is signed under its names."""
    absent: set[str] = set()
    for file in files:
        signed = [target for target in file.targets if _signed_length(client, target, absent) == file.length]
        if signed:
            data = export.read(file)
            for target in signed:
                client.keep_document(target, data)


def _signed_length(client: IndexClient, target: str, absent: set[str]) -> int | None:
    """What `IndexClient.signed_length` says, asked once of a namespace whose role is not aboard."""
    namespace = target.rpartition("/")[0]
    if namespace in absent:
        return None
    try:
        return client.signed_length(target)
    except (NotOnMirrorsError, OfflineError):
        absent.add(namespace)
        return None
