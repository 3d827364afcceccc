"""What stories about indexes share: a simulator, clients over it, and a folder made by the maintainers' steps."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from simulator import Mirrors, Simulator
from small_packs import build

from zoopkg.index import ceremony, publisher, releases
from zoopkg.index.client import IndexClient
from zoopkg.index.entry import PackEntry
from zoopkg.index.roles import Dates

FILES = {"a.dcm": b"first" * 100, "b.dcm": b"second"}
THEN = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def without_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flushing guards against power cuts, which no test has, and takes the most time; one test sees that it is done."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture
def sim() -> Simulator:
    return Simulator()


@pytest.fixture
def client_of(tmp_path: Path, sim: Simulator) -> Callable[..., IndexClient]:
    """Makes clients of the simulated index, all with one trusted state."""

    def make(mirrors: Mirrors, **options: object) -> IndexClient:
        settings = {"now": lambda: sim.now} | options
        state = settings.pop("state", tmp_path / "state")
        root = settings.pop("root", sim.trusted_root)
        return IndexClient(state, root, [f"sim://{host}/" for host in mirrors.hosts], mirrors, **settings)

    return make


class Maintained:
    """An index folder and its keys, with what it takes to change it."""

    def __init__(self, folder: Path) -> None:
        self.idx, self.keys, self.out = folder / "idx", folder / "keys", folder / "out"
        self.dates = Dates(THEN)

    def add(self, name: str = "demo", version: str = "1.0.0", files: dict[str, bytes] | None = None) -> PackEntry:
        entry = build(self.out, name, version, files or FILES)
        releases.add(self.idx, entry, self.out, self.keys, self.dates)
        return entry

    def publish(self) -> None:
        publisher.publish(self.idx, self.keys, self.dates)


@pytest.fixture
def index(tmp_path: Path) -> Maintained:
    """A published index with `zoo/demo` 1.0.0 in it."""
    maintained = Maintained(tmp_path)
    ceremony.init(maintained.idx, maintained.keys, maintained.dates)
    maintained.add()
    maintained.publish()
    return maintained
