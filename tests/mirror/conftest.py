"""What tests of copying share: an index of their own in memory, and one with several packs."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from stands import Stand
from zoopkg_cli import Maintainer


@pytest.fixture
def stand(memory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """An index of its own with `zoo/demo` 1.0.0, and the folder beside it for mirrors; nothing waits for a disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(memory))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with tempfile.TemporaryDirectory() as folder:
        yield Stand(Path(folder))


@pytest.fixture(scope="module")
def maintainer(memory: Path) -> Iterator[Maintainer]:
    """An index with several packs, one of which requires another."""
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        maintainer = Maintainer(Path(folder))
        maintainer.release("base", "1.0.0", {"base.dcm": b"base" * 50})
        maintainer.release("base", "2.0.0", {"base.dcm": b"base" * 50, "two.dcm": b"two" * 50})
        maintainer.release("demo", "1.0.0", {"a.dcm": b"first" * 100, "b.dcm": b"second"}, requires=["base@1"])
        maintainer.release("demo", "2.0.0", {"c.dcm": b"third" * 100})
        maintainer.release("other", "1.0.0", {"o.dcm": bytes(range(256)) * 2000})
        yield maintainer
