"""Building beside what an index holds: only what is new is bundled, within one namespace, unless told to repack."""

from pathlib import Path

import pytest
import zstandard
from small_folders import DAY, check_whole, make_folder, read_layout, read_manifest

from zoopkg.errors import UsageError
from zoopkg.index.entry import PackEntry
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.record import Record
from zoopkg.pack.build import Built, build, wasteful
from zoopkg.pack.neighbours import IndexNeighbours

A, B, C, D = (bytes([letter]) * 1000 for letter in b"abcd")


class Shelf:
    """A growing index without signatures: records, and one folder of blobs."""

    def __init__(self, folder: Path) -> None:
        self.out = folder / "out"
        self._folder = folder
        self._entries: list[PackEntry] = []

    def neighbours(self, *, reuse: bool = True) -> IndexNeighbours:
        records: dict[object, Record] = {}
        for entry in self._entries:
            fresh = Record(entry.name, entry.texts)
            records[entry.name] = records.get(entry.name, fresh).with_release(entry.release)
        return IndexNeighbours(records.values(), self.read, reuse=reuse)

    def read(self, blob: Blob) -> bytes:
        return (self.out / blob.name).read_bytes()

    def build(self, version: str, files: dict[str, bytes], *, name: str = "demo", reuse: bool = True) -> Built:
        folder = make_folder(self._folder / f"{name}-{version}", files, version=version)
        recipe = folder / "pack.toml"
        recipe.write_text(recipe.read_text().replace("zoo/demo", f"zoo/{name}"))
        made = build(folder, self.out, jobs=1, neighbours=self.neighbours(reuse=reuse), published=DAY)
        self._entries.append(made.entry)
        check_whole(self.out, made)
        return made


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def bundled(shelf: Shelf, made: Built) -> set[Digest]:
    """The contents in the bundles that a build wrote."""
    layout = read_layout(shelf.out, made)
    new = [bundle for bundle in layout.bundles if bundle.blob in made.bundles]
    return {member.digest for bundle in new for block in bundle.blocks for member in block.members}


def test_a_first_version_bundles_everything(shelf: Shelf) -> None:
    made = shelf.build("1.0.0", {"a": A, "b": B})
    assert (made.contents, made.reused) == (2, 0)
    assert bundled(shelf, made) == {Digest.of(A), Digest.of(B)}


def test_a_new_version_bundles_only_what_is_new(shelf: Shelf) -> None:
    first = shelf.build("1.0.0", {"a": A, "b": B})
    made = shelf.build("1.1.0", {"a": A, "b": B, "c": C, "c again": C})
    assert (made.contents, made.reused, made.live) == (3, 2, 1.0)
    assert bundled(shelf, made) == {Digest.of(C)}
    layout = read_layout(shelf.out, made)
    assert [bundle.blob for bundle in layout.bundles] == [*first.bundles, *made.bundles]
    assert layout.bundles[0].blob.origin == "zoo.demo-1.0.0"


def test_a_version_without_new_contents_writes_no_bundle(shelf: Shelf) -> None:
    shelf.build("1.0.0", {"a": A, "b": B})
    made = shelf.build("2.0.0", {"b": B})
    assert (made.contents, made.reused, made.bundles) == (1, 1, ())
    assert made.live == 0.5
    assert wasteful(made)


def test_repacking_bundles_everything_and_keeps_the_identity(shelf: Shelf, tmp_path: Path) -> None:
    shelf.build("1.0.0", {"a": A, "b": B})
    reusing = shelf.build("2.0.0", {"b": B})
    other = Shelf(tmp_path / "other")
    other.build("1.0.0", {"a": A, "b": B})
    repacked = other.build("2.0.0", {"b": B}, reuse=False)
    assert (repacked.reused, repacked.live) == (0, 1.0)
    assert bundled(other, repacked) == {Digest.of(B)}
    assert repacked.entry.release.content == reusing.entry.release.content
    assert repacked.entry.release.layout != reusing.entry.release.layout


def test_another_pack_of_the_namespace_is_a_neighbour_too(shelf: Shelf) -> None:
    shelf.build("1.0.0", {"a": A, "b": B}, name="other")
    made = shelf.build("1.0.0", {"b": B, "d": D})
    assert bundled(shelf, made) == {Digest.of(D)}


def test_a_block_that_two_layouts_tell_of_is_named_once(shelf: Shelf) -> None:
    """The newest layout of each pack knows a part of the block; together they know all of it."""
    shelf.build("1.0.0", {"a": A, "b": B, "c": C}, name="base")
    shelf.build("2.0.0", {"b": B}, name="base")
    made = shelf.build("1.0.0", {"a": A, "b": B, "c": C})
    assert (made.bundles, made.live) == ((), 1.0)
    (bundle,) = read_layout(shelf.out, made).bundles
    (block,) = bundle.blocks
    assert [member.digest for member in block.members] == [Digest.of(A), Digest.of(B), Digest.of(C)]


def test_the_version_must_say_what_changed_since_the_last_one_below_it(shelf: Shelf) -> None:
    shelf.build("1.0.0", {"a": A, "b": B})
    shelf.build("2.0.0", {"a": A})
    with pytest.raises(UsageError, match=r"since 2\.0\.0, b is new"):
        shelf.build("2.0.1", {"a": A, "b": B})
    shelf.build("1.0.1", {"a": A, "b": B})
    with pytest.raises(UsageError, match=r"since 1\.0\.1, b is no longer there"):
        shelf.build("1.0.2", {"a": A})


def test_the_last_version_is_read_back(shelf: Shelf) -> None:
    first = shelf.build("1.0.0", {"a": A})
    header = read_manifest(shelf.out, first).header
    assert shelf.neighbours().previous(header) is None
    second = read_manifest(shelf.out, shelf.build("1.1.0", {"a": A, "b": B})).header
    assert shelf.neighbours().previous(second) == read_manifest(shelf.out, first)


def test_an_update_moves_only_what_changed(shelf: Shelf) -> None:
    """Ten of a thousand instances change: the new bundles are those ten, compressed."""
    files = {f"{n:04}": Digest.of(b"%d" % n).raw * 40 for n in range(1000)}
    shelf.build("1.0.0", files)
    changed = {path: data[::-1] for path, data in list(files.items())[::100]}
    made = shelf.build("2.0.0", files | changed)
    assert made.reused == 990
    least = len(zstandard.ZstdCompressor(level=3).compress(b"".join(changed.values())))
    assert sum(blob.size for blob in made.bundles) <= 1.1 * least
