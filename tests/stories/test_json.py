"""`--json`: one document on standard output for every verb, whether it succeeds or fails, and nothing else there."""

import json
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, installed, released, write_files

FILES = {"a": b"a" * 1000, "b": b"b"}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


@pytest.fixture(scope="module")
def machine(index: Maintainer, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return installed(tmp_path_factory.mktemp("machine"), index, "demo@1")


LOOKS = {
    "install": "placed",
    "install --dry-run": "missing",
    "install --frozen": "instances",
    "install demo@1": "packs",
    "add demo@1": "packs",
    "sync": "data",
    "verify": "findings",
    "info demo": "release",
    "info demo@1": "versions",
    "store dir": "store",
    "store size": "instances",
    "store verify": "checked",
}


@pytest.mark.parametrize("command", LOOKS)
def test_a_users_verbs(machine: Machine, command: str) -> None:
    result = machine.call(*command.split(), "--json").expect(0)
    assert LOOKS[command] in result.document


def test_list(machine: Machine) -> None:
    (pack,) = machine.call("list", "--json").expect(0).document
    assert (pack["name"], pack["version"], pack["instances"], pack["direct"]) == ("zoo/demo", "1.0.0", 2, True)


def test_a_maintainers_verbs(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    write_files(machine.project / "files", FILES)
    for command in (
        "pack init files --name zoo/demo --license MIT",
        "pack build files -o out --unreviewed",
        "index keygen --keys more extra",
        "index init idx --keys keys",
        "index add idx out --keys keys --allow-unreviewed",
        "index sign idx --keys keys",
        "index status idx",
        "index publish idx --keys keys",
        "index refresh idx --keys keys",
        "index verify idx",
    ):
        document = machine.call(*command.split(), "--json").expect(0).document
        assert isinstance(document, dict | list)


ERRORS = {
    "install": 2,
    "install nothing-like-it": 4,
    "install Demo": 2,
    "install demo@x": 2,
    "install --frozen": 3,
    "install --locked": 3,
    "install demo --index nowhere/": 2,
    "install demo --mirror ftp://x/": 2,
    "info nothing-like-it": 4,
    "verify": 3,
    "pack build . -o out": 2,
    "pack build . -o out --unreviewed": 2,
    "index status nowhere": 2,
    "index add nowhere nothing": 2,
}


@pytest.mark.parametrize("command", ERRORS)
def test_errors(tmp_path: Path, command: str) -> None:
    result = Machine(tmp_path).call(*command.split(), "--json").expect(ERRORS[command])
    error = result.document["error"]
    assert error["exit_code"] == ERRORS[command]
    assert error["message"] in result.err


@pytest.mark.parametrize("command", ["install --no-such-flag", "no-such-verb", "info", "install --jobs 0", "store"])
def test_errors_of_usage(tmp_path: Path, command: str) -> None:
    result = Machine(tmp_path).run(*command.split(), "--json")
    assert result.code == 2
    assert "Traceback" not in result.err
    assert json.loads(result.out)["error"]["exit_code"] == 2


def test_findings_are_no_error(index: Maintainer, tmp_path: Path) -> None:
    machine = installed(tmp_path, index, "demo@1")
    (machine.zoo / "demo" / "a").unlink()
    document = machine.call("verify", "--json").expect(5).document
    assert document["findings"] == [{"path": "demo/a", "fault": "missing"}]
    assert machine.call("verify", "--repair", "--json").expect(0).document["repaired"] is True


def test_progress_and_messages_stay_off_standard_output(machine: Machine) -> None:
    for command in ("install", "verify", "verify --verbose", "install --dry-run --verbose"):
        assert machine.call(*command.split()).expect(0).out == ""
    assert machine.call("install", "--quiet").expect(0).err == ""
