"""Blobs: all their digests in one pass, their name on mirrors, and what of a document is no blob."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import CID, blobs, law

from zoopkg.errors import FormatError
from zoopkg.model.blob import MAX_BLOB, Blob, BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields

HEX = "ab" * 32
GOOD = {"b3": HEX, "cid": CID, "origin": "zoo.demo-1.0.0", "sha256": HEX, "size": 1}


def test_the_hasher_knows_every_name_of_the_bytes() -> None:
    hasher = BlobHasher()
    hasher.update(b"hello ")
    hasher.update(memoryview(b"world"))
    blob = hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0")
    assert blob.digest == Digest.of(b"hello world")
    assert blob.sha256 == hashlib.sha256(b"hello world").hexdigest()
    assert blob.size == 11
    multihash = b"\x12\x20" + hashlib.sha256(b"hello world").digest()
    assert blob.cid == "b" + base64.b32encode(b"\x01\x55" + multihash).decode().lower().rstrip("=")
    assert blob.name == f"{blob.digest.hex}.bundle"


@law
@given(st.sampled_from(BlobKind).flatmap(blobs))
def test_a_blob_reads_back(blob: Blob) -> None:
    assert Blob.from_fields(Fields(blob.to_json(), "it"), blob.kind) == blob


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("b3", f"b3:{HEX}"),
        ("b3", HEX.upper()),
        ("sha256", HEX[:-1]),
        ("sha256", f"{HEX}\n"),
        ("cid", "Qm" + "a" * 44),
        ("cid", CID.upper()),
        ("cid", ""),
        ("origin", "../../etc"),
        ("origin", "a/b"),
        ("origin", ""),
        ("origin", ".hidden"),
        ("origin", "a" * 300),
        ("size", 0),
        ("size", MAX_BLOB + 1),
        ("size", "1"),
    ],
)
def test_what_is_refused(key: str, value: object) -> None:
    assert Blob.from_fields(Fields(GOOD, "it"), BlobKind.LAYOUT).name == f"{HEX}.layout"
    with pytest.raises(FormatError, match=f"'{key}' of it"):
        Blob.from_fields(Fields(GOOD | {key: value}, "it"), BlobKind.LAYOUT)
    with pytest.raises(FormatError, match=f"'{key}' of it is missing"):
        Blob.from_fields(Fields(GOOD, "it").without(key), BlobKind.LAYOUT)
