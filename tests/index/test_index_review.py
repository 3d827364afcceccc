"""What those who sign are shown: all that their signature would change, and what no verb would have staged."""

import errno
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maintained import THEN, Maintained
from securesystemslib.signer import SSlibKey
from small_packs import build
from tuf.api.metadata import DelegatedRole, Metadata, TargetFile

from zoopkg.errors import FormatError, IntegrityError, UsageError, ZooError
from zoopkg.index import ceremony, releases, signing, staging
from zoopkg.index.differences import Change, catalog_changes, mirror_changes, record_changes, revocation_changes
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import fingerprint, keygen, read_keys, read_public
from zoopkg.index.review import RoleReview, review
from zoopkg.index.roles import RoleKeys
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Revocations, Texts, catalog
from zoopkg.model.version import parse_version

DEMO = PackName.parse("demo")


def shown(idx: Path, root: bytes | None = None) -> dict[str, list[str]]:
    return {each.role: [change.text for change in each.changes] for each in review(idx, root)}


@pytest.fixture
def stick(index: Maintained, tmp_path: Path) -> Callable[[], Path]:
    """Makes a travelling copy of what is staged, as a holder gets it: nothing of the index comes along but that."""

    def copy() -> Path:
        folder = tmp_path / "stick"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(index.idx / "staged", folder)
        return folder

    return copy


def test_a_release_on_a_copy_with_the_digests_that_are_signed(index: Maintained, stick: Callable[[], Path]) -> None:
    entry = index.add(version="1.1.0")
    (role,) = review(stick())
    assert (role.role, role.version, role.before, (role.expires - THEN).days) == ("ns-zoo", 3, 2, 182)
    (change,) = role.changes
    assert change.text == "+ demo 1.1.0: 2 instances, 506 B, MIT, reviewed by nobody"
    assert change.details == (
        f"content  {entry.release.content}",
        f"manifest {entry.release.manifest.name}",
        f"layout   {entry.release.layout.name}",
    )
    assert review(index.idx) == (role,)
    assert review(stick(), (index.idx / "1.root.json").read_bytes()) == (role,)


def test_a_new_index_is_shown_whole(tmp_path: Path) -> None:
    index = Maintained(tmp_path)
    keygen(index.keys, "ann")
    ids = {"ann": read_public(index.keys / "ann.pub.json").keyid[:12]}
    (index.keys / "ann.pem").rename(tmp_path / "ann.pem")
    everywhere = dict.fromkeys(("root", "targets", "snapshot", "timestamp", "ns-zoo"), RoleKeys(("ann",)))
    ceremony.init(index.idx, index.keys, index.dates, signers=everywhere, mirrors=["https://a.example/"])
    ann = f"1 of ann ({ids['ann']})"
    assert shown(index.idx) == {
        "root": [f"+ {role}: {ann}" for role in ("root", "snapshot", "targets", "timestamp")],
        "targets": [f"+ ns-zoo: {ann}", "+ mirror https://a.example/"],
        "ns-zoo": [],
    }


def test_other_keys_thresholds_namespaces_and_mirrors(index: Maintained, stick: Callable[[], Path]) -> None:
    ids = {}
    for name in ("ann", "bo", "root"):
        if name != "root":
            keygen(index.keys, name)
        ids[name] = f"{name} ({read_public(index.keys / f'{name}.pub.json').keyid[:12]})"
    ceremony.rotate(index.idx, "root", RoleKeys(("ann", "bo"), 2), index.keys, index.dates)
    ceremony.delegate(index.idx, "hospital", RoleKeys(("ann",)), index.keys, index.dates)
    ceremony.set_mirrors(index.idx, ["https://b.example/", "https://a.example/"], index.dates)
    assert shown(stick()) == {
        "root": [
            f"- root: no longer {ids['root']}",
            f"+ root: from now on {ids['ann']}, {ids['bo']}",
            "~ root: 2 must sign, not 1",
        ],
        "targets": [f"+ ns-hospital: 1 of {ids['ann']}", "+ mirror https://b.example/", "+ mirror https://a.example/"],
        "ns-hospital": [],
    }
    ceremony.rotate(index.idx, "root", RoleKeys(("root", "ann"), 2), index.keys, index.dates)
    index.publish()
    ceremony.set_mirrors(index.idx, ["https://a.example/", "https://b.example/"], index.dates)
    *_, targets = review(stick())
    assert targets.changes == (
        Change("~ mirrors are tried in this order:", ("https://a.example/", "https://b.example/")),
    )
    ceremony.set_mirrors(index.idx, [], index.dates)
    assert shown(stick())["targets"] == ["- mirror https://b.example/", "- mirror https://a.example/"]


