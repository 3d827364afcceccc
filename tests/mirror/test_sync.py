"""Copying an index to a folder: what is copied, in what order, what is refused, what is removed."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from small_packs import write_blob
from stands import (
    FILES,
    THEN,
    DiedError,
    Faulty,
    Stand,
    needed,
    published,
    renew_root,
    rotate_online_keys,
    rotate_online_keys_and_refresh,
    state,
)

from zoopkg.errors import IntegrityError, NoResolutionError, NotOnMirrorsError, PolicyError, UsageError
from zoopkg.index import ceremony, staging
from zoopkg.index.folder import IndexFolder
from zoopkg.mirror.place import TIMESTAMP, ConflictError, File
from zoopkg.mirror.places.folder import FolderPlace
from zoopkg.model.blob import BlobKind
from zoopkg.model.names import PackName

MORE = {"c.dcm": b"third" * 200}


def test_a_mirror_is_the_index_again_and_the_second_time_nothing_is_done(stand: Stand) -> None:
    report = stand.sync(stand.place())
    mirror = stand.folder / "mirror"
    assert published(mirror) == needed(mirror) == needed(stand.idx)
    assert all((mirror / name).read_bytes() == (stand.idx / name).read_bytes() for name in published(mirror))
    assert (len(report.copied), report.present, report.renewed) == (len(published(mirror)) - 1, 0, True)
    again = stand.sync(stand.place())
    assert (again.copied, again.present, again.renewed) == ((), len(report.copied), False)
    assert stand.heard.warnings == []


def test_a_new_state_brings_only_what_is_new(stand: Stand) -> None:
    stand.sync(stand.place())
    before = published(stand.folder / "mirror")
    stand.release("2.0.0", MORE)
    report = stand.sync(stand.place())
    assert {file.name for file in report.copied} == needed(stand.idx) - before
    assert state(stand.folder / "mirror") == state(stand.idx)


class Recorder(FolderPlace):
    """Notes the order of what is done."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.done: list[str] = []

    def put(self, file: File, path: Path) -> None:
        super().put(file, path)
        self.done.append(file.name)

    def reveal(self) -> None:
        super().reveal()
        self.done.append("revealed")

    def replace_timestamp(self, data, seen) -> None:
        super().replace_timestamp(data, seen)
        self.done.append(TIMESTAMP)


def test_nothing_is_put_before_what_it_leads_to(stand: Stand) -> None:
    place = Recorder(stand.folder / "mirror")
    stand.sync(place, at_once=4)
    kinds = ["bundle", "layout", "manifest", "document", "role", "snapshot", "root", "revealed", TIMESTAMP]
    order = [kinds.index(_kind(name)) for name in place.done if name != "revealed"]
    assert order == sorted(order)
    assert place.done[-1] == TIMESTAMP
    assert "revealed" in place.done[-3:-1]


def _kind(name: str) -> str:
    for kind in ("bundle", "layout", "manifest", "snapshot", "root"):
        if name.endswith((f".{kind}", f".{kind}.json")):
            return kind
    return (
        name
        if name == TIMESTAMP
        else "role"
        if name.split(".", maxsplit=1)[0].isdigit() and len(name) < 40
        else "document"
    )


def test_a_new_root_follows_the_timestamp_that_is_good_without_it(stand: Stand) -> None:
    place = Recorder(stand.folder / "mirror")
    stand.sync(place)
    renew_root(stand)
    place.done.clear()
    stand.sync(place)
    assert [name for name in place.done if name != "revealed"][-2:] == [TIMESTAMP, "2.root.json"]


def test_a_new_root_comes_first_where_the_old_one_does_not_know_the_keys(stand: Stand) -> None:
    place = Recorder(stand.folder / "mirror")
    stand.sync(place)
    rotate_online_keys(stand)
    for role in ("snapshot", "timestamp"):
        (stand.keys / f"{role}.pem").unlink()
    stand.publish()
    place.done.clear()
    stand.sync(place)
    assert [name for name in place.done if name != "revealed"][-2:] == ["2.root.json", TIMESTAMP]


