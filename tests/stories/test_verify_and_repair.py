"""verify finds what is wrong in a data folder, --repair mends it, and the store mends itself."""

import os
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, objects

FILES = {"a": b"a" * 1000, "deep/b": b"b" * 2000, "deep/c": b"c" * 300}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("demo", "1.0.0", FILES)
    return maintainer


@pytest.fixture(params=["hardlink", "symlink", "copy"])
def machine(request: pytest.FixtureRequest, index: Maintainer, tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    machine.call("install", "demo@1", "--index", index.index, "--link-mode", request.param).expect(0)
    return machine


def write_through(path: Path, data: bytes) -> None:
    """What an editor that writes in place does, and a user who insists."""
    os.chmod(path, 0o644)
    path.write_bytes(data)


def test_clean(machine: Machine) -> None:
    machine.call("verify").expect(0, "Verified 3 instances", "all right")
    machine.call("verify", "--repair").expect(0, "all right")
    machine.call("store", "verify").expect(0)


def test_edited_through_the_link(machine: Machine) -> None:
    write_through(machine.zoo / "demo" / "a", b"A" * 1000)
    machine.call("verify").expect(5, "a is changed")
    machine.call("verify", "--repair").expect(0, "Mended 1 file")
    assert contents(machine.zoo / "demo") == FILES
    machine.call("verify").expect(0)
    machine.call("store", "verify").expect(0)
    assert len(objects(machine.store)) == 3


def test_an_edit_through_a_link_stays_in_its_project(machine: Machine, index: Maintainer, tmp_path: Path) -> None:
    write_through(machine.zoo / "demo" / "a", b"A" * 1000)
    other = Machine(tmp_path / "other", store=machine.store)
    other.call("install", "demo@1", "--index", index.index).expect(0)
    assert contents(other.zoo / "demo") == FILES


def test_missing_and_in_the_way(machine: Machine) -> None:
    (machine.zoo / "demo" / "a").unlink()
    (machine.zoo / "demo" / "deep" / "b").unlink()
    (machine.zoo / "demo" / "deep" / "c").unlink()
    (machine.zoo / "demo" / "deep").rmdir()
    machine.call("verify").expect(5, "a is missing", "b is missing", "c is missing")
    machine.call("verify", "--repair").expect(0, "Mended 3 files")
    assert contents(machine.zoo / "demo") == FILES


def test_truncated(machine: Machine) -> None:
    write_through(machine.zoo / "demo" / "deep" / "b", b"")
    machine.call("verify").expect(5, "b is changed")
    machine.call("verify", "--repair").expect(0)
    assert contents(machine.zoo / "demo") == FILES


def test_a_folder_in_the_place_of_a_file(machine: Machine) -> None:
    path = machine.zoo / "demo" / "a"
    path.unlink()
    path.mkdir()
    (path / "note").write_text("mine")
    machine.call("verify").expect(5, "a is not a file")
    result = machine.call("verify", "--repair").sober()
    assert result.code == 1
    assert (path / "note").read_text() == "mine"
    assert "Traceback" not in result.err


def test_an_edit_that_hides_behind_the_old_time(machine: Machine) -> None:
    """What the tripwire cannot see, hashing does."""
    path = machine.zoo / "demo" / "a"
    before = path.stat()
    write_through(path, b"A" * 1000)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.chmod(path, before.st_mode)
    machine.call("install").expect(0, "0 placed")
    machine.call("verify").expect(5, "a is changed")
    machine.call("verify", "--repair").expect(0, "Mended 1 file")
    assert contents(machine.zoo / "demo") == FILES
    machine.call("store", "verify").expect(0)


def test_the_store_removes_what_is_wrong(machine: Machine, index: Maintainer, tmp_path: Path) -> None:
    victim = objects(machine.store)[0]
    write_through(victim, b"wrong")
    result = machine.call("store", "verify", "--json").expect(5)
    assert (result.document["checked"], len(result.document["removed"])) == (3, 1)
    assert len(objects(machine.store)) == 2
    machine.call("store", "verify").expect(0)
    other = Machine(tmp_path / "other", store=machine.store)
    other.call("install", "demo@1", "--index", index.index).expect(0, "2 shared with the store", "fetched from")
    assert contents(other.zoo / "demo") == FILES


def test_without_a_lock(tmp_path: Path) -> None:
    Machine(tmp_path).call("verify").expect(3, "there is no zoo.lock")


def test_a_data_folder_without_memory(machine: Machine) -> None:
    """The folder `.zoopkg` was deleted: right files are taken over, wrong ones are nobody's and stay."""
    for path in (machine.zoo / ".zoopkg").iterdir():
        path.unlink()
    (machine.zoo / ".zoopkg").rmdir()
    machine.call("verify").expect(0)
    result = machine.call("install").sober()
    if result.code == 0:
        assert contents(machine.zoo / "demo") == FILES
