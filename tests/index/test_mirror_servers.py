"""The command line among real web servers of which all but one are bad, in every rotation: metadata first, then blobs.

Time is bounded by what is given to each mirror, and by how often each is asked; no test looks at a clock.
"""

import json
import re
import shutil
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hostile import (
    Behaviour,
    Exchange,
    HostileServer,
    closes,
    drip,
    endless,
    flipped,
    hostile,
    html,
    redirect,
    serve,
    status,
)
from maintained import Maintained
from servers import free_port
from zoopkg_cli import Machine, Result, contents

from zoopkg.index import ceremony
from zoopkg.index.roles import Dates
from zoopkg.install import index_clients
from zoopkg.transport import retry
from zoopkg.transport.http import HttpOpener
from zoopkg.transport.settings import Patience

NOW = datetime.now(UTC)
FILES = {"a.dcm": b"first" * 1000, "b.dcm": b"second"}
NEWEST = FILES | {"c.dcm": b"third"}
OUTSIDE = "outside.test"


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """An index as it was when it was published, a month later, and now; and copies that somebody tampered with."""
    root = tmp_path_factory.mktemp("states")
    index = Maintained(root)
    found = {}
    for name, days in (("expired", 30), ("stale", 2), ("good", 0)):
        index.dates = Dates(NOW - timedelta(days=days))
        if name == "expired":
            ceremony.init(index.idx, index.keys, index.dates)
        index.add(
            version={"expired": "1.0.0", "stale": "1.1.0", "good": "1.2.0"}[name],
            files=NEWEST if name == "good" else FILES,
        )
        index.publish()
        found[name] = shutil.copytree(index.idx, root / name, ignore=shutil.ignore_patterns("staged", ".*"))
    rogue = found["rogue"] = shutil.copytree(found["good"], root / "rogue")
    timestamp = json.loads((rogue / "timestamp.json").read_text())
    timestamp["signatures"][0]["sig"] = "00" * 64
    (rogue / "timestamp.json").write_text(json.dumps(timestamp))
    partial = found["partial"] = shutil.copytree(found["good"], root / "partial")
    for pattern in ("4.snapshot.json", "*.demo.json", "*.bundle"):
        for path in partial.glob(pattern):
            path.unlink()
    return found


@pytest.fixture(autouse=True)
def _short_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mirrors are given little time. A name is outside by what the resolver says, and here by where it leads."""
    monkeypatch.setattr(index_clients, "PATIENCE", Patience(seconds=2.0, rounds=2))
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)
    real = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1" if host == OUTSIDE else host, *rest, **more)
    )
    addresses = {OUTSIDE: ["1.1.1.1"]}
    monkeypatch.setitem(HttpOpener.__init__.__kwdefaults__, "resolve", lambda host: addresses.get(host, ["127.0.0.1"]))


def quietly(behaviour: Behaviour) -> Behaviour:
    """The same, of a server that is not surprised by clients that hang up."""

    def behave(exchange: Exchange) -> bool:
        try:
            return behaviour(exchange)
        except OSError:
            return False

    return behave


@contextmanager
def serving(behaviours: Mapping[str, Behaviour | None]) -> Iterator[tuple[dict[str, str], dict[str, HostileServer]]]:
    """The URL of each, and the server behind it; None is a port at which nobody listens."""
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(hostile(quietly(behaviour)))
            for name, behaviour in behaviours.items()
            if behaviour is not None
        }
        urls = {
            name: servers[name].url.replace("127.0.0.1", OUTSIDE)
            if name in servers
            else f"http://127.0.0.1:{free_port()}"
            for name in behaviours
        }
        yield urls, servers


def install(machine: Machine, states: Mapping[str, Path], urls: Sequence[str], *more: object) -> Result:
    """Install by the last of these URLs, with the others as mirrors of the user's."""
    mirrors = [word for url in urls[:-1] for word in ("--mirror", url)]
    root = states["good"] / "1.root.json"
    return machine.call("install", "demo@1", "--index", urls[-1], "--root", root, *mirrors, *more)


def rotated(names: Sequence[str], by: int) -> list[str]:
    return [*names[by:], *names[:by]]


def where_it_is(folder: Path, behaviour: Behaviour) -> Behaviour:
    """A behaviour for the files that there are, honesty about the others."""
    honest = serve(folder)
    return lambda exchange: (behaviour if (folder / exchange.path.lstrip("/")).is_file() else honest)(exchange)


def bad_mirrors(states: Mapping[str, Path], inward: str) -> dict[str, Behaviour | None]:
    return {
        "dead": None,
        "slow": where_it_is(states["good"], drip(states["good"], 0.05)),
        "stale": serve(states["stale"]),
        "expired": serve(states["expired"]),
        "rogue": serve(states["rogue"]),
        "endless": endless(),
        "redirecting": redirect(inward),
        "partial": serve(states["partial"]),
    }


REASONS = {
    "dead": r"could not be reached: Connection refused",
    "slow": r"sends too slowly|stalled",
    "stale": r"serves an old state \(timestamp version \d+, where \d+ is known\)",
    "expired": r"serves an old state \(timestamp version \d+, where \d+ is known\), expired on"
    r"|its timestamp metadata expired on",
    "rogue": r"its timestamp metadata is not signed by the keys of the index",
    "endless": r"sends more bytes for .* than are allowed",
    "redirecting": r"redirects to ('file:///etc/passwd', which is not http|.*, an address inside a private network)",
    "partial": r"is incomplete, it has no ",
}
INWARD = ("file:///etc/passwd", "http://10.1.2.3/{path}")


