"""store gc and store clean: what no project needs goes, what one may need stays, and doubt removes nothing."""

import json
import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, released, times

from zoopkg.model.digest import Digest
from zoopkg.store import usage
from zoopkg.store.journal import Session
from zoopkg.store.objects import Objects

ONE = {"a": b"a" * 1000, "deep/b": b"b" * 2000}
TWO = {"a": b"A" * 1100, "deep/b": b"b" * 2000, "deep/c": b"c" * 300}
NOW = ("--yes", "--min-age", "0")


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(
        tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": ONE, "demo@2.0.0": TWO, "other@1.0.0": {"x": b"x" * 500}}
    )


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    return installed(tmp_path, index, "demo@1")


def held(machine: Machine) -> set[bytes]:
    return {path.read_bytes() for path in objects(machine.store)}


def test_what_is_installed_stays(machine: Machine) -> None:
    result = machine.call("store", "gc", *NOW, "--json").expect(0)
    assert result.document["unneeded"] == {"instances": 0, "bytes": 0, "documents": 0, "freed": 0}
    assert held(machine) == set(ONE.values())
    machine.call("verify").expect(0)


def test_an_update_leaves_what_only_the_old_version_had(machine: Machine) -> None:
    machine.call("install", "demo@2").expect(0)
    before = times(machine.store / "objects")
    plan = machine.call("store", "gc", "--min-age", "0", "--json").expect(0).document
    assert plan["unneeded"] == {"instances": 1, "bytes": 1000, "documents": 2, "freed": plan["unneeded"]["freed"]}
    assert plan["packs"] == {"demo 1.0.0": {"instances": 1, "bytes": 1000, "documents": 0, "freed": 1000}}
    assert (times(machine.store / "objects"), plan["removed"]) == (before, False)
    told = machine.call("store", "gc", "--min-age", "0").expect(0)
    assert "demo 1.0.0  1 instance" in told.out
    assert "add --yes" in told.out
    machine.call("store", "gc", *NOW).expect(0)
    assert held(machine) == set(TWO.values())
    shutil.rmtree(machine.zoo)
    machine.call("install", "--frozen").expect(0, "nothing fetched")


def test_what_is_young_stays(machine: Machine) -> None:
    machine.call("install", "demo@2").expect(0)
    result = machine.call("store", "gc", "--yes", "--json").expect(0)
    assert (result.document["unneeded"]["instances"], result.document["young"]["instances"]) == (0, 1)
    assert held(machine) == {*ONE.values(), *TWO.values()}


def test_a_hard_link_elsewhere_frees_nothing(machine: Machine, tmp_path: Path) -> None:
    os.link(machine.zoo / "demo" / "a", tmp_path / "mine")
    machine.call("install", "demo@2").expect(0)
    result = machine.call("store", "gc", *NOW, "--json").expect(0)
    assert result.document["packs"]["demo 1.0.0"] == {"instances": 1, "bytes": 1000, "documents": 0, "freed": 0}
    assert (tmp_path / "mine").read_bytes() == ONE["a"]


def test_a_filter_needs_what_it_selects(machine: Machine) -> None:
    machine.call("install", "demo@1", "--where", "path=deep/*").expect(0)
    machine.call("store", "gc", *NOW).expect(0)
    assert held(machine) == {ONE["deep/b"]}
    machine.call("verify").expect(0)


def test_a_group_that_is_not_installed_is_needed_all_the_same(machine: Machine) -> None:
    machine.call("install", "other", "--group", "nightly").expect(0)
    machine.call("install").expect(0, "1 removed")
    machine.call("store", "gc", *NOW).expect(0)
    assert held(machine) == {*ONE.values(), b"x" * 500}


