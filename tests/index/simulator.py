"""An index in memory that does what it is told, honest or not, and mirrors that serve copies of it.

A story changes `Simulator.root`, `.targets`, `.namespace` and publishes; `Mirrors` is an Opener over any number of
copies, each of which may lag, lack files, lie, fail in its own way, or be down. Signed with real keys: nothing here is
mocked.
"""

import copy
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, Self

from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from zoopkg.errors import OfflineError
from zoopkg.index import roles
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Revocations, Texts, catalog
from zoopkg.transport.base import MissingError, OverlongError, Span, TransportError

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
NAMESPACE_ROLE = roles.namespace_role("zoo")
_HASHES = ["sha256"]


def record_of(name: str, summary: str) -> Record:
    return Record(PackName.parse(name), Texts(summary))


class Simulator:
    """A whole index, all roles of threshold 1 at first; `files` is what a mirror would copy."""

    def __init__(self) -> None:
        self.now = NOW
        self.keys = {role: [CryptoSigner.generate_ed25519()] for role in (*roles.TOP_LEVEL, NAMESPACE_ROLE)}
        self.root = Root(expires=self.later(365), consistent_snapshot=True)
        for role in roles.TOP_LEVEL:
            self.root.add_key(self.keys[role][0].public_key, role)
        self.targets = Targets(expires=self.later(182))
        delegated = DelegatedRole(NAMESPACE_ROLE, [], 1, terminating=True, paths=["zoo/*"])
        self.targets.delegations = Delegations({}, {NAMESPACE_ROLE: delegated})
        self.targets.add_key(self.keys[NAMESPACE_ROLE][0].public_key, NAMESPACE_ROLE)
        self.namespace = Targets(expires=self.later(182))
        self.snapshot = Snapshot(version=1, expires=self.later(14))
        self.timestamp = Timestamp(expires=self.later(7))
        self.records: dict[PackName, Record] = {}
        self.files: dict[str, bytes] = {}
        self.put(self.targets, roles.MIRRORS_TARGET, MirrorList(("https://zoo.example/{digest}",)).encode())
        self.put(self.namespace, roles.revoked_target("zoo"), Revocations({}, {}).encode())
        self.sign_root()
        self.add("demo", "first")

    def later(self, days: float) -> datetime:
        return self.now + timedelta(days=days)

    def put(self, role: Targets, path: str, data: bytes) -> None:
        target = TargetFile.from_data(path, data, _HASHES)
        role.targets[path] = target
        self.files[roles.target_file(path, target.hashes["sha256"])] = data

    def add(self, name: str, summary: str) -> None:
        """Set a pack's record, and publish."""
        record = record_of(name, summary)
        self.records[record.name] = record
        self.put(self.namespace, roles.record_target("zoo", record.name.name), record.encode())
        self.put(self.namespace, roles.catalog_target("zoo"), catalog(self.records))
        if f"{self.namespace.version}.{NAMESPACE_ROLE}.json" in self.files:
            self.namespace.version += 1
        self.publish()

    def sign(self, role: str, signed: Any, signers: list[CryptoSigner] | None = None) -> bytes:
        metadata: Metadata[Any] = Metadata(signed)
        for signer in self.keys[role] if signers is None else signers:
            metadata.sign(signer, append=True)
        return metadata.to_bytes()

    def sign_root(self, *older: CryptoSigner) -> None:
        """Publish the root as it stands, signed by its keys and the older ones given."""
        self.files[f"{self.root.version}.root.json"] = self.sign(roles.ROOT, self.root, [*self.keys["root"], *older])

    def rotate(self, role: str) -> None:
        """Give a top-level role a new key, through a new root."""
        old, new = self.keys[role][0], CryptoSigner.generate_ed25519()
        self.root.revoke_key(old.public_key.keyid, role)
        self.root.add_key(new.public_key, role)
        self.keys[role] = [new]
        self.root.version += 1
        self.sign_root(*([old] if role == roles.ROOT else []))

    def publish(self) -> None:
        """Sign all but the root as it stands, with the next snapshot and timestamp."""
        for role, signed in ((NAMESPACE_ROLE, self.namespace), (roles.TARGETS, self.targets)):
            data = self.sign(role, signed)
            self.files[f"{signed.version}.{role}.json"] = data
            self.snapshot.meta[f"{role}.json"] = MetaFile.from_data(signed.version, data, _HASHES)
        if f"{self.snapshot.version}.snapshot.json" in self.files:
            self.snapshot.version += 1
            self.timestamp.version += 1
        self.publish_snapshot()

    def publish_snapshot(self) -> None:
        """Sign snapshot and timestamp as they stand."""
        data = self.sign(roles.SNAPSHOT, self.snapshot)
        self.files[f"{self.snapshot.version}.snapshot.json"] = data
        self.timestamp.snapshot_meta = MetaFile.from_data(self.snapshot.version, data, _HASHES)
        self.publish_timestamp()

    def publish_timestamp(self) -> None:
        self.files[roles.TIMESTAMP_FILE] = self.sign(roles.TIMESTAMP, self.timestamp)

    def refresh(self, days: float = 7) -> None:
        """Publish the next snapshot and timestamp, good from `now` on."""
        self.snapshot.version += 1
        self.timestamp.version += 1
        self.snapshot.expires, self.timestamp.expires = self.later(2 * days), self.later(days)
        self.publish_snapshot()

    @property
    def trusted_root(self) -> bytes:
        return self.files["1.root.json"]

    def mirror(self) -> dict[str, bytes]:
        """A copy of all files as they are now."""
        return copy.copy(self.files)


class Mirrors:
    """Copies of an index by host, `sim://HOST/`; counts what is asked for."""

    def __init__(self, **hosts: dict[str, bytes]) -> None:
        self.hosts = hosts
        self.down: set[str] = set()
        self.says: dict[str, Callable[[str], TransportError]] = {}
        self.breaks: set[str] = set()
        self.offline = False
        self.asked: list[str] = []

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> "MemoryBody":
        host, _, name = url.removeprefix("sim://").partition("/")
        self.asked.append(f"{host}/{name}")
        if self.offline:
            raise OfflineError("the network was ruled out")
        if host in self.down:
            raise TransportError(f"{url} did not answer")
        if host in self.says:
            raise self.says[host](url)
        if name not in self.hosts[host]:
            raise MissingError(f"{url} is not there")
        data = self.hosts[host][name]
        if len(data) > limit:
            raise OverlongError(f"{url} is larger than {limit} bytes")
        return MemoryBody(data, url, breaks=name in self.breaks)


class MemoryBody:
    """Bytes as a body; one that breaks raises after its first half, as a generator may."""

    def __init__(self, data: bytes, url: str, *, breaks: bool = False) -> None:
        self.start = 0
        self.total: int | None = len(data)
        self.validator = ""
        self.url = url
        self._data = data
        self._breaks = breaks

    def __iter__(self) -> Iterator[bytes]:
        half = len(self._data) // 2
        yield self._data[:half]
        if self._breaks:
            raise ValueError("the connection went away in a way that no one had thought of")
        yield self._data[half:]

    def close(self) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
