"""verify finds what is wrong in a data folder, --repair mends it, and the store mends itself."""

import os
import shutil
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, released

FILES = {"a": b"a" * 1000, "deep/b": b"b" * 2000, "deep/c": b"c" * 300}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "more@1.0.0": {"more": b"more"}})


@pytest.fixture(params=["hardlink", "symlink", "copy"])
def machine(request: pytest.FixtureRequest, index: Maintainer, tmp_path: Path) -> Machine:
    return installed(tmp_path, index, "demo@1", "--link-mode", request.param)


def write_through(path: Path, data: bytes) -> None:
    """What an editor that writes in place does, and a user who insists."""
    os.chmod(path, 0o644)
    path.write_bytes(data)


def test_clean(machine: Machine) -> None:
    machine.call("verify").expect(0, "Verified 3 instances", "all right")
    machine.call("verify", "--repair").expect(0, "all right")
    machine.call("store", "verify").expect(0)


def test_what_the_lock_no_longer_pins_is_told_of(index: Maintainer, tmp_path: Path) -> None:
    machine = installed(tmp_path, index, "demo@1")
    before = {path: path.read_bytes() for path in machine.project.glob("zoo.*")}
    machine.call("install", "more").expect(0)
    for path, data in before.items():  # as `git switch` does
        path.write_bytes(data)
    machine.call("verify").expect(
        0, "zoo still holds more 1.0.0, which zoo.lock does not pin; `zoopkg install` removes it"
    )
    assert [each["name"] for each in machine.call("verify", "--json").expect(0).document["unpinned"]] == ["zoo/more"]
    machine.call("install").expect(0)
    assert "still holds" not in machine.call("verify").expect(0).err


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


def test_a_pack_that_is_gone_takes_one_line(machine: Machine) -> None:
    shutil.rmtree(machine.zoo / "demo")
    result = machine.call("verify").expect(5, "demo 1.0.0 is not there; `zoopkg install`", "3 files of 3 differ")
    assert "missing" not in result.err
    machine.call("verify", "--verbose").expect(5, "demo 1.0.0 is not there", "a is missing", "b is missing")
    findings = machine.call("verify", "--json").expect(5).document["findings"]
    assert findings == [{"path": f"demo/{path}", "fault": "missing"} for path in FILES]
    shutil.rmtree(machine.zoo)
    machine.call("verify").expect(5, "demo 1.0.0 is not there")
    machine.call("install").expect(0)
    machine.call("verify").expect(0, "all right")


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
    assert result.code == 8
    assert (path / "note").read_text() == "mine"
    assert "Traceback" not in result.err


def test_an_edit_that_hides_behind_the_old_time(machine: Machine) -> None:
    """What the tripwire cannot see, hashing does."""
    path = machine.zoo / "demo" / "a"
    before = path.stat()
    write_through(path, b"A" * 1000)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.chmod(path, before.st_mode)
    machine.call("install").expect(0, "Nothing to do")
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
    other.call("install", "demo@1", "--index", index.index).expect(0, "of them from the store", "fetched from")
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
