"""Whoever touches an object, through a hard link or otherwise, moves its size, mode or time: it is hashed again."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from zoopkg.model.digest import Digest
from zoopkg.store import objects as module
from zoopkg.store.objects import FIXED_NS, is_pristine
from zoopkg.store.store import Store

DATA = b"the right bytes"
Put = Callable[[bytes], Digest]
Touch = Callable[[Path], object]


def rewrite(data: bytes) -> Touch:
    """Writes into the file itself, not beside it."""

    def touch(path: Path) -> None:
        path.chmod(0o644)
        with path.open("r+b") as file:
            file.write(data)
            file.truncate()

    return touch


def at_the_same_time(touch: Touch) -> Touch:
    """The same, with the time put back afterwards."""

    def both(path: Path) -> None:
        touch(path)
        os.utime(path, ns=(FIXED_NS, FIXED_NS))

    return both


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were hashed."""
    seen: list[str] = []
    hash_file = module.hash_file
    monkeypatch.setattr(module, "hash_file", lambda path: (seen.append(str(path)), hash_file(path))[1])
    return seen


def test_a_pristine_object_is_not_hashed(store: Store, put: Put, hashed: list[str]) -> None:
    digest = put(DATA)
    assert store.objects.holds(digest, len(DATA))
    assert hashed == []


HARMLESS: dict[str, Touch] = {
    "touch": lambda path: path.touch(),
    "chmod": lambda path: path.chmod(0o644),
    "the same bytes": rewrite(DATA),
}


@pytest.mark.parametrize("touch", HARMLESS.values(), ids=HARMLESS)
def test_a_touched_object_that_is_right_is_made_pristine_again(
    store: Store, put: Put, hashed: list[str], tmp_path: Path, touch: Touch
) -> None:
    digest = put(DATA)
    link = tmp_path / "link"
    os.link(store.objects.path(digest), link)
    touch(link)
    assert store.objects.holds(digest, len(DATA))
    assert len(hashed) == 1
    status = link.stat()
    assert is_pristine(status, len(DATA))
    assert not status.st_mode & 0o222
    assert store.objects.holds(digest, len(DATA))
    assert len(hashed) == 1


HARMFUL: dict[str, Touch] = {
    "other bytes": rewrite(b"the wrong bytes"),
    "other bytes, the time put back": at_the_same_time(rewrite(b"the wrong bytes")),
    "shorter": rewrite(b"the"),
    "shorter, the time put back": at_the_same_time(rewrite(b"the")),
    "empty": rewrite(b""),
}


@pytest.mark.parametrize("touch", HARMFUL.values(), ids=HARMFUL)
def test_a_touched_object_that_is_wrong_is_removed(store: Store, put: Put, tmp_path: Path, touch: Touch) -> None:
    digest = put(DATA)
    link = tmp_path / "link"
    os.link(store.objects.path(digest), link)
    touch(link)
    assert not store.objects.holds(digest, len(DATA))
    assert not os.path.lexists(store.objects.path(digest))
    assert link.exists()
    assert put(DATA) == digest
    assert store.objects.holds(digest, len(DATA))


def test_a_link_in_the_place_of_an_object_is_none(store: Store, put: Put, tmp_path: Path) -> None:
    digest = put(DATA)
    path = Path(store.objects.path(digest))
    shutil.move(path, tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert not store.objects.holds(digest, len(DATA))
    assert not path.is_symlink()


@pytest.mark.parametrize(
    ("mode", "size", "time", "pristine"),
    [
        (stat.S_IFREG, 5, FIXED_NS, True),
        (stat.S_IFREG, 4, FIXED_NS, False),
        (stat.S_IFREG, 5, FIXED_NS + 1, False),
        (stat.S_IFREG, 5, FIXED_NS - 2_000_000_000, False),
        (stat.S_IFLNK, 5, FIXED_NS, False),
        (stat.S_IFIFO, 5, FIXED_NS, False),
    ],
)
def test_pristine_is_size_time_and_kind(mode: int, size: int, time: int, pristine: bool) -> None:
    status = os.stat_result((mode | 0o444, 1, 1, 1, 0, 0, size, 0, 0, 0), {"st_mtime_ns": time})
    assert is_pristine(status, 5) is pristine
