"""A place in memory of its own for each module here, whose tests write files by plain names."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def memory(memory: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=memory) as path:
        yield Path(path)
