"""Stories of many mirrors: the newest complete state wins, whatever the others hide, lack or make up."""

import itertools
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from simulator import NAMESPACE_ROLE, Mirrors, Simulator

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError
from zoopkg.index import again, roles
from zoopkg.index.client import IndexClient
from zoopkg.index.problems import Problem
from zoopkg.index.state import TrustedState
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList
from zoopkg.transport import retry
from zoopkg.transport.base import TransportError
from zoopkg.transport.settings import Patience

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


def test_a_second_mirror_with_the_same_state_costs_three_requests(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(a=sim.files, b=sim.files)
    client_of(mirrors).refresh()
    from_b = [name for name in mirrors.asked if name.startswith("b/")]
    assert from_b == ["b/2.root.json", f"b/{roles.TIMESTAMP_FILE}", "b/1.snapshot.json"]


# Who is named ---------------------------------------------------------------------------------------------------------


def problems_of(client_of: ClientOf, mirrors: Mirrors, **options: object) -> dict[str, str]:
    """What a refresh says of each mirror, by its host."""
    problems: list[Problem] = []
    client_of(mirrors, report=problems.append, **options).record(DEMO)
    named = {problem.mirror.split("/")[2]: problem.reason for problem in problems}
    assert len(named) == len(problems)
    return named


@pytest.mark.parametrize("order", list(itertools.permutations(["hides", "old", "good"])))
def test_one_that_hides_a_rotation_and_one_with_an_old_state_are_named(
    sim: Simulator, client_of: ClientOf, order: tuple[str, ...]
) -> None:
    before = sim.mirror()
    stolen = sim.keys["timestamp"][0]
    sim.rotate("timestamp")
    sim.add("demo", "second")
    old = sim.mirror()
    sim.add("demo", "third")
    sim.timestamp.version, kept = 1000, sim.timestamp.version
    hides = before | {"timestamp.json": sim.sign("timestamp", sim.timestamp, [stolen])}
    sim.timestamp.version = kept
    states = {"hides": hides | without(sim.files, "root.json", "timestamp.json"), "old": old, "good": sim.files}
    named = problems_of(client_of, Mirrors(**{name: states[name] for name in order}))
    assert set(named) == {"hides", "old"}
    assert named["hides"].startswith("hides root version 2")
    assert named["old"] == "serves an old state (timestamp version 2, where 3 is known)"


def test_a_mirror_that_is_only_behind_is_told_to_be_all_that_it_is(sim: Simulator, client_of: ClientOf) -> None:
    behind = sim.mirror()
    sim.rotate("snapshot")
    sim.add("demo", "second")
    expected = "hides root version 2; serves an old state (timestamp version 1, where 2 is known)"
    assert problems_of(client_of, Mirrors(behind=behind, good=sim.files)) == {"behind": expected}


def test_mirrors_that_are_alike_and_one_for_blobs_alone_are_no_problem(sim: Simulator, client_of: ClientOf) -> None:
    blobs_only = {"0" * 64 + ".bundle": b"a bundle"}
    assert problems_of(client_of, Mirrors(blobs=blobs_only, a=sim.files, b=sim.mirror())) == {}


def test_a_mirror_of_another_index_is_told_as_such(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    other = Simulator()
    other.rotate("timestamp")
    other.add("demo", "of another index")
    for number, hosts in enumerate(({"other": other.files, "a": sim.files}, {"a": sim.files, "other": other.files})):
        problems: list[Problem] = []
        options = {"state": tmp_path / f"{number}", "report": problems.append}
        mirrors = Mirrors(**hosts)
        client = client_of(mirrors, strangers=["sim://other/"], **options)
        assert summary(client) == "first"
        assert client.record(PackName.parse("private")) is None
        assert not any("demo" in name or "private" in name for name in mirrors.asked if name.startswith("other/"))
        assert [(problem.foreign, problem.reason) for problem in problems] == [
            (True, "is a mirror of another index, whose root differs")
        ]
    # Of a mirror that the index itself names, it is a forgery.
    named = problems_of(client_of, Mirrors(other=other.files, a=sim.files), state=tmp_path / "signed")
    assert named == {"other": "its root metadata is not signed by the keys of the index"}


def test_mirrors_of_other_indexes_alone_are_no_forgery(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(other=Simulator().files, down={})
    mirrors.down = {"down"}
    with pytest.raises(NotOnMirrorsError, match=r"other: is a mirror of another index.*down: did not answer"):
        client_of(mirrors, strangers=["sim://other/"]).refresh()


def test_a_target_that_a_mirror_should_have_and_lacks_or_fakes_is_told(sim: Simulator, client_of: ClientOf) -> None:
    lacks = without(sim.mirror(), ".demo.json")
    fakes = {name: b"{}" if name.endswith(".demo.json") else data for name, data in sim.files.items()}
    named = problems_of(client_of, Mirrors(lacks=lacks, fakes=fakes, good=sim.files))
    assert re.fullmatch(r"is incomplete, it has no zoo/demo\.json", named["lacks"])
    assert re.fullmatch(r"serves other bytes for zoo/demo\.json than the index signed", named["fakes"])
    assert set(named) == {"lacks", "fakes"}


# How they are asked ---------------------------------------------------------------------------------------------------


def test_a_silent_mirror_is_asked_once_in_a_run(sim: Simulator, client_of: ClientOf) -> None:
    mirrors = Mirrors(down={}, a=sim.files)
    mirrors.down = {"down"}
    client = client_of(mirrors)
    for _ in range(3):
        client.refresh()
        assert client.record(DEMO)
    assert [name for name in mirrors.asked if name.startswith("down/")] == ["down/2.root.json"]


def test_those_that_fail_in_passing_are_asked_again_while_none_is_good(
    sim: Simulator, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.0)
    mirrors = Mirrors(a={}, b=sim.files)
    left = iter(range(2))
    mirrors.says = {"b": lambda url: TransportError(f"{url} answered HTTP 503")}
    honest = mirrors.open

    def recovering(url: str, **options: Any) -> Any:
        if url.startswith("sim://b/") and next(left, None) is None:
            mirrors.says = {}
        return honest(url, **options)

    monkeypatch.setattr(mirrors, "open", recovering)
    assert summary(client_of(mirrors, patience=Patience(rounds=4))) == "first"
    assert mirrors.asked.count("a/2.root.json") == 1


@pytest.mark.parametrize("lost", ["", "demo.json"], ids=["all metadata", "a target"])
def test_who_says_when_to_ask_again_is_given_that_time(
    sim: Simulator, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch, lost: str
) -> None:
    slept: list[float] = []
    mirrors = Mirrors(a=sim.files, b=sim.files)
    honest = mirrors.open

    def recover(seconds: float) -> None:
        slept.append(seconds)
        mirrors.open = honest

    def busy(url: str, **options: Any) -> Any:
        if url.endswith(lost):
            raise TransportError(f"{url} answered HTTP 503", retry_after=7.0 if "//a/" in url else 30.0)
        return honest(url, **options)

    monkeypatch.setattr(mirrors, "open", busy)
    monkeypatch.setattr(again.time, "sleep", recover)
    assert summary(client_of(mirrors, patience=Patience(rounds=2))) == "first"
    assert slept == [30.0]


def test_the_first_answers_of_all_come_at_once(sim: Simulator, client_of: ClientOf) -> None:
    """Each of the mirrors answers only when all of them were asked."""
    hosts = {name: sim.mirror() for name in "abcd"}
    mirrors = Mirrors(**hosts)
    honest, all_asked = mirrors.open, threading.Barrier(len(hosts), timeout=60)

    def together(url: str, **options: Any) -> Any:
        if url.endswith("/2.root.json"):
            all_asked.wait()
        return honest(url, **options)

    mirrors.open = together
    assert summary(client_of(mirrors)) == "first"


def test_a_chain_of_roots_without_end_is_not_taken_in_before_it_is_verified(
    sim: Simulator, client_of: ClientOf
) -> None:
    endless = {f"{version}.root.json": b" " * 500_000 for version in range(2, 300)} | sim.mirror()
    mirrors = Mirrors(endless=endless, good=sim.files)
    assert "endless" in problems_of(client_of, mirrors)
    assert len([name for name in mirrors.asked if name.startswith("endless/")]) < 8


def test_those_that_the_index_signs_are_asked_the_next_time_and_a_new_list_at_once(
    sim: Simulator, client_of: ClientOf
) -> None:
    """The index's own place lags; the mirror that its new list names does not."""
    mirrors = Mirrors(own=sim.mirror(), listed={})
    places = {"places": lambda signed: ["sim://own/", *(url for url in signed.templates if url.startswith("sim:"))]}
    assert summary(client_of(mirrors, **places)) == "first"
    assert not any(name.startswith("listed/") for name in mirrors.asked)
    sim.put(sim.targets, roles.MIRRORS_TARGET, MirrorList(("sim://listed/{digest}",)).encode())
    sim.targets.version += 1
    sim.publish()
    mirrors.hosts["own"] = sim.mirror()
    sim.add("demo", "second")
    mirrors.hosts["listed"] = sim.mirror()
    assert summary(client_of(mirrors, **places)) == "second"
    mirrors.asked.clear()
    assert summary(client_of(mirrors, **places)) == "second"
    assert mirrors.asked.count("listed/timestamp.json") == 1


def test_a_damaged_memory_of_the_list_is_no_list(sim: Simulator, client_of: ClientOf, tmp_path: Path) -> None:
    places = {"places": lambda signed: ["sim://a/", *(url for url in signed.templates if url.startswith("sim:"))]}
    client_of(Mirrors(a=sim.files), **places).refresh()
    (tmp_path / "state" / "mirrors.json").write_bytes(b"{")
    assert summary(client_of(Mirrors(a=sim.files), **places)) == "first"