def test_yanked_withdrawn_and_said_otherwise(index: Maintained, stick: Callable[[], Path]) -> None:
    version, digest = parse_version("1.0.0"), Digest.of(b"m")
    releases.yank(index.idx, DEMO, version, "wrong spacing\n+ and no harm", index.dates)
    releases.revoke(index.idx, "zoo", Revocations({digest: "a name"}, {Digest.of(b"i"): "the same"}), index.dates)
    assert shown(stick())["ns-zoo"] == [
        f"+ withdrawn version {digest}: a name",
        f"+ withdrawn instance {Digest.of(b'i')}: the same",
        "~ demo 1.0.0: yanked, wrong spacing + and no harm",
    ]
    index.publish()
    releases.yank(index.idx, DEMO, version, "", index.dates)
    entry = replace(build(index.out, "demo", "1.0.0", {"a.dcm": b"first" * 100, "b.dcm": b"second"}, gap=b"gap"))
    before = staging.record(IndexFolder(index.idx), DEMO).releases[0].layout
    releases.add(index.idx, replace(entry, texts=Texts("Better said")), index.out, None, index.dates)
    assert shown(stick())["ns-zoo"] == [
        f"~ demo 1.0.0: layout b3:{before.digest.hex} -> b3:{entry.release.layout.digest.hex}",
        "~ demo 1.0.0: no longer yanked",
        '- demo: keywords ["demo"]',
        "~ demo: summary Demo demo -> Better said",
    ]


def forge(folder: Path, role: str, change: Callable[[Any], None]) -> None:
    """Change staged metadata in a way that no verb does."""
    path = IndexFolder(folder).staged_file(role)
    metadata = Metadata[Any].from_bytes(path.read_bytes())
    change(metadata.signed)
    metadata.signatures.clear()
    path.write_bytes(metadata.to_bytes())


def put(folder: Path, path: str, data: bytes) -> Callable[[Any], None]:
    """A target that was not staged by a verb, with its bytes."""
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(data)
    return lambda signed: signed.targets.update({path: TargetFile.from_data(path, data, ["sha256"])})


def test_whatever_no_verb_stages_is_pointed_out(index: Maintained, stick: Callable[[], Path]) -> None:
    index.add(version="1.1.0")
    ceremony.renew(index.idx, "root", index.dates)
    ceremony.renew(index.idx, "targets", index.dates)
    copy = stick()
    other = Record(PackName.parse("zoo/other"), Texts("other"))
    wide = DelegatedRole("all", ["a" * 64], 1, terminating=False, paths=["*"])
    key = read_public(index.keys / "root.pub.json")
    key.keyid = "ann"
    for role, change in (
        ("ns-zoo", put(copy, "clinic/demo.json", b"{}")),
        ("ns-zoo", put(copy, "zoo/more.json", other.encode())),
        ("ns-zoo", lambda signed: signed.unrecognized_fields.update({"x": 1})),
        ("targets", lambda signed: signed.delegations.roles.update({"all": wide})),
        ("root", lambda signed: signed.add_key(key, "root")),
        ("root", lambda signed: setattr(signed, "consistent_snapshot", False)),
    ):
        forge(copy, role, change)
    lines = shown(copy)
    assert any(line.startswith("! the unknown document clinic/demo.json, ") for line in lines["ns-zoo"])
    assert "! zoo/more.json is the record of another pack, zoo/other" in lines["ns-zoo"]
    assert "! the metadata has the unknown field x: 1" in lines["ns-zoo"]
    assert any(line.startswith("! all is not delegated as a namespace is") for line in lines["targets"])
    assert any(line.startswith("! root: the key ann is not what its id says") for line in lines["root"])
    assert any(line.startswith("! clients would be told") for line in lines["root"])


