"""Manifests and layouts as mirrors hold them: compressed, and written under the name that their bytes have."""

import os
from pathlib import Path

import zstandard

from zoopkg.errors import explaining
from zoopkg.model.blob import Blob, BlobHasher, BlobKind

_LEVEL = 8


def compress(text: bytes) -> bytes:
    """The canonical bytes of a document as one zstd frame; the same text gives the same frame."""
    return zstandard.ZstdCompressor(level=_LEVEL).compress(text)


def write_blob(out: Path, kind: BlobKind, data: bytes, origin: str) -> Blob:
    """Write a compressed document into a folder, whole before it has its name.

    Args:
        out: the folder.
        kind: manifest or layout.
        data: its stored bytes.
        origin: the release that carries it first.
    """
    hasher = BlobHasher()
    hasher.update(data)
    blob = hasher.blob(kind, origin)
    with explaining(f"write into {out}"):
        temporary = out / f".{blob.name}.{os.getpid()}"
        temporary.write_bytes(data)
        temporary.replace(out / blob.name)
    return blob
