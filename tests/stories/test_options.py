"""The flags of install: where to, how linked, with the lock as it is, and without the network."""

import os
import shutil
from pathlib import Path

import pytest
from servers import needs_nginx, nginx
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Machine, Maintainer, contents, released

FILES = {"a": b"a" * 1000, "deep/b": b"b" * 2000}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "demo@1.1.0": {**FILES, "c": b"c"}})


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_dest(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index, "--dest", "data/here").expect(0, "in data/here/")
    assert contents(machine.project / "data/here/demo") == FILES
    assert not machine.zoo.exists()
    machine.call("verify", "--dest", "data/here").expect(0)
    machine.call("verify").expect(5)


def test_directory(index: Maintainer, machine: Machine, tmp_path: Path) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index, "--directory", machine.project, cwd=tmp_path).expect(
        0
    )
    assert contents(machine.zoo / "demo") == FILES


def test_from_a_folder_within_the_project(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index).expect(0)
    (machine.project / "src").mkdir()
    (machine.zoo / "demo" / "a").unlink()
    machine.call("install", cwd=machine.project / "src").expect(0, "1 placed")
    assert contents(machine.zoo / "demo") == FILES
    assert list((machine.project / "src").iterdir()) == []


@pytest.mark.parametrize("mode", ["auto", "hardlink", "symlink", "copy"])
def test_link_modes(index: Maintainer, machine: Machine, mode: str) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index, "--link-mode", mode).expect(0)
    assert contents(machine.zoo / "demo") == FILES
    path = machine.zoo / "demo" / "a"
    links = path.stat().st_nlink > 1 and not path.is_symlink()
    assert (path.is_symlink(), links) == (mode == "symlink", mode == "hardlink") or mode == "auto"
    machine.call("verify").expect(0)
    machine.call("install", "--link-mode", mode).expect(0, "Nothing to do")


def test_reflink_works_or_says_that_it_does_not(index: Maintainer, machine: Machine) -> None:
    result = machine.call("install", "demo@=1.0.0", "--index", index.index, "--link-mode", "reflink").sober()
    if result.code == 0:
        assert contents(machine.zoo / "demo") == FILES
    else:
        result.expect(2, "the link mode reflink does not work")
        assert contents(machine.zoo) == {}


def test_copies_may_be_edited_and_the_store_stays_right(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index, "--link-mode", "copy").expect(0)
    path = machine.zoo / "demo" / "a"
    assert path.stat().st_mode & 0o200
    with path.open("r+b") as file:
        file.write(b"edited")
    machine.call("store", "verify").expect(0)
    machine.call("verify").expect(5, "a is changed")
    machine.call("verify", "--repair").expect(0, "Mended 1 file")
    assert contents(machine.zoo / "demo") == FILES
    assert path.stat().st_mode & 0o200


def test_another_link_mode_links_anew(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index, "--link-mode", "symlink").expect(0)
    machine.call("install", "--link-mode", "copy").expect(0, "2 placed")
    assert not (machine.zoo / "demo" / "a").is_symlink()
    machine.call("install", "--link-mode", "symlink").expect(0, "2 placed")
    assert (machine.zoo / "demo" / "a").is_symlink()
    assert contents(machine.zoo / "demo") == FILES


def test_locked_refuses_a_lock_that_does_not_match(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "--locked").expect(3, "there is no zoo.lock")
    machine.call("install", "demo@=1.0.0", "--index", index.index).expect(0)
    machine.call("install", "--locked").expect(0)
    project = machine.project / "zoo.toml"
    project.write_text(project.read_text().replace("=1.0.0", "^1.1"))
    lock = (machine.project / "zoo.lock").read_bytes()
    machine.call("install", "--locked").expect(3, "zoo.lock does not match zoo.toml")
    assert (machine.project / "zoo.lock").read_bytes() == lock
    machine.call("install", "--frozen").expect(0)  # the lock as it is
    machine.call("install").expect(0, "1 placed")
    assert contents(machine.zoo / "demo") == {**FILES, "c": b"c"}


def test_frozen_without_a_lock(machine: Machine) -> None:
    machine.call("install", "--frozen").expect(3, "there is no zoo.lock")


def test_frozen_and_locked_take_no_spec(machine: Machine) -> None:
    machine.call("install", "demo", "--frozen").expect(2)
    machine.call("install", "demo", "--locked").expect(2)


