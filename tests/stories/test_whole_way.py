"""The way from a folder of files to an install as the documentation prints it, each line a command of its own."""

import shlex
from pathlib import Path

import pytest
from servers import needs_nginx, nginx
from zoopkg_cli import Machine, contents, objects, times, write_files

FILES = {"a.dcm": b"first" * 100, "series 1/b+c": b"second" * 200, "series 1/empty": b"", "deep/er/d.bin": bytes(70000)}

MAINTAINER = """
zoopkg pack init files/ --name zoo/demo --version 1.0.0 --license MIT --summary "Demo"
zoopkg pack build files/ -o out/ --unreviewed
zoopkg index init idx/ --keys keys/
zoopkg index add idx/ out/ --keys keys/ --allow-unreviewed
zoopkg index publish idx/ --keys keys/
"""


@pytest.fixture(scope="module")
def maintained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the maintainer's five lines have run."""
    machine = Machine(tmp_path_factory.mktemp("maintainer"))
    write_files(machine.project / "files", FILES)
    for line in MAINTAINER.strip().splitlines():
        machine.run(*shlex.split(line)[1:]).expect(0)
    return machine.project


def test_from_a_folder(maintained: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    (machine.project / "idx").symlink_to(maintained / "idx")
    result = machine.run("install", "demo@1", "--index", "idx/").expect(0, "Added demo ^1 (1.0.0)", "4 placed")
    assert result.out == ""
    assert contents(machine.zoo / "demo") == FILES
    assert {path.name for path in machine.project.iterdir()} == {
        "idx",
        "idx-root.json",
        "zoo",
        "zoo.lock",
        "zoo.toml",
    }
    assert (machine.zoo / ".gitignore").read_text() == "*\n"
    assert len(objects(machine.store)) == 4
    assert machine.store.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in objects(machine.store)} == {0o444}


@needs_nginx
def test_from_a_url(maintained: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    log = tmp_path / "access.log"
    with nginx(maintained / "idx", access_log=log) as url:
        machine.run("install", "demo@1", "--index", f"{url}/", "--root", maintained / "idx" / "1.root.json").expect(
            0, f"fetched from {url.removeprefix('http://')}"
        )
        asked = log.read_text().count("GET ")
        assert contents(machine.zoo / "demo") == FILES
        # The index is written down, so that the next install needs no flag.
        machine.run("install").expect(0, "Nothing to do")
        assert log.read_text().count("GET ") == asked
    assert asked <= 12
    assert f'url = "{url}/"' in (machine.project / "zoo.toml").read_text()


def test_a_second_install_does_nothing(maintained: Path, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.run("install", "demo@1", "--index", maintained / "idx").expect(0)
    before = times(machine.root)
    machine.run("install").expect(0, "Nothing to do: 4 instances in zoo/")
    assert times(machine.root) == before


def test_the_same_inputs_give_the_same_lock(maintained: Path, tmp_path: Path) -> None:
    locks = []
    for name in ("one", "two"):
        machine = Machine(tmp_path / name)
        (machine.project / "idx").symlink_to(maintained / "idx")
        machine.run("install", "demo@1", "--index", "idx/").expect(0)
        locks.append((machine.project / "zoo.lock").read_bytes())
    assert locks[0] == locks[1]


def test_two_projects_share_the_store(maintained: Path, tmp_path: Path) -> None:
    one, two = Machine(tmp_path / "one"), Machine(tmp_path / "two", store=tmp_path / "one" / "store")
    one.call("install", "demo@1", "--index", maintained / "idx", "--link-mode", "hardlink").expect(0)
    result = two.call("install", "demo@1", "--index", maintained / "idx", "--link-mode", "hardlink")
    result.expect(0, f"{len(FILES)} of them from the store", "nothing fetched")
    assert contents(two.zoo / "demo") == FILES
    for path in ("a.dcm", "series 1/b+c"):
        assert (one.zoo / "demo" / path).samefile(two.zoo / "demo" / path)
