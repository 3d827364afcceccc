"""The maintainers' ceremony: several people, machines that never meet, thresholds that hold, keys that change."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from maintained import FILES, THEN, Maintained

from zoopkg.errors import PolicyError, UsageError
from zoopkg.index import ceremony, publisher, releases, signing, staging
from zoopkg.index.client import IndexClient
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import keygen
from zoopkg.index.location import locate
from zoopkg.index.roles import Dates, RoleKeys
from zoopkg.index.verify import verify
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Revocations
from zoopkg.model.version import parse_version
from zoopkg.transport.file import FileOpener

DEMO = PackName.parse("demo")
PEOPLE = ("ann", "bo", "cy")
OFFLINE = RoleKeys(PEOPLE, 2)
SIGNERS = {"root": OFFLINE, "targets": OFFLINE, "ns-zoo": OFFLINE}


def client_of(idx: Path, state: Path, root: bytes | None = None) -> IndexClient:
    location = locate(str(idx))
    return IndexClient(state, root or location.root, location.urls, FileOpener(), now=lambda: THEN)


def of(status: signing.Status, role: str) -> signing.RoleStatus:
    return next(each for each in status.roles if each.role == role)


@pytest.fixture
def desks(tmp_path: Path) -> dict[str, Path]:
    """Each person's private key on a desk of their own; the index machine has all public keys and the online ones."""
    desks = {}
    for person in PEOPLE:
        desks[person] = tmp_path / f"desk-{person}"
        public = keygen(desks[person], person)
        (tmp_path / "keys").mkdir(exist_ok=True)
        shutil.copy(public, tmp_path / "keys")
    for role in ("snapshot", "timestamp"):
        keygen(tmp_path / "keys", role)
    return desks


@pytest.fixture
def shared(tmp_path: Path, desks: dict[str, Path]) -> Maintained:
    """An index that wants two of three people; published with the signatures of ann and bo."""
    shared = Maintained(tmp_path)
    ceremony.init(shared.idx, shared.keys, shared.dates, signers=SIGNERS)
    for person in ("ann", "bo"):
        signing.sign(shared.idx, desks[person])
    shared.publish()
    return shared


def test_a_new_index_of_several_people_waits_for_their_signatures(tmp_path: Path, desks: dict[str, Path]) -> None:
    idx, keys, dates = tmp_path / "idx", tmp_path / "keys", Dates(THEN)
    status = ceremony.init(idx, keys, dates, signers=SIGNERS)
    assert {role.role: role.missing for role in status.short} == {"root": 2, "targets": 2, "ns-zoo": 2}
    assert not (idx / "timestamp.json").exists()
    status = signing.sign(idx, desks["ann"])
    assert of(status, "root").signed == ("ann",)
    assert of(status, "root").unsigned == ("bo", "cy")
    with pytest.raises(PolicyError, match=r"root lacks 1 of bo, cy; targets lacks 1 of bo, cy; ns-zoo lacks 1 of"):
        publisher.publish(idx, keys, dates)
    assert not (idx / "timestamp.json").exists()
    signing.sign(idx, desks["cy"])
    publisher.publish(idx, keys, dates)
    assert verify(idx, THEN) == ()


@pytest.mark.parametrize("kept", ["1.root.json", "1.targets.json"])
def test_a_new_index_that_was_cut_off_is_begun_again(tmp_path: Path, desks: dict[str, Path], kept: str) -> None:
    idx, keys = tmp_path / "idx", tmp_path / "keys"
    ceremony.init(idx, keys, Dates(THEN), signers=SIGNERS)
    with pytest.raises(UsageError, match="holds an index already"):
        ceremony.init(idx, keys, Dates(THEN), signers=SIGNERS)
    for path in (idx / "staged").glob("*.json"):
        if path.name not in ("1.root.json", kept):
            path.unlink()
    ceremony.init(idx, keys, Dates(THEN), signers=SIGNERS)
    for person in ("ann", "bo"):
        signing.sign(idx, desks[person])
    publisher.publish(idx, keys, Dates(THEN))
    assert verify(idx, THEN) == ()


def test_signing_on_machines_that_never_meet(shared: Maintained, desks: dict[str, Path], tmp_path: Path) -> None:
    shared.add()
    copies = {person: tmp_path / f"stick-{person}" for person in ("ann", "cy")}
    for person, copy in copies.items():
        shutil.copytree(shared.idx / "staged", copy)
        status = signing.sign(copy, desks[person])
        assert of(status, "ns-zoo").signed == (person,)
    with pytest.raises(PolicyError, match="ns-zoo lacks 2 of ann, bo, cy"):
        shared.publish()
    for copy in copies.values():
        status = signing.merge(shared.idx, copy)
    assert of(status, "ns-zoo").signed == ("ann", "cy")
    assert of(status, "ns-zoo").staged
    shared.publish()
    assert verify(shared.idx, THEN) == ()


