"""What a person has of their own stays theirs: nothing is overwritten, mended away or left half done."""

import os
import stat
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, installed, objects, write_files

FILES = {"a.txt": b"a", "deep/b.txt": b"bb"}


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    for name, requires in (("lib", []), ("other", []), ("app", ["zoo/lib@1"])):
        folder = maintainer.root / "packs" / name
        write_files(folder, {f"{name}.dcm": name.encode(), **FILES})
        maintainer.stage(folder, name, "1.0.0", requires=requires)
    maintainer.publish()
    return maintainer


@pytest.fixture
def machine(tmp_path: Path, maintainer: Maintainer) -> Machine:
    return installed(tmp_path, maintainer, "lib@1")


def test_a_group_is_what_was_asked_for_not_what_happens_to_be_there(machine: Machine, maintainer: Maintainer) -> None:
    machine.call("install", "app@1").expect(0)
    machine.call("install", "lib@1", "other@1", "--group", "n").expect(0)
    assert (machine.zoo / "other").is_dir()
    machine.call("install").expect(0)
    assert not (machine.zoo / "other").exists()
    machine.call("verify").expect(0, "all right")  # `lib` is there for `app`, which makes no group of it
    (machine.zoo / "app" / "a.txt").unlink()
    machine.call("verify", "--repair").expect(0)
    assert not (machine.zoo / "other").exists()


def test_what_changes_a_project_keeps_the_groups_that_are_there(machine: Machine) -> None:
    machine.call("install", "other@1", "--group", "n").expect(0)
    machine.call("update", "lib").expect(0)
    assert (machine.zoo / "other").is_dir()
    machine.call("remove", "lib").expect(0)
    assert (machine.zoo / "other").is_dir()
    machine.call("remove", "other", "--dry-run").expect(0, "Would remove other")
    assert (machine.zoo / "other").is_dir()
    machine.call("remove", "other").expect(0)
    assert contents(machine.zoo) == {}


@pytest.mark.parametrize("folder", [False, True])
def test_mending_takes_nobodys_file(machine: Machine, folder: bool) -> None:
    machine.call("install").expect(0)
    for path in sorted(machine.zoo.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    mine = machine.zoo / "lib" / "a.txt"
    (mine if folder else mine.parent).mkdir(parents=True)
    (mine / "x" if folder else mine).write_bytes(b"mine")
    machine.call("install").expect(8, "is in the way")
    machine.call("verify", "--repair").expect(8, "is in the way")
    assert contents(machine.zoo) == {"lib/a.txt/x" if folder else "lib/a.txt": b"mine"}


def test_links_into_a_store_that_is_gone_are_placed_anew(machine: Machine) -> None:
    machine.call("install", "--link-mode", "symlink").expect(0)
    for path in objects(machine.store):
        path.unlink()
    machine.call("install").expect(0, "fetched from")
    assert contents(machine.zoo / "lib") == {"lib.dcm": b"lib", **FILES}


def test_a_file_where_a_folder_should_be_changes_nothing(machine: Machine) -> None:
    (machine.zoo / "other").write_bytes(b"mine")
    before = contents(machine.project)
    machine.call("install", "other@1").expect(8, "zoo/other is not a folder")
    assert contents(machine.project) == before
    machine.call("install", "--frozen").expect(0)


def test_the_data_folder_is_a_file(tmp_path: Path, maintainer: Maintainer) -> None:
    machine = Machine(tmp_path)
    machine.zoo.write_bytes(b"mine")
    machine.call("install", "lib@1", "--index", maintainer.index).expect(8, "zoo is not a folder")
    assert contents(machine.project) == {"zoo": b"mine"}


def test_a_file_where_the_root_of_an_index_would_be_kept(tmp_path: Path, maintainer: Maintainer) -> None:
    machine = Machine(tmp_path)
    (machine.project / "idx-root.json").write_bytes(b"mine")
    machine.call("install", "lib@1", "--index", maintainer.index).expect(8, "idx-root.json is in the way")
    assert contents(machine.project) == {"idx-root.json": b"mine"}


def test_two_projects_do_not_fill_one_folder(machine: Machine, maintainer: Maintainer, tmp_path: Path) -> None:
    other, shared = Machine(tmp_path / "other"), tmp_path / "shared"
    machine.call("install", "--dest", shared).expect(0)
    other.call("install", "other@1", "--index", maintainer.index, "--dest", shared).expect(8, str(machine.project))
    assert set(contents(shared)) == {"lib/lib.dcm", *(f"lib/{path}" for path in FILES)}
    machine.project.rename(machine.root / "gone")
    other.call("install", "other@1", "--index", maintainer.index, "--dest", shared).expect(0)


def test_a_lock_with_the_line_ends_of_windows(machine: Machine) -> None:
    lock = machine.project / "zoo.lock"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    before = lock.read_bytes()
    for command in ("install --locked", "install", "lock --check", "lock"):
        machine.call(*command.split()).expect(0)
        assert lock.read_bytes() == before


def test_the_mode_of_a_project_file_stays(machine: Machine) -> None:
    toml = machine.project / "zoo.toml"
    toml.chmod(0o600)
    machine.call("install", "other@1").expect(0)
    assert stat.S_IMODE(toml.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("text", "is_project"),
    [
        ('[tool."zoopkg".packs]\nother = "^1"\n', True),
        ('[ tool . zoopkg . packs ]\nother = "^1"\n', True),
        ('[tool]\nzoopkg = { packs = { other = "^1" } }\n', True),
        ("# see [tool.zoopkg] in ../zoo.toml\n", False),
        ("# tool.zoopkg\ntool = 3\n", False),
    ],
)
def test_which_pyproject_is_a_project(machine: Machine, text: str, is_project: bool) -> None:
    sub = machine.project / "sub"
    sub.mkdir()
    (sub / "pyproject.toml").write_text(text)
    listed = machine.call("list", "--json", "--directory", sub)
    assert [pack["name"] for pack in listed.expect(0).document] == ([] if is_project else ["zoo/lib"])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files away")
def test_a_strangers_project_file_above_is_not_looked_at(tmp_path: Path) -> None:
    (tmp_path / "zoo.toml").write_text("[packs]\nct-basic = '^1'\n")
    os.chown(tmp_path / "zoo.toml", 65534, 65534)
    tmp_path.chmod(0o1777)
    machine = Machine(tmp_path / "mine")
    machine.call("tree").expect(0)
    tmp_path.chmod(0o755)
    machine.call("tree").expect(3)


def test_a_folder_of_the_projects_name_is_passed_over(machine: Machine) -> None:
    sub = machine.project / "sub"
    (sub / "zoo.toml").mkdir(parents=True)
    machine.call("list", "--directory", sub).expect(0)


def test_lines_of_blanks_take_no_time(machine: Machine) -> None:
    (machine.project / "zoo.toml").write_text("bogus = 1\n" + " " * 100_000 + "\n")
    machine.call("install").expect(2, "zoo.toml (line 1) has the unknown key 'bogus'")
