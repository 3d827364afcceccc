"""The user's own settings: where each comes from, what goes before what, and a mistake told with its line."""

import os
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, contents

FILES = {"one.dcm": b"one"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


def configure(machine: Machine, text: str) -> Path:
    path = machine.home / ".config" / "zoopkg" / "config.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def settings(machine: Machine, *arguments: object, env: dict[str, str] | None = None) -> dict[str, tuple[object, str]]:
    document = machine.run("config", "--json", *arguments, env=env).expect(0).document
    return {key: (each["value"], each["from"]) for key, each in document.items()}


def test_a_flag_goes_before_a_variable_and_that_before_the_file(machine: Machine) -> None:
    path = configure(machine, 'jobs = 7\noffline = true\nmirrors = ["/srv/zoo"]\nlink-mode = "copy"\n')
    held = settings(machine)
    assert held["jobs"] == (7, str(path))
    assert held["offline"] == (True, str(path))
    assert held["mirrors"] == (["/srv/zoo"], str(path))
    assert held["link-mode"] == ("copy", str(path))
    assert held["store"] == (str(machine.store), "ZOOPKG_STORE")
    assert held["proxies.https"] == (None, "default")
    assert settings(machine, env={"ZOOPKG_JOBS": "3"})["jobs"] == (3, "ZOOPKG_JOBS")
    assert settings(machine, "--jobs", "2", env={"ZOOPKG_JOBS": "3"})["jobs"] == (2, "--jobs")
    elsewhere = machine.root / "other.toml"
    elsewhere.write_text("jobs = 9\n")
    assert settings(machine, env={"ZOOPKG_CONFIG": str(elsewhere)})["jobs"] == (9, str(elsewhere))


def test_passwords_are_not_shown(machine: Machine) -> None:
    configure(machine, '[proxies]\nhttps = "http://me:secret@proxy.example:3128"\n')
    shown = machine.run("config", env={"HTTP_PROXY": "http://me:secret@other.example"}).expect(0)
    assert "proxy.example:3128" in shown.out
    assert "other.example" in shown.out
    assert "secret" not in shown.out + shown.err


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("\njob = 3\n", "config.toml (line 2) has the unknown key 'job'", "'jobs'"),
        ("jobs = 70\n", "'jobs' of", "between 1 and 32"),
        ("offline = 'no'\n", "must be true or false", ""),
        ("link-mode = 'hard'\n", "must be one of auto, reflink", ""),
        ("mirrors = 'x'\n", "must be a list", ""),
        ("[proxies]\nftp = 'x'\n", "has the unknown key 'ftp'", "http"),
        ("store = 'zoo'\n", "not an absolute path: zoo", "full path"),
        ("ca-bundle = '/nowhere.pem'\n", "is no file: /nowhere.pem", "full path"),
        ("jobs =\n", "is not valid TOML", ""),
    ],
)
def test_a_mistake_in_the_file(machine: Machine, text: str, why: str, hint: str) -> None:
    configure(machine, text)
    told = machine.run("config").expect(2, why)
    assert hint in told.err
    machine.run("--version").expect(0)


def test_what_the_file_says_holds_for_an_install(machine: Machine, tmp_path: Path) -> None:
    maintainer = Maintainer(tmp_path / "maintainer")
    maintainer.release("demo", "1.0.0", FILES)
    store = tmp_path / "configured"
    configure(machine, f'link-mode = "copy"\nstore = "{store}"\n')
    environment = machine.environment()
    del environment["ZOOPKG_STORE"]
    without = Machine(machine.root)
    without.environment = lambda more=None: {**environment, **(more or {})}  # type: ignore[method-assign]
    without.run("install", "demo@1", "--index", maintainer.index).expect(0)
    assert contents(machine.zoo / "demo") == FILES
    assert os.stat(machine.zoo / "demo" / "one.dcm").st_nlink == 1  # a copy, not a link
    assert store.is_dir()
