"""What tests of every part share: no settings of whoever runs them, and a place in memory, where flushing is quick."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ZOOPKG_") or name == "CI"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=place if os.access(place, os.W_OK) else None) as path:
        yield Path(path)
