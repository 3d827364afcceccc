"""The contract of put and get: right bytes come back, wrong ones never get in, and nothing is left of them."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import umask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoopkg.errors import IntegrityError
from zoopkg.model.digest import Digest
from zoopkg.store.objects import FIXED_TIME, hash_file
from zoopkg.store.store import Store

Put = Callable[[bytes], Digest]


def files(store: Store) -> list[str]:
    """Every file below objects/ and pending/."""
    folders = [store.objects.root, store.root / "pending"]
    return sorted(path.name for folder in folders for path in folder.rglob("*") if path.is_file())


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=5000), st.lists(st.integers(0, 5000), max_size=4).map(sorted))
def test_what_was_put_is_held_whole_and_read_only(store: Store, data: bytes, cuts: list[int]) -> None:
    digest = Digest.of(data)
    with store.session([digest]) as session, session.writer(digest) as writer:
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            writer.write(data[start:end])
    path = Path(store.objects.path(digest))
    assert path == store.root / "objects" / digest.hex[:2] / digest.hex
    assert path.read_bytes() == data
    assert path.stat().st_mtime_ns == FIXED_TIME * 1_000_000_000
    assert stat.S_IMODE(path.stat().st_mode) & ~0o444 == 0
    assert store.objects.holds(digest, len(data))
    assert hash_file(path) == digest


def test_what_was_never_put_is_not_held(store: Store) -> None:
    assert not store.objects.holds(Digest.of(b"x"), 1)
    assert not store.objects.check(Digest.of(b"x"))


def test_putting_twice_is_putting_once(store: Store, put: Put) -> None:
    assert put(b"x") == put(b"x")
    assert files(store) == [Digest.of(b"x").hex]


def test_wrong_bytes_at_once_are_refused(store: Store) -> None:
    digest = Digest.of(b"right")
    with pytest.raises(IntegrityError, match=f"are not those of {digest}"), store.session([digest]) as session:
        session.put(digest, b"wrong")
    assert files(store) == []


@pytest.mark.parametrize("pieces", [[b"wr", b"ong"], [b"right", b"!"], [b"righ"], [b""], []])
def test_wrong_bytes_in_pieces_are_refused(store: Store, pieces: list[bytes]) -> None:
    digest = Digest.of(b"right")

    def write() -> None:
        with store.session([digest]) as session, session.writer(digest) as writer:
            for piece in pieces:
                writer.write(piece)

    with pytest.raises(IntegrityError, match=f"are not those of {digest}"):
        write()
    assert files(store) == []


def test_the_empty_object_needs_no_write(store: Store) -> None:
    empty = Digest.of(b"")
    with store.session([empty]) as session, session.writer(empty):
        pass
    assert store.objects.holds(empty, 0)


def test_a_writer_that_fails_leaves_nothing(store: Store) -> None:
    digest = Digest.of(b"right")

    def write() -> None:
        with store.session([digest]) as session, session.writer(digest) as writer:
            writer.write(b"right")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert files(store) == []


def test_objects_before_a_failure_stay(store: Store) -> None:
    first, second = Digest.of(b"first"), Digest.of(b"second")

    def write() -> None:
        with store.session([first, second]) as session:
            session.put(first, b"first")
            session.put(second, b"wrong")

    with pytest.raises(IntegrityError):
        write()
    assert files(store) == [first.hex]


@pytest.mark.parametrize(("mask", "mode"), [(0o077, 0o400), (0o022, 0o444), (0, 0o444), (0o027, 0o440)])
def test_the_umask_is_honoured(store: Store, put: Put, mask: int, mode: int) -> None:
    with umask(mask):
        digest = put(b"x")
    path = store.objects.path(digest)
    assert stat.S_IMODE(os.stat(path).st_mode) == mode
    os.utime(path)
    assert store.objects.holds(digest, 1)
    assert stat.S_IMODE(os.stat(path).st_mode) == mode
