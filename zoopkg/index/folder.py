"""An index folder on disk: what is published in it, and what is staged. Reads and writes; signs nothing.

    1.root.json, 3.targets.json, 7.ns-zoo.json, 12.snapshot.json, timestamp.json    metadata
    <sha256>.ct-basic.json, <sha256>._catalog.json, <sha256>.mirrors.json           targets
    <blake3>.manifest, .layout, .bundle                                             blobs
    staged/8.ns-zoo.json, staged/zoo/ct-basic.json                                  the next state, for signatures
    staged/_published/                                             of the present state, what signers compare with

What is published follows from timestamp.json alone (and the highest root), so half of a next state is never seen.
A copy of `staged` may travel to another machine and be signed there: it can be opened like the index itself.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any, TypeVar, cast

from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp

from zoopkg.errors import IntegrityError, UsageError, ZooError, explaining
from zoopkg.index import roles
from zoopkg.index.fetcher import MAX_METADATA
from zoopkg.index.files import read_file, write_file
from zoopkg.index.targets import naming_hash
from zoopkg.store.locks import FileLock, LockTimeoutError

T = TypeVar("T", Root, Targets, Snapshot, Timestamp)

_PUBLISHED = "_published"
_PATIENCE = 300.0
_NAME_ONE = "Name the index, or a copy of its `staged` folder."


class IndexFolder:
    """An index folder, or a travelling copy of what is staged in one.

    Raises:
        UsageError: the folder holds no index; not where `new` says that one is to be made in it.
    """

    def __init__(self, path: Path, *, new: bool = False) -> None:
        self.path = path
        self.staged = path / roles.STAGED
        self._published = path
        if not self.staged.is_dir() and not (path / roles.TIMESTAMP_FILE).exists() and _travels(path):
            self.staged, self._published = path, path / _PUBLISHED
        self._bare = False
        known = any(name.endswith(".root.json") for each in (self.staged, self._published) for name in _names(each))
        if not known and not new:
            if not path.exists():
                raise UsageError(f"there is no folder '{path}'", hint=_NAME_ONE)
            raise UsageError(f"'{path}' holds no index", hint=f"{_NAME_ONE} `zoopkg index init` makes a new one.")

    @property
    def travels(self) -> bool:
        """Whether this is a copy of what is staged, away from its index."""
        return self._published != self.path

    def without_staged(self) -> "IndexFolder":
        """The same index as if nothing were staged."""
        bare = copy(self)
        bare._bare = True  # noqa: SLF001  (one of its own)
        return bare

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Keep other maintainers' processes out of this folder.

        Raises:
            ZooError: the folder cannot be written, there or in what is done meanwhile.
        """
        try:
            self.staged.mkdir(parents=True, exist_ok=True)
            with FileLock(self.staged / ".lock", _PATIENCE):
                yield
        except LockTimeoutError as error:
            raise ZooError(f"another process has been changing '{self.path}' for {_PATIENCE:.0f} seconds") from error
        except OSError as error:
            raise ZooError(f"the index folder '{self.path}' cannot be written: {error.strerror}") from error

    def published(self, role: str) -> bytes | None:
        """The bytes of a role's published metadata, or None where it has none yet."""
        version = self._version(role)
        return self._read(self._published / roles.metadata_file(role, version)) if version else None

    def _version(self, role: str) -> int:
        if role == roles.ROOT or self.travels:
            return max(map(roles.file_version, _files_of(role, self._published)), default=0)
        timestamp = self._read(self.path / roles.TIMESTAMP_FILE)
        if timestamp is None or role == roles.TIMESTAMP:
            return int(timestamp is not None)
        version = parse(timestamp, Timestamp, roles.TIMESTAMP_FILE).signed.snapshot_meta.version
        if role == roles.SNAPSHOT:
            return int(version)
        name = roles.metadata_file(roles.SNAPSHOT, version)
        meta = parse(self._read(self.path / name), Snapshot, name).signed.meta.get(f"{role}.json")
        return int(meta.version) if meta else 0

    def staged_file(self, role: str) -> Path | None:
        """The file of a role's staged metadata, or None."""
        found = [] if self._bare else _files_of(role, self.staged)
        return self.staged / found[-1] if found else None

    def final(self, role: str) -> bytes | None:
        """The bytes of a role's metadata in the next state: what is staged, else what is published."""
        path = self.staged_file(role)
        return self.published(role) if path is None else self._read(path)

    def root(self) -> Metadata[Root]:
        """The root of the next state."""
        return parse(self.final(roles.ROOT), Root, roles.ROOT)

    def roots(self) -> list[bytes]:
        """The chain of published roots, the oldest first, as far back as the folder has it."""
        files = sorted(self._published.glob("*.root.json"), key=lambda path: roles.file_version(path.name))
        return [data for path in files if (data := self._read(path)) is not None]

    def published_target(self, target: TargetFile) -> bytes | None:
        """The bytes of a target of the present state, or None where they did not come along."""
        data = self._read(self._published / published_name(target))
        return data if data is not None and _fits(target, data) else None

    def targets(self, role: str = roles.TARGETS) -> Metadata[Targets]:
        """The targets, or a delegated role, of the next state."""
        return parse(self.final(role), Targets, role)

    def delegated(self) -> tuple[str, ...]:
        """The delegated roles of the next state."""
        delegations = self.targets().signed.delegations if self.final(roles.TARGETS) else None
        return tuple(delegations.roles or ()) if delegations else ()

    def staged_roles(self) -> tuple[str, ...]:
        """The roles with staged metadata, root first."""
        known = set()
        for name in () if self._bare else _names(self.staged):
            role, version = roles.file_role(name), roles.file_version(name)
            if not (name.endswith(".json") and version and roles.is_signed_by_hand(role)):
                continue
            if name != roles.metadata_file(role, version):
                raise IntegrityError(f"'{self.staged / name}' is not named as the metadata of {role} is")
            known.add(role)
        return tuple(sorted(known, key=lambda role: (role != roles.ROOT, role != roles.TARGETS, role)))

    def left_out(self, role: str) -> str:
        """In words, where what is staged of a role does not follow upon what is called published; else nothing.

        A verb stages the version after the published one. Where another is published here, or none, the copy may be
        one by which a change of the versions between is not seen.
        """
        before, after = self.published(role), self.final(role)
        old, new = _version_of(before), _version_of(after)
        return "" if new == old + 1 or before == after else f"{role} {new} does not follow upon {role} {old}"

    def target(self, target: TargetFile) -> bytes:
        """The bytes of a target of the next state, by what metadata says of it.

        Raises:
            IntegrityError: the folder does not hold them.
        """
        for path in (self.staged / target.path, self._published / published_name(target)):
            data = read_file(path, MAX_METADATA)
            if data is not None and _fits(target, data):
                return data
        raise IntegrityError(f"'{self.path}' lacks the target '{target.path}' as its metadata states it")

    def stage(self, role: str, metadata: Metadata[Root] | Metadata[Targets]) -> None:
        """Put metadata beside the published one, and with it what of that a signer needs, to count and to compare."""
        self._bring_along(role, metadata)
        earlier = self.staged_file(role)
        path = self.staged / roles.metadata_file(role, metadata.signed.version)
        write_file(path, metadata.to_bytes())
        if earlier is not None and earlier != path:
            earlier.unlink()

    def _bring_along(self, role: str, metadata: Metadata[Root] | Metadata[Targets]) -> None:
        """The chain of roots, the targets, what is published of the role, and the documents that are to change."""
        published = self.staged / _PUBLISHED
        published.mkdir(parents=True, exist_ok=True)
        for path in self._published.glob("*.root.json"):
            self._copy(path.name)
        for each in {roles.TARGETS, role} - {roles.ROOT}:
            if version := self._version(each):
                self._copy(roles.metadata_file(each, version))
        present = None if role == roles.ROOT else self.published(role)
        if present is not None and isinstance(metadata.signed, Targets):
            for name, target in parse(present, Targets, role).signed.targets.items():
                if metadata.signed.targets.get(name) != target:
                    self._copy(published_name(target))

    def _copy(self, name: str) -> None:
        data = self._read(self._published / name)
        if data is not None:
            write_file(self.staged / _PUBLISHED / name, data)

    def stage_target(self, path: str, data: bytes) -> None:
        """Put a target's bytes beside the staged metadata that states them."""
        file = self.staged / path
        file.parent.mkdir(parents=True, exist_ok=True)
        write_file(file, data)

    def tidy(self) -> None:
        """Forget what is staged and published alike, which a publication that was cut off at its end leaves.

        Raises:
            UsageError: something else was published meanwhile under a version that is staged.
        """
        for role in self.staged_roles():
            path = self.staged_file(role)
            published = self.published(role)
            if path is None or published is None or roles.file_version(path.name) > self._version(role):
                continue
            if path.read_bytes() != published:
                raise UsageError(
                    f"'{path}' was overtaken: another version {self._version(role)} of {role} is published",
                    hint=f"Remove '{self.staged}', then stage the change again.",
                )
            path.unlink()

    def clear(self) -> None:
        """Forget all that is staged."""
        for path in self.staged.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.suffix == ".json":
                path.unlink()

    def _read(self, path: Path) -> bytes | None:
        return read_file(path, MAX_METADATA)


