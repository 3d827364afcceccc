"""What the commands import that are run all day: start-up counts, and every module takes its part of it."""

import re
import subprocess
import sys
from collections.abc import Mapping

import pytest
from zoopkg_cli import COMMAND, Machine

MODULE = re.compile(r"(?m)^import time:.*\| +(\S+)$")
START = {"zoopkg", "zoopkg.cli", "zoopkg.errors"}
NOTHING_TO_DO = START | {
    "zoopkg.cli.common",
    "zoopkg.cli.completing",
    "zoopkg.cli.installed",
    "zoopkg.cli.output",
    "zoopkg.cli.settings",
    "zoopkg.install",
    "zoopkg.install.context",
    "zoopkg.install.fingerprint",
    "zoopkg.install.settings",
    "zoopkg.install.workspace",
    "zoopkg.model",
    "zoopkg.model.text",
    "zoopkg.store",
    "zoopkg.store.flush",
    "zoopkg.store.places",
}
# What only a download, a resolution, a terminal or an unusual platform needs.
DEAR = {"requests", "urllib3", "ssl", "tuf", "securesystemslib", "pydicom", "rich", "tomlkit", "platformdirs"}
DEAR |= {"concurrent", "logging", "csv", "tempfile", "shutil", "zoopkg.resolver", "zoopkg.model.uids"}
DEAR_FOR_NOTHING = DEAR | {"tomllib", "blake3", "semver", "zstandard", "hashlib", "difflib"}

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere platformdirs is asked")


def imported(machine: Machine, *command: str, env: Mapping[str, str] | None = None) -> set[str]:
    """The modules that a command imports."""
    environment = machine.environment({"PYTHONPROFILEIMPORTTIME": "1", **(env or {})})
    process = subprocess.run(
        command, cwd=machine.project, env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    return set(MODULE.findall(process.stderr))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    machine = Machine(tmp_path_factory.mktemp("start"))
    machine.call("install", "ct-basic@1").expect(0)
    return machine


@pytest.fixture(scope="module")
def anyway(machine: Machine) -> set[str]:
    """What `import click` brings, and with it what this environment adds to every Python."""
    return imported(machine, *COMMAND[:1], "-c", "import click, runpy")


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.partition(".")[0] == "zoopkg"}


def test_the_version_takes_click_alone(machine: Machine, anyway: set[str]) -> None:
    modules = imported(machine, *COMMAND, "--version")
    assert "click" in modules
    assert ours(modules) == START
    assert not (modules - anyway) & DEAR_FOR_NOTHING


@needs_linux
@pytest.mark.parametrize("store", ["ZOOPKG_STORE", "XDG_DATA_HOME"])
def test_an_install_with_nothing_to_do(machine: Machine, anyway: set[str], store: str) -> None:
    env = {}
    if store == "XDG_DATA_HOME":
        env = {"ZOOPKG_STORE": "", "XDG_DATA_HOME": str(machine.root / "data")}
        machine.run("install", env=env).expect(0)
    machine.run("install", env=env).expect(0, "Nothing to do")
    modules = imported(machine, *COMMAND, "install", env=env)
    assert ours(modules) - {"zoopkg.cli.install"} == NOTHING_TO_DO  # the verb's own is not listed by every Python
    assert not (modules - anyway) & DEAR_FOR_NOTHING


def test_only_a_configuration_is_understood(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("configuration") / "config.toml"
    file.write_text("jobs = 2\n")
    modules = imported(machine, *COMMAND, "install", env={"ZOOPKG_CONFIG": str(file)})
    assert {"zoopkg.project.config", "tomllib"} <= modules


@needs_linux
@pytest.mark.parametrize("flags", [(), ("--frozen",)])
def test_an_install_from_the_store(machine: Machine, anyway: set[str], flags: tuple[str, ...]) -> None:
    modules = imported(machine, *COMMAND, "install", "--dest", f"again{len(flags)}", *flags)
    assert "zoopkg.install.tree" in modules
    assert not (modules - anyway) & (DEAR | {"zoopkg.model.unixfs", "zoopkg.model.dagpb"})