def test_the_first_signatures_may_be_made_on_a_copy_that_lost_its_empty_folders(
    tmp_path: Path, desks: dict[str, Path]
) -> None:
    idx, stick = tmp_path / "idx", tmp_path / "stick"
    ceremony.init(idx, tmp_path / "keys", Dates(THEN), signers=SIGNERS)
    shutil.copytree(idx / "staged", stick)
    (stick / "_published").rmdir()
    for person in ("ann", "bo"):
        assert "zoo/_catalog.json" in signing.sign(stick, desks[person]).staged
    signing.merge(idx, stick)
    publisher.publish(idx, tmp_path / "keys", Dates(THEN))
    assert verify(idx, THEN) == ()


def test_a_merge_that_brings_nothing_says_why(shared: Maintained, desks: dict[str, Path], tmp_path: Path) -> None:
    shared.add()
    copy = tmp_path / "stick"
    shutil.copytree(shared.idx / "staged", copy)
    with pytest.raises(UsageError, match="is a copy of what is staged, and no index"):
        signing.merge(copy, shared.idx)
    for person in ("ann", "bo"):
        signing.sign(copy, desks[person])
    signing.merge(shared.idx, copy)
    shared.publish()
    with pytest.raises(UsageError, match=r"ns-zoo 2 of .* is published in .* already"):
        signing.merge(shared.idx, copy)
    with pytest.raises(UsageError, match="nothing is staged in"):
        signing.sign(shared.idx, desks["ann"])
    with pytest.raises(UsageError, match="nothing is staged in"):
        signing.merge(shared.idx, shared.idx)


def test_a_copy_that_says_something_else_is_not_merged(
    shared: Maintained, desks: dict[str, Path], tmp_path: Path
) -> None:
    shared.add()
    copy = tmp_path / "stick"
    shutil.copytree(shared.idx / "staged", copy)
    signing.sign(copy, desks["ann"])
    shared.add(version="1.1.0")
    with pytest.raises(UsageError, match=r"holds other ns-zoo metadata .* was staged anew since"):
        signing.merge(shared.idx, copy)


def test_who_may_not_sign_is_told_so(shared: Maintained, tmp_path: Path) -> None:
    shared.add()
    keygen(tmp_path / "stranger", "eve")
    with pytest.raises(UsageError, match=r"no key in .* may sign ns-zoo"):
        signing.sign(shared.idx, tmp_path / "stranger")
    with pytest.raises(UsageError, match="nothing is staged for root"):
        signing.sign(shared.idx, tmp_path / "stranger", ["root"])


def test_a_staged_change_after_signing_needs_new_signatures(shared: Maintained, desks: dict[str, Path]) -> None:
    shared.add()
    signing.sign(shared.idx, desks["ann"])
    shared.add("other", "2.0.0")
    assert of(signing.status(shared.idx), "ns-zoo").missing == 2
    assert signing.status(shared.idx).staged == ("zoo/_catalog.json", "zoo/demo.json", "zoo/other.json")


def test_publishing_needs_the_online_keys(shared: Maintained, desks: dict[str, Path]) -> None:
    with pytest.raises(PolicyError, match="snapshot lacks 1 of snapshot"):
        publisher.publish(shared.idx, desks["ann"], shared.dates)


def test_rotating_the_root_takes_the_old_keys_and_the_new(
    shared: Maintained, desks: dict[str, Path], tmp_path: Path
) -> None:
    first_root = (shared.idx / "1.root.json").read_bytes()
    client_of(shared.idx, tmp_path / "state").refresh()
    new = {name: tmp_path / f"desk-{name}" for name in ("dee", "eli")}
    for name, desk in new.items():
        shutil.copy(keygen(desk, name), shared.keys)
    ceremony.rotate(shared.idx, "root", RoleKeys(("dee", "eli"), 2), shared.keys, shared.dates)
    for desk in new.values():
        signing.sign(shared.idx, desk)
    with pytest.raises(PolicyError, match="root lacks 2 of ann, bo, cy"):
        shared.publish()
    signing.sign(shared.idx, desks["ann"])
    signing.sign(shared.idx, desks["cy"])
    shared.publish()
    assert (shared.idx / "2.root.json").exists()
    client_of(shared.idx, tmp_path / "state", first_root).refresh()
    assert verify(shared.idx, THEN, shared.idx / "1.root.json") == ()
    ceremony.renew(shared.idx, "root", shared.dates)
    assert of(signing.status(shared.idx), "root").unsigned == ("dee", "eli")