def test_a_pack_that_is_dropped_or_put_back_in_time(index: Maintained, stick: Callable[[], Path]) -> None:
    index.add("other")
    index.publish()
    index.add(version="1.1.0")
    copy = stick()
    forge(copy, "ns-zoo", lambda signed: signed.targets.pop("zoo/other.json"))
    assert "- zoo/other.json is no longer listed" in shown(copy)["ns-zoo"]
    empty = Record(DEMO, Texts("Demo demo", keywords=("demo",)))
    forge(copy, "ns-zoo", put(copy, "zoo/demo.json", empty.encode()))
    lines = shown(copy)["ns-zoo"]
    assert "- demo 1.0.0 is no longer listed" in lines
    assert "! the catalog does not say of zoo/demo what its record says" in lines


def test_what_a_copy_calls_published_must_be_signed(index: Maintained, stick: Callable[[], Path]) -> None:
    """Else a new release could be passed off as an old one."""
    index.add(version="1.1.0")
    copy = stick()
    published = copy / "_published/2.ns-zoo.json"
    shutil.copy(copy / "3.ns-zoo.json", published)
    published.write_bytes(json.dumps({**json.loads(published.read_bytes()), "signatures": []}).encode())
    with pytest.raises(IntegrityError, match="calls published is not signed by those who may") as caught:
        review(copy)
    assert "Do not sign" in caught.value.hint


