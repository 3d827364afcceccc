"""Keys that change hands: what a stolen, lost, or retired key can still do, and what clients see meanwhile."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from children import DONE, KILLED, endings, kill
from maintained import THEN, Maintained
from small_packs import build
from tuf.api.metadata import Metadata, MetaFile, TargetFile

from zoopkg.errors import IntegrityError, PolicyError, UsageError
from zoopkg.index import ceremony, publisher, releases, roles, signing
from zoopkg.index.client import IndexClient
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import KeySource, keygen, read_keys
from zoopkg.index.location import locate
from zoopkg.index.roles import RoleKeys
from zoopkg.index.verify import verify
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Texts
from zoopkg.transport.file import FileOpener

DEMO = PackName.parse("demo")
needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed in a child")


def client_of(idx: Path, state: Path, root: bytes) -> IndexClient:
    return IndexClient(state, root, locate(str(idx)).urls, FileOpener(), now=lambda: THEN)


def retired(index: Maintained, role: str) -> Path:
    """The key of a role away from where the others are, and another one made in its place; where the old one is."""
    keygen(index.keys, f"new-{role}")
    away = index.keys.parent / "retired"
    away.mkdir(exist_ok=True)
    for suffix in (".pem", ".pub.json"):
        (index.keys / f"{role}{suffix}").rename(away / f"{role}{suffix}")
    return away


@needs_fork
def test_a_publication_of_other_keys_that_is_stopped_shows_the_old_state_or_the_new(
    index: Maintained, tmp_path: Path
) -> None:
    """To clients that know the first root alone, and to those that have seen the state before."""
    root = (index.idx / "1.root.json").read_bytes()
    client_of(index.idx, tmp_path / "state", root).refresh()
    keygen(index.keys, "fresh")
    for role in (*roles.TOP_LEVEL, "ns-zoo"):
        ceremony.rotate(index.idx, role, RoleKeys(("fresh",)), index.keys, index.dates)
    index.add(version="1.1.0")
    seen = set()
    for ending in stopped(index, tmp_path):
        assert verify(index.idx, THEN) == ()
        shutil.rmtree(tmp_path / "again", ignore_errors=True)
        shutil.copytree(tmp_path / "state", tmp_path / "again", symlinks=True)
        record = client_of(index.idx, tmp_path / "again", root).record(DEMO)
        seen.add((ending, len(record.releases)))
        index.publish()
        assert len(client_of(index.idx, tmp_path / "again", root).record(DEMO).releases) == 2
    assert seen == {(KILLED, 1), (KILLED, 2), (DONE, 2)}


@needs_fork
def test_without_the_old_online_key_a_stopped_publication_is_refused_until_it_is_completed(
    index: Maintained, tmp_path: Path
) -> None:
    retired(index, "timestamp")
    ceremony.rotate(index.idx, "timestamp", RoleKeys(("new-timestamp",)), index.keys, index.dates)
    found = set()
    for _ in stopped(index, tmp_path):
        found |= {finding.what for finding in verify(index.idx, THEN)}
        index.publish()
        assert verify(index.idx, THEN) == ()
    assert found == {"index"}, "there is such a moment, and it is told"


def stopped(index: Maintained, folder: Path) -> Iterator[int]:
    """How publishing ends, killed at every second change of a file: each is written by two, and then has its name."""
    original, index.idx = index.idx, folder / "copy"
    shutil.copytree(original, index.idx)
    for ending in endings(index.publish, kill, 2):
        yield ending
        shutil.rmtree(index.idx)
        shutil.copytree(original, index.idx)


@pytest.mark.parametrize("role", ["root", "targets", "ns-zoo"])
def test_a_key_that_was_rotated_out_signs_nothing_more(index: Maintained, tmp_path: Path, role: str) -> None:
    old = tmp_path / "old"
    shutil.copytree(index.keys, old)
    keygen(index.keys, "fresh")
    ceremony.rotate(index.idx, role, RoleKeys(("fresh",)), index.keys, index.dates)
    index.publish()
    (index.keys / f"{role}.pem").unlink()
    ceremony.renew(index.idx, role, index.dates)
    with pytest.raises(UsageError, match=f"no key in .* may sign {role}"):
        signing.sign(index.idx, KeySource(keys=(str(old / f"{role}.pem"),)))
    with pytest.raises(PolicyError, match=f"{role} lacks 1 of fresh"):
        publisher.publish(index.idx, old, index.dates)
    index.publish()


def test_the_key_of_one_namespace_signs_nothing_of_another(index: Maintained, tmp_path: Path) -> None:
    hospital = tmp_path / "hospital"
    shutil.copy(keygen(hospital, "hana"), index.keys)
    ceremony.delegate(index.idx, "hospital", RoleKeys(("hana",)), index.keys, index.dates)
    signing.sign(index.idx, hospital)
    index.publish()
    entry = build(index.out, "zoo/demo", "1.1.0", {"x": b"theirs"})
    releases.add(index.idx, entry, index.out, hospital, index.dates)
    with pytest.raises(UsageError, match=r"no key in .* may sign ns-zoo"):
        signing.sign(index.idx, hospital)
    (index.keys / "ns-zoo.pem").unlink()
    with pytest.raises(PolicyError, match="ns-zoo lacks 1 of ns-zoo"):
        index.publish()


def stated(metadata: Metadata[Any]) -> MetaFile:
    return MetaFile.from_data(metadata.signed.version, metadata.to_bytes(), ["sha256"])


class Forger:
    """Someone who has stolen keys and writes into a mirror what they can sign, as no verb of zoopkg would."""

    def __init__(self, idx: Path, *keys: Path) -> None:
        self.folder = IndexFolder(idx)
        self.signers = {keyid: each for folder in keys for keyid, each in read_keys(folder).signers.items()}

    def metadata(self, role: str) -> Metadata[Any]:
        return Metadata[Any].from_bytes(self.folder.published(role) or b"")

    def put(self, role: str, name: str, metadata: Metadata[Any], *keyids: str) -> None:
        metadata.signed.version += 1
        metadata.signatures.clear()
        for keyid in keyids:
            metadata.sign(self.signers[keyid], append=True)
        (self.folder.path / roles.metadata_file(name, metadata.signed.version)).write_bytes(metadata.to_bytes())

    def publish(self, role: str, metadata: Metadata[Any], *keyids: str) -> None:
        """Put a delegated role, then snapshot and timestamp that lead to it."""
        root = self.folder.root().signed
        snapshot, timestamp = self.metadata("snapshot"), self.metadata("timestamp")
        self.put(role, role, metadata, *keyids)
        snapshot.signed.meta[f"{role}.json"] = MetaFile.from_data(
            metadata.signed.version, metadata.to_bytes(), ["sha256"]
        )
        self.put("snapshot", "snapshot", snapshot, *root.roles["snapshot"].keyids)
        timestamp.signed.snapshot_meta = stated(snapshot)
        self.put("timestamp", "timestamp", timestamp, *root.roles["timestamp"].keyids)

    def record(self, metadata: Metadata[Any], path: str, record: Record) -> None:
        target = TargetFile.from_data(path, record.encode(), ["sha256"])
        metadata.signed.targets[path] = target
        (self.folder.path / roles.target_file(path, target.hashes["sha256"])).write_bytes(record.encode())


EVIL = Texts("not what it seems")


def test_clients_refuse_what_a_rotated_out_key_signed(index: Maintained, tmp_path: Path) -> None:
    root = (index.idx / "1.root.json").read_bytes()
    old = retired(index, "ns-zoo")
    ceremony.rotate(index.idx, "ns-zoo", RoleKeys(("new-ns-zoo",)), index.keys, index.dates)
    index.publish()
    client_of(index.idx, tmp_path / "state", root).refresh()
    forger = Forger(index.idx, index.keys, old)
    metadata = forger.metadata("ns-zoo")
    forger.record(metadata, "zoo/demo.json", Record(DEMO, EVIL))
    forger.publish("ns-zoo", metadata, *read_keys(old).signers)
    for state in (tmp_path / "state", tmp_path / "new"):
        with pytest.raises(IntegrityError, match="ns-zoo"):
            client_of(index.idx, state, root).record(DEMO)


def test_clients_ignore_what_a_namespace_says_of_packs_that_are_not_its_own(index: Maintained, tmp_path: Path) -> None:
    """The forger has the keys of one namespace, of snapshot and of timestamp: all that is not offline."""
    root = (index.idx / "1.root.json").read_bytes()
    keygen(index.keys, "hana")
    ceremony.delegate(index.idx, "hospital", RoleKeys(("hana",)), index.keys, index.dates)
    index.publish()
    forger = Forger(index.idx, index.keys)
    metadata = forger.metadata("ns-hospital")
    other = PackName.parse("zoo/other")
    forger.record(metadata, "zoo/demo.json", Record(DEMO, EVIL))
    forger.record(metadata, "zoo/other.json", Record(other, EVIL))
    forger.record(metadata, "hospital/scans.json", Record(PackName.parse("hospital/scans"), EVIL))
    (keyid,) = forger.folder.targets().signed.delegations.roles["ns-hospital"].keyids
    forger.publish("ns-hospital", metadata, keyid)
    client = client_of(index.idx, tmp_path / "state", root)
    assert client.record(PackName.parse("hospital/scans")).texts == EVIL, "the forgery itself is whole"
    assert client.record(DEMO).texts != EVIL
    assert client.record(other) is None


def test_a_stolen_online_key_releases_nothing(index: Maintained, tmp_path: Path) -> None:
    root = (index.idx / "1.root.json").read_bytes()
    forger = Forger(index.idx, index.keys)
    metadata = forger.metadata("ns-zoo")
    forger.record(metadata, "zoo/demo.json", Record(DEMO, EVIL))
    (online,) = forger.folder.root().signed.roles["timestamp"].keyids
    forger.publish("ns-zoo", metadata, online)
    with pytest.raises(IntegrityError, match="ns-zoo"):
        client_of(index.idx, tmp_path / "state", root).record(DEMO)


def test_a_few_keys_of_a_role_change(index: Maintained, tmp_path: Path) -> None:
    for name in ("ann", "bo"):
        keygen(index.keys, name)
    status = ceremony.amend(index.idx, "ns-zoo", index.keys, index.dates, add=["ann", "bo"], threshold=2)
    assert next(role for role in status.roles if role.role == "ns-zoo").unsigned == ("ann", "bo", "ns-zoo")
    index.publish()
    status = ceremony.amend(index.idx, "ns-zoo", None, index.dates, remove=["ns-zoo"])
    index.publish()
    role = next(role for role in signing.status(index.idx).roles if role.role == "ns-zoo")
    assert role.signed == ("ann", "bo")
    ceremony.amend(index.idx, "targets", None, index.dates, add=["ann"])
    index.publish()
    assert verify(index.idx, THEN) == ()
    wrong: dict[str, Callable[[], object]] = {
        r"ns-zoo cannot ask for 2 of 1 keys": lambda: amend("ns-zoo", remove=["bo"]),
        r"ns-zoo cannot ask for 3 of 2 keys": lambda: amend("ns-zoo", threshold=3),
        r"cy does not sign for ns-zoo": lambda: amend("ns-zoo", remove=["cy"]),
        r"no public key dee": lambda: amend("root", add=["dee"]),
        r"has no role 'ns-clinic'": lambda: amend("ns-clinic", add=["ann"]),
    }

    def amend(role: str, **changes: object) -> None:
        ceremony.amend(index.idx, role, None, index.dates, **changes)

    for why, act in wrong.items():
        with pytest.raises(UsageError, match=why):
            act()
    assert signing.status(index.idx).staged == ()


def test_nothing_of_a_role_that_nobody_delegates_to_is_signed(index: Maintained) -> None:
    shutil.copy(index.idx / "2.ns-zoo.json", index.idx / "staged/3.ns-clinic.json")
    with pytest.raises(IntegrityError, match="'ns-clinic', to which no other role delegates"):
        signing.sign(index.idx, index.keys)
    (index.idx / "staged/3.ns-clinic.json").rename(index.idx / "staged/3.%2A.json")
    with pytest.raises(UsageError, match="nothing is staged"):  # a name that is no role's is none of our files
        signing.sign(index.idx, index.keys)
    (index.idx / "staged/3.%2A.json").rename(index.idx / "staged/3.ns%2Dzoo.json")
    with pytest.raises(IntegrityError, match="is not named as the metadata of ns-zoo is"):
        signing.sign(index.idx, index.keys)


def test_a_copy_is_no_index_to_publish(index: Maintained, tmp_path: Path) -> None:
    index.add(version="1.1.0")
    shutil.copytree(index.idx / "staged", tmp_path / "stick")
    for act in (publisher.publish, publisher.refresh):
        with pytest.raises(UsageError, match="is a copy of what is staged"):
            act(tmp_path / "stick", index.keys, index.dates)
