"""Stories of one mirror and one client: what is accepted, what is refused, what is said."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from simulator import NAMESPACE_ROLE, Mirrors, Simulator
from tuf.api.metadata import MetaFile, Targets

from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError
from zoopkg.index import roles
from zoopkg.index.client import IndexClient
from zoopkg.index.revoked import read_revocations
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Revocations

DEMO = PackName.parse("demo")
ClientOf = Callable[..., IndexClient]


def summary(client: IndexClient) -> str:
    record = client.record(DEMO)
    assert record is not None
    return record.texts.summary


def test_a_client_sees_what_was_published_and_then_what_changed(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    client = client_of(mirrors)
    client.refresh()
    assert summary(client) == "first"
    assert [entry.name for entry in client.catalog()] == [DEMO]
    assert client.mirrors().templates == ("https://zoo.example/{digest}",)
    assert client.namespaces() == ("zoo",)
    assert client.record(PackName.parse("absent")) is None
    assert client.record(PackName.parse("elsewhere/demo")) is None
    assert client.catalog("elsewhere") == ()
    sim.add("demo", "second")
    assert summary(client) == "first"
    client.refresh()
    assert summary(client) == "second"
    assert set(client.records([DEMO, PackName.parse("absent")])) == {DEMO}


def test_an_unchanged_index_costs_two_requests(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    client = client_of(mirrors)
    client.record(DEMO)
    mirrors.asked.clear()
    later = client_of(mirrors)
    later.refresh()
    assert summary(later) == "first"
    assert mirrors.asked == ["a/2.root.json", "a/timestamp.json"]


def test_loading_needs_no_mirror(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    client_of(mirrors).record(DEMO)
    mirrors.asked.clear()
    client = client_of(mirrors)
    client.load()
    assert summary(client) == "first"
    with pytest.raises(OfflineError, match="_catalog"):
        client.catalog()
    assert mirrors.asked == []


def test_loading_what_was_never_fetched(sim: Simulator, client_of: ClientOf) -> None:
    with pytest.raises(OfflineError) as caught:
        client_of(Mirrors(a=sim.files)).load()
    assert caught.value.exit_code == 7


def test_loading_a_namespace_that_was_never_fetched(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    client_of(mirrors, namespaces=()).refresh()
    with pytest.raises(OfflineError, match=f"asked for 1.{NAMESPACE_ROLE}.json offline"):
        client_of(mirrors).load()


def test_a_namespace_that_says_nothing_of_withdrawals_is_refused(sim: Simulator, client_of: ClientOf) -> None:
    del sim.namespace.targets[roles.revoked_target("zoo")]
    sim.namespace.version += 1
    sim.publish()
    with pytest.raises(NotOnMirrorsError, match="does not say what the namespace 'zoo' withdrew"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_loading_an_expired_state_names_role_date_and_clock(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    client_of(mirrors).record(DEMO)
    sim.now += timedelta(days=8)
    with pytest.raises(IntegrityError, match=r"timestamp .* expired on 2026-05-08 12:00 UTC.*clock says 2026-05-09"):
        client_of(mirrors).load()


@pytest.mark.parametrize(
    ("days", "role"), [(8, "timestamp"), (15, "snapshot"), (183, "targets"), (183, NAMESPACE_ROLE), (366, "root")]
)
def test_an_expired_role_is_named(sim: Simulator, client_of: ClientOf, days: int, role: str) -> None:
    sim.snapshot.expires = sim.later(400 if role != "snapshot" else 14)
    sim.timestamp.expires = sim.later(400 if role != "timestamp" else 7)
    if role == NAMESPACE_ROLE:
        sim.targets.expires = sim.later(400)
    sim.publish()
    sim.now += timedelta(days=days)
    with pytest.raises(IntegrityError, match=rf"the {role} metadata of the index expired on .*from a; .*clock"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_staleness_may_be_allowed_for_some_days(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    sim.now += timedelta(days=8)
    with pytest.raises(IntegrityError, match="expired"):
        client_of(mirrors, allow_stale=timedelta(hours=20)).refresh()
    client = client_of(mirrors, allow_stale=timedelta(days=2))
    client.refresh()
    assert summary(client) == "first"
    assert list(client.expired()) == ["timestamp"]
    mirrors.hosts["a"]["timestamp.json"] = sim.sign("timestamp", sim.timestamp, [CryptoSigner.generate_ed25519()])
    with pytest.raises(IntegrityError, match="lacks valid signatures"):
        client_of(mirrors, allow_stale=timedelta(days=2)).refresh()


def test_another_root_does_not_make_it_trusted(sim: Simulator, client_of: ClientOf) -> None:
    with pytest.raises(IntegrityError, match="lacks valid signatures") as caught:
        client_of(Mirrors(a=sim.files), root=Simulator().trusted_root).refresh()
    assert caught.value.exit_code == 5
    assert "--root" in caught.value.hint


@pytest.mark.parametrize("root", [b"", b"{}", b"<html>", b"[" * 100_000, b"\xff"])
def test_root_bytes_that_are_none(sim: Simulator, client_of: ClientOf, root: bytes) -> None:
    with pytest.raises(IntegrityError, match="not valid root metadata"):
        client_of(Mirrors(a=sim.files), root=root).refresh()


def test_a_root_is_always_passed_so_a_lost_state_is_no_loss(
    sim: Simulator, client_of: ClientOf, tmp_path: Path
) -> None:
    client_of(Mirrors(a=sim.files)).record(DEMO)
    (tmp_path / "state" / "current").write_bytes(b"\0" * 60)
    assert summary(client_of(Mirrors(a=sim.files))) == "first"


@pytest.mark.parametrize("role", roles.TOP_LEVEL)
def test_a_rotated_key_is_followed(sim: Simulator, client_of: ClientOf, role: str) -> None:
    mirrors = Mirrors(a=sim.files)
    client_of(mirrors).record(DEMO)
    sim.rotate(role)
    if role == roles.TARGETS:
        sim.targets.version += 1
    sim.add("demo", "second")
    assert summary(client_of(mirrors)) == "second"


def test_a_root_that_the_old_one_did_not_sign(sim: Simulator, client_of: ClientOf) -> None:
    old = sim.keys["root"][0]
    sim.rotate(roles.ROOT)
    sim.sign_root()
    with pytest.raises(IntegrityError, match="root metadata that lacks valid signatures"):
        client_of(Mirrors(a=sim.files)).refresh()
    sim.files["2.root.json"] = sim.sign(roles.ROOT, sim.root, [old])
    with pytest.raises(IntegrityError, match="root metadata that lacks valid signatures"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_too_few_signatures(sim: Simulator, client_of: ClientOf) -> None:
    second = CryptoSigner.generate_ed25519()
    sim.targets.add_key(second.public_key, NAMESPACE_ROLE)
    sim.targets.delegations.roles[NAMESPACE_ROLE].threshold = 2
    sim.targets.version += 1
    sim.add("demo", "second")
    mirrors = Mirrors(a=sim.files)
    with pytest.raises(IntegrityError, match=rf"{NAMESPACE_ROLE} metadata that lacks valid signatures .*1/2"):
        client_of(mirrors).refresh()
    sim.keys[NAMESPACE_ROLE].append(second)
    sim.add("demo", "third")
    assert summary(client_of(mirrors)) == "third"


def test_a_signature_twice_counts_once(sim: Simulator, client_of: ClientOf) -> None:
    sim.root.roles["timestamp"].threshold = 2
    sim.root.add_key(CryptoSigner.generate_ed25519().public_key, "timestamp")
    sim.sign_root()
    document = json.loads(sim.files["timestamp.json"])
    document["signatures"] *= 2
    sim.files["timestamp.json"] = json.dumps(document).encode()
    with pytest.raises(IntegrityError):
        client_of(Mirrors(a=sim.files)).refresh()


def test_unsigned_metadata(sim: Simulator, client_of: ClientOf) -> None:
    sim.files["timestamp.json"] = sim.sign("timestamp", sim.timestamp, [])
    with pytest.raises(IntegrityError, match="timestamp metadata that lacks valid signatures"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_a_mirror_that_rolls_back(sim: Simulator, client_of: ClientOf) -> None:
    old = sim.mirror()
    sim.add("demo", "second")
    client_of(Mirrors(a=sim.files)).refresh()
    with pytest.raises(IntegrityError, match="must not follow what is already trusted") as caught:
        client_of(Mirrors(a=old)).refresh()
    assert caught.value.exit_code == 5
    client = client_of(Mirrors(a=sim.files))
    client.load()
    assert client.expired() == {}


def test_mixed_and_matched_metadata(sim: Simulator, client_of: ClientOf) -> None:
    old = sim.mirror()
    sim.add("demo", "second")
    sim.files[f"2.{NAMESPACE_ROLE}.json"] = old[f"1.{NAMESPACE_ROLE}.json"]
    with pytest.raises(IntegrityError, match=f"{NAMESPACE_ROLE} metadata that fails verification"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_a_snapshot_that_forgets_a_role(sim: Simulator, client_of: ClientOf) -> None:
    client_of(Mirrors(a=sim.files)).refresh()
    del sim.snapshot.meta[f"{NAMESPACE_ROLE}.json"]
    sim.refresh()
    with pytest.raises(IntegrityError, match="snapshot"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_a_namespace_cannot_speak_for_another(sim: Simulator, client_of: ClientOf) -> None:
    sim.put(sim.namespace, "hospital/demo.json", b"{}")
    sim.namespace.version += 1
    sim.publish()
    client = client_of(Mirrors(a=sim.files))
    assert client.record(PackName.parse("hospital/demo")) is None


def test_a_record_signed_under_anothers_name(sim: Simulator, client_of: ClientOf) -> None:
    sim.put(sim.namespace, "zoo/other.json", sim.records[DEMO].encode())
    sim.namespace.version += 1
    sim.publish()
    with pytest.raises(IntegrityError, match="signed the record of zoo/demo as that of zoo/other"):
        client_of(Mirrors(a=sim.files)).record(PackName.parse("other"))


@pytest.mark.parametrize("name", ["timestamp.json", "2.root.json", "1.snapshot.json", f"1.{NAMESPACE_ROLE}.json"])
def test_endless_metadata(sim: Simulator, client_of: ClientOf, name: str) -> None:
    sim.files[name] = b" " * (40 << 20)
    with pytest.raises(IntegrityError, match="larger than"):
        client_of(Mirrors(a=sim.files)).refresh()


def test_a_target_that_is_stated_too_large(sim: Simulator, client_of: ClientOf) -> None:
    sim.namespace.targets["zoo/demo.json"].length = 1 << 40
    sim.namespace.version += 1
    sim.publish()
    with pytest.raises(IntegrityError, match="over 16777216"):
        client_of(Mirrors(a=sim.files)).record(DEMO)


def test_a_target_hash_that_is_a_path(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    sim.namespace.targets["zoo/demo.json"].hashes["sha256"] = "../../escaped"
    sim.namespace.version += 1
    sim.publish()
    with pytest.raises(IntegrityError, match="states"):
        client_of(Mirrors(a=sim.files)).record(DEMO)
    assert not (tmp_path / "escaped").exists()


def test_delegated_role_names_that_are_paths_are_no_namespaces(
    sim: Simulator, client_of: ClientOf, tmp_path: Path
) -> None:
    role = sim.targets.delegations.roles.pop(NAMESPACE_ROLE)
    evil = "ns-../../escaped"
    role.name = evil
    sim.targets.delegations.roles[evil] = role
    sim.targets.version += 1
    sim.keys[evil] = sim.keys[NAMESPACE_ROLE]
    data = sim.sign(evil, sim.namespace)
    sim.files["1.ns-..%2F..%2Fescaped.json"] = data
    sim.snapshot.meta[f"{evil}.json"] = MetaFile.from_data(1, data, ["sha256"])
    sim.publish()
    client = client_of(Mirrors(a=sim.files))
    client.refresh()
    assert client.namespaces() == ()
    assert not list(tmp_path.rglob("*escaped"))


def test_wrong_bytes_for_a_target(sim: Simulator, client_of: ClientOf) -> None:
    client = client_of(Mirrors(a=sim.files))
    client.refresh()
    for name in [name for name in sim.files if name.endswith(".demo.json")]:
        sim.files[name] = sim.files[name].replace(b"first", b"FIRST")
    with pytest.raises(IntegrityError, match=r"a serves other bytes for 'zoo/demo.json'"):
        client.record(DEMO)


def test_a_damaged_copy_of_a_target_is_fetched_again(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    client_of(Mirrors(a=sim.files)).record(DEMO)
    for path in (tmp_path / "state" / "targets").iterdir():
        path.write_bytes(b"{}")
    assert summary(client_of(Mirrors(a=sim.files))) == "first"


def test_a_damaged_generation_is_fetched_again(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    client_of(Mirrors(a=sim.files)).record(DEMO)
    for path in (tmp_path / "state").glob("trusted-*/**/*.json"):
        path.write_bytes(path.read_bytes()[:-9] + b"\0garbage\0")
    assert summary(client_of(Mirrors(a=sim.files))) == "first"


def test_no_mirror_answers(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files, b=sim.files)
    mirrors.down = {"a", "b"}
    with pytest.raises(NotOnMirrorsError, match="did not answer") as caught:
        client_of(mirrors).refresh()
    assert caught.value.exit_code == 6
    with pytest.raises(NotOnMirrorsError, match=r"has no timestamp\.json"):
        client_of(Mirrors(a={})).refresh()
    with pytest.raises(NotOnMirrorsError, match="no mirror to ask"):
        client_of(Mirrors()).refresh()


def test_the_opener_was_told_to_stay_offline(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    mirrors.offline = True
    with pytest.raises(OfflineError) as caught:
        client_of(mirrors).refresh()
    assert caught.value.exit_code == 7


def test_an_error_that_a_body_raises_halfway(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    mirrors.breaks = {"1.snapshot.json"}
    with pytest.raises(NotOnMirrorsError, match="no one had thought of"):
        client_of(mirrors).refresh()


def test_messages_hold_no_control_characters(sim: Simulator, client_of: ClientOf) -> None:
    role = sim.targets.delegations.roles[NAMESPACE_ROLE]
    sim.targets.delegations.roles["ns-\x1b[31mred\u202e"] = type(role)(
        "ns-\x1b[31mred\u202e", role.keyids, 1, terminating=False, paths=["zoo/*"]
    )
    sim.targets.delegations.roles = dict(reversed(sim.targets.delegations.roles.items()))
    sim.targets.version += 1
    sim.publish()
    with pytest.raises(IntegrityError) as caught:
        client_of(Mirrors(a=sim.files)).refresh()
    assert caught.value.message.isprintable()


def test_withdrawals_are_remembered_for_who_asks_no_index(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert read_revocations(state) == Revocations({}, {})
    withdrawn = Revocations({Digest.of(b"m"): "a name was legible"}, {Digest.of(b"i"): "the same"})
    sim.put(sim.namespace, roles.revoked_target("zoo"), withdrawn.encode())
    sim.namespace.version += 1
    sim.publish()
    client = client_of(Mirrors(a=sim.files))
    client.refresh()
    assert client.revocations() == withdrawn
    assert read_revocations(state) == withdrawn
    assert read_revocations(state, "zoo") == withdrawn
    assert read_revocations(state, "hospital") == Revocations({}, {})


def test_a_namespace_is_loaded_when_it_is_first_asked_for(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files)
    client = client_of(mirrors, namespaces=())
    client.refresh()
    assert not [name for name in mirrors.asked if NAMESPACE_ROLE in name]
    assert summary(client) == "first"
    again = client_of(mirrors, namespaces=())
    again.load()
    assert summary(again) == "first"


def test_another_namespaces_neglect_harms_no_one(sim: Simulator, client_of: ClientOf) -> None:
    neglected = Targets(expires=sim.later(-1))
    role = sim.targets.delegations.roles[NAMESPACE_ROLE]
    sim.targets.delegations.roles["ns-hospital"] = type(role)(
        "ns-hospital", role.keyids, 1, terminating=True, paths=["hospital/*"]
    )
    sim.keys["ns-hospital"] = sim.keys[NAMESPACE_ROLE]
    sim.targets.version += 1
    data = sim.sign("ns-hospital", neglected)
    sim.files["1.ns-hospital.json"] = data
    sim.snapshot.meta["ns-hospital.json"] = MetaFile.from_data(1, data, ["sha256"])
    sim.publish()
    client = client_of(Mirrors(a=sim.files))
    assert summary(client) == "first"
    with pytest.raises(IntegrityError, match="the ns-hospital metadata of the index expired"):
        client.record(PackName.parse("hospital/demo"))
    client.refresh()
    assert summary(client) == "first"