def test_a_dry_run_changes_nothing(stand: Stand) -> None:
    report = stand.sync(stand.place(), dry_run=True)
    assert {file.name for file in report.copied} | {TIMESTAMP} == needed(stand.idx)
    assert not (stand.folder / "mirror").exists()


def test_a_mirror_never_goes_back(stand: Stand) -> None:
    stand.sync(stand.place("old"))
    stand.release("2.0.0", MORE)
    stand.sync(stand.place())
    with pytest.raises(IntegrityError, match="timestamp 3, ahead, and the source has 2"):
        stand.sync(stand.place(), source=stand.folder / "old")
    assert state(stand.folder / "mirror") == 3


def test_another_index_is_not_overwritten(stand: Stand) -> None:
    other = Stand(stand.folder / "other")
    other.sync(other.place())
    before = published(stand.folder / "other/mirror")
    with pytest.raises(PolicyError, match="another index"):
        stand.sync(other.place())
    assert published(stand.folder / "other/mirror") == before


def test_two_states_of_one_number_are_told_apart(stand: Stand) -> None:
    shutil.copytree(stand.idx, stand.folder / "fork")
    stand.release("2.0.0", MORE)
    stand.sync(stand.place())
    stand.idx = stand.folder / "fork"
    stand.release("3.0.0", {"d.dcm": b"fourth"})
    with pytest.raises(IntegrityError, match="same number"):
        stand.sync(stand.place())


def test_a_damaged_timestamp_stays_for_a_person_to_judge(stand: Stand) -> None:
    stand.sync(stand.place())
    (stand.folder / "mirror" / TIMESTAMP).write_bytes(b"{}")
    with pytest.raises(PolicyError) as caught:
        stand.sync(stand.place())
    assert "remove that" in caught.value.hint
    (stand.folder / "mirror" / TIMESTAMP).unlink()
    stand.sync(stand.place())
    assert state(stand.folder / "mirror") == 2


def test_an_expired_index_is_copied_with_a_warning(stand: Stand) -> None:
    stand.sync(stand.place(), now=THEN + timedelta(days=200))
    assert published(stand.folder / "mirror") == needed(stand.idx)
    assert any("timestamp metadata of the index expired" in warning for warning in stand.heard.warnings)


def test_what_is_forged_is_refused_before_anything_is_written(stand: Stand) -> None:
    path = stand.idx / "1.snapshot.json"
    newest = max(stand.idx.glob("*.snapshot.json"))
    newest.write_bytes(newest.read_bytes().replace(b'"version":', b'"version": '))
    assert path.exists()
    with pytest.raises(IntegrityError):
        stand.sync(stand.place())
    assert not (stand.folder / "mirror").exists()


# Blobs ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["bundle", "layout", "manifest"])
def test_wrong_bytes_are_named_and_come_from_another_mirror(stand: Stand, kind: str) -> None:
    stand.sync(stand.place("good"))
    (blob,) = stand.idx.glob(f"*.{kind}")
    blob.write_bytes(bytes(blob.stat().st_size))
    with pytest.raises(IntegrityError, match=blob.name):
        stand.sync(stand.place())
    assert state(stand.folder / "mirror") == 0
    stand.heard.warnings.clear()
    stand.sync(stand.place(), mirrors=[stand.idx, stand.folder / "good"])
    assert state(stand.folder / "mirror") == 2
    assert any("gave wrong bytes" in warning and blob.name in warning for warning in stand.heard.warnings)


def test_a_blob_that_is_nowhere_keeps_the_old_state_and_all_else_is_copied(stand: Stand) -> None:
    stand.sync(stand.place())
    before = needed(stand.idx)
    stand.release("2.0.0", MORE)
    new = published(stand.idx) - before
    (bundle,) = (stand.idx / name for name in new if name.endswith(".bundle"))
    away = bundle.rename(stand.folder / bundle.name)
    with pytest.raises(NotOnMirrorsError, match=bundle.name) as caught:
        stand.sync(stand.place(), delete=True)
    assert "old state" in caught.value.hint
    assert state(stand.folder / "mirror") == 2
    assert before <= published(stand.folder / "mirror")
    stand.sync(stand.place(), mirrors=[away.parent])
    assert state(stand.folder / "mirror") == 3


