"""Manifests and layouts on their way in: whole frames only, bounded, and those that the lock means."""

from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from zoopkg.errors import FormatError, IntegrityError, NotOnMirrorsError
from zoopkg.install.contents import Contents
from zoopkg.model import layout, manifest
from zoopkg.model.blob import Blob, BlobKind, blob_name
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.instance import Instance
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version
from zoopkg.project.lock import LockedPack
from zoopkg.store.store import Store
from zoopkg.transport.file import FileOpener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

DEMO, ONE = PackName.parse("demo"), parse_version("1.0.0")


def frame(data: bytes) -> bytes:
    return zstandard.ZstdCompressor().compress(data)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=5000), max_size=10).map(b"".join))
def test_what_was_compressed_comes_back(data: bytes) -> None:
    assert b"".join(decompressed(frame(data), "it")) == data


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: stored[:-1],
        lambda stored: stored[:5],
        lambda _: b"",
        lambda stored: stored + b"x",
        lambda stored: stored + frame(b""),
        lambda stored: stored + frame(b"more"),
        lambda stored: b"x" + stored[1:],
        lambda _: zstandard.ZstdCompressor(write_content_size=False).compress(b"text" * 1000),
        lambda _: b"<!DOCTYPE html>" * 100,
    ],
    ids=["cut", "its header", "nothing", "a byte", "an empty frame", "a frame", "no magic", "no size", "a web page"],
)
def test_anything_but_one_whole_frame_is_refused(damage: Callable[[bytes], bytes]) -> None:
    with pytest.raises(FormatError):
        b"".join(decompressed(damage(frame(b"text" * 1000)), "it"))


def test_a_bomb_unfolds_in_bounded_pieces() -> None:
    bomb = frame(bytes(256 << 20))
    assert len(bomb) < 20_000
    assert max(map(len, decompressed(bomb, "it"))) <= 33 << 20


class Place:
    """A mirror's folder, and a store that may hold nothing yet."""

    def __init__(self, root: Path) -> None:
        self.mirror = root / "mirror"
        self.mirror.mkdir()
        self.store = Store.open(root / "store")
        self.asked = 0

    def put(self, kind: BlobKind, data: bytes) -> Digest:
        digest = Digest.of(data)
        (self.mirror / blob_name(kind, digest)).write_bytes(data)
        return digest

    def mirrors(self, _: str) -> Mirrors:
        self.asked += 1
        return Mirrors([Mirror.parse(str(self.mirror))], FileOpener(), warn=lambda _: None)

    @property
    def contents(self) -> Contents:
        return Contents(self.store, self.mirrors, {})


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def lines(version: str = "1.0.0") -> bytes:
    instances = [Instance("a", Digest.of(b"a"), 1)]
    header = manifest.Header(DEMO, parse_version(version), "MIT", 1, 1, 1)
    return b"".join(manifest.write(header, instances))


def locked(content: Digest, manifest: Digest, where: Digest) -> LockedPack:
    return LockedPack(DEMO, ONE, "zoo", content, manifest, where, 1, 1, "MIT")


def checked(contents: Contents, pack: LockedPack) -> bytes:
    data = contents.manifest(pack)
    contents.check()
    return data


def test_a_manifest_is_kept_only_once_it_was_read_strictly(place: Place) -> None:
    contents = place.contents
    pack = locked(Digest.of(lines()), place.put(BlobKind.MANIFEST, frame(lines())), Digest.of(b"layout"))
    contents.manifest(pack)
    assert place.store.blob(BlobKind.MANIFEST, pack.manifest) is None
    contents.check()
    assert place.store.blob(BlobKind.MANIFEST, pack.manifest) is not None


def test_a_manifest_with_a_path_that_leaves_its_folder_fails_the_check(place: Place) -> None:
    evil = lines().replace(b'"path":"', b'"path":"../')
    pack = locked(Digest.of(evil), place.put(BlobKind.MANIFEST, frame(evil)), Digest.of(b"layout"))
    contents = place.contents
    contents.manifest(pack)
    with pytest.raises(FormatError, match=r"the path '\.\./"):
        contents.check()
    assert place.store.blob(BlobKind.MANIFEST, pack.manifest) is None