@pytest.mark.parametrize("role", ["targets", "ns-zoo", "snapshot", "timestamp"])
def test_rotating_another_role(index: Maintained, tmp_path: Path, role: str) -> None:
    root = (index.idx / "1.root.json").read_bytes()
    client_of(index.idx, tmp_path / "state").refresh()
    keygen(index.keys, "fresh")
    (index.keys / f"{role}.pem").rename(tmp_path / "retired.pem")
    if role in {"targets", "ns-zoo"}:
        (tmp_path / "retired.pem").rename(index.keys / "retired.pem")
    ceremony.rotate(index.idx, role, RoleKeys(("fresh",)), index.keys, index.dates)
    index.publish()
    assert of(signing.status(index.idx), role).signed == ("fresh",)
    client_of(index.idx, tmp_path / "state", root).refresh()
    assert verify(index.idx, THEN, index.idx / "1.root.json") == ()
    with pytest.raises(UsageError, match="has no role"):
        ceremony.rotate(index.idx, "ns-none", RoleKeys(("fresh",)), index.keys, index.dates)


def test_a_new_namespace(index: Maintained, tmp_path: Path) -> None:
    keygen(index.keys, "hospital")
    ceremony.delegate(index.idx, "hospital", RoleKeys(("hospital",)), index.keys, index.dates)
    index.publish()
    index.add("hospital/scans", "1.0.0")
    index.publish()
    client = client_of(index.idx, tmp_path / "state")
    assert client.namespaces() == ("zoo", "hospital")
    assert client.record(PackName("hospital", "scans")) is not None
    assert verify(index.idx, THEN) == ()
    for name in ("hospital", "Not a name", "con"):
        with pytest.raises(UsageError, match="cannot be a new namespace"):
            ceremony.delegate(index.idx, name, RoleKeys(("hospital",)), index.keys, index.dates)
    with pytest.raises(UsageError, match="no namespace 'clinic'"):
        index.add("clinic/scans", "1.0.0")


def test_yanking_revoking_and_mirrors(index: Maintained, tmp_path: Path) -> None:
    withdrawn = Revocations({Digest.of(b"m"): "a name was legible"}, {})
    releases.yank(index.idx, DEMO, parse_version("1.0.0"), "wrong spacing", index.dates)
    releases.revoke(index.idx, "zoo", withdrawn, index.dates)
    releases.revoke(index.idx, "zoo", Revocations({}, {Digest.of(b"i"): "the same"}), index.dates)
    ceremony.set_mirrors(index.idx, ["https://zoo.example/{digest}"], index.dates)
    index.publish()
    client = client_of(index.idx, tmp_path / "state")
    record = client.record(DEMO)
    assert record.releases[0].yanked == "wrong spacing"
    assert client.catalog()[0].versions == ()
    assert client.revocations() == Revocations(withdrawn.manifests, {Digest.of(b"i"): "the same"})
    assert client.mirrors().templates == ("https://zoo.example/{digest}",)
    with pytest.raises(UsageError, match=r"has no zoo/demo 9\.0\.0"):
        releases.yank(index.idx, DEMO, parse_version("9.0.0"), "why", index.dates)


def test_nothing_is_staged_where_nothing_would_change(shared: Maintained, desks: dict[str, Path]) -> None:
    index, one, idx, dates = shared, parse_version("1.0.0"), shared.idx, shared.dates
    later = replace(dates, now=THEN + timedelta(days=1))
    index.add()
    ceremony.set_mirrors(idx, ["https://zoo.example/{digest}"], dates)
    for person in ("ann", "bo"):
        signing.sign(idx, desks[person])
    index.publish()
    before = signing.status(idx)
    assert ceremony.set_mirrors(idx, ["https://zoo.example/{digest}"], later) == before
    assert releases.yank(idx, DEMO, one, "", later) == before
    assert ceremony.amend(idx, "ns-zoo", None, later, add=["ann"]) == before
    assert ceremony.rotate(idx, "root", OFFLINE, None, later) == before
    releases.yank(idx, DEMO, one, "wrong", dates)
    ceremony.renew(idx, "root", dates)
    signing.sign(idx, desks["ann"])
    before = signing.status(idx)
    assert releases.yank(idx, DEMO, one, "wrong", later) == before
    assert ceremony.renew(idx, "root", later) == before
    assert ceremony.renew(idx, "ns-zoo", later) == before
    assert of(ceremony.renew(idx, "root", replace(later, days=400)), "root").signed == ()


def test_keys_that_change_leave_what_is_staged_and_signed(shared: Maintained, desks: dict[str, Path]) -> None:
    shared.add()
    signing.sign(shared.idx, desks["ann"])
    status = ceremony.amend(shared.idx, "ns-zoo", None, shared.dates, remove=["cy"])
    assert of(status, "ns-zoo").signed == ("ann",)