def test_specs_select(stand: Stand) -> None:
    stand.release("2.0.0", MORE)
    stand.release("1.0.0", {"x.dcm": b"x"}, name="other")
    report = stand.sync(stand.place(), "demo@2")
    copied = {file.name for file in report.copied}
    assert len([name for name in copied if name.endswith(".manifest")]) == 1
    left = needed(stand.idx) - copied - {TIMESTAMP}
    assert sorted(name.rpartition(".")[2] for name in left) == sorted(["bundle", "layout", "manifest"] * 2)
    for spec in ("absent", "demo@9"):
        with pytest.raises(NoResolutionError, match=spec.partition("@")[0]):
            stand.sync(stand.place(), spec)


def test_a_record_that_nobody_can_read_stops_nothing_but_deletion(stand: Stand) -> None:
    folder = IndexFolder(stand.idx)
    with folder.lock():
        staging.edit(folder, "ns-zoo", stand.dates, changes={"zoo/broken.json": b"{}"})
    stand.publish()
    stand.sync(stand.place())
    assert any("the record of zoo/broken" in warning for warning in stand.heard.warnings)
    assert any(name.endswith(".broken.json") for name in published(stand.folder / "mirror"))
    assert state(stand.folder / "mirror") == 3
    with pytest.raises(IntegrityError, match="nothing is removed"):
        stand.sync(stand.place(), delete=True)


def test_a_layout_that_nobody_can_read_stops_nothing_but_deletion(stand: Stand) -> None:
    data = zstandard.ZstdCompressor().compress(b"no layout")
    broken = write_blob(stand.idx, BlobKind.LAYOUT, data, "zoo.demo-1.0.0")
    folder = IndexFolder(stand.idx)
    with folder.lock():
        record = staging.record(folder, PackName.parse("demo"))
        releases = tuple(replace(release, layout=broken) for release in record.releases)
        changes = {"zoo/demo.json": replace(record, releases=releases).encode()}
        staging.edit(folder, "ns-zoo", stand.dates, changes=changes)
    stand.publish()
    stand.sync(stand.place())
    assert any(broken.name in warning for warning in stand.heard.warnings)
    assert broken.name in published(stand.folder / "mirror")
    with pytest.raises(IntegrityError, match="nothing is removed"):
        stand.sync(stand.place(), delete=True)


def test_names_that_no_client_asks_for_are_not_copied(stand: Stand) -> None:
    folder = IndexFolder(stand.idx)
    odd = ["zoo/Not a pack.json", "zoo/a\nb.json", "zoo/x.txt", "zoo/-.json"]
    with folder.lock():
        staging.edit(folder, "ns-zoo", stand.dates, changes={"zoo/later-kind.json": b"1", **dict.fromkeys(odd, b"{}")})
    stand.publish()
    stand.sync(stand.place())
    names = {path.name[65:] for path in (stand.folder / "mirror").glob("????????????????????????*.json")}
    assert names == {"demo.json", "_catalog.json", "_revoked.json", "mirrors.json", "later-kind.json"}


def test_many_missing_blobs_end_it_soon_and_are_counted(stand: Stand) -> None:
    for n in range(12):
        stand.add("demo", f"1.0.{n + 1}", {"a.dcm": b"%d" % n})
    stand.publish()
    for bundle in stand.idx.glob("*.bundle"):
        bundle.unlink()
    with pytest.raises(NotOnMirrorsError, match=r"nor \d+ others"):
        stand.sync(stand.place(), at_once=4)


