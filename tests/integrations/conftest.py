"""A store that has packs of the starter index, and an index of two versions, in memory where there is such a place."""

from pathlib import Path

import pytest
from demo_pack import FILES
from zoopkg_cli import Maintainer, released

import zoopkg


@pytest.fixture(scope="session")
def warm(memory: Path) -> Path:
    """A store that has the pack `broken` and the manifest of `ct-basic` of the starter index."""
    (memory / "nothing").mkdir()
    zoopkg.load("broken@1", directory=memory / "nothing", store=memory / "warm").fetch()
    zoopkg.load("ct-basic@1", directory=memory / "nothing", store=memory / "warm")
    return memory / "warm"


@pytest.fixture(scope="session")
def maintainer(memory: Path) -> Maintainer:
    """An index with two versions of one pack."""
    return released(memory / "maintainer", {"demo@1.0.0": FILES, "demo@1.1.0": FILES | {"new.txt": b"new"}})
