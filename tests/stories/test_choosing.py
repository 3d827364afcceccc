"""What of the packs a project takes: filters, groups, packs that others require, two majors of one side by side."""

from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, write_files

ONE = {"ct/1.dcm": b"one", "ct/2.dcm": b"two", "mr/1.dcm": b"three", "about.txt": b"text"}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    releases = [
        ("phantoms", "1.0.0", {"a.dcm": b"old"}, []),
        ("phantoms", "2.0.0", {"b.dcm": b"new"}, []),
        ("derived", "1.0.0", {"seg.dcm": b"seg"}, ["zoo/phantoms@^1"]),
        ("demo", "1.0.0", ONE, []),
        ("demo", "1.1.0", {**ONE, "ct/3.dcm": b"four"}, []),
        ("other", "1.0.0", {"x.dcm": b"x"}, []),
    ]
    for name, version, files, requires in releases:
        folder = maintainer.root / "packs" / f"{name}-{version}"
        write_files(folder, files)
        maintainer.stage(folder, name, version, requires=requires)
        maintainer.publish()
    return maintainer


@pytest.fixture
def machine(tmp_path: Path, maintainer: Maintainer) -> Machine:
    return installed(tmp_path, maintainer, "other@1")


def test_a_filter_is_asked_for_once_and_kept(machine: Machine) -> None:
    machine.call("install", "demo@=1.0.0", "--where", "path=ct/*").expect(0, "Added demo =1.0.0 where path=ct/*")
    assert set(contents(machine.zoo / "demo")) == {"ct/1.dcm", "ct/2.dcm"}
    assert 'where = {path = "ct/*"}' in (machine.project / "zoo.toml").read_text()
    assert len(objects(machine.store)) == 3
    machine.call("install").expect(0, "Nothing to do")
    machine.call("install", "demo@1").expect(0)  # another version, and the same filter
    machine.call("update", "demo").expect(0, "Updated demo 1.0.0 -> 1.1.0")
    assert set(contents(machine.zoo / "demo")) == {"ct/1.dcm", "ct/2.dcm", "ct/3.dcm"}
    machine.call("install", "demo@1", "--where", "path=mr/*").expect(0, "Changed demo from ^1 where path=ct/*")
    assert set(contents(machine.zoo / "demo")) == {"mr/1.dcm"}
    machine.call("verify").expect(0, "all right")
    machine.call("lock", "--check").expect(0)


def test_a_filter_that_nothing_meets_changes_nothing(machine: Machine) -> None:
    before = contents(machine.project)
    machine.call("install", "demo@1", "--where", "modality=CT").expect(4, "has modality CT (it has none 5)")
    machine.call("install", "demo@1", "--where", "modalty=CT").expect(2, "modality is the nearest")
    machine.call("install", "--where", "modality=CT").expect(2, "Name one")
    assert contents(machine.project) == before


def test_a_filter_that_came_to_select_something_else_is_refused(machine: Machine) -> None:
    machine.call("install", "demo@1", "--where", "path=ct/*").expect(0)
    lock = machine.project / "zoo.lock"
    lock.write_text(lock.read_text().replace('["ct/*"]', '["mr/*"]'))
    machine.call("install", "--frozen").expect(3, "selects other instances of demo than when zoo.lock was made")
    assert set(contents(machine.zoo / "demo")) == {"ct/1.dcm", "ct/2.dcm", "ct/3.dcm"}


def test_groups_are_installed_where_they_are_asked_for(machine: Machine) -> None:
    machine.call("install", "demo@1", "--group", "nightly").expect(0, "in the group nightly")
    assert set(contents(machine.zoo)) == {"other/x.dcm", *(f"demo/{path}" for path in (*ONE, "ct/3.dcm"))}
    machine.call("install").expect(0, "5 removed")
    assert set(contents(machine.zoo)) == {"other/x.dcm"}
    machine.call("verify").expect(0, "Verified 1 instance")
    machine.call("install", "--group", "nightly", "--offline").expect(0, "5 placed")
    machine.call("install", "--group", "nightly").expect(0, "Nothing to do: 6 instances")
    machine.call("verify").expect(0, "Verified 6 instances")
    machine.call("install", "--group", "weekly").expect(2, "no group 'weekly'", "nightly")


def test_what_others_require_is_there_whole(machine: Machine) -> None:
    machine.call("install", "derived@1", "phantoms@1", "--where", "path=seg.dcm").expect(4)
    machine.call("install", "derived@1").expect(0)
    assert set(contents(machine.zoo)) == {"other/x.dcm", "derived/seg.dcm", "phantoms/a.dcm"}
    machine.call("remove", "derived").expect(0, "Removed derived")
    assert set(contents(machine.zoo)) == {"other/x.dcm"}


def test_two_majors_lie_side_by_side(machine: Machine) -> None:
    machine.call("install", "derived@1", "phantoms@2").expect(0)
    assert contents(machine.zoo / "phantoms") == {"b.dcm": b"new"}
    assert contents(machine.zoo / "phantoms@1") == {"a.dcm": b"old"}
    machine.call("verify").expect(0, "Verified 4 instances")
    machine.call("install").expect(0, "Nothing to do")
    machine.call("remove", "phantoms").expect(0)
    assert contents(machine.zoo / "phantoms") == {"a.dcm": b"old"}
    assert not (machine.zoo / "phantoms@1").exists()
    machine.call("verify").expect(0)


def test_removing_what_is_not_there(machine: Machine) -> None:
    machine.call("remove", "demo").expect(2, "zoo.toml does not ask for demo", "It asks for other")
    machine.call("remove", "other").expect(0)
    assert contents(machine.zoo) == {}
    machine.call("install").expect(0)
    assert (machine.project / "zoo.toml").read_text().startswith("[packs]\n")


def test_the_lock_is_made_and_checked_without_an_install(machine: Machine) -> None:
    toml, lock = machine.project / "zoo.toml", machine.project / "zoo.lock"
    toml.write_text(toml.read_text().replace('other = "^1"', 'other = "^1"\ndemo = "=1.0.0"'))
    machine.call("lock", "--check").expect(3, "zoo.lock does not match zoo.toml")
    machine.call("install", "--locked").expect(3)
    machine.call("lock").expect(0, "Locked 2 packs")
    assert set(contents(machine.zoo)) == {"other/x.dcm"}
    machine.call("lock", "--check").expect(0, "up to date")
    toml.write_text(toml.read_text().replace("=1.0.0", "^1"))
    machine.call("lock").expect(0)
    assert 'version = "1.0.0"\nindex = "idx"\ncontent' in lock.read_text()  # what is locked stays, if it may
    machine.call("lock", "--check", "--upgrade").expect(3, "zoo.lock is not the newest")
    machine.call("lock", "--upgrade-package", "demo").expect(0, "Updated demo 1.0.0 -> 1.1.0")
    machine.call("lock", "--upgrade-package", "nothing").expect(2, "zoo.lock has no pack nothing")
    lock.write_text(lock.read_text().replace("\n\n", "\n\n\n"))
    machine.call("lock", "--check").expect(3, "not as zoopkg writes it")
    machine.call("lock", "--upgrade").expect(0)
    machine.call("lock", "--check", "--upgrade").expect(0)