def test_a_lock_prefers_what_it_has(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@=1.0.0", "--index", index.index).expect(0)
    machine.call("install", "demo@1").expect(0, "(1.0.0)")


@pytest.mark.parametrize("flags", [["--frozen"], []], ids=["frozen", "as it is"])
def test_a_committed_lock_on_a_new_machine(index: Maintainer, tmp_path: Path, flags: list[str]) -> None:
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two")
    one.call("install", "demo@=1.0.0", "--index", index.index).expect(0)
    for name in ("zoo.toml", "zoo.lock", "idx-root.json"):
        shutil.copy(one.project / name, two.project / name)
    two.call("install", *flags).expect(0, "2 placed", "fetched from")
    assert contents(two.zoo / "demo") == FILES
    assert (two.project / "zoo.lock").read_bytes() == (one.project / "zoo.lock").read_bytes()


@needs_nginx
def test_a_committed_lock_and_any_mirror(index: Maintainer, tmp_path: Path) -> None:
    """With a lock and a mirror no index is needed: the mirror here holds blobs only, and the index is gone."""
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two")
    copy = tmp_path / "copy"
    shutil.copytree(index.index, copy)
    one.call("install", "demo@=1.0.0", "--index", copy).expect(0)
    blobs = tmp_path / "blobs"
    blobs.mkdir()
    for kind in ("manifest", "layout", "bundle"):
        for path in index.blobs(kind):
            shutil.copy(path, blobs)
    for name in ("zoo.toml", "zoo.lock", "copy-root.json"):
        shutil.copy(one.project / name, two.project / name)
    for path in [*copy.glob("*.json"), *copy.glob("*.bundle"), *copy.glob("*.layout"), *copy.glob("*.manifest")]:
        path.unlink()
    (copy / "timestamp.json").write_text("{}")  # what is left of it
    shutil.copy(index.first_root, copy / "1.root.json")
    with nginx(blobs) as url:
        two.run("install", "--frozen", "--mirror", url).expect(0, "2 placed")
    assert contents(two.zoo / "demo") == FILES


@needs_unshare
@needs_nginx
def test_frozen_with_a_warm_store_needs_no_network(index: Maintainer, tmp_path: Path) -> None:
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two", store=tmp_path / "one" / "store")
    with nginx(index.index) as url:
        one.run("install", "demo@=1.0.0", "--index", url, "--root", index.first_root).expect(0)
    shutil.copy(one.project / "zoo.lock", two.project / "zoo.lock")
    shutil.copy(one.project / "zoo.toml", two.project / "zoo.toml")
    (root,) = one.project.glob("*-root.json")
    shutil.copy(root, two.project)
    two.run("install", "--frozen", before=WITHOUT_NETWORK).expect(0, "2 placed", "nothing fetched")
    assert contents(two.zoo / "demo") == FILES
    os.unlink(two.zoo / "demo" / "a")
    two.run("install", before=WITHOUT_NETWORK).expect(0, "1 placed", "nothing fetched")


@needs_nginx
def test_offline_with_a_cold_store(index: Maintainer, machine: Machine) -> None:
    with nginx(index.index) as url:
        address = ("--index", url, "--root", index.first_root)
        machine.run("install", "demo@=1.0.0", *address, "--offline").expect(7)
        assert list(machine.project.iterdir()) == []
        machine.run("install", "demo@=1.0.0", *address).expect(0)
        shutil.rmtree(machine.store)
        shutil.rmtree(machine.zoo)
        machine.run("install", "--offline").expect(7)
        machine.run("install", "--offline", "--frozen").expect(7)
        machine.run("install").expect(0)
    assert contents(machine.zoo / "demo") == FILES


def test_a_mirror_that_is_tried_first(index: Maintainer, machine: Machine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(index.index, copy)
    result = machine.call("install", "demo@=1.0.0", "--index", index.index, "--mirror", copy, "--json").expect(0)
    assert list(result.document["fetched"]["mirrors"]) == [str(copy)]


def test_every_flag_has_its_variable(index: Maintainer, machine: Machine) -> None:
    variables = {
        "ZOOPKG_INDEX": str(index.index),
        "ZOOPKG_DEST": "elsewhere",
        "ZOOPKG_LINK_MODE": "copy",
        "ZOOPKG_QUIET": "1",
        "ZOOPKG_JSON": "1",
    }
    result = machine.run("install", "demo@=1.0.0", env=variables).expect(0)
    assert result.err == ""
    assert result.document["data"].endswith("elsewhere")
    assert (machine.project / "elsewhere" / "demo" / "a").stat().st_mode & 0o200
