"""Small built packs for tests of the index: files in, blobs and a `PackEntry` out."""

from collections.abc import Mapping
from pathlib import Path

import zstandard

from zoopkg.index.entry import PackEntry
from zoopkg.model import layout, manifest
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance
from zoopkg.model.names import PackName
from zoopkg.model.record import Release, Texts
from zoopkg.model.version import parse_version


def write_blob(folder: Path, kind: BlobKind, data: bytes, origin: str) -> Blob:
    hasher = BlobHasher()
    hasher.update(data)
    blob = hasher.blob(kind, origin)
    (folder / blob.name).write_bytes(data)
    return blob


def build(folder: Path, text: str, number: str, files: Mapping[str, bytes], *, gap: bytes = b"") -> PackEntry:
    """A release with one bundle; `gap` goes before its only block, to make another layout of the same content."""
    folder.mkdir(parents=True, exist_ok=True)
    name, version = PackName.parse(text), parse_version(number)
    origin = f"{name.namespace}.{name.name}-{version}"
    pack = zstandard.ZstdCompressor()
    members, offset, block = [], 0, b""
    for data in dict.fromkeys(files.values()):
        members.append(layout.Member(Digest.of(data), offset, len(data)))
        offset += len(data)
        block += data
    frame = pack.compress(block)
    bundle = write_blob(folder, BlobKind.BUNDLE, gap + frame, origin)
    plan = layout.Layout((layout.Bundle(bundle, (layout.Block(len(gap), len(frame), len(block), tuple(members)),)),))
    instances = [Instance(path, Digest.of(files[path]), len(files[path])) for path in sorted(files)]
    size = sum(instance.size for instance in instances)
    header = manifest.Header(name, version, "MIT", 1, len(instances), size)
    lines = b"".join(manifest.write(header, instances))
    release = Release(
        version=version,
        published="2026-01-02",
        content=Digest.of(lines),
        manifest=write_blob(folder, BlobKind.MANIFEST, pack.compress(lines), origin),
        layout=write_blob(folder, BlobKind.LAYOUT, pack.compress(b"".join(layout.write(plan))), origin),
        license="MIT",
        instances=len(instances),
        size=size,
    )
    return PackEntry(name, release, Texts(f"Demo {name.name}", keywords=("demo",)))
