"""A store for the tests of the Python API, in memory where there is such a place: a download ends with a flush."""

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

import zoopkg


@pytest.fixture(scope="module")
def folder(memory: Path) -> Iterator[Path]:
    """A folder in memory for a module, which may come to a worker more than once."""
    with tempfile.TemporaryDirectory(dir=memory) as path:
        yield Path(path)


@pytest.fixture(scope="session")
def load(memory: Path) -> Callable[..., zoopkg.Pack]:
    """`zoopkg.load` in a folder without a project, into a store that other tests fill, too."""
    (memory / "empty").mkdir()
    return partial(zoopkg.load, directory=memory / "empty", store=memory / "store", offline=True)
