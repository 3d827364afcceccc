"""Projects that came from a stranger: links that lead elsewhere, a memory that lies, an index that claims too much."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents, ended, installed, released

from zoopkg.store.objects import FIXED_NS

FIRST = {"a": b"a" * 1000, "sub/b": b"b" * 2000}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(
        tmp_path_factory.mktemp("maintainer"),
        {"demo@1.0.0": FIRST, "demo@2.0.0": {"a": b"A" * 1000}, "other@1.0.0": {"o": b"other"}},
    )


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    return installed(tmp_path, index, "demo@1")


def victim(root: Path) -> Path:
    """A folder of the user's own, with names that zoopkg would use."""
    folder = root / "victim"
    for name in ("tmp/mine", "setup.manifest", "a", "sub/b"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    return folder


def replace_by_link(path: Path, target: Path) -> None:
    shutil.rmtree(path)
    path.symlink_to(target)


@pytest.mark.parametrize("verb", [("install", "demo@2"), ("verify", "--repair")])
@pytest.mark.parametrize("link", ["zoo/.zoopkg", "zoo/demo", "zoo/demo/sub", "zoo"])
def test_no_link_is_followed_to_what_is_not_ours(machine: Machine, link: str, verb: tuple[str, ...]) -> None:
    elsewhere = victim(machine.root)
    before = contents(elsewhere)
    replace_by_link(machine.project / link, elsewhere)
    result = machine.call(*verb)
    assert result.sober().code == 8 or (verb[0] == "verify" and link == "zoo/.zoopkg" and result.code == 0)
    assert contents(elsewhere) == before
    assert sorted(path.name for path in elsewhere.iterdir()) == ["a", "setup.manifest", "sub", "tmp"]


def test_a_dangling_link_in_place_of_our_ignore_file_makes_nothing(index: Maintainer, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.zoo.mkdir()
    (machine.zoo / ".gitignore").symlink_to(tmp_path / "made")
    machine.call("install", "demo@1", "--index", index.index).expect(0)
    assert not (tmp_path / "made").exists()


def test_a_data_folder_with_files_of_the_user_gets_no_ignore_file(index: Maintainer, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.project / "code.py").write_text("code")
    machine.call("install", "demo@1", "--index", index.index, "--dest", ".").expect(0)
    assert not (machine.project / ".gitignore").exists()
    assert (machine.project / "demo" / "a").exists()


@pytest.mark.parametrize("name", ["state.json", "fingerprint.json"])
def test_a_memory_without_end_is_not_read(machine: Machine, name: str) -> None:
    path = machine.zoo / ".zoopkg" / name
    path.unlink()
    path.symlink_to("/dev/zero")
    limited = ("bash", "-c", 'ulimit -v 2000000; exec "$@"', "-")
    assert machine.run("install", before=limited).sober().code in (0, 1)


def test_a_file_that_another_store_put_there_is_hashed_before_it_is_trusted(machine: Machine, tmp_path: Path) -> None:
    machine.call("install", "--link-mode", "copy").expect(0)
    stranger = Machine(tmp_path / "stranger")
    shutil.copytree(machine.project, stranger.project, dirs_exist_ok=True)
    shutil.copytree(machine.root.parent / machine.root.name / "store", stranger.store)  # the same bytes, not the same
    forged = stranger.zoo / "demo" / "a"
    forged.write_bytes(b"E" * 1000)
    os.utime(forged, ns=(FIXED_NS, FIXED_NS))
    stranger.call("install", "--frozen").expect(0, "1 placed")
    assert contents(stranger.zoo / "demo") == FIRST


def test_what_a_loss_of_power_tore_is_mended_by_the_next_install(machine: Machine) -> None:
    machine.call("install", "--link-mode", "copy").expect(0)
    path = machine.zoo / ".zoopkg" / "state.json"
    state = json.loads(path.read_text())
    state["pending"], state["placed"] = state["placed"], []
    path.write_text(json.dumps(state))
    (machine.zoo / ".zoopkg" / "fingerprint.json").unlink()
    torn = machine.zoo / "demo" / "sub" / "b"
    torn.write_bytes(bytes(2000))
    os.utime(torn, ns=(FIXED_NS, FIXED_NS))
    machine.call("install").expect(0, "1 placed")
    assert contents(machine.zoo / "demo") == FIRST


def test_an_index_cannot_take_over_packs_in_use(machine: Machine, tmp_path: Path) -> None:
    stranger = Maintainer(tmp_path / "stranger")
    stranger.release("evil", "1.0.0", {"e": b"evil"})
    before = (machine.project / "zoo.lock").read_bytes()
    machine.call("install", "evil@1", "--index", stranger.index).expect(2, "claims the namespace zoo")
    assert (machine.project / "zoo.lock").read_bytes() == before
    assert contents(machine.zoo / "demo") == FIRST


def test_a_version_keeps_the_content_that_was_locked(machine: Machine) -> None:
    lock = machine.project / "zoo.lock"
    lines = lock.read_text().splitlines()
    lock.write_text("\n".join("content = " + json.dumps("b3:" + "0" * 64) if "content" in x else x for x in lines))
    machine.call("install", "other@1").expect(5, "has other content for demo 1.0.0 than zoo.lock")


def test_two_installs_at_once_both_count(machine: Machine) -> None:
    started = [machine.start("install", "other@1"), machine.start("install", "demo@2")]
    for process in started:
        assert isinstance(process, subprocess.Popen)
        ended(process).expect(0)
    assert sorted(path.name for path in machine.zoo.iterdir() if not path.name.startswith(".")) == ["demo", "other"]
    assert contents(machine.zoo / "demo") == {"a": b"A" * 1000}
    machine.call("install", "--locked").expect(0)


def test_latest_moves_on_and_a_bare_name_stays(machine: Machine) -> None:
    machine.call("install", "demo").expect(0)
    assert contents(machine.zoo / "demo") == FIRST
    machine.call("install", "demo@latest").expect(0, "Changed demo from ^1 to ^2.0.0")
    assert contents(machine.zoo / "demo") == {"a": b"A" * 1000}


def test_two_needs_of_one_pack_in_one_command(machine: Machine) -> None:
    machine.call("install", "demo@1", "demo@2").expect(2, "demo is asked for as ^1 and as ^2")


def test_the_link_mode_stays_until_another_is_asked_for(machine: Machine) -> None:
    machine.call("install", "--link-mode", "copy").expect(0)
    (machine.zoo / "demo" / "a").unlink()
    machine.call("install").expect(0, "1 placed")
    assert (machine.zoo / "demo" / "a").stat().st_mode & 0o200


def test_a_failed_first_install_leaves_nothing_in_the_project(index: Maintainer, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.call("install", "missing@1", "--index", index.index).expect(4)
    assert list(machine.project.iterdir()) == []


def test_installing_twice_gives_one_shape_of_document(machine: Machine) -> None:
    first = machine.call("install", "--json", "--link-mode", "copy").document
    again = machine.call("install", "--json", "--link-mode", "copy").document
    assert again.keys() == first.keys()
    assert again["packs"] == first["packs"]
