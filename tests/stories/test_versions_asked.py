"""Every way to ask for versions of a pack, what is chosen, and how the project file says it: always explicitly."""

import shutil
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, write_files

from zoopkg.index import releases
from zoopkg.index.roles import Dates
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version

VERSIONS = ["1.0.0", "1.2.0", "1.2.3", "1.3.0", "2.0.0-rc.1", "2.0.0-rc.2", "2.1.0", "3.0.0", "4.0.0-alpha"]
TODAY = Dates(datetime.now(UTC))


@pytest.fixture(scope="module")
def maintainer(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    """Versions of one pack, of which 1.3.0 is yanked, and a pack in another namespace."""
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"), "lab")
    for version in VERSIONS:
        folder = maintainer.root / "packs" / f"demo-{version}"
        write_files(folder, {"version.txt": version.encode()})
        maintainer.stage(folder, "demo", version, sharing=False)
    maintainer.publish()
    yank(maintainer, maintainer.index, "1.3.0", "the scale is wrong")
    return maintainer


def yank(maintainer: Maintainer, index: Path, version: str, reason: str) -> None:
    releases.yank(index, PackName("lab", "demo"), parse_version(version), reason, TODAY)
    maintainer.call("index", "publish", index, "--keys", maintainer.keys).expect(0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def chosen(machine: Machine) -> tuple[str, str]:
    """What zoo.toml asks for, and what zoo.lock has."""
    asked = tomllib.loads((machine.project / "zoo.toml").read_text())["packs"]["lab/demo"]
    (locked,) = tomllib.loads((machine.project / "zoo.lock").read_text())["pack"]
    assert (machine.zoo / "@lab" / "demo" / "version.txt").read_text() == locked["version"]
    return asked, locked["version"]


@pytest.mark.parametrize(
    ("spec", "written", "version"),
    [
        ("lab/demo", "^3.0.0", "3.0.0"),
        ("lab/demo@latest", "^3.0.0", "3.0.0"),
        ("lab/demo@1", "^1", "1.2.3"),
        ("lab/demo@1.2", "~1.2", "1.2.3"),
        ("lab/demo@1.2.0", "=1.2.0", "1.2.0"),
        ("lab/demo@=1.2", "=1.2", "1.2.3"),
        ("lab/demo@^1.2", "^1.2", "1.2.3"),
        ("lab/demo@~1.0", "~1.0", "1.0.0"),
        ("lab/demo@~1", "~1", "1.2.3"),
        ("lab/demo@>=1,<3", ">=1, <3", "2.1.0"),
        ("lab/demo@<2", "<2", "1.2.3"),
        ("lab/demo@>1,<=2.1", ">1, <=2.1", "2.1.0"),
        ("lab/demo@*", "*", "3.0.0"),
        ("lab/demo@1.3.0", "=1.3.0", "1.3.0"),
        ("lab/demo@=1.3.0", "=1.3.0", "1.3.0"),
        ("lab/demo@2.0.0-rc.1", "=2.0.0-rc.1", "2.0.0-rc.1"),
        ("lab/demo@>=2.0.0-rc.1,<2.0.1", ">=2.0.0-rc.1, <2.0.1", "2.0.0-rc.2"),
        ("lab/demo@^2.0.0-rc.1", "^2.0.0-rc.1", "2.1.0"),
    ],
)
def test_what_is_written_and_what_is_chosen(
    maintainer: Maintainer, machine: Machine, spec: str, written: str, version: str
) -> None:
    result = machine.call("install", spec, "--index", maintainer.index).expect(
        0, f"Added lab/demo {written} ({version})"
    )
    assert chosen(machine) == (written, version)
    assert ("was yanked: the scale is wrong" in result.err) == (version == "1.3.0")
    machine.call("install", "--locked").expect(0)


@pytest.mark.parametrize(
    "spec", ["lab/demo@~1.3", "lab/demo@>=1.3,<2", "lab/demo@4", "lab/demo@2.0", "lab/demo@=1.9.9"]
)
def test_yanked_versions_and_pre_releases_do_not_count(maintainer: Maintainer, machine: Machine, spec: str) -> None:
    machine.call("install", spec, "--index", maintainer.index).expect(4, "lab/demo")
    assert list(machine.project.iterdir()) == []


def test_a_locked_version_stays_when_it_is_yanked(maintainer: Maintainer, machine: Machine, tmp_path: Path) -> None:
    shutil.copytree(maintainer.index, tmp_path / "idx")
    machine.call("install", "lab/demo@1", "--index", tmp_path / "idx").expect(0)
    yank(maintainer, tmp_path / "idx", "1.2.3", "a name in it")
    machine.call("install").expect(0)
    machine.call("lock").expect(0)
    assert chosen(machine) == ("^1", "1.2.3")
    file = machine.project / "zoo.toml"
    file.write_text(file.read_text().replace('"^1"', '">=1"'))  # locked anew, with its pin
    machine.call("lock").expect(0, "1.2.3 was yanked: a name in it")
    machine.call("install", "--locked").expect(0)
    assert chosen(machine) == (">=1", "1.2.3")
    file.write_text(file.read_text().replace('">=1"', '"^1"'))
    machine.call("lock", "--upgrade").expect(0, "Changed lab/demo from >=1 to ^1 (1.2.0)")


def test_a_locked_pre_release_stays_within_its_range(maintainer: Maintainer, machine: Machine) -> None:
    machine.call("install", "lab/demo@2.0.0-rc.2", "--index", maintainer.index).expect(0)
    file = machine.project / "zoo.toml"
    file.write_text(file.read_text().replace("=2.0.0-rc.2", ">=1, <3"))
    machine.call("install").expect(0)
    assert chosen(machine) == (">=1, <3", "2.0.0-rc.2")
    machine.call("install", "--locked").expect(0)
    machine.call("update").expect(0, "2.0.0-rc.2 -> 2.1.0")


def test_another_spelling_is_another_need_and_a_bare_name_is_none(maintainer: Maintainer, machine: Machine) -> None:
    machine.call("install", "lab/demo@1.2.0", "--index", maintainer.index).expect(0)
    machine.call("install", "lab/demo").expect(0)
    assert chosen(machine) == ("=1.2.0", "1.2.0")
    machine.call("install", "lab/demo@1").expect(0, "Changed lab/demo from =1.2.0 to ^1 (1.2.0)")
    assert chosen(machine) == ("^1", "1.2.0")
    machine.call("install", "lab/demo@latest").expect(0)
    assert chosen(machine) == ("^3.0.0", "3.0.0")


def test_a_name_without_namespace_is_that_of_the_zoo(maintainer: Maintainer, machine: Machine) -> None:
    machine.call("install", "demo@1", "--index", maintainer.index).expect(4, "has no pack zoo/demo")
    machine.call("install", "zoo/dicomdir@1").expect(0, "Added dicomdir ^1")
    assert tomllib.loads((machine.project / "zoo.toml").read_text())["packs"] == {"dicomdir": "^1"}
    assert (machine.zoo / "dicomdir").is_dir()