def test_projects_share_a_store_until_they_vanish(machine: Machine, index: Maintainer, tmp_path: Path) -> None:
    other = Machine(tmp_path / "other", store=machine.store)
    other.call("install", "demo@2", "--index", index.index).expect(0)
    machine.call("store", "gc", *NOW).expect(0)
    assert held(machine) == {*ONE.values(), *TWO.values()}
    shutil.rmtree(other.project)
    result = machine.call("store", "gc", *NOW, "--json").expect(0)
    assert result.document["vanished"] == [{"project": str(other.project), "data": str(other.zoo)}]
    assert held(machine) == set(ONE.values())
    assert machine.call("store", "gc", *NOW, "--json").expect(0).document["vanished"] == []


def test_a_data_folder_elsewhere_counts_without_its_lock(machine: Machine, index: Maintainer, tmp_path: Path) -> None:
    other = Machine(tmp_path / "other", store=machine.store)
    other.call("install", "demo@2", "--index", index.index, "--dest", tmp_path / "data").expect(0)
    shutil.rmtree(other.project)
    machine.call("store", "gc", *NOW).expect(0)
    assert held(machine) == {*ONE.values(), *TWO.values()}
    shutil.rmtree(tmp_path / "data")
    machine.call("store", "gc", *NOW).expect(0)
    assert held(machine) == set(ONE.values())


def test_a_project_that_moved_is_known_again(machine: Machine) -> None:
    moved = machine.project.rename(machine.root / "moved")
    machine.call("install", cwd=moved).expect(0)
    result = machine.call("store", "gc", *NOW, "--json", cwd=moved).expect(0)
    assert result.document["projects"] == [{"project": str(moved), "data": str(moved / "zoo")}]
    assert held(machine) == set(ONE.values())


def conflict(machine: Machine) -> Path:
    lock = machine.project / "zoo.lock"
    lock.write_text(f"<<<<<<< ours\n{lock.read_text()}=======\n>>>>>>> theirs\n")
    return lock


def garbage(machine: Machine) -> Path:
    (machine.project / "zoo.lock").write_bytes(b"\xff\x00")
    return machine.project / "zoo.lock"


def newer(machine: Machine) -> Path:
    (machine.project / "zoo.lock").write_text("version = 99\n")
    return machine.project / "zoo.lock"


def lock_is_a_folder(machine: Machine) -> Path:
    (machine.project / "zoo.lock").unlink()
    (machine.project / "zoo.lock").mkdir()
    return machine.project / "zoo.lock"


def damaged_state(machine: Machine) -> Path:
    (machine.zoo / ".zoopkg" / "state.json").write_text("{")
    return machine.zoo


def no_manifest(machine: Machine) -> Path:
    for path in (*(machine.zoo / ".zoopkg").glob("*.manifest"), *(machine.store / "blobs").glob("*.manifest")):
        path.unlink()
    return machine.zoo


def damaged_note(machine: Machine) -> Path:
    (note,) = (machine.store / "projects").iterdir()
    note.write_text('{"version": 1}')
    return note


@pytest.mark.parametrize(
    "damage", [conflict, garbage, newer, lock_is_a_folder, damaged_state, no_manifest, damaged_note]
)
def test_doubt_removes_nothing(machine: Machine, damage: Callable[[Machine], Path]) -> None:
    machine.call("install", "demo@2").expect(0)
    named = damage(machine)
    before = times(machine.store / "objects")
    machine.call("store", "gc", *NOW).expect(1, str(named))
    assert times(machine.store / "objects") == before


def test_a_store_that_knows_no_project_says_so(machine: Machine) -> None:
    shutil.rmtree(machine.store / "projects")
    machine.call("store", "gc", "--min-age", "0").expect(0, "knows of no project")


def test_notes_are_for_the_user_alone(machine: Machine) -> None:
    (note,) = (machine.store / "projects").iterdir()
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert json.loads(note.read_text())["project"] == str(machine.project)
    before = note.stat()
    machine.call("install", "demo@2").expect(0)
    assert note.stat() == before


