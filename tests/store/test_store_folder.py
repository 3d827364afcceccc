"""The store's folder: how it is made, which format it has, what it keeps besides objects, and its audit."""

import hashlib
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from filesystems import another_user, remount_read_only, tmpfs, umask
from strategies import short

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.store.audit import audit
from zoopkg.store.store import Store, default_root

Put = Callable[[bytes], Digest]


def test_a_new_store_is_its_owners_alone(tmp_path: Path) -> None:
    with umask(0):
        root = Store.open(tmp_path / "a" / "store").root
    for folder in (root, *[path for path in root.rglob("*") if path.is_dir()]):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert len(list((root / "objects").iterdir())) == 256
    assert (root / "version").read_bytes() == b"1\n"


def test_a_store_is_opened_again(store: Store, put: Put) -> None:
    digest = put(b"x")
    again = Store.open(store.root)
    assert again.objects.holds(digest, 1)
    assert [each for each, _ in again.all_objects()] == [digest]


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert Store.open(Path("here")).root == tmp_path / "here"


@pytest.mark.parametrize("version", [b"2\n", b"", b"\xff\xfe", b"x" * 1000], ids=short)
def test_another_format_is_refused(tmp_path: Path, version: bytes) -> None:
    (tmp_path / "version").write_bytes(version)
    with pytest.raises(ZooError, match="this zoopkg knows '1'") as caught:
        Store.open(tmp_path)
    assert caught.value.hint == "Update zoopkg, or name another folder with --store."
    assert [path.name for path in tmp_path.iterdir()] == ["version"]


def test_a_file_is_no_store(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.touch()
    with pytest.raises(ZooError, match=f"store {path}") as caught:
        Store.open(path)
    assert caught.value.exit_code in {UsageError.exit_code, ZooError.exit_code}
    assert path.is_file()


def test_the_default_root_is_the_platforms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path))
    assert default_root().parts[-2:] == ("zoopkg", "store")


def blob_of(data: bytes, kind: BlobKind) -> Blob:
    hasher = BlobHasher()
    hasher.update(data)
    return hasher.blob(kind, "zoo.demo-1.0.0")


@pytest.mark.parametrize("kind", [BlobKind.MANIFEST, BlobKind.LAYOUT])
def test_blobs_are_kept(store: Store, kind: BlobKind) -> None:
    blob = blob_of(b"a manifest", kind)
    assert store.blob(kind, blob.digest) is None
    store.keep_blob(blob, b"a manifest")
    assert store.blob(kind, blob.digest) == b"a manifest"
    (store.root / "blobs" / blob.name).write_bytes(b"damaged")
    assert store.blob(kind, blob.digest) is None
    store.keep_blob(blob, b"a manifest")
    assert store.blob(kind, blob.digest) == b"a manifest"


def test_the_state_of_an_index_lies_by_its_root(store: Store) -> None:
    digest = hashlib.sha256(b"root").hexdigest()
    assert store.index_folder(digest) == store.root / "index" / digest


class Progress:
    """Hears how far an audit has come."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def begin(self, what: str, total: int) -> None:
        assert what == "Checking"
        self.total = total

    def advance(self, count: int) -> None:
        self.done += count


def test_an_audit_removes_what_is_wrong(store: Store, put: Put) -> None:
    digests = [put(bytes([n]) * n) for n in range(20)]
    wrong = digests[3::5]
    for digest in wrong:
        path = Path(store.objects.path(digest))
        path.chmod(0o644)
        path.write_bytes(b"x" * path.stat().st_size)
        os.utime(path, ns=(946_684_800 * 10**9,) * 2)
    progress = Progress()
    found = audit(store, 2, progress)
    assert (found.checked, found.size, sorted(found.removed)) == (20, sum(range(20)), sorted(wrong))
    assert progress.total == progress.done == sum(range(20))
    left = audit(store, 1, Progress())
    assert (left.checked, left.removed) == (16, ())


def test_what_is_no_object_is_passed_over(store: Store, put: Put) -> None:
    put(b"x")
    (store.root / "objects" / ".DS_Store").touch()
    (store.root / "objects" / "00" / ".session.0").touch()
    (store.root / "objects" / "00" / ("z" * 64)).touch()
    assert audit(store, 1, Progress()).checked == 1


def test_a_read_only_store_serves_what_it_holds(tmp_path: Path) -> None:
    with tmpfs(tmp_path / "disk", "4m") as disk:
        store = Store.open(disk / "store")
        digests = {data: Digest.of(data) for data in (b"right", b"touched", b"wrong")}
        with store.session(digests.values()) as session:
            for data, digest in digests.items():
                session.put(digest, data)
        for data in (b"touched", b"wrong"):
            os.utime(store.objects.path(digests[data]))
        path = Path(store.objects.path(digests[b"wrong"]))
        path.chmod(0o644)
        path.write_bytes(b"w")
        remount_read_only(disk)
        store = Store.open(disk / "store")
        store.recover()
        assert store.objects.holds(digests[b"right"], 5)
        assert store.objects.holds(digests[b"touched"], 7)
        with pytest.raises(ZooError, match=r"cannot check the store .*: the file system is read-only"):
            audit(store, 1, Progress())
        with pytest.raises(ZooError, match=r"cannot write to the store .*: the file system is read-only") as caught:
            store.keep_blob(blob_of(b"x", BlobKind.LAYOUT), b"x")
        assert "Choose another place" in caught.value.hint
        with pytest.raises(ZooError, match=r"cannot write to the store .*: the file system is read-only"):
            store.session([]).__enter__()


def test_a_place_that_may_not_be_written() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        with another_user(), pytest.raises(ZooError, match=r"cannot open the store .*: permission denied"):
            Store.open(Path(folder) / "store")