@pytest.mark.parametrize("by", range(9))
def test_eight_bad_mirrors_and_a_good_one(by: int, states: dict[str, Path], tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    behaviours = bad_mirrors(states, INWARD[by % 2]) | {"good": serve(states["good"])}
    order = rotated(list(behaviours), by)
    with serving(behaviours) as (urls, servers):
        result = install(machine, states, [urls[name] for name in order]).expect(0)
        asked = {name: len(server.asked) for name, server in servers.items()}
    assert "1.2.0" in result.err
    assert contents(machine.zoo / "demo") == NEWEST
    told = result.err.splitlines()
    for name, reason in REASONS.items():
        host = urls[name].removeprefix("http://")
        named = [line for line in told if line.startswith("warning") and f"has a bad mirror, {host}: " in line]
        assert len(named) == 1, (name, result.err)
        assert re.search(reason, named[0]), named
    assert all(count <= 2 for name, count in asked.items() if name in {"slow", "redirecting"}), asked
    assert all(count <= 8 for name, count in asked.items() if name != "good"), asked


@pytest.mark.parametrize("by", [0, 3])
def test_bad_mirrors_alone(by: int, states: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stale one is not among them: alone it is right, since nothing tells that there is more."""
    monkeypatch.setattr(index_clients, "PATIENCE", Patience(seconds=1.0, rounds=2))
    machine = Machine(tmp_path / "machine")
    behaviours = bad_mirrors(states, INWARD[by % 2])
    del behaviours["stale"]
    with serving(behaviours) as (urls, servers):
        order = rotated(list(behaviours), by)
        result = install(machine, states, [urls[name] for name in order]).expect(5, "no mirror of the index is good")
        for name in order:
            host = re.escape(urls[name].removeprefix("http://"))
            assert re.search(rf"{host}: ({REASONS[name]})", result.err), (name, result.err)
        silent = [name for name in order if name in {"dead", "slow", "redirecting"}]
        result = install(machine, states, [urls[name] for name in silent]).expect(6, "no mirror of the index is good")
        assert all(urls[name].removeprefix("http://") in result.err for name in silent)
        assert all(len(server.asked) < 30 for server in servers.values())
    assert list(machine.project.iterdir()) == []


# Blobs ----------------------------------------------------------------------------------------------------------------


def with_blobs(states: Mapping[str, Path], behaviour: Behaviour) -> Behaviour:
    """A good mirror of all but blobs."""
    honest = serve(states["good"])
    return lambda exchange: honest(exchange) if exchange.path.endswith(".json") else behaviour(exchange)


def truncated(folder: Path) -> Behaviour:
    def behave(exchange: Exchange) -> bool:
        data = (folder / exchange.path.lstrip("/")).read_bytes()
        return serve(data[: len(data) // 2])(exchange)

    return behave


LIARS = ("wrong bytes", "truncated", "endless", "web page")


def bad_blobs(states: Mapping[str, Path]) -> dict[str, Behaviour]:
    good = states["good"]
    every = {
        "wrong bytes": flipped(good, 40),
        "truncated": truncated(good),
        "endless": endless(),
        "web page": html(),
        "failing": status(503),
        "hangs up": closes(),
        "empty": status(404),
        "redirecting": redirect("ftp://x/"),
    }
    return {name: with_blobs(states, behaviour) for name, behaviour in every.items()}


@pytest.mark.parametrize("by", range(9))
def test_blobs_of_eight_bad_mirrors_and_a_good_one(by: int, states: dict[str, Path], tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    behaviours = {**bad_blobs(states), "good": serve(states["good"])}
    order = rotated(list(behaviours), by)
    with serving(behaviours) as (urls, servers):
        result = install(machine, states, [urls[name] for name in order]).expect(0)
        blobs = {
            name: [each.path for each in server.asked if not each.path.endswith(".json")]
            for name, server in servers.items()
        }
    assert contents(machine.zoo / "demo") == NEWEST
    for name, host in ((name, url.removeprefix("http://")) for name, url in urls.items()):
        named = [line for line in result.err.splitlines() if f"the mirror {host} gave wrong bytes" in line]
        assert len(named) == (name in LIARS and len(blobs[name])), (name, result.err)
        before = order.index(name) < order.index("good")
        assert not before or name == "good" or blobs[name]
        assert name == "good" or len(blobs[name]) <= 3, blobs


def test_blobs_that_no_mirror_has_right(states: dict[str, Path], tmp_path: Path) -> None:
    machine = Machine(tmp_path / "machine")
    with serving(bad_blobs(states)) as (urls, servers):
        result = install(machine, states, list(urls.values())).expect(5, "no mirror had the manifest of demo 1.2.0")
        for url in urls.values():
            assert f"{url.removeprefix('http://')}: " in result.err
        assert all(len(server.asked) < 20 for server in servers.values())
    honest = {name: behaviour for name, behaviour in bad_blobs(states).items() if name not in LIARS}
    with serving(honest) as (urls, _):
        result = install(machine, states, list(urls.values())).expect(6, "no mirror had the manifest of demo 1.2.0")
        assert all(f"{url.removeprefix('http://')}: " in result.err for url in urls.values())
