"""Building: what is written fits together, depends on the files alone, and appears only when it is whole."""

import os
import shutil
from pathlib import Path

import pytest
import zstandard
from corpus import DICOM_FILES, needs_corpus
from filesystems import tmpfs
from small_folders import DAY, check_whole, make_folder, read_layout, read_manifest

from zoopkg.errors import UsageError, ZooError
from zoopkg.index.entry import FILE_NAME, PackEntry
from zoopkg.model.digest import Digest
from zoopkg.model.layout import BLOCK_BYTES
from zoopkg.pack import blocks, bundles
from zoopkg.pack.build import Built, build, wasteful

FILES = {"a.txt": b"text", "sub/b.bin": b"binary" * 1000, "sub/same.txt": b"text", "empty": b""}


def built(folder: Path, out: Path, jobs: int = 1) -> Built:
    return build(folder, out, jobs=jobs, published=DAY)


def test_a_small_pack(tmp_path: Path) -> None:
    folder, out = (
        make_folder(tmp_path / "pack", FILES | {"README.md": b"\xef\xbb\xbf# Demo\r\n\r\nText\n"}),
        tmp_path / "out",
    )
    made = built(folder, out)
    layout = check_whole(out, made)
    assert len(layout.bundles) == len(made.bundles) == 1
    assert (made.contents, made.reused, made.live, made.unused) == (3, 0, 1.0, ())
    assert not wasteful(made)
    entry = PackEntry.decode((out / FILE_NAME).read_bytes(), "pack.json")
    assert entry == made.entry
    assert (entry.texts.summary, entry.texts.description, entry.release.published) == ("Demo", "# Demo\n\nText\n", DAY)
    assert (entry.release.instances, entry.release.size, entry.release.facets) == (4, 6008, {"kind": {"other": 4}})
    assert {blob.origin for blob in (*made.bundles, entry.release.manifest)} == {"zoo.demo-1.0.0"}
    manifest = read_manifest(out, made)
    assert {each.path: each.digest for each in manifest.instances} == {p: Digest.of(d) for p, d in FILES.items()}
    names = {blob.name for blob in (*made.bundles, entry.release.manifest, entry.release.layout)}
    assert set(os.listdir(out)) == names | {FILE_NAME}


def test_the_identity_of_known_files_is_known(tmp_path: Path) -> None:
    made = built(make_folder(tmp_path / "pack", FILES), tmp_path / "out")
    assert str(made.entry.release.content) == "b3:6977eb1d78a9e823217352b5a83d980f6f0914b09cfb1b28a2b755a9c8ccf60d"


def test_the_same_files_have_the_same_identity_however_they_are_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{n % 7}/{n}": os.urandom(n * 10) for n in range(320)}
    folder = make_folder(tmp_path / "pack", files)
    one, two = built(folder, tmp_path / "1", jobs=1), built(folder, tmp_path / "2", jobs=2)
    assert one.entry == two.entry
    assert sorted(os.listdir(tmp_path / "1")) == sorted(os.listdir(tmp_path / "2"))
    moved = shutil.copytree(folder, tmp_path / "elsewhere")
    for path in moved.rglob("*"):
        os.utime(path, (0, 0))
    monkeypatch.setattr(bundles, "LEVEL", 9)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 1000)
    other = built(moved, tmp_path / "3")
    assert other.entry.release.content == one.entry.release.content
    assert other.entry.release.layout != one.entry.release.layout
    check_whole(tmp_path / "3", other)


def test_what_the_recipe_says_of_files_is_in_the_manifest(tmp_path: Path) -> None:
    more = (
        'requires = ["phantoms@^1"]\nauthors = ["A"]\n'
        '[[file]]\npath = "sub/*"\nlicense = "CC0-1.0"\nnote = "a note"\n'
        '[[file]]\npath = "a*"\nlicense = "MIT"\n'
        '[[defect]]\npath = "empty"\ncodes = ["file.empty"]\n'
        '[[defect]]\npath = "nothing*"\ncodes = ["file.empty"]\n'
    )
    made = built(make_folder(tmp_path / "pack", FILES, more=more), tmp_path / "out")
    manifest = read_manifest(tmp_path / "out", made)
    assert (manifest.header.requires, manifest.header.authors) == (("zoo/phantoms@^1",), ("A",))
    told = {each.path: (each.license, each.note, each.facets.get("defects")) for each in manifest.instances}
    assert told == {
        "a.txt": ("", "", None),
        "empty": ("", "", ["file.empty"]),
        "sub/b.bin": ("CC0-1.0", "a note", None),
        "sub/same.txt": ("CC0-1.0", "a note", None),
    }
    assert made.unused == ("nothing*",)
    assert made.entry.release.facets == {"kind": {"other": 4}, "defects": {"file.empty": 1}}


@pytest.mark.parametrize("files", [{"empty": b""}, {"a": b"", "b": b""}, {"a": b"", "b": b"x" * BLOCK_BYTES}])
def test_empty_files(tmp_path: Path, files: dict[str, bytes]) -> None:
    made = built(make_folder(tmp_path / "pack", files), tmp_path / "out")
    check_whole(tmp_path / "out", made)
    assert made.live == 1.0