def test_what_a_session_announced_stays(machine: Machine) -> None:
    machine.call("install", "demo@2").expect(0)
    announced = Digest.of(ONE["a"])
    with Session(Objects(machine.store / "objects"), machine.store / "pending", [announced]):
        machine.call("store", "gc", *NOW).expect(0)
        assert ONE["a"] in held(machine)
    machine.call("store", "gc", *NOW).expect(0)
    assert ONE["a"] not in held(machine)


def test_a_running_install_keeps_it_out(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.call("install", "demo@2").expect(0)
    monkeypatch.setattr(usage, "_SECONDS", 0.1)
    with usage.in_use(machine.store), usage.in_use(machine.store):
        machine.call("store", "gc", *NOW).expect(1, "another zoopkg is using the store")
        machine.call("store", "gc", "--min-age", "0").expect(0)
    machine.call("store", "gc", *NOW).expect(0)


def test_only_what_is_the_stores_own(machine: Machine, tmp_path: Path) -> None:
    machine.call("install", "demo@2").expect(0)
    folder, hexadecimal = machine.store / "objects" / "ab", "ab" * 32
    outside = tmp_path / "outside"
    outside.write_bytes(b"mine")
    (folder / hexadecimal).symlink_to(outside)
    (folder / f"ac{hexadecimal[2:]}").write_bytes(b"in the wrong folder")
    (folder / hexadecimal.upper()).write_bytes(b"no digest")
    (folder / f".{'0' * 32}.1").write_bytes(b"on its way")
    (folder / ("ab" * 31 + "ac")).mkdir()
    (machine.store / "objects" / "linked").symlink_to(tmp_path)
    for name in ("notes.txt", f"{hexadecimal}.bundle", f"{hexadecimal}.manifest.bak"):
        (machine.store / "blobs" / name).write_bytes(b"not ours")
    strange = [*folder.iterdir(), *(p for p in (machine.store / "blobs").iterdir() if b"not ours" in p.read_bytes())]
    kept = {path for path in strange if path.is_symlink() or path.is_dir() or path.stat().st_nlink == 1}
    machine.call("store", "gc", *NOW).expect(0)
    machine.call("store", "clean", "--yes").expect(0)
    assert {path for path in kept if not os.path.lexists(path)} <= {folder / Digest.of(d).hex for d in TWO.values()}
    assert outside.read_bytes() == b"mine"


def test_a_store_whose_objects_are_a_link_is_left_alone(machine: Machine) -> None:
    (machine.store / "objects").rename(machine.root / "elsewhere")
    (machine.store / "objects").symlink_to(machine.root / "elsewhere")
    machine.call("store", "gc", *NOW).expect(1, "is a symbolic link")


def test_clean_removes_what_can_be_fetched_again(machine: Machine, index: Maintainer) -> None:
    trusted = contents(machine.store / "index")
    told = machine.call("store", "clean").expect(0)
    assert "Can be fetched again: 2 instances (3.0 kB), 2 manifests and layouts" in told.out
    assert held(machine) == set(ONE.values())
    machine.call("store", "clean", "--yes").expect(0)
    assert (held(machine), list((machine.store / "blobs").iterdir())) == (set(), [])
    assert contents(machine.store / "index") == trusted
    assert contents(machine.zoo / "demo") == ONE
    machine.call("install").expect(0, "Nothing to do")
    shutil.rmtree(machine.zoo)
    machine.call("install", "--frozen").expect(0, "fetched from")
    assert contents(machine.zoo / "demo") == ONE


def test_clean_leaves_what_symbolic_links_lead_to(machine: Machine, index: Maintainer, tmp_path: Path) -> None:
    other = Machine(tmp_path / "other", store=machine.store)
    other.call("install", "demo@2", "--index", index.index, "--link-mode", "symlink").expect(0)
    machine.call("store", "clean", "--yes").expect(0)
    assert contents(other.zoo / "demo") == TWO
    assert held(machine) == set(TWO.values())


def test_an_empty_store(tmp_path: Path) -> None:
    for verb in ("gc", "clean"):
        result = Machine(tmp_path).call("store", verb, "--yes").expect(0)
        assert result.out.endswith("Nothing to remove\n")