def test_a_copy_of_another_index_is_found_out_by_the_root(index: Maintained, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Maintained(tmp_path / "other")
    ceremony.init(other.idx, other.keys, other.dates)
    other.add()
    root = (index.idx / "1.root.json").read_bytes()
    with pytest.raises(IntegrityError, match="has another root 1 than the one to trust"):
        review(other.idx, root)
    ceremony.renew(index.idx, "root", index.dates)
    index.publish()
    newer = (index.idx / "2.root.json").read_bytes()
    index.add(version="1.1.0")
    assert review(index.idx, root) == review(index.idx, newer)
    with pytest.raises(IntegrityError, match="is older than the root"):
        review(other.idx, newer)
    ceremony.renew(other.idx, "root", other.dates)
    other.publish()
    (other.idx / "1.root.json").unlink()
    with pytest.raises(IntegrityError, match="not signed by those who may"):
        review(other.idx, root)


def test_a_copy_that_lost_something(index: Maintained, stick: Callable[[], Path]) -> None:
    index.add(version="1.1.0")
    copy = stick()
    for path in (copy / "_published").glob("*.demo.json"):
        path.unlink()
    lines = shown(copy)["ns-zoo"]
    assert lines[0] == "! zoo/demo.json replaces one that did not come along, so all of it is shown"
    assert [line[:12] for line in lines if line.startswith("+ demo 1")] == ["+ demo 1.0.0", "+ demo 1.1.0"]
    (copy / "zoo/demo.json").unlink()
    with pytest.raises(IntegrityError, match=r"lacks the target 'zoo/demo\.json'"):
        review(copy)


def test_a_copy_that_compares_with_an_older_state_is_pointed_out_and_not_signed(
    index: Maintained, stick: Callable[[], Path]
) -> None:
    """A change that was published in between would not be seen: a withdrawal dropped, a stolen key back."""
    releases.revoke(index.idx, "zoo", Revocations({}, {Digest.of(b"i"): "a name"}), index.dates)
    index.publish()
    index.add(version="1.1.0")
    root = (index.idx / "1.root.json").read_bytes()
    older, none = stick(), "does not follow upon ns-zoo 0"
    (older / "_published/3.ns-zoo.json").unlink()
    for path in index.idx.glob("*._revoked.json"):  # whoever made the copy may well have them all
        shutil.copy(path, older / "zoo/_revoked.json")
        shutil.copy(path, older / "_published")
    assert shown(older, root)["ns-zoo"][0] == f"! ns-zoo 4 {none}, so that changes may be hidden"
    with pytest.raises(IntegrityError, match=f"leaves out what was published before: ns-zoo 4 {none}"):
        signing.sign(older, index.keys)
    shutil.copy(index.idx / "2.ns-zoo.json", older / "_published")
    assert shown(older, root)["ns-zoo"][0].startswith("! ns-zoo 4 does not follow upon ns-zoo 2")
    with pytest.raises(IntegrityError, match="leaves out"):
        signing.sign(older, index.keys)
    honest = stick()
    assert not any(line.startswith("!") for line in shown(honest, root)["ns-zoo"])
    signing.sign(honest, index.keys)


def test_a_copy_without_the_roots_that_it_follows_from(index: Maintained, stick: Callable[[], Path]) -> None:
    ceremony.renew(index.idx, "root", index.dates)
    index.publish()
    ceremony.renew(index.idx, "root", index.dates)
    ceremony.renew(index.idx, "targets", index.dates)
    copy = stick()
    (copy / "_published/2.root.json").unlink()
    assert shown(copy)["root"][0].startswith("! root 3 does not follow upon root 1")
    (copy / "_published/1.root.json").unlink()
    with pytest.raises(IntegrityError, match="has no root by which"):
        review(copy)


@pytest.mark.parametrize("spelling", [str.upper, str.lower])
def test_one_key_under_two_ids_is_pointed_out_and_not_signed(
    index: Maintained, stick: Callable[[], Path], spelling: Callable[[str], str]
) -> None:
    public = read_public(keygen(index.keys, "eve"))
    twin = SSlibKey.from_dict("twin", json.loads(json.dumps(public.to_dict() | {"x-zoopkg-name": "bo"})))
    twin.keyval["public"] = spelling(twin.keyval["public"])
    twin.keyid = fingerprint(twin) if spelling is str.upper else "b" * 64

    def both(signed: Any) -> None:
        for key in (public, twin):
            signed.add_key(key, "ns-zoo")
        signed.delegations.roles["ns-zoo"].threshold = 2

    ceremony.renew(index.idx, "targets", index.dates)
    copy = stick()
    forge(copy, "targets", both)
    assert "! ns-zoo: the keys eve and bo are one and the same" in shown(copy)["targets"]
    forge(index.idx, "targets", both)
    for act in (partial(signing.sign, copy, index.keys), index.publish):
        with pytest.raises(IntegrityError, match="of ns-zoo, the keys eve and bo are one and the same"):
            act()


def test_a_record_of_another_pack_in_the_place_of_one(index: Maintained, stick: Callable[[], Path]) -> None:
    index.add("other")
    index.publish()
    other = IndexFolder(index.idx).targets("ns-zoo").signed.targets["zoo/other.json"]
    index.add("other", "1.1.0")
    copy = stick()
    data = (index.idx / f"{other.hashes['sha256']}.other.json").read_bytes()
    forge(copy, "ns-zoo", put(copy, "zoo/demo.json", data))
    assert "! zoo/demo.json is the record of another pack, zoo/other" in shown(copy)["ns-zoo"]


def test_values_that_no_verb_writes_are_refused_in_a_sentence(index: Maintained, stick: Callable[[], Path]) -> None:
    index.add(version="1.1.0")
    copy = stick()
    path = IndexFolder(copy).staged_file("ns-zoo")
    value = json.loads(path.read_bytes())
    value["signed"]["x"] = float("nan")
    path.write_text(json.dumps(value))
    assert "! the metadata has the unknown field x: NaN" in shown(copy)["ns-zoo"]
    for act in (signing.status, partial(signed, index), partial(merged, index)):
        with pytest.raises(IntegrityError, match="a value that cannot be signed"):
            act(copy)
    copy = stick()
    forge(copy, "ns-zoo", put(copy, "zoo/_catalog.json", b'{"packs":5}'))
    with pytest.raises(FormatError, match="the catalog does not list packs"):
        review(copy)


def test_what_is_staged_and_cannot_be_read_is_not_passed_over(
    index: Maintained, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.add(version="1.1.0")
    real = os.listdir

    def forbidden(path: Any) -> list[str]:
        if str(path).endswith("staged"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "listdir", forbidden)
    for act in (review, signing.status):
        with pytest.raises(ZooError, match=r"cannot read .*staged': permission denied"):
            act(index.idx)
    monkeypatch.setattr(os, "listdir", lambda path: forbidden(f"{path}/staged"))
    with pytest.raises(ZooError, match=r"cannot read .*keys': permission denied"):
        read_keys(index.keys)


def test_nothing_staged_and_no_root_to_compare_with(index: Maintained, tmp_path: Path) -> None:
    assert review(index.idx) == ()
    new = Maintained(tmp_path / "new")
    ceremony.init(new.idx, tmp_path / "keys", new.dates, signers={"root": RoleKeys(("root",))})
    with pytest.raises(UsageError, match="holds no index"):
        review(tmp_path)


# Laws: what is the same shows nothing, and what differs shows something.

texts = st.builds(Texts, st.text("ab\n\x1b", max_size=3), keywords=st.tuples(st.text("ab", max_size=2)))
records = st.builds(Record, st.just(DEMO), texts)
reasons = st.dictionaries(
    st.builds(Digest.of, st.binary(max_size=1)), st.text("ab", min_size=1, max_size=2), max_size=3
)
revocations = st.builds(Revocations, reasons, reasons)
mirrors = st.builds(MirrorList, st.lists(st.text("ab", min_size=1, max_size=2), unique=True, max_size=3).map(tuple))


@given(records, records)
def test_records_differ_where_a_line_says_so(before: Record, after: Record) -> None:
    assert list(record_changes(before, before)) == []
    assert bool(list(record_changes(before, after))) == (before.encode() != after.encode())


@given(revocations, revocations)
def test_withdrawals_differ_where_a_line_says_so(before: Revocations, after: Revocations) -> None:
    assert list(revocation_changes(before, before)) == []
    assert bool(list(revocation_changes(before, after))) == (before.encode() != after.encode())


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [("ab", "abc", False), ("abc", "ac", False), ("ab", "cab", True), ("abc", "cb", True), ("", "ba", False)],
)
def test_the_order_of_mirrors_is_told_unless_it_goes_without_saying(before: str, after: str, *, told: bool) -> None:
    lines = list(mirror_changes(MirrorList(tuple(before)), MirrorList(tuple(after))))
    assert [each.details for each in lines if each.text.startswith("~")] == ([tuple(after)] if told else [])


@given(mirrors, mirrors)
def test_mirrors_differ_where_a_line_says_so(before: MirrorList, after: MirrorList) -> None:
    assert bool(list(mirror_changes(before, after))) == (before != after)


@given(records, records)
def test_a_catalog_may_say_what_the_record_says_alone(before: Record, after: Record) -> None:
    old, new = catalog({DEMO: before}), catalog({DEMO: after})
    assert list(catalog_changes(old, new, {DEMO: after})) == []
    assert bool(list(catalog_changes(old, new, {}))) == (old != new)
    assert bool(list(catalog_changes(old, old, {DEMO: after}))) == (old != new)


@given(records, records)
def test_lines_are_lines(before: Record, after: Record) -> None:
    for change in record_changes(before, after):
        assert isinstance(change, Change)
        assert change.text.isprintable()


def test_a_role_review_is_a_value(index: Maintained) -> None:
    index.add(version="1.1.0")
    (role,) = review(index.idx)
    assert isinstance(role, RoleReview)
    assert hash(role) == hash(review(index.idx)[0])


WEIRD = (None, 0, -1, 1.5, "", "../../etc/passwd", "\x1b[2J", [], {}, "a" * 5000, 10**30, [[]], ["x"], "ed25519")


def mutate(value: Any, random: Random) -> None:
    """Change, rename or remove something anywhere in a JSON value."""
    spots: list[tuple[Any, Any]] = []

    def walk(each: Any) -> None:
        for key in list(each) if isinstance(each, dict) else range(len(each)) if isinstance(each, list) else ():
            spots.append((each, key))
            walk(each[key])

    walk(value)
    place, key = random.choice(spots)
    if isinstance(place, dict) and random.random() < 0.3:
        place[random.choice(("", "../x", "root", "zoo/demo.json", "\0", "*"))] = place.pop(key)
    else:
        place[key] = random.choice(WEIRD)


@pytest.mark.parametrize("seed", range(2))
def test_a_copy_of_anything_is_refused_in_a_sentence(index: Maintained, stick: Callable[[], Path], seed: int) -> None:
    random = Random(seed)
    ceremony.rotate(index.idx, "root", RoleKeys(("root",)), None, index.dates)
    ceremony.set_mirrors(index.idx, ["https://a.example/"], index.dates)
    index.add(version="1.1.0")
    refused = 0
    for _ in range(20):
        copy = stick()
        file = random.choice(sorted(copy.rglob("*.json")))
        value = json.loads(file.read_bytes())
        mutate(value, random)
        file.write_bytes(json.dumps(value, sort_keys=True, separators=(",", ":")).encode())
        for act in (review, signing.status, partial(signed, index), partial(merged, index)):
            try:
                act(copy)
            except ZooError:
                refused += 1
    assert refused > 10


def signed(index: Maintained, copy: Path) -> None:
    signing.sign(copy, index.keys)


def merged(index: Maintained, copy: Path) -> None:
    home = copy.parent / "home"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(index.idx, home)
    signing.merge(home, copy)
