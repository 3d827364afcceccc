"""What tests of releases share: a simulator of them, and a folder for what is pushed there."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from release_simulator import GitHub, simulator


@pytest.fixture
def github() -> Iterator[GitHub]:
    with simulator() as github:
        yield github


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Where the files to push lie."""
    (tmp_path / "sources").mkdir()
    return tmp_path / "sources"
