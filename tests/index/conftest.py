"""What stories about indexes share: a simulator, clients over it, and a folder made by the maintainers' steps."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from maintained import Maintained
from simulator import Mirrors, Simulator

from zoopkg.index import ceremony
from zoopkg.index.client import IndexClient
from zoopkg.transport.settings import Patience


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
        settings = {"now": lambda: sim.now, "patience": Patience(rounds=1)} | options
        state = settings.pop("state", tmp_path / "state")
        root = settings.pop("root", sim.trusted_root)
        return IndexClient(state, root, [f"sim://{host}/" for host in mirrors.hosts], mirrors, **settings)

    return make


@pytest.fixture
def index(tmp_path: Path) -> Maintained:
    """A published index with `zoo/demo` 1.0.0 in it."""
    maintained = Maintained(tmp_path)
    ceremony.init(maintained.idx, maintained.keys, maintained.dates)
    maintained.add()
    maintained.publish()
    return maintained