def _names(folder: Path) -> list[str]:
    """The names in a folder, none where it is not there; that it cannot be read must not look like an empty one."""
    with explaining(f"read '{folder}'"):
        try:
            return sorted(os.listdir(folder))
        except FileNotFoundError:
            return []


def _files_of(role: str, folder: Path) -> list[str]:
    """The names of a role's metadata in a folder, the latest version last."""
    found = [name for name in _names(folder) if name == roles.metadata_file(role, roles.file_version(name))]
    return sorted(found, key=roles.file_version)


def _version_of(data: bytes | None) -> int:
    try:
        return Metadata[Any].from_bytes(data).signed.version if data else 0
    except RepositoryError as error:
        raise IntegrityError("the index's metadata is damaged") from error


def _travels(path: Path) -> bool:
    return (path / _PUBLISHED).is_dir() or any(path.glob("*.root.json"))


def published_name(target: TargetFile) -> str:
    """The flat file name under which an index publishes a target."""
    return roles.target_file(target.path, naming_hash(target))


def _fits(target: TargetFile, data: bytes) -> bool:
    try:
        target.verify_length_and_hashes(data)
    except RepositoryError:
        return False
    return True


def parse(data: bytes | None, kind: type[T], name: str) -> Metadata[T]:
    """Metadata of the kind that it must be.

    Raises:
        IntegrityError: it is missing, or not such metadata.
    """
    try:
        metadata = Metadata[Any].from_bytes(data or b"")
    except RepositoryError as error:
        raise IntegrityError(f"the index's {name} metadata is missing or damaged") from error
    if not isinstance(metadata.signed, kind):
        raise IntegrityError(f"the index's {name} metadata is of another kind")
    return cast("Metadata[T]", metadata)
