"""Folders to build packs from, and a reader that knows bundles only as zstd frames and digests."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import zstandard

from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Layout
from zoopkg.model.manifest import Manifest, ManifestReader
from zoopkg.pack.build import Built

RECIPE = '[pack]\nname = "zoo/demo"\nversion = "{version}"\nlicense = "MIT"\nsummary = "Demo"\n{more}'
DAY = "2026-01-31"


def make_folder(folder: Path, files: Mapping[str, bytes], *, version: str = "1.0.0", more: str = "") -> Path:
    """A folder of files with its pack.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pack.toml").write_text(RECIPE.format(version=version, more=more))
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def read_blob(out: Path, blob: Blob) -> bytes:
    """The stored bytes, checked against all that is said of them."""
    data = (out / blob.name).read_bytes()
    assert len(data) == blob.size
    assert Digest.of(data) == blob.digest
    return data


def read_manifest(out: Path, built: Built) -> Manifest:
    data = zstandard.decompress(read_blob(out, built.entry.release.manifest))
    return ManifestReader([data], "the manifest", built.entry.release.content).read()


def read_layout(out: Path, built: Built) -> Layout:
    return layouts.read([zstandard.decompress(read_blob(out, built.entry.release.layout))], "the layout")


def contents(out: Path, layout: Layout) -> Iterator[tuple[Digest, bytes]]:
    """Every content that a layout tells of, cut out of its bundle by plain zstd, with the digest it should have."""
    for bundle in layout.bundles:
        data = read_blob(out, bundle.blob)
        for block in bundle.blocks:
            frame = data[block.offset : block.offset + block.length]
            assert zstandard.get_frame_parameters(frame).content_size == block.size
            whole = zstandard.ZstdDecompressor().decompress(frame, allow_extra_data=False)
            for member in block.members:
                yield member.digest, whole[member.place : member.place + member.size]


def check_whole(out: Path, built: Built) -> Layout:
    """That bundles, layout and manifest fit together: every content once, and nothing but what it should be."""
    manifest, layout = read_manifest(out, built), read_layout(out, built)
    found = list(contents(out, layout))
    assert [digest for digest, data in found if Digest.of(data) != digest] == []
    assert sorted(digest for digest, _ in found) == sorted({instance.digest for instance in manifest.instances})
    sizes = {instance.digest: instance.size for instance in manifest.instances}
    assert all(sizes[digest] == len(data) for digest, data in found)
    assert built.contents == len(found)
    return layout
