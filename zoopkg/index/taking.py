"""Taking a state of an index with all its files, to copy it: verified as by a client, kept byte by byte as published.

    published = take(folder, location, opener, now, 4)    # an empty folder, so that nothing is trusted from before

What has expired is taken all the same, since copying an index does not make it newer. Copies nothing to anywhere else.
"""

import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from tuf.api.exceptions import DownloadError
from tuf.api.metadata import Metadata, Root, Signed, Targets

from zoopkg.errors import explaining
from zoopkg.index import roles, trust
from zoopkg.index.catalog import MAX_CATALOG
from zoopkg.index.fetcher import MirrorFetcher
from zoopkg.index.location import MAX_ROOT, Location
from zoopkg.index.problems import TUF_ERRORS
from zoopkg.index.published import Kept, Published
from zoopkg.index.state import TrustedState
from zoopkg.index.targets import TargetReader, naming_hash
from zoopkg.index.workflow import Terms, View
from zoopkg.transport.base import Opener

_EVER = timedelta(days=36_500)
# What a client may ask for; anything else that is signed would only be a name that somebody else chose.
_ASKED = re.compile(r"(?:[a-z0-9-]+/)?_?[a-z0-9]+(?:-[a-z0-9]+)*\.json")


def take(folder: Path, location: Location, opener: Opener, now: datetime, at_once: int) -> Published:
    """The newest complete state of an index, verified from its root on.

    Args:
        folder: where its files are kept.
        location: the root, and where to ask.
        opener: how to reach it.
        now: this machine's clock.
        at_once: how many documents to ask for at the same time.

    Raises:
        IntegrityError: something fails verification.
        NotOnMirrorsError: something is not there.
        ZooError: the folder cannot be written.
    """
    state = TrustedState(folder / "state")
    view = _view(state, location, opener, now)
    generation = state.folder / state.pointer().complete
    signed = {role: _signed(_file(generation, role)) for role in (roles.TARGETS, *_namespace_roles(view))}
    documents = dict(_documents(view, (each for each in signed.values() if isinstance(each, Targets))))
    reader = TargetReader(state, view, opener)
    with ThreadPoolExecutor(at_once) as executor:
        for _ in executor.map(lambda path: reader.read(path, MAX_CATALOG), documents):
            pass
    with explaining(f"write into '{folder}'"):
        snapshot = _file(generation, roles.SNAPSHOT)
        return Published(
            roots=(*_earlier_roots(folder, location, opener), *_roots(generation)),
            roles=tuple(_kept(role, each.version, _file(generation, role)) for role, each in reversed(signed.items())),
            snapshot=_kept(roles.SNAPSHOT, _signed(snapshot).version, snapshot),
            timestamp=Kept.of(roles.TIMESTAMP_FILE, _file(generation, roles.TIMESTAMP)),
            documents={
                path: Kept.of(roles.target_file(path, sha), state.targets / sha) for path, sha in documents.items()
            },
            expired={role: when for role, when in view.expiries().items() if when <= now},
        )


def _view(state: TrustedState, location: Location, opener: Opener, now: datetime) -> View:
    """The trusted state with the roles of all namespaces, which are known only once the first ones have loaded."""
    needed: set[str] = set()
    while True:
        terms = Terms(location.root, now, now - _EVER, sorted(needed))
        view = trust.refresh(state, location.urls, opener, terms)
        found = {roles.revoked_target(roles.role_namespace(role) or "") for role in _namespace_roles(view)}
        if found <= needed:
            return view
        needed = found


def _namespace_roles(view: View) -> list[str]:
    """The delegated roles that sign for a namespace; a client asks no other."""
    return [role for role in view.delegated() if roles.is_namespace(roles.role_namespace(role) or "")]


def _documents(view: View, listed: Iterable[Targets]) -> Iterator[tuple[str, str]]:
    """The paths of all documents, each with the hash that names its file."""
    for path in dict.fromkeys(path for each in listed for path in each.targets):
        target = view.target(path) if _ASKED.fullmatch(path) else None
        if target is not None:
            yield path, naming_hash(target)


def _file(generation: Path, role: str) -> Path:
    return generation / f"{quote(role, '')}.json"


def _signed(path: Path) -> Signed:
    return Metadata.from_bytes(path.read_bytes()).signed


def _kept(role: str, version: int, path: Path) -> Kept:
    return Kept.of(roles.metadata_file(role, version), path)


def _roots(generation: Path) -> Iterator[Kept]:
    """The chain from the trusted root on."""
    for path in sorted(
        generation.glob(f"root_history/*.{roles.ROOT}.json"), key=lambda path: roles.file_version(path.name)
    ):
        yield Kept.of(path.name, path)


def _earlier_roots(folder: Path, location: Location, opener: Opener) -> list[Kept]:
    """Those before the trusted root that the index has, each followed by the next: for clients that trust an older one.

    Whoever begins with one of them ends where the chain of the trusted root does.
    """
    fetcher = MirrorFetcher(opener, location.urls[0])
    later = Metadata[Root].from_bytes(location.root)
    found: list[Kept] = []
    while later.signed.version > 1:
        name = roles.metadata_file(roles.ROOT, later.signed.version - 1)
        try:
            data = fetcher.download_bytes(name, MAX_ROOT)
            earlier = Metadata[Root].from_bytes(data)
            for verified in (earlier, later):
                earlier.signed.verify_delegate(roles.ROOT, verified.signed_bytes, verified.signatures)
        except (*TUF_ERRORS, DownloadError):
            break
        if earlier.signed.version != later.signed.version - 1:
            break
        (folder / name).write_bytes(data)
        found.insert(0, Kept.of(name, folder / name))
        later = earlier
    return found
