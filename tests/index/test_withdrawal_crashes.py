"""A kill, or a full disk, at any change of a file while something is withdrawn or pruned: the next run completes it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from children import DONE, KILLED, REFUSED, disk_full, endings, kill
from maintained import THEN, Maintained
from withdrawn import audit, frames, in_memory, installable, prune, withdraw

from zoopkg.index.verify import verify
from zoopkg.model.digest import Digest

SECRET = b"somebody's name"
SHARED = {"a": b"a" * 500, "b": b"b" * 40}
FAULTS = pytest.mark.parametrize(("act", "ending"), [(kill, KILLED), (disk_full, REFUSED)], ids=["kill", "disk full"])
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork, to be killed in a child")


@pytest.fixture
def place() -> Iterator[Path]:
    with in_memory() as folder:
        yield folder


@pytest.fixture
def published(index: Maintained) -> Maintained:
    """An index with a neighbour in the bundle of what is to be withdrawn."""
    index.add("secrets", files={**SHARED, "s": SECRET})
    index.publish()
    return index


def completed(index: Maintained, idx: Path) -> None:
    """The next run, from whatever was left, to the end."""
    index.idx = idx
    withdraw(idx, index.keys, index.dates, [str(Digest.of(SECRET))])
    index.publish()
    prune(idx)
    assert audit(idx, index.dates) == []
    assert installable(idx, "zoo")["secrets", "1.0.0"] == {Digest.of(each) for each in SHARED.values()}
    assert not any(SECRET in frame for path in idx.glob("*.bundle") for frame in frames(path))


@FAULTS
def test_a_withdrawal_that_is_stopped(published: Maintained, place: Path, act: Callable[[], None], ending: int) -> None:
    original, idx = published.idx, place / "copy"
    seen = set()
    shutil.copytree(original, idx)
    withdrawing = lambda: withdraw(idx, published.keys, published.dates, [str(Digest.of(SECRET))])  # noqa: E731
    for seen_ending in endings(withdrawing, act, 97):
        seen.add(seen_ending)
        assert verify(idx, THEN) == ()
        completed(published, idx)
        shutil.rmtree(idx)
        shutil.copytree(original, idx)
    assert seen == {DONE, ending}


@FAULTS
def test_pruning_that_is_stopped(published: Maintained, place: Path, act: Callable[[], None], ending: int) -> None:
    original, idx = published.idx, place / "copy"
    withdraw(original, published.keys, published.dates, ["secrets@1.0.0", str(Digest.of(SECRET))])
    published.publish()
    seen = set()
    shutil.copytree(original, idx)
    for seen_ending in endings(lambda: prune(idx), act, 2):
        seen.add(seen_ending)
        assert verify(idx, THEN) == ()
        prune(idx)
        assert audit(idx, published.dates) == []
        assert not any(SECRET in frame for path in idx.glob("*.bundle") for frame in frames(path))
        shutil.rmtree(idx)
        shutil.copytree(original, idx)
    assert seen == {DONE, ending}
