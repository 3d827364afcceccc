"""Adding releases: what is checked before anything is staged, and what adding again means."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maintained import FILES, THEN, Maintained
from small_packs import build

from zoopkg.errors import FormatError, IntegrityError, NotOnMirrorsError, PolicyError
from zoopkg.index import ceremony, publisher, releases, signing, staging
from zoopkg.index.entry import PackEntry
from zoopkg.index.folder import IndexFolder
from zoopkg.index.roles import Dates
from zoopkg.index.verify import verify
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Texts

DEMO = PackName.parse("demo")


def add(index: Maintained, entry: PackEntry, blobs: Path | None = None) -> signing.Status:
    return releases.add(index.idx, entry, blobs or index.out, index.keys, index.dates)


def test_adding_the_same_again_changes_nothing(index: Maintained) -> None:
    entry = build(index.out, "demo", "1.0.0", FILES)
    assert add(index, entry).staged == ()
    assert add(index, replace(entry, release=replace(entry.release, published="2026-03-04"))).staged == ()


def test_a_version_never_gets_other_content(index: Maintained) -> None:
    entry = build(index.out, "demo", "1.0.0", {"a.dcm": b"other"})
    with pytest.raises(PolicyError, match=r"zoo/demo 1\.0\.0 is in the index with other content") as caught:
        add(index, entry)
    assert caught.value.exit_code == 8
    assert signing.status(index.idx).staged == ()


def test_the_same_content_in_another_layout_replaces_the_layout_alone(index: Maintained) -> None:
    before = staging.record(IndexFolder(index.idx), DEMO)
    entry = build(index.out, "demo", "1.0.0", FILES, gap=b"gap")
    add(index, replace(entry, release=replace(entry.release, published="2026-03-04")))
    index.publish()
    after = staging.record(IndexFolder(index.idx), DEMO)
    assert after.releases[0].layout == entry.release.layout != before.releases[0].layout
    assert after.releases[0].published == before.releases[0].published
    assert verify(index.idx, THEN) == ()


def test_texts_may_change_alone(index: Maintained) -> None:
    entry = replace(build(index.out, "demo", "1.0.0", FILES), texts=Texts("Better said"))
    assert add(index, entry).staged == ("zoo/_catalog.json", "zoo/demo.json")
    index.publish()
    assert staging.record(IndexFolder(index.idx), DEMO).texts.summary == "Better said"


def test_bundles_of_earlier_releases_need_not_be_built_again(index: Maintained, tmp_path: Path) -> None:
    entry = build(index.out, "demo", "1.1.0", FILES)
    for path in index.out.glob("*.bundle"):
        path.unlink()
    add(index, entry, tmp_path / "out")
    index.publish()
    assert verify(index.idx, THEN) == ()


@pytest.mark.parametrize("kind", ["manifest", "layout", "bundle"])
def test_a_blob_that_is_missing_or_wrong(index: Maintained, tmp_path: Path, kind: str) -> None:
    out = tmp_path / "elsewhere"
    entry = build(out, "other", "1.0.0", {"x.dcm": b"x" * 50})
    path = next(out.glob(f"*.{kind}"))
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))
    with pytest.raises(IntegrityError, match="other bytes than its release states"):
        add(index, entry, out)
    path.unlink()
    with pytest.raises(NotOnMirrorsError, match=f"{kind} is not in"):
        add(index, entry, out)
    assert not list(index.idx.glob(path.name))
    assert signing.status(index.idx).staged == ()


def test_a_manifest_that_says_something_else(index: Maintained) -> None:
    entry = build(index.out, "other", "1.0.0", {"x.dcm": b"x"})
    release = entry.release
    with pytest.raises(IntegrityError, match="not b3:"):
        add(index, replace(entry, release=replace(release, content=Digest.of(b"else"))))
    for wrong in (replace(release, license="CC0-1.0"), replace(release, size=9), replace(release, instances=2)):
        with pytest.raises(IntegrityError, match=r"differs from its release"):
            add(index, replace(entry, release=wrong))
    with pytest.raises(IntegrityError, match="is that of zoo/other"):
        add(index, replace(entry, name=PackName.parse("another")))


def test_a_layout_that_leaves_instances_out(index: Maintained) -> None:
    small = build(index.out, "other", "1.0.0", {"x.dcm": b"x"})
    large = build(index.out, "other", "1.0.0", {"x.dcm": b"x", "y.dcm": b"y"})
    with pytest.raises(IntegrityError, match="leaves out 1 instances"):
        add(index, replace(large, release=replace(large.release, layout=small.release.layout)))


def test_verify_finds_what_went_missing_later(index: Maintained) -> None:
    for path in index.idx.glob("*.manifest"):
        path.chmod(0o644)
        path.write_bytes(b"rot")
    assert [finding.what for finding in verify(index.idx, THEN)] == ["zoo/demo 1.0.0"]
    for path in index.idx.glob("*.demo.json"):
        path.unlink()
    assert [finding.what for finding in verify(index.idx, THEN)] == ["zoo/demo"]
    for path in index.idx.glob("*._revoked.json"):
        path.unlink()
    assert [finding.what for finding in verify(index.idx, THEN)] == ["zoo"]
    (index.idx / "1.targets.json").unlink()
    assert [finding.what for finding in verify(index.idx, THEN)] == ["index"]


@pytest.mark.parametrize("kind", ["manifest", "layout", "bundle"])
def test_what_clients_would_not_find_is_not_published(index: Maintained, kind: str) -> None:
    before = set(index.idx.glob(f"*.{kind}"))
    for path in before:
        path.unlink()  # older releases may lie on mirrors alone
    index.add(version="1.1.0", files={"c.dcm": b"third"})
    (new,) = index.idx.glob(f"*.{kind}")
    data = new.read_bytes()
    new.write_bytes(data[:-1])
    with pytest.raises(IntegrityError, match="states"):
        index.publish()
    new.unlink()
    with pytest.raises(NotOnMirrorsError, match=rf"{new.name} of demo 1\.1\.0 is not in .* any more"):
        index.publish()
    assert not (index.idx / "3.ns-zoo.json").exists()
    new.write_bytes(data)
    index.publish()


def test_a_new_layout_may_lead_to_bundles_that_lie_on_mirrors_alone(index: Maintained, tmp_path: Path) -> None:
    entry = build(index.out, "demo", "1.0.0", FILES, gap=b"gap")
    releases.add(index.idx, entry, index.out, index.keys, index.dates)
    for path in index.idx.glob("*.manifest"):
        path.unlink()
    index.publish()


def test_a_record_in_the_place_of_another_is_not_published(index: Maintained) -> None:
    index.add("other")
    folder = IndexFolder(index.idx)
    target = folder.targets("ns-zoo").signed.targets["zoo/other.json"]
    staging.edit(folder, "ns-zoo", index.dates, changes={"zoo/demo.json": folder.target(target)})
    signing.sign(index.idx, index.keys)
    with pytest.raises(IntegrityError, match=r"zoo/demo\.json' is the record of another pack, zoo/other"):
        index.publish()


def test_what_has_expired_while_it_waited_is_not_published(index: Maintained) -> None:
    index.add(version="1.1.0")
    later = Dates(THEN + timedelta(days=182))
    with pytest.raises(PolicyError, match="ns-zoo 3 expired on 2026-07-03 while it waited") as caught:
        publisher.publish(index.idx, index.keys, later)
    assert "index renew" in caught.value.hint
    ceremony.renew(index.idx, "ns-zoo", later)
    publisher.publish(index.idx, index.keys, later)


def test_an_entry_reads_back(tmp_path: Path) -> None:
    texts = Texts("One line", "# Ünïcode\nand lines", "https://forum.example/1", "Doe, J.", ("demo",))
    entry = replace(build(tmp_path, "demo", "1.0.0", FILES), texts=texts)
    again = PackEntry.decode(entry.encode(), "pack.json")
    assert replace(again, release=entry.release) == entry
    assert again.encode() == entry.encode()


@given(st.binary(max_size=200) | st.text(max_size=50).map(str.encode))
def test_what_is_no_entry_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError):
        PackEntry.decode(data, "pack.json")


def test_an_entry_of_a_later_format_is_refused(tmp_path: Path) -> None:
    data = build(tmp_path, "demo", "1.0.0", FILES).encode().replace(b'"pack/1"', b'"pack/2"')
    with pytest.raises(FormatError, match="newer than this zoopkg"):
        PackEntry.decode(data, "pack.json")