def test_a_manifest_is_fetched_once(place: Place) -> None:
    stored = frame(lines())
    pack = locked(Digest.of(lines()), place.put(BlobKind.MANIFEST, stored), Digest.of(b"layout"))
    assert [checked(place.contents, pack) for _ in range(2)] == [stored, stored]
    assert place.asked == 1


def test_a_manifest_of_another_identity_is_not_kept(place: Place) -> None:
    pack = locked(Digest.of(b"other"), place.put(BlobKind.MANIFEST, frame(lines())), Digest.of(b"layout"))
    with pytest.raises(IntegrityError, match="not b3:"):
        checked(place.contents, pack)
    assert place.store.blob(BlobKind.MANIFEST, pack.manifest) is None


def test_a_manifest_of_another_version_is_not_kept(place: Place) -> None:
    other = lines("2.0.0")
    pack = locked(Digest.of(other), place.put(BlobKind.MANIFEST, frame(other)), Digest.of(b"layout"))
    with pytest.raises(IntegrityError, match=r"is that of zoo/demo 2\.0\.0"):
        checked(place.contents, pack)


def test_a_damaged_copy_in_the_store_is_fetched_again(place: Place) -> None:
    stored = frame(lines())
    pack = locked(Digest.of(lines()), place.put(BlobKind.MANIFEST, stored), Digest.of(b"layout"))
    checked(place.contents, pack)
    (kept,) = place.store.root.glob("blobs/*.manifest")
    kept.write_bytes(stored[:-3])
    assert checked(place.contents, pack) == stored
    assert kept.read_bytes() == stored


def test_wrong_bytes_under_the_right_name(place: Place) -> None:
    digest = Digest.of(frame(lines()))
    (place.mirror / blob_name(BlobKind.MANIFEST, digest)).write_bytes(b"<!DOCTYPE html><title>Log in</title>")
    with pytest.raises(IntegrityError, match="web page"):
        place.contents.manifest(locked(Digest.of(lines()), digest, Digest.of(b"layout")))


def test_nobody_has_it(place: Place) -> None:
    with pytest.raises(NotOnMirrorsError, match=r"the manifest of demo 1\.0\.0"):
        place.contents.manifest(locked(Digest.of(b"x"), Digest.of(b"y"), Digest.of(b"z")))


def test_a_malformed_layout(place: Place) -> None:
    digest = place.put(BlobKind.LAYOUT, frame(b"{}\n"))
    with pytest.raises(FormatError, match=r"the layout of demo 1\.0\.0"):
        place.contents.layout(locked(Digest.of(b"x"), Digest.of(b"y"), digest), set())


def test_a_layout_other_than_the_locks(place: Place) -> None:
    digest = place.put(BlobKind.LAYOUT, frame(b"".join(layout.write(layout.Layout(())))))
    pack = locked(Digest.of(b"x"), Digest.of(b"y"), Digest.of(b"gone"))
    assert place.contents.layout(pack, set(), digest) == layout.Layout(())


def test_a_blob_of_one_kind_is_never_kept_as_another(place: Place) -> None:
    """An index that gives a layout the digest of an unread manifest must not get that manifest into the store."""
    evil = lines().replace(b'"path":"', b'"path":"../')
    digest = place.put(BlobKind.MANIFEST, frame(evil))
    (place.mirror / blob_name(BlobKind.LAYOUT, digest)).write_bytes(frame(evil))
    told = Blob(BlobKind.MANIFEST, digest, "0" * 64, len(frame(evil)), "b" * 59, "zoo.demo-1.0.0")
    contents = Contents(place.store, place.mirrors, {digest: told})
    with pytest.raises(FormatError):
        contents.layout(locked(Digest.of(evil), digest, digest), set())
    assert list(place.store.root.glob("blobs/*")) == []
