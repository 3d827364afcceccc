"""How locked packs stand against records: what is newer, what is allowed, and what speaks against a version."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from locked_packs import a_lock

from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release, Texts
from zoopkg.model.version import parse_version
from zoopkg.project.lock import Lock
from zoopkg.project.outdated import Standing, standings

BLOBS = [Blob.known_by_digest(kind, Digest.of(b"")) for kind in (BlobKind.MANIFEST, BlobKind.LAYOUT)]


def a_release(name: str, version: str, requires: Sequence[str] = ()) -> Release:
    content = Digest.of(f"{name}@{version.lstrip('!')}".encode())
    yanked = "broken" if version.startswith("!") else ""
    number = parse_version(version.lstrip("!"))
    needs = tuple(f"zoo/{each}" for each in requires)
    return Release(number, "2026-01-31", content, *BLOBS, "MIT", 1, 1, needs, yanked=yanked)


def a_record(name: str, versions: Mapping[str, Sequence[str]]) -> Record:
    releases = (a_release(name, version, requires) for version, requires in versions.items())
    return Record(PackName.parse(name), Texts("A summary"), tuple(releases))


def standing(lock: Lock, *records: Record) -> dict[str, Standing]:
    needs = {name: root.need for name, root in lock.roots.items()}
    known = {pack.name: None for pack in lock.packs} | {record.name: record for record in records}
    return {f"{each.pack.name.name}@{each.pack.version}": each for each in standings(lock, needs, known)}


def told(each: Standing) -> tuple[str, str]:
    return str(each.allowed), str(each.newest)


def versions(*texts: str) -> dict[str, Sequence[str]]:
    return dict.fromkeys(texts, ())


def test_allowed_and_newest() -> None:
    lock = a_lock({"a@1.0.0": []}, {"a": "^1"})
    one = standing(lock, a_record("a", versions("1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1")))["a@1.0.0"]
    assert told(one) == ("1.1.0", "2.0.0")
    assert not one.is_current
    assert standing(lock, a_record("a", versions("1.0.0")))["a@1.0.0"].is_current


def test_a_pack_that_only_others_require_is_held_by_all_of_them() -> None:
    lock = a_lock({"a@1.0.0": ["c@1.0.0"], "b@1.0.0": ["c@1.0.0"], "c@1.0.0": []}, {"a": "*", "b": "*"})
    records = [a_record("a", {"1.0.0": ["c@^1"]}), a_record("b", {"1.0.0": ["c@~1.0"]})]
    found = standing(lock, *records, a_record("c", versions("1.0.0", "1.0.1", "1.1.0", "2.0.0")))
    assert told(found["c@1.0.0"]) == ("1.0.1", "2.0.0")


def test_two_majors_are_each_held_by_those_who_mean_them() -> None:
    lock = a_lock({"a@1.0.0": ["c@1.0.0"], "c@1.0.0": [], "c@2.0.0": []}, {"a": "*", "c": "^2"})
    records = [a_record("a", {"1.0.0": ["c@^1"]}), a_record("c", versions("1.0.0", "1.1.0", "2.0.0", "2.1.0"))]
    found = standing(lock, *records)
    assert (told(found["c@1.0.0"]), told(found["c@2.0.0"])) == (("1.1.0", "2.1.0"), ("2.1.0", "2.1.0"))


def test_yanked_versions_are_never_the_newest() -> None:
    lock = a_lock({"a@1.1.0": []}, {"a": "^1"})
    one = standing(lock, a_record("a", versions("1.0.0", "!1.1.0", "!1.2.0")))["a@1.1.0"]
    assert (told(one), one.yanked) == (("1.0.0", "1.0.0"), "broken")
    assert told(standing(lock, a_record("a", versions("!1.1.0")))["a@1.1.0"]) == ("None", "None")


def test_a_locked_prerelease_counts() -> None:
    lock = a_lock({"a@2.0.0-rc.1": []}, {"a": "^2.0.0-rc.1"})
    assert standing(lock, a_record("a", versions("1.0.0", "2.0.0-rc.1")))["a@2.0.0-rc.1"].is_current


def test_a_deprecated_version_is_not_current() -> None:
    record = a_record("a", versions("1.0.0"))
    record = replace(record, releases=(replace(record.releases[0], deprecated="use b"),))
    one = standing(a_lock({"a@1.0.0": []}, {"a": "^1"}), record)["a@1.0.0"]
    assert (one.deprecated, one.is_current) == ("use b", False)


def test_what_the_index_does_not_have() -> None:
    lock = a_lock({"a@1.0.0": [], "b@1.0.0": [], "c@1.0.0": []}, {"a": "^1"})
    other = replace(a_release("c", "1.0.0"), content=Digest.of(b"other"))
    records = [a_record("b", versions("2.0.0")), Record(PackName("zoo", "c"), Texts("A summary"), (other,))]
    faults = {name: each.fault for name, each in standing(lock, *records).items()}
    assert faults == {
        "a@1.0.0": "not in its index any more",
        "b@1.0.0": "this version is not in its index any more",
        "c@1.0.0": "the index has other content for this version",
    }
