"""Where a project keeps what it asks for: zoo.toml or pyproject.toml, whose comments and order stay a person's."""

import tomllib
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents

FILES = {"a": b"a" * 1000}

PYPROJECT = """\
# what this is about
[project]
name = "thing"   # a name
version = "1"

[tool.zoopkg]

[tool.ruff]
line-length = 100  # wide
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    for name in ("demo", "other"):
        maintainer.release(name, "1.0.0", {**FILES, name: name.encode()})
    return maintainer


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_pyproject(index: Maintainer, machine: Machine) -> None:
    path = machine.project / "pyproject.toml"
    path.write_text(PYPROJECT)
    machine.call("install", "demo@1", "--index", index.index).expect(0)
    assert not (machine.project / "zoo.toml").exists()
    text = path.read_text()
    for line in PYPROJECT.splitlines():
        assert line in text
    table = tomllib.loads(text)["tool"]["zoopkg"]
    assert table["packs"] == {"demo": "^1"}
    assert list(table["indexes"]) == ["idx"]
    machine.call("install").expect(0, "Nothing to do")
    machine.call("add", "other@1").expect(0)
    assert tomllib.loads(path.read_text())["tool"]["zoopkg"]["packs"] == {"demo": "^1", "other": "^1"}
    assert contents(machine.zoo / "other") == {**FILES, "other": b"other"}
    machine.call("install", "--locked").expect(0)


def test_a_pyproject_without_our_table_is_left_alone(index: Maintainer, machine: Machine) -> None:
    text = '[project]\nname = "thing"\n'
    (machine.project / "pyproject.toml").write_text(text)
    machine.call("install", "demo@1", "--index", index.index).expect(0)
    assert (machine.project / "pyproject.toml").read_text() == text
    assert (machine.project / "zoo.toml").exists()


def test_comments_of_zoo_toml_stay(index: Maintainer, machine: Machine) -> None:
    path = machine.project / "zoo.toml"
    path.write_text('# ours\n[packs]\n# the first\ndemo = "^1"  # since 2024\n')
    machine.call("install", "other@=1.0.0", "--index", index.index).expect(0)
    text = path.read_text()
    assert text.startswith('# ours\n[packs]\n# the first\ndemo = "^1"  # since 2024\n')
    assert tomllib.loads(text)["packs"] == {"demo": "^1", "other": "=1.0.0"}


def test_add_and_sync_are_the_halves_of_install(index: Maintainer, machine: Machine) -> None:
    machine.call("add", "demo@1", "--index", index.index).expect(0, "Added demo ^1")
    (machine.zoo / "demo" / "a").unlink()
    machine.call("sync").expect(0, "1 placed")
    assert machine.call("add").code == 2
    assert contents(machine.zoo / "demo") == {**FILES, "demo": b"demo"}


def test_a_failed_install_leaves_the_project_as_it_was(index: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@1", "--index", index.index).expect(0)
    before = {path.name: path.read_bytes() for path in machine.project.glob("*.*")}
    machine.call("install", "missing@1").expect(4, "has no pack zoo/missing")
    machine.call("install", "other@7").expect(4, "this project requires other ^7, and no version is that")
    assert {path.name: path.read_bytes() for path in machine.project.glob("*.*")} == before
    assert sorted(path.name for path in machine.zoo.iterdir() if not path.name.startswith(".")) == ["demo"]


def test_an_index_is_held_to_the_root_that_was_written_down(
    index: Maintainer, machine: Machine, tmp_path: Path
) -> None:
    machine.call("install", "demo@1", "--index", index.index).expect(0)
    other = Maintainer(tmp_path / "stranger")
    (machine.project / "idx-root.json").write_bytes(other.first_root.read_bytes())
    machine.call("install", "other@1").expect(5, "root of the index 'idx'")
    assert not (machine.zoo / "other").exists()
