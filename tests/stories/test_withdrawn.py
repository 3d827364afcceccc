"""Withdrawn data is refused in every mode once it is known, and a refusal leaves what is there as it is."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from servers import needs_nginx, nginx
from zoopkg_cli import Machine, Maintainer, contents, installed

from zoopkg.index import releases
from zoopkg.index.revoked import read_revocations
from zoopkg.index.roles import Dates
from zoopkg.install import indexes
from zoopkg.model.digest import Digest
from zoopkg.model.record import Revocations

FILES = {"a": b"a" * 1000, "b": b"b" * 200}
REASON = "a name is legible in the pixels"


class Index(Maintainer):
    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.release("demo", "1.0.0", FILES)
        self.release("demo", "1.1.0", {**FILES, "c": b"c"})
        self.release("other", "1.0.0", {"x": b"x"})

    def withdraw_pack(self, name: str, version: str) -> None:
        document = self.call("info", f"{name}@={version}", "--json", "--index", self.index).document
        self.revoke(Revocations({Digest.parse(document["release"]["content"]): REASON}, {}))

    def withdraw_instance(self, data: bytes) -> None:
        self.revoke(Revocations({}, {Digest.of(data): REASON}))

    def revoke(self, withdrawn: Revocations) -> None:
        releases.revoke(self.index, "zoo", withdrawn, Dates(datetime.now(UTC)))
        self.publish()


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "maintainer")


@pytest.fixture
def machine(index: Index, tmp_path: Path) -> Machine:
    """A machine on which demo 1.0.0 is installed."""
    return installed(tmp_path / "machine", index, "demo@=1.0.0")


@pytest.mark.parametrize("flags", [[], ["--frozen"], ["--offline"], ["--frozen", "--offline"], ["--locked"]])
def test_every_mode_refuses_once_it_is_known(index: Index, machine: Machine, flags: list[str]) -> None:
    index.withdraw_pack("demo", "1.0.0")
    machine.call("install", *flags).expect(0)  # nothing to fetch, so nobody was asked
    machine.call("install", "other@1").expect(8, "demo 1.0.0 was withdrawn", REASON)  # now it is known
    machine.call("install", *flags).expect(8, "demo 1.0.0 was withdrawn", REASON)
    assert contents(machine.zoo) == {f"demo/{path}": data for path, data in FILES.items()}
    shutil.rmtree(machine.zoo)
    machine.call("install", *flags).expect(8, REASON)
    machine.call("install", *flags, "--allow-withdrawn").expect(0)
    assert contents(machine.zoo / "demo") == FILES


def test_a_withdrawn_instance_stops_each_version_that_has_it(index: Index, machine: Machine) -> None:
    index.withdraw_instance(FILES["a"])
    machine.call("install", "demo@=1.1.0").expect(8, "demo 1.1.0 was withdrawn", REASON)
    machine.call("install", "--frozen", "--offline").expect(8, REASON)


@pytest.mark.parametrize("flags", [[], ["--frozen"]])
def test_what_is_known_is_read_once_in_a_run(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, flags: list[str]
) -> None:
    machine.call("add", "other@1").expect(0)
    read: list[Path] = []

    def counting(state: Path, namespace: str | None = None) -> Revocations:
        read.append(state)
        return read_revocations(state, namespace)

    monkeypatch.setattr(indexes, "read_revocations", counting)
    machine.call("install", "--dest", "again", *flags).expect(0)
    assert len(read) == 1


def test_a_new_machine_learns_of_it_before_it_fetches(index: Index, tmp_path: Path) -> None:
    index.withdraw_pack("demo", "1.0.0")
    machine = Machine(tmp_path / "new")
    machine.call("install", "demo@=1.0.0", "--index", index.index).expect(8, REASON)
    assert list(machine.project.glob("zoo*")) in ([], [machine.zoo])
    machine.call("install", "demo@1", "--index", index.index).expect(0, "1.1.0")


@pytest.mark.parametrize("flags", [[], ["--locked"]])
def test_a_committed_lock_on_a_new_machine_asks_before_it_fetches(
    index: Index, machine: Machine, tmp_path: Path, flags: list[str]
) -> None:
    index.withdraw_pack("demo", "1.0.0")
    new = Machine(tmp_path / "new")
    for name in ("zoo.toml", "zoo.lock", "idx-root.json"):
        shutil.copy(machine.project / name, new.project / name)
    new.call("install", *flags).expect(8, REASON)
    assert not (new.zoo / "demo").exists()


def test_the_way_out_is_another_version(index: Index, machine: Machine) -> None:
    index.withdraw_pack("demo", "1.0.0")
    machine.call("install", "demo@=1.1.0").expect(0)
    assert contents(machine.zoo / "demo") == {**FILES, "c": b"c"}


@needs_nginx
def test_an_index_that_does_not_answer_is_told_and_no_hindrance(index: Index, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    with nginx(index.index) as url:
        address = ("--index", url, "--root", index.first_root)
        machine.run("install", "demo@=1.0.0", *address).expect(0)
        shutil.copytree(index.index, tmp_path / "mirror")
        (tmp_path / "mirror" / "timestamp.json").unlink()  # blobs are left; else the mirror would tell in its place
        shutil.rmtree(machine.store / "objects")
        (machine.store / "version").unlink()
    shutil.rmtree(machine.zoo)
    result = machine.run("install", "--mirror", tmp_path / "mirror").expect(0, "could not ask the index")
    assert "what was withdrawn" in result.err
    assert contents(machine.zoo / "demo") == FILES


@needs_nginx
def test_a_mirror_tells_of_it_where_the_index_does_not_answer(index: Index, tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    with nginx(index.index) as url:
        machine.run("install", "demo@=1.0.0", "--index", url, "--root", index.first_root).expect(0)
    index.withdraw_pack("demo", "1.0.0")
    machine.run("install", "other@1", "--mirror", index.index).expect(8, "demo 1.0.0 was withdrawn", REASON)
