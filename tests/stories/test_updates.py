"""A project over time: later versions, what they share and remove, and files that someone else has touched."""

import os
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, times, write_files

FIRST = {"a": b"a" * 1000, "b": b"b" * 2000, "old/deep/c": b"c" * 3000, "moved": b"m" * 10}
SECOND = {"a": b"a" * 1000, "b": b"B" * 2000, "new/d": b"d" * 4000, "elsewhere/moved": b"m" * 10}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("demo", "1.0.0", FIRST)
    maintainer.release("demo", "2.0.0", SECOND)
    maintainer.release("other", "1.0.0", {"x": b"a" * 1000, "y": b"y"}, requires=["demo@^1"])
    return maintainer


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    """A machine on which demo 1.0.0 is installed."""
    return installed(tmp_path, index, "demo@1")


def test_the_second_version_bundles_only_what_is_new(index: Maintainer) -> None:
    sizes = [path.stat().st_size for path in index.blobs("bundle")]
    assert len(sizes) == 3  # one a release
    built = index.root / "out" / "demo-2.0.0"
    assert len(list(built.glob("*.bundle"))) == 1


def test_an_update_adds_removes_and_replaces(machine: Machine, index: Maintainer) -> None:
    result = machine.call("install", "demo@2", "--json").expect(0)
    assert contents(machine.zoo / "demo") == SECOND
    assert not (machine.zoo / "demo" / "old").exists()
    document = result.document
    assert (document["placed"], document["removed"], document["shared"]) == (3, 2, 1)
    assert len(objects(machine.store)) == 6
    machine.call("verify").expect(0)


def test_and_back_again_needs_no_mirror(machine: Machine, index: Maintainer) -> None:
    machine.call("install", "demo@2").expect(0)
    machine.call("install", "demo@=1.0.0").expect(0, "nothing fetched")
    assert contents(machine.zoo / "demo") == FIRST
    assert not (machine.zoo / "demo" / "new").exists()


def test_a_pack_that_another_requires_comes_along(index: Maintainer, tmp_path: Path) -> None:
    machine = installed(tmp_path, index, "other")
    assert contents(machine.zoo / "demo") == FIRST
    assert contents(machine.zoo / "other") == {"x": b"a" * 1000, "y": b"y"}
    assert len(objects(machine.store)) == 5  # `x` is the `a` of demo
    listed = machine.call("list", "--json").document
    assert [(each["name"], each["direct"]) for each in listed] == [("zoo/demo", False), ("zoo/other", True)]
    machine.call("install", "demo@2").expect(0)
    assert contents(machine.zoo / "demo") == SECOND  # the project's own now, and the other's beside it
    assert contents(machine.zoo / "demo@1") == FIRST
    machine.call("install", "demo@=1.0.1").expect(4, "demo")
    assert contents(machine.zoo / "demo") == SECOND


def test_a_dry_run_writes_nothing(machine: Machine) -> None:
    before = times(machine.project)
    kept = objects(machine.store)
    machine.call("install", "demo@2", "--dry-run").expect(
        0, "Would change demo from ^1 to ^2", "3 to place", "2 to remove", " before compression) to fetch"
    )
    assert times(machine.project) == before
    assert objects(machine.store) == kept


def test_a_dry_run_in_an_empty_folder(index: Maintainer, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.call("install", "demo@1", "--index", index.index, "--dry-run").expect(0, "4 to place")
    assert list(machine.project.iterdir()) == []


def test_an_edited_file_is_kept(machine: Machine) -> None:
    edited = machine.zoo / "demo" / "b"
    edited.unlink()
    edited.write_bytes(b"mine now")
    machine.call("install").expect(0, "b was changed since zoopkg put it there")
    machine.call("install", "demo@2").expect(0, "b was changed since zoopkg put it there")
    assert edited.read_bytes() == b"mine now"
    assert contents(machine.zoo / "demo") == {**SECOND, "b": b"mine now"}
    machine.call("install").expect(0, "b was changed")  # as often as it is asked


def test_an_edited_file_that_the_update_drops_is_kept(machine: Machine) -> None:
    edited = machine.zoo / "demo" / "old" / "deep" / "c"
    edited.unlink()
    edited.write_bytes(b"mine now")
    machine.call("install", "demo@2").expect(0, "c was changed since zoopkg put it there")
    assert contents(machine.zoo / "demo") == {**SECOND, "old/deep/c": b"mine now"}


def test_a_file_of_the_users_own_in_the_folder_stays(machine: Machine) -> None:
    (machine.zoo / "demo" / "old" / "notes.txt").write_text("mine")
    machine.call("install", "demo@2").expect(0)
    assert contents(machine.zoo / "demo") == {**SECOND, "old/notes.txt": b"mine"}


def test_a_foreign_file_in_the_way_changes_nothing(machine: Machine) -> None:
    (machine.zoo / "demo" / "new").mkdir()
    (machine.zoo / "demo" / "new" / "d").write_text("mine")
    before = times(machine.project)
    machine.call("install", "demo@2").expect(8, "d is in the way")
    after = times(machine.project)
    assert {path for path in before if before[path] != after.get(path)} <= {"zoo/.zoopkg/lock"}
    assert contents(machine.zoo / "demo") == {**FIRST, "new/d": b"mine"}
    (machine.zoo / "demo" / "new" / "d").unlink()
    machine.call("install", "demo@2").expect(0)
    assert contents(machine.zoo / "demo") == SECOND


@pytest.mark.parametrize("obstacle", ["file", "link"])
def test_something_else_where_the_packs_folder_belongs(index: Maintainer, tmp_path: Path, obstacle: str) -> None:
    machine = Machine(tmp_path)
    machine.zoo.mkdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    if obstacle == "file":
        (machine.zoo / "demo").write_text("mine")
    else:
        (machine.zoo / "demo").symlink_to(elsewhere)
    machine.call("install", "demo@1", "--index", index.index).expect(
        8, "is not a folder" if obstacle == "file" else "is a symbolic link"
    )
    assert list(elsewhere.iterdir()) == []
    (machine.zoo / "demo").unlink()
    machine.call("install", "demo@1", "--index", index.index).expect(0)
    assert contents(machine.zoo / "demo") == FIRST


def test_a_deleted_file_comes_back(machine: Machine) -> None:
    (machine.zoo / "demo" / "a").unlink()
    machine.call("install").expect(0, "1 placed", "nothing fetched")
    assert contents(machine.zoo / "demo") == FIRST


def test_a_deleted_data_folder_comes_back(machine: Machine) -> None:
    os.rename(machine.zoo, machine.project / "away")
    machine.call("install", "--frozen", "--offline").expect(0, "4 placed", "nothing fetched")
    assert contents(machine.zoo / "demo") == FIRST


def test_a_published_version_cannot_be_built_with_other_bytes(index: Maintainer, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    write_files(folder, {**FIRST, "a": b"changed"})
    recipe = ("pack", "init", folder, "--name", "zoo/demo", "--version", "1.0.0", "--license", "MIT")
    index.call(*recipe).expect(0)
    built = index.call("pack", "build", folder, "-o", tmp_path / "out", "--unreviewed", "--index", index.index)
    built.expect(2, "zoo/demo 1.0.0 is in the index with other content")
