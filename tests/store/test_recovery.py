"""After a crash: what the journal names is hashed again, temporary files go, and living sessions are left alone."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import tmpfs
from strategies import short

from zoopkg.errors import ZooError
from zoopkg.model.digest import Digest
from zoopkg.store import journal
from zoopkg.store.objects import FIXED_NS
from zoopkg.store.store import Store

Put = Callable[[bytes], Digest]


def crash(store: Store, *digests: Digest, name: str = "0" * 32, torn: bytes = b"") -> Path:
    """What a session that died leaves behind: its journal, and a lock that no one holds."""
    text = b"".join(f"{digest.hex}\n".encode() for digest in digests)
    path = store.root / "pending" / f"{name}.journal"
    path.write_bytes(text + torn)
    path.with_suffix(".lock").touch()
    return path


def cut_in_place(store: Store, digest: Digest) -> None:
    """Lose the end of an object's bytes as a power cut does: under its own name, at its own time."""
    path = Path(store.objects.path(digest))
    path.chmod(0o644)
    with path.open("r+b") as file:
        file.truncate(3)
    os.utime(path, ns=(FIXED_NS, FIXED_NS))
    path.chmod(0o444)


def pending(store: Store) -> list[str]:
    return sorted(os.listdir(store.root / "pending"))


def test_an_object_that_lost_bytes_is_removed(store: Store, put: Put) -> None:
    whole, cut = put(b"whole"), put(b"cut short")
    cut_in_place(store, cut)
    crash(store, whole, cut, Digest.of(b"never written"))
    store.recover()
    assert {digest for digest, _ in store.all_objects()} == {whole}
    assert pending(store) == []


@pytest.mark.parametrize("torn", [b"ab12", b"\xff\xfe\x00", b"\0" * 64 + b"\n", b"../../etc\n"], ids=short)
def test_a_torn_journal_is_read_as_far_as_it_goes(store: Store, put: Put, torn: bytes) -> None:
    cut = put(b"cut short")
    cut_in_place(store, cut)
    crash(store, cut, torn=torn)
    store.recover()
    assert list(store.all_objects()) == []
    assert pending(store) == []


def test_only_the_dead_sessions_temporary_files_go(store: Store, put: Put) -> None:
    put(b"x")
    dead = store.root / "objects" / "00" / f".{'0' * 32}.7"
    other = store.root / "objects" / "00" / f".{'1' * 32}.7"
    for path in (dead, other):
        path.touch()
    crash(store, name="0" * 32)
    store.recover()
    assert not dead.exists()
    assert other.exists()


def test_a_living_session_is_left_alone(store: Store) -> None:
    digest = Digest.of(b"data")
    with store.session([digest]) as session:
        with session.writer(digest) as writer:
            writer.write(b"da")
            store.recover()
            writer.write(b"ta")
        assert any(name.endswith(".journal") for name in pending(store))
    assert store.objects.holds(digest, 4)
    assert pending(store) == []


def test_the_journal_is_there_before_the_first_object(store: Store) -> None:
    digests = [Digest.of(b"1"), Digest.of(b"2")]
    with store.session(digests):
        (name,) = [name for name in pending(store) if name.endswith(".journal")]
        assert (store.root / "pending" / name).read_text() == "".join(f"{digest.hex}\n" for digest in digests)
    assert pending(store) == []


def test_a_flush_that_fails_keeps_the_journal(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = Digest.of(b"data")

    def fail(_: Path) -> bool:
        raise OSError(28, os.strerror(28))

    def write() -> None:
        with store.session([digest]) as session:
            session.put(digest, b"data")

    monkeypatch.setattr(journal, "flush_filesystem", fail)
    with pytest.raises(ZooError, match=r"cannot flush the store .*: the disk is full"):
        write()
    assert any(name.endswith(".journal") for name in pending(store))
    monkeypatch.undo()
    store.recover()
    assert store.objects.holds(digest, 4)
    assert pending(store) == []


def test_recovering_where_nothing_crashed_changes_nothing(store: Store, put: Put) -> None:
    digest = put(b"x")
    store.recover()
    assert [each for each, _ in store.all_objects()] == [digest]


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def test_a_full_disk_is_told_and_the_next_run_completes(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "3m") as disk:
        store = Store.open(disk / "store")
        contents = [bytes([n]) * 300_000 for n in range(20)]
        digests = [Digest.of(data) for data in contents]

        def put_all() -> None:
            with store.session(digests) as session:
                for digest, data in zip(digests, contents, strict=True):
                    if not store.objects.holds(digest, len(data)):
                        session.put(digest, data)

        with pytest.raises(OSError, match="No space left"):
            put_all()
        held = [digest for digest in digests if store.objects.holds(digest, 300_000)]
        assert 0 < len(held) < 20
        assert {digest for digest, _ in store.all_objects()} == set(held)
        assert sum(path.is_file() for path in store.objects.root.rglob("*")) == len(held)
        assert pending(store) == []
        with pytest.raises(OSError, match="No space left"):
            fill(disk / "filler")
        with pytest.raises(ZooError, match=r"cannot write to the store .*: the disk is full") as caught:
            put_all()
        assert "run the same command again" in caught.value.hint
        assert pending(store) == []
        (disk / "filler").unlink()
        for digest in held:
            Path(store.objects.path(digest)).unlink()
        contents, digests = contents[:6], digests[:6]
        put_all()
        assert {digest for digest, _ in store.all_objects()} == set(digests)