def test_a_withdrawal_is_not_taken_back_as_a_yank_is(index: Maintained) -> None:
    one = parse_version("1.0.0")
    releases.yank(index.idx, DEMO, one, "wrong", index.dates)
    releases.revoke(index.idx, "zoo", Revocations({}, {Digest.of(FILES["b.dcm"]): "a name"}), index.dates)
    with pytest.raises(PolicyError, match=r"demo 1\.0\.0 was withdrawn, or has what was: a name"):
        releases.yank(index.idx, DEMO, one, "", index.dates)
    content = staging.record(IndexFolder(index.idx), DEMO).releases[0].content
    releases.revoke(index.idx, "zoo", Revocations({content: "as a whole"}, {}), index.dates)
    with pytest.raises(PolicyError, match="as a whole"):
        releases.yank(index.idx, DEMO, one, "", index.dates)
    for path in index.idx.glob("*.manifest"):
        path.unlink()
    with pytest.raises(PolicyError, match="as a whole"):
        releases.yank(index.idx, DEMO, one, "", index.dates)


def test_a_timestamp_must_not_last_long_outside_a_release(index: Maintained) -> None:
    ten_years = Dates(THEN, days=3650)
    with pytest.raises(PolicyError, match="3650 days"):
        publisher.refresh(index.idx, index.keys, ten_years)
    status = publisher.refresh(index.idx, index.keys, replace(ten_years, starter=True))
    assert of(status, "timestamp").expires == THEN + timedelta(days=3650)
    assert of(status, "root").expires == THEN + timedelta(days=365)


def test_refreshing_renews_two_roles_and_publishes_nothing(index: Maintained) -> None:
    later = Dates(THEN + timedelta(days=6))
    before = signing.status(index.idx)
    status = publisher.refresh(index.idx, index.keys, later)
    assert of(status, "timestamp").version == of(before, "timestamp").version + 1
    assert of(status, "ns-zoo") == of(before, "ns-zoo")
    assert verify(index.idx, THEN + timedelta(days=12)) == ()
    index.add(version="1.1.0")
    status = publisher.refresh(index.idx, index.keys, later)
    assert of(status, "ns-zoo") == of(before, "ns-zoo"), "what is staged stays staged"
    assert of(signing.status(index.idx), "ns-zoo").staged
    assert verify(index.idx, THEN + timedelta(days=12)) == ()
    with pytest.raises(UsageError, match="signed by hand"):
        ceremony.renew(index.idx, "snapshot", later)
    with pytest.raises(UsageError, match="no role 'ns-none'") as caught:
        ceremony.renew(index.idx, "ns-none", later)
    assert "It has: root, targets, snapshot, timestamp, ns-zoo." in caught.value.hint
    ceremony.renew(index.idx, "targets", later)
    ceremony.renew(index.idx, "ns-zoo", later)
    publisher.publish(index.idx, index.keys, later)
    assert of(signing.status(index.idx), "targets").expires == later.now + timedelta(days=182)


def test_what_someone_else_published_meanwhile_is_noticed(index: Maintained, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(index.idx, other)
    index.add(version="1.1.0")
    index.publish()
    shutil.copytree(other, tmp_path / "behind")
    behind, index.idx = index.idx, tmp_path / "behind"
    index.add(version="1.2.0")
    shutil.copytree(behind, index.idx, dirs_exist_ok=True)
    with pytest.raises(UsageError, match="was overtaken"):
        index.publish()


def test_an_index_is_made_once_and_of_keys_that_exist(index: Maintained, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds an index already"):
        ceremony.init(index.idx, index.keys, index.dates)
    with pytest.raises(UsageError, match="no public key zed"):
        ceremony.init(tmp_path / "new", index.keys, index.dates, signers={"root": RoleKeys(("zed",))})
    with pytest.raises(UsageError, match="cannot ask for 3 of 1"):
        ceremony.init(tmp_path / "new", index.keys, index.dates, signers={"root": RoleKeys(("root",), 3)})
    with pytest.raises(UsageError, match="'nszoo' is no role of an index that begins with zoo") as caught:
        ceremony.init(tmp_path / "new", index.keys, index.dates, signers={"nszoo": RoleKeys(("root",))})
    assert caught.value.hint == "It has: root, targets, snapshot, timestamp, ns-zoo."
    shutil.copy(index.keys / "root.pub.json", index.keys / "twin.pub.json")
    with pytest.raises(UsageError, match="root and twin are one and the same key"):
        ceremony.init(tmp_path / "new", index.keys, index.dates, signers={"root": RoleKeys(("root", "twin"), 2)})
    with pytest.raises(UsageError, match="not a namespace"):
        ceremony.init(tmp_path / "new", index.keys, index.dates, namespace="../up")
    with pytest.raises(UsageError, match="there is no folder"):
        signing.status(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="holds no index"):
        signing.status(tmp_path)
