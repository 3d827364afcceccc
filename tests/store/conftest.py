"""What tests of the store share: a store in a folder of its own, and a way to fill it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from zoopkg.model.digest import Digest
from zoopkg.store import flush, journal
from zoopkg.store.store import Store


@pytest.fixture(autouse=True)
def without_flushing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Flushing guards against power cuts, which no test has, and takes long; test_flush.py sees that it works."""
    monkeypatch.setattr(flush.os, "fsync", lambda _: None)
    monkeypatch.setattr(journal, "flush_filesystem", lambda _: True)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


@pytest.fixture
def put(store: Store) -> Callable[[bytes], Digest]:
    """Puts some bytes into the store, and tells their digest."""

    def put(data: bytes) -> Digest:
        digest = Digest.of(data)
        with store.session([digest]) as session:
            session.put(digest, data)
        return digest

    return put
