"""Who is asked for an index's metadata: its own place, the user's mirrors, those that it signs; and who is told of."""

import json
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hostile import Behaviour, Exchange, HostileServer, hostile, serve, status
from servers import free_port
from zoopkg_cli import Machine, Maintainer, contents, released, served

from zoopkg.install import index_clients
from zoopkg.transport import retry
from zoopkg.transport.settings import Patience

FILES = {"a.dcm": b"a" * 500}


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_clients, "PATIENCE", Patience(seconds=5.0, rounds=2))
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path / "machine")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("other"), {"demo@1.0.0": {"other": b"other"}})


class Signing:
    """An index whose signed list names a second server, at which a template leads to `listed/index/FILE`."""

    def __init__(self, root: Path, stack: ExitStack) -> None:
        self.own_folder, self.listed_folder = root / "own", root / "web" / "listed" / "index"
        self.own = stack.enter_context(hostile(self._switched(serve(self.own_folder))))
        self.listed = stack.enter_context(hostile(self._at_origin))
        self.is_down = self.listed_is_down = False
        self.maintainer = Maintainer(root, templates=[f"{self.listed.url}/listed/{{origin}}/{{digest}}"])
        self.maintainer.release("demo", "1.0.0", FILES)
        self.publish_to(self.own_folder)
        self.publish_to(self.listed_folder)

    def _switched(self, honest: Behaviour) -> Behaviour:
        down = status(503)
        return lambda exchange: down(exchange) if self.is_down else honest(exchange)

    def _at_origin(self, exchange: Exchange) -> bool:
        """A release host: documents lie under the tag `index`, blobs under that of their release."""
        if self.listed_is_down:
            return False
        _, listed, origin, name = exchange.path.split("/")
        assert listed == "listed"
        assert (origin == "index") == name.endswith(".json"), exchange.path
        path = self.listed_folder / name
        return exchange.reply(200, path.read_bytes()) if path.is_file() else exchange.reply(404)

    def publish_to(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        for path in self.maintainer.index.glob("*.*"):
            if path.is_file():
                shutil.copyfile(path, folder / path.name)

    def install(self, machine: Machine, *more: object):
        root = ("--root", self.maintainer.first_root)
        return machine.call("install", "demo@1", "--index", self.own.url, *root, *more)


@pytest.fixture
def signing(tmp_path: Path) -> Iterator[Signing]:
    with ExitStack() as stack:
        yield Signing(tmp_path / "signing", stack)


def names(server: HostileServer) -> list[str]:
    return [exchange.path.rpartition("/")[2] for exchange in server.asked]


def test_the_signed_list_serves_when_the_index_itself_is_down(signing: Signing, machine: Machine) -> None:
    signing.install(machine).expect(0)
    assert "timestamp.json" in names(signing.listed)
    signing.maintainer.release("demo", "1.1.0", FILES | {"b.dcm": b"b"})
    signing.publish_to(signing.listed_folder)
    signing.is_down = True
    place = signing.own.url.removeprefix("http://")
    result = machine.call("update").expect(0, f"has a bad mirror, {place}: answered HTTP 503")
    assert result.err.count("bad mirror") == 1
    assert set(contents(machine.zoo / "demo")) == {"a.dcm", "b.dcm"}


def test_the_newest_state_comes_from_whoever_has_it(signing: Signing, machine: Machine) -> None:
    signing.maintainer.release("demo", "1.1.0", FILES | {"b.dcm": b"b"})
    signing.publish_to(signing.listed_folder)
    told = f"{signing.own.url.removeprefix('http://')}: serves an old state (timestamp version 2, where 3 is known)"
    signing.install(machine).expect(0, f"has a bad mirror, {told}")
    assert set(contents(machine.zoo / "demo")) == {"a.dcm", "b.dcm"}


def test_a_mirror_that_did_not_answer_is_not_asked_for_blobs_while_another_has_them(
    signing: Signing, machine: Machine
) -> None:
    signing.listed_is_down = True
    signing.install(machine).expect(0, "bad mirror")
    assert names(signing.listed) == ["2.root.json"]


def test_a_folder_needs_no_network(signing: Signing, machine: Machine) -> None:
    machine.call("install", "demo@1", "--index", signing.maintainer.index).expect(0)
    assert not any(name.endswith(".json") for name in names(signing.listed))


def test_a_mirror_of_the_users_has_news_of_a_folder(signing: Signing, machine: Machine, tmp_path: Path) -> None:
    """A project's own copy of an index, and a server that has it as it is today."""
    copy = served(signing.maintainer.index, tmp_path / "copy")
    signing.maintainer.release("demo", "1.1.0", FILES | {"b.dcm": b"b"})
    signing.publish_to(signing.own_folder)
    machine.call("install", "demo@1", "--index", copy, "--mirror", signing.own.url).expect(0, "bad mirror", str(copy))
    assert set(contents(machine.zoo / "demo")) == {"a.dcm", "b.dcm"}


def test_of_the_index_that_ships_with_zoopkg_nobody_else_is_asked(machine: Machine, other: Maintainer) -> None:
    with hostile(serve(other.index)) as server:
        machine.call("info", "ct-basic", "--mirror", server.url).expect(0)
        assert server.asked == []


def test_a_mirror_of_another_index_is_told_if_it_was_meant_for_this_one(
    signing: Signing, machine: Machine, other: Maintainer
) -> None:
    with hostile(serve(other.index)) as server:
        place = server.url.removeprefix("http://")
        signing.install(machine, "--mirror", server.url).expect(0, f"{place}: is a mirror of another index")


def test_a_mirror_for_all_projects_may_be_of_another_index(
    signing: Signing, machine: Machine, other: Maintainer
) -> None:
    with hostile(serve(other.index)) as server:
        config = machine.home / ".config" / "zoopkg" / "config.toml"
        config.parent.mkdir(parents=True)
        config.write_text(f"mirrors = [{json.dumps(server.url)}]\n")
        result = signing.install(machine).expect(0)
        assert "timestamp.json" in names(server) or "2.root.json" in names(server)
    assert "bad mirror" not in result.err


def test_offline_asks_folders_alone(signing: Signing, machine: Machine) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    machine.call("install", "demo@1", "--index", signing.maintainer.index).expect(0)
    result = machine.call("lock", "--upgrade", "--offline", "--mirror", url).expect(0)
    assert "bad mirror" not in result.err
    result = machine.call("lock", "--upgrade", "--mirror", url).expect(0, url.removeprefix("http://"))
    assert result.err.count("bad mirror") == 1