def test_an_index_is_not_copied_over_itself(stand: Stand) -> None:
    with pytest.raises(UsageError, match="to where it is"):
        stand.sync(FolderPlace(stand.idx), delete=True)


# Roots ----------------------------------------------------------------------------------------------------------------


def test_the_whole_chain_of_roots_is_copied_from_whichever_is_trusted(stand: Stand) -> None:
    for _ in range(2):
        renew_root(stand)
    stand.publish()
    for name, root in (("first", "1.root.json"), ("second", "2.root.json"), ("third", "3.root.json")):
        stand.sync(stand.place(name), root=stand.idx / root)
        assert {f"{n}.root.json" for n in (1, 2, 3)} <= published(stand.folder / name)
    (stand.idx / "1.root.json").write_bytes(Stand(stand.folder / "rogue").idx.joinpath("1.root.json").read_bytes())
    stand.sync(stand.place("without"), root=stand.idx / "3.root.json")
    assert {"2.root.json", "3.root.json"} <= published(stand.folder / "without")
    assert "1.root.json" not in published(stand.folder / "without")


# Deletion -------------------------------------------------------------------------------------------------------------


def test_deletion_leaves_what_the_new_state_needs_all_roots_and_what_is_not_the_index_s(stand: Stand) -> None:
    stand.sync(stand.place())
    mirror = stand.folder / "mirror"
    orphan = f"{'a' * 64}.bundle"
    for name in (orphan, "7.root.json", "index.html", ".htaccess"):
        (mirror / name).write_bytes(b"x")
    stand.release("2.0.0", MORE)
    listed = stand.sync(stand.place(), delete=True, dry_run=True).removed
    assert orphan in published(mirror)
    report = stand.sync(stand.place(), delete=True)
    assert report.removed == listed
    assert orphan in report.removed
    assert "2.snapshot.json" in report.removed
    assert {"7.root.json", "index.html", ".htaccess"} <= {path.name for path in mirror.iterdir()}
    assert state(mirror) == 3
    fresh = stand.folder / "fresh"
    stand.sync(stand.place("fresh"))
    assert published(mirror) - {"7.root.json"} == published(fresh)


def test_deletion_with_specs_leaves_what_any_record_names(stand: Stand) -> None:
    stand.release("2.0.0", MORE)
    stand.sync(stand.place())
    (stand.folder / "mirror" / f"{'b' * 64}.layout").write_bytes(b"x")
    report = stand.sync(stand.place(), "demo@2", delete=True)
    assert [name for name in report.removed if not name.endswith(".json")] == [f"{'b' * 64}.layout"]


def test_nothing_is_removed_where_somebody_else_published_meanwhile(stand: Stand) -> None:
    stand.sync(stand.place())
    stand.release("2.0.0", MORE)

    class Raced(FolderPlace):
        def replace_timestamp(self, data, seen) -> None:
            super().replace_timestamp(data, seen)
            stand.release("3.0.0", {"d.dcm": b"fourth"})
            stand.sync(stand.place())

    with pytest.raises(ConflictError, match="nothing is removed"):
        stand.sync(Raced(stand.folder / "mirror"), delete=True)
    assert state(stand.folder / "mirror") == 4


def test_a_place_of_blobs_alone(stand: Stand) -> None:
    place = stand.place()
    place.holds_metadata = False
    report = stand.sync(place)
    assert report.moment is None
    assert {name.rpartition(".")[2] for name in published(stand.folder / "mirror")} == {"bundle", "layout", "manifest"}
    with pytest.raises(UsageError, match="no names"):
        stand.sync(place, delete=True)


