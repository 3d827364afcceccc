""".pre-commit-hooks.yaml does what it says, by hand and under pre-commit itself; the network is never asked."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import ROOT
from zoopkg_cli import Machine

yaml = pytest.importorskip("yaml", reason="reads .pre-commit-hooks.yaml with PyYAML, which comes with zoopkg[test]")
HOOKS = ROOT / ".pre-commit-hooks.yaml"
(HOOK,) = yaml.safe_load(HOOKS.read_text(encoding="utf-8"))
UNREACHABLE = """
[indexes.hospital]
url = "http://127.0.0.1:9/"
namespaces = ["hospital"]
root-sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
"""


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A git repository with a project, nothing committed yet; the index of one of its namespaces does not answer."""
    machine = Machine(tmp_path)
    machine.call("install", "dicomdir@1", "--where", "kind=dicomdir").expect(0)
    with (machine.project / "zoo.toml").open("a") as file:
        file.write(UNREACHABLE)
    git(machine, "init", "--quiet")
    git(machine, "add", "zoo.toml", "zoo.lock")
    return machine


def environment(machine: Machine) -> dict[str, str]:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return machine.environment({"PATH": path, "GIT_CONFIG_NOSYSTEM": "1"})


def run(machine: Machine, *command: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=machine.project,
        env=environment(machine),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def git(machine: Machine, *arguments: str) -> None:
    result = run(machine, "git", *arguments)
    assert result.returncode == 0, result.stderr


def outdate(machine: Machine) -> None:
    file = machine.project / "zoo.toml"
    file.write_text(file.read_text().replace('"^1"', '"~1.0"'))
    git(machine, "add", "zoo.toml")


def test_the_entry_agrees_and_then_does_not(machine: Machine) -> None:
    entry = shlex.split(HOOK["entry"])
    before = {path.name: path.read_bytes() for path in machine.project.glob("zoo.*")}
    shutil.rmtree(machine.store)
    assert run(machine, *entry).returncode == 0
    outdate(machine)
    result = run(machine, *entry)
    assert (result.returncode, "zoo.lock does not match zoo.toml" in result.stderr) == (3, True)
    assert (machine.project / "zoo.lock").read_bytes() == before["zoo.lock"]


@pytest.mark.parametrize(
    ("path", "concerned"),
    [("zoo.toml", 1), ("app/zoo.lock", 1), ("pyproject.toml", 1), ("myzoo.lock", 0), ("zoo.toml.orig", 0)],
)
def test_the_files_that_it_is_for(path: str, concerned: int) -> None:
    assert bool(re.search(HOOK["files"], path)) == concerned


def test_under_pre_commit(machine: Machine) -> None:
    """With the zoopkg that the path has: pre-commit would build one from a clone, which takes a network."""
    pytest.importorskip("pre_commit", reason="pre-commit is not installed")
    config = {"repos": [{"repo": "local", "hooks": [HOOK | {"language": "system"}]}]}
    (machine.project / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    git(machine, "add", ".pre-commit-config.yaml")
    command = (sys.executable, "-m", "pre_commit", "run", "--color", "never")
    passed = run(machine, *command)
    assert (passed.returncode, "Passed" in passed.stdout) == (0, True), passed.stdout + passed.stderr
    outdate(machine)
    failed = run(machine, *command)
    assert failed.returncode == 1
    assert "- exit code: 3" in failed.stdout
    assert "zoo.lock does not match zoo.toml" in failed.stdout


def test_the_manifest_is_what_pre_commit_takes() -> None:
    clientlib = pytest.importorskip("pre_commit.clientlib", reason="pre-commit is not installed")
    assert clientlib.load_manifest(str(HOOKS))[0]["id"] == "zoopkg-lock-check"
