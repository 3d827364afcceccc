"""Stories of many mirrors: the newest complete state wins, whatever the others hide, lack or make up."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest
from simulator import NAMESPACE_ROLE, Mirrors, Simulator

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError
from zoopkg.index import roles
from zoopkg.index.client import IndexClient
from zoopkg.index.state import TrustedState
from zoopkg.model.names import PackName

DEMO = PackName.parse("demo")
ClientOf = Callable[..., IndexClient]


def summary(client: IndexClient) -> str:
    record = client.record(DEMO)
    assert record is not None
    return record.texts.summary


def without(files: dict[str, bytes], *endings: str) -> dict[str, bytes]:
    return {name: data for name, data in files.items() if not name.endswith(endings)}


@pytest.mark.parametrize("order", list(itertools.permutations("abc")))
def test_the_newest_complete_state_wins_in_any_order(sim: Simulator, client_of: ClientOf, order: str) -> None:
    states = {"a": sim.mirror()}
    sim.add("demo", "second")
    states["b"] = sim.mirror()
    sim.add("demo", "third")
    states["c"] = without(sim.mirror(), f"3.{NAMESPACE_ROLE}.json")
    client = client_of(Mirrors(**{host: states[host] for host in order}))
    client.refresh()
    assert summary(client) == "second"


def test_a_newer_timestamp_without_its_snapshot_blocks_no_one(sim: Simulator, client_of: ClientOf) -> None:
    good = sim.mirror()
    sim.add("demo", "second")
    broken = without(sim.mirror(), "2.snapshot.json")
    for _ in range(2):
        client = client_of(Mirrors(broken=broken, good=good))
        client.refresh()
        assert summary(client) == "first"


def test_where_no_mirror_is_complete_the_furthest_part_guards_against_rollback(
    sim: Simulator, client_of: ClientOf, tmp_path: Path
) -> None:
    old = sim.mirror()
    client_of(Mirrors(a=old)).record(DEMO)
    sim.add("demo", "second")
    new = sim.mirror()
    with pytest.raises(NotOnMirrorsError, match=r"has no 2\.snapshot\.json"):
        client_of(Mirrors(a=without(new, "2.snapshot.json"))).refresh()
    pointer = TrustedState(tmp_path / "state").pointer()
    assert pointer.latest != pointer.complete != ""
    with pytest.raises(IntegrityError, match="must not follow"):
        client_of(Mirrors(a=old)).refresh()
    offline = client_of(Mirrors(a=old))
    offline.load()
    assert summary(offline) == "first"
    assert summary(client_of(Mirrors(a=new))) == "second"


def test_a_hidden_rotation_is_found_on_another_mirror(sim: Simulator, client_of: ClientOf) -> None:
    """A mirror whose owner stole the timestamp key hides the root that revoked it, and signs far ahead."""
    stolen = sim.keys["timestamp"][0]
    sim.timestamp.version = 1000
    data = sim.sign("timestamp", sim.timestamp, [stolen])
    liar = without(sim.mirror(), "timestamp.json") | {"timestamp.json": data}
    sim.timestamp.version = 2
    sim.rotate("timestamp")
    sim.add("demo", "second")
    for hosts in ({"liar": liar, "good": sim.files}, {"good": sim.files, "liar": liar}):
        client = client_of(Mirrors(**hosts))
        client.refresh()
        assert summary(client) == "second"


def test_once_a_rotation_is_known_the_liar_alone_is_refused(sim: Simulator, client_of: ClientOf) -> None:
    liar = sim.mirror()
    sim.rotate("timestamp")
    sim.add("demo", "second")
    client_of(Mirrors(good=sim.files)).refresh()
    with pytest.raises(IntegrityError):
        client_of(Mirrors(liar=liar)).refresh()


def test_a_frozen_mirror_is_outvoted(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    frozen = sim.mirror()
    sim.add("demo", "second")
    sim.now = sim.later(8)
    sim.refresh()
    assert summary(client_of(Mirrors(frozen=frozen, good=sim.files))) == "second"
    with pytest.raises(IntegrityError, match="expired"):
        client_of(Mirrors(frozen=frozen), state=tmp_path / "fresh").refresh()


@pytest.mark.parametrize("fault", ["down", "empty", "garbage", "unsigned", "endless"])
def test_one_bad_mirror_among_good_ones(sim: Simulator, client_of: ClientOf, fault: str) -> None:
    bad: dict[str, bytes] = {}
    if fault == "garbage":
        bad = dict.fromkeys(sim.files, b"<html>Please sign in</html>")
    elif fault == "unsigned":
        bad = sim.mirror() | {"timestamp.json": sim.sign("timestamp", sim.timestamp, [])}
    elif fault == "endless":
        bad = dict.fromkeys(sim.files, b" " * (33 << 20))
    mirrors = Mirrors(bad=bad, good=sim.files)
    mirrors.down = {"bad"} if fault == "down" else set()
    assert summary(client_of(mirrors)) == "first"


def test_a_target_that_one_mirror_lacks_or_fakes_comes_from_another(sim: Simulator, client_of: ClientOf) -> None:
    lacking = without(sim.mirror(), ".demo.json")
    faking = {name: b"{}" if name.endswith(".demo.json") else data for name, data in sim.files.items()}
    assert summary(client_of(Mirrors(lacking=lacking, faking=faking, good=sim.files))) == "first"


def test_integrity_is_told_before_absence(sim: Simulator, client_of: ClientOf) -> None:
    faking = {name: b"{}" if name.endswith(".demo.json") else data for name, data in sim.files.items()}
    mirrors = Mirrors(down=sim.files, faking=faking)
    mirrors.down = {"down"}
    with pytest.raises(IntegrityError, match=r"faking serves other bytes .*\(down: did not answer\)"):
        client_of(mirrors).record(DEMO)


def test_templates_are_mirrors_too(sim: Simulator, tmp_path: Path) -> None:
    mirrors = Mirrors(a=sim.files)
    client = IndexClient(tmp_path / "state", sim.trusted_root, ["sim://a/{digest}"], mirrors, now=lambda: sim.now)
    assert summary(client) == "first"


def test_what_a_failed_mirror_left_is_not_on_disk_afterwards(
    sim: Simulator, client_of: ClientOf, tmp_path: Path
) -> None:
    for hosts in ({"bad": {}}, {"bad": {}, "good": sim.files}, {"good": sim.files, "bad": dict(sim.files)}):
        client = client_of(Mirrors(**hosts))
        try:
            client.refresh()
        except ZooError:
            assert "good" not in hosts
        state = TrustedState(tmp_path / "state")
        named = {state.pointer().latest, state.pointer().complete} - {""}
        assert {path.name for path in state.folder.glob("trusted-*")} == named


def test_a_second_mirror_with_the_same_state_costs_two_requests(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files, b=sim.files)
    client_of(mirrors).refresh()
    from_b = [name for name in mirrors.asked if name.startswith("b/")]
    assert from_b == ["b/2.root.json", f"b/{roles.TIMESTAMP_FILE}"]