# Interruption ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change_root", [renew_root, rotate_online_keys, rotate_online_keys_and_refresh])
@pytest.mark.parametrize("after", [False, True])
def test_dying_at_any_call_leaves_the_old_state_or_the_new_one(
    stand: Stand, after: bool, change_root: Callable[[Stand], None]
) -> None:
    stand.sync(stand.place("old"))
    change_root(stand)
    stand.release("2.0.0", MORE)
    old, new = state(stand.folder / "old"), state(stand.idx)
    last = 0
    while True:
        last += 1
        mirror = stand.folder / f"mirror-{last}"
        shutil.copytree(stand.folder / "old", mirror)
        place = Faulty(FolderPlace(mirror), last, after=after)
        try:
            stand.sync(place, at_once=1, delete=True)
        except DiedError:
            assert state(mirror) in (old, new)
            there = published(mirror)
            report = stand.sync(FolderPlace(mirror))
            assert not {file.name for file in report.copied} & there
            assert state(mirror) == new
        else:
            break
        shutil.rmtree(mirror)
    assert last > len(FILES) + 10


def test_a_folder_that_loses_what_was_put_is_told_of(stand: Stand) -> None:
    class Losing(FolderPlace):
        def survey(self, files):
            return set()

    with pytest.raises(Exception, match="vanish"):
        stand.sync(Losing(stand.folder / "mirror"))
    assert not (stand.folder / "mirror" / TIMESTAMP).exists()


def test_who_publishes_the_same_meanwhile_is_no_conflict(stand: Stand) -> None:
    class Raced(FolderPlace):
        def replace_timestamp(self, data, seen) -> None:
            FolderPlace(self.folder).replace_timestamp(data, seen)
            super().replace_timestamp(data, seen)

    stand.sync(Raced(stand.folder / "mirror"))
    assert state(stand.folder / "mirror") == 2


def test_who_publishes_something_newer_meanwhile_wins(stand: Stand) -> None:
    class Raced(FolderPlace):
        def replace_timestamp(self, data, seen) -> None:
            stand.release("2.0.0", MORE)
            stand.sync(FolderPlace(self.folder))
            super().replace_timestamp(data, seen)

    with pytest.raises(ConflictError, match="meanwhile"):
        stand.sync(Raced(stand.folder / "mirror"))
    assert state(stand.folder / "mirror") == 3


def test_nothing_is_removed_where_the_next_state_is_edited(stand: Stand) -> None:
    stand.sync(stand.place())
    stand.add("demo", "2.0.0", MORE)
    before = set(stand.idx.iterdir())
    with pytest.raises(PolicyError, match="staged"):
        stand.sync(FolderPlace(stand.idx), source=stand.folder / "mirror", delete=True)
    assert set(stand.idx.iterdir()) == before
    stand.publish()
    stand.sync(stand.place())
    assert state(stand.folder / "mirror") == state(stand.idx)
    stand.sync(FolderPlace(stand.idx), source=stand.folder / "mirror", delete=True)


def test_an_index_may_lie_where_none_of_its_blobs_are(tmp_path: Path) -> None:
    blobs = tmp_path / "blobs"
    stand = Stand(tmp_path / "stand")
    ceremony.set_mirrors(stand.idx, [f"{blobs.as_uri()}/{{digest}}"], stand.dates)
    stand.publish()
    blobs.mkdir()
    for path in [path for path in stand.idx.iterdir() if path.suffix in (".bundle", ".layout", ".manifest")]:
        path.rename(blobs / path.name)
    stand.sync(stand.place())
    assert published(stand.folder / "mirror") == needed(stand.folder / "mirror")
    for path in blobs.iterdir():
        path.unlink()
    with pytest.raises(NotOnMirrorsError) as caught:
        stand.sync(stand.place("other"))
    assert str(blobs) in caught.value.message
    assert str(stand.folder / "other") not in caught.value.message


def test_a_blob_of_another_size_is_damaged_and_numbered_metadata_may_be_anothers(stand: Stand) -> None:
    stand.sync(stand.place())
    mirror = stand.folder / "mirror"
    for name, code in (("*.bundle", 5), ("1.root.json", 1)):
        path = next(mirror.glob(name))
        data = path.read_bytes()
        path.write_bytes(data + b"more")
        with pytest.raises(ConflictError) as caught:
            stand.sync(stand.place())
        assert caught.value.exit_code == code
        path.write_bytes(data)