def test_a_large_file_has_a_bundle_of_its_own(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pack", FILES)
    with (folder / "large").open("wb") as file:
        file.truncate(blocks.LARGE_INSTANCE + 1)
    made = built(folder, tmp_path / "out", jobs=2)
    small, large = check_whole(tmp_path / "out", made).bundles
    assert [len(block.members) for block in small.blocks] == [3]
    (block,) = large.blocks
    assert (block.offset, block.length, block.size) == (0, large.blob.size, blocks.LARGE_INSTANCE + 1)


def test_bundles_are_filled_to_their_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "TARGET_BUNDLE", 1000)
    monkeypatch.setattr(blocks, "BLOCK_BYTES", 500)
    monkeypatch.setattr(blocks, "MAX_BUNDLES", 900)
    files = {f"{n:02}": os.urandom(400) for n in range(20)}
    made = built(make_folder(tmp_path / "pack", files), tmp_path / "out", jobs=2)
    layout = check_whole(tmp_path / "out", made)
    assert len(layout.bundles) == 7
    assert all(1000 <= bundle.blob.size < 1500 for bundle in layout.bundles[:-1])


def test_bundles_are_plain_zstd(tmp_path: Path) -> None:
    made = built(make_folder(tmp_path / "pack", FILES), tmp_path / "out")
    (bundle,) = read_layout(tmp_path / "out", made).bundles
    data = (tmp_path / "out" / bundle.blob.name).read_bytes()
    with zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True) as reader:
        assert len(reader.read()) == sum(block.size for block in bundle.blocks) == 6004


@pytest.mark.parametrize("size", [5, blocks.LARGE_INSTANCE + 1])
@pytest.mark.parametrize("change", ["other bytes", "longer", "shorter", "gone"])
def test_a_file_that_changes_while_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, change: str
) -> None:
    folder, out = make_folder(tmp_path / "pack", {"other": b"x"}), tmp_path / "out"
    path = folder / "file"
    with path.open("wb") as file:
        file.truncate(size)

    def write(writer: bundles.BundleWriter, arrangement: blocks.Arrangement) -> object:
        if change == "gone":
            path.unlink()
        else:
            with path.open("r+b") as file:
                file.write(b"y")
                file.truncate({"other bytes": size, "longer": size + 1, "shorter": size - 1}[change])
        return original(writer, arrangement)

    original = bundles.BundleWriter.write
    monkeypatch.setattr(bundles.BundleWriter, "write", write)
    with pytest.raises(ZooError, match="cannot read" if change == "gone" else "file changed while the pack was built"):
        built(folder, out)
    assert not (out / FILE_NAME).exists()
    assert [name for name in os.listdir(out) if name.startswith(".")] == []


def test_a_bundle_no_mirror_could_carry_is_not_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundles, "MAX_BLOB", 1000)
    folder = make_folder(tmp_path / "pack", {"file": os.urandom(1001)})
    with pytest.raises(ZooError, match="a bundle would have more than 1000 bytes"):
        built(folder, tmp_path / "out")
    assert os.listdir(tmp_path / "out") == []


def test_a_full_disk(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pack", {str(n): os.urandom(100_000) for n in range(30)})
    with tmpfs(tmp_path / "disk", "1m") as disk:
        with pytest.raises(ZooError, match=r"cannot write into .*: the disk is full"):
            built(folder, disk / "out", jobs=2)
        assert os.listdir(disk / "out") == []


def test_the_output_may_not_lie_within_the_folder(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "pack", FILES)
    (tmp_path / "link").symlink_to(folder)
    for out in (folder, folder / "out", folder / "sub" / "deep", tmp_path / "link" / "out"):
        with pytest.raises(UsageError, match="lies within the pack's own folder") as caught:
            built(folder, out)
        assert caught.value.hint == "Choose a folder outside with -o."
    assert sorted(os.listdir(folder)) == ["a.txt", "empty", "pack.toml", "sub"]


def test_a_folder_without_a_recipe(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"has no pack\.toml") as caught:
        built(tmp_path, tmp_path.with_name("out"))
    assert "pack init" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"\xff", "README.md is not UTF-8"),
        (b"x" * 200_001, "'README.md' of .*pack is longer than 200000 characters"),
        (b"x" * ((1 << 20) + 1), "over the limit of 1048576"),
        (b"a\x1b[2J", "'README.md' of .*pack holds a control character"),
    ],
    ids=["bytes", "long", "huge", "control"],
)
def test_a_description_that_no_index_would_take(tmp_path: Path, text: bytes, why: str) -> None:
    folder = make_folder(tmp_path / "pack", FILES | {"README.md": text})
    with pytest.raises(UsageError, match=why):
        built(folder, tmp_path / "out")


@needs_corpus
def test_the_shared_files(tmp_path: Path) -> None:
    folder = shutil.copytree(DICOM_FILES, tmp_path / "pack")
    made = built(make_folder(folder, {}), tmp_path / "out", jobs=2)
    assert (made.entry.release.instances, made.contents) == (886, 650)
    layout = check_whole(tmp_path / "out", made)
    assert sum(len(block.members) for bundle in layout.bundles for block in bundle.blocks) == 650
