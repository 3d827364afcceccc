"""Withdrawing across namespaces, and pruning what others still need: each owner can only do their own part."""

from pathlib import Path

import pytest
from maintained import THEN, Maintained
from small_packs import build
from withdrawn import OPENER, audit, frames, holdings, installable, prune, withdraw

from zoopkg.errors import PolicyError, UsageError
from zoopkg.index import ceremony, releases
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import keygen
from zoopkg.index.releases import withdrawals
from zoopkg.index.roles import RoleKeys
from zoopkg.install.progress import Silent
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Revocations
from zoopkg.model.version import parse_version
from zoopkg.pack.audit import Auditor
from zoopkg.pack.prune import refuse_staged

SECRET = b"somebody's name"
FILES = {"a": b"a" * 500, "s": SECRET}
TARGET = str(Digest.of(SECRET))


@pytest.fixture
def two(index: Maintained) -> Maintained:
    """An index in which `zoo` and `hospital` have the same files, and by chance the same bundle."""
    keygen(index.keys, "hospital")
    ceremony.delegate(index.idx, "hospital", RoleKeys(("hospital",)), index.keys, index.dates)
    index.add("mine", files=FILES)
    index.add("hospital/theirs", files=FILES)
    index.publish()
    return index


def unfolded(idx: Path) -> list[bytes]:
    return [frame for path in idx.glob("*.bundle") for frame in frames(path)]


def notes(index: Maintained) -> list[str]:
    return [f"{note.what}: {note.why}" for note in Auditor(OPENER, Silent(), 1).audit(str(index.idx), None, THEN).notes]


def test_a_named_file_is_withdrawn_from_its_own_namespace_and_the_others_are_told(two: Maintained) -> None:
    assert any("shared by hospital and zoo" in note for note in notes(two))
    plan = withdraw(two.idx, two.keys, two.dates, ["mine@1.0.0:s"])
    assert (plan.elsewhere, [share.namespace for share in plan.shares]) == (("hospital",), ["zoo"])
    assert {str(holder.held) for holder in plan.holders} == {"mine 1.0.0", "hospital/theirs 1.0.0"}
    assert IndexFolder(two.idx).staged_roles() == ("ns-zoo",)
    two.publish()
    prune(two.idx)
    assert any(SECRET in frame for frame in unfolded(two.idx))  # theirs still needs the bundle
    told = "\n".join(audit(two.idx, two.dates))
    assert "hospital/theirs 1.0.0: its layout still leads to" in told
    assert "which zoo withdrew" in told
    assert "hospital/theirs 1.0.0 still needs it" in told

    withdraw(two.idx, two.keys, two.dates, [TARGET], "hospital")
    two.publish()
    prune(two.idx)
    assert not any(SECRET in frame for frame in unfolded(two.idx))
    assert audit(two.idx, two.dates) == []
    for namespace, name in (("zoo", "mine"), ("hospital", "theirs")):
        assert installable(two.idx, namespace)[name, "1.0.0"] == {Digest.of(FILES["a"])}


def test_a_content_named_by_its_digest_is_withdrawn_wherever_it_is(two: Maintained) -> None:
    plan = withdraw(two.idx, two.keys, two.dates, [TARGET])
    assert [share.namespace for share in plan.shares] == ["hospital", "zoo"]
    assert not set(plan.shares[0].repacking.pieces) & set(plan.shares[1].repacking.pieces)
    two.publish()
    assert all(TARGET in map(str, each.instances) for each in withdrawals(IndexFolder(two.idx)).values())
    prune(two.idx)
    assert audit(two.idx, two.dates) == []


def test_a_release_is_for_its_own_namespace_to_withdraw(two: Maintained) -> None:
    with pytest.raises(UsageError, match="for the owners of zoo to withdraw"):
        withdraw(two.idx, two.keys, two.dates, ["mine@1.0.0"], "hospital")
    withdraw(two.idx, two.keys, two.dates, ["mine@1.0.0"])
    two.publish()
    prune(two.idx)
    assert audit(two.idx, two.dates) == []
    assert any(SECRET in frame for frame in unfolded(two.idx))  # nobody withdrew that of theirs


def test_nothing_is_deleted_by_a_state_that_is_not_published(two: Maintained) -> None:
    withdraw(two.idx, two.keys, two.dates, [TARGET])
    with pytest.raises(PolicyError, match="ns-hospital, ns-zoo is staged"):
        refuse_staged(IndexFolder(two.idx))


def test_a_withdrawal_without_repacking_is_found_and_completed(two: Maintained) -> None:
    releases.revoke(two.idx, "zoo", Revocations({}, {Digest.of(SECRET): "seen"}), two.dates)
    two.publish()
    prune(two.idx)
    assert any(
        "mine 1.0.0 still needs it" in finding or "still leads" in finding for finding in audit(two.idx, two.dates)
    )
    withdraw(two.idx, two.keys, two.dates, [TARGET])
    two.publish()
    prune(two.idx)
    assert audit(two.idx, two.dates) == []


def test_what_was_yanked_before_keeps_its_reason(index: Maintained) -> None:
    index.add("mine", files=FILES)
    releases.yank(index.idx, PackName.parse("mine"), parse_version("1.0.0"), "wrong rows", index.dates)
    withdraw(index.idx, index.keys, index.dates, [TARGET])
    (mine,) = (held for held in holdings(index.idx).releases("zoo") if held.name.name == "mine")
    assert mine.release.yanked == "wrong rows"


def test_an_empty_file_is_no_secret(index: Maintained) -> None:
    index.add("mine", files={"empty": b""})
    with pytest.raises(UsageError, match="an empty file has nothing in it"):
        withdraw(index.idx, index.keys, index.dates, ["mine:empty"])


def test_unreferenced_blobs_go_only_when_asked_for(index: Maintained) -> None:
    entry = build(index.out, "demo", "1.0.0", {"a.dcm": b"first" * 100, "b.dcm": b"second"}, gap=b"gap")
    releases.add(index.idx, entry, index.out, index.keys, index.dates)
    index.publish()
    before = len(list(index.idx.iterdir()))
    prune(index.idx)
    assert len(list(index.idx.iterdir())) == before
    assert any("that no release needs" in note for note in notes(index))
    prune(index.idx, unreferenced=True)
    assert len(list(index.idx.iterdir())) == before - 2  # the old bundle, and the old layout
    assert audit(index.idx, index.dates) == []
    assert not any("that no release needs" in note for note in notes(index))


def test_a_gap_in_the_chain_of_roots(index: Maintained) -> None:
    for _ in range(2):
        ceremony.renew(index.idx, "root", index.dates)
        index.publish()
    (index.idx / "2.root.json").unlink()
    assert any("2.root.json is missing" in finding for finding in audit(index.idx, index.dates))
