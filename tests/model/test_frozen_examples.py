"""Documents as version 1 of each format wrote them: they keep their bytes, and every later zoopkg must read them."""

from pathlib import Path

import pytest

from zoopkg.index.catalog import decode_catalog
from zoopkg.index.entry import PackEntry
from zoopkg.model import layout as layouts
from zoopkg.model import manifest as manifests
from zoopkg.model.digest import Digest
from zoopkg.model.manifest import ManifestReader, Source
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Revocations, Texts, catalog
from zoopkg.model.version import parse_version

EXAMPLES = Path(__file__).parents[1] / "examples"
SLICE_1 = Digest.of(b"a slice")
SLICE_2 = Digest.of(b"another slice")
EMPTY = Digest.of(b"")

DIGESTS = {
    "catalog-1.json": "b3:9898ec39d9be9c1d9ce839a3319d0af763bffc8b09cbb86621b632d06afe52ab",
    "export-1.zoopkg": "b3:a1985664d879a9aa634f4103702cd90f749abe39c3a55daaf90baa2ba39452b8",
    "layout-1.jsonl": "b3:e5f4bffbd20e49b7957ca0bcccc9a340e891a722ca87733e9440735769d63d01",
    "manifest-1.jsonl": "b3:365a80fc7e293245da587d35b6a7f4bc6b3bb6715a0eeb5750f36912eb456d9c",
    "mirrors-1.json": "b3:65e484ee91433029473f28148255d40512227275131cbf8b11e71e9f318e3a29",
    "pack-1.json": "b3:702840fcec81bae22f422ae919a8821ca71b63b5bb2d297143b592caf6fd4f95",
    "record-1.json": "b3:fa96be4fc25083602151bab1426a23623d29be587555cd4ae0f04b65b184932b",
    "revoked-1.json": "b3:aea1e37787f334224972c8817be2ef374ac3e5b1bc0c7f097ced09c4380ffb28",
    "zoo-1.lock": "b3:c74f9f5f1f41e029b79b238c55981828e73d004afde4be95661f60d2fa56be8e",
    "zoo-1.toml": "b3:42e650bf967c153b74232d7eabd2f83b4b1cec35315de0f72c01ffebcab325b2",
}


def read(name: str) -> bytes:
    return (EXAMPLES / name).read_bytes()


@pytest.mark.parametrize(("name", "digest"), DIGESTS.items())
def test_the_examples_are_frozen(name: str, digest: str) -> None:
    assert str(Digest.of(read(name))) == digest


def test_every_example_is_frozen() -> None:
    assert sorted(path.name for path in EXAMPLES.iterdir()) == sorted(DIGESTS)


def test_manifest() -> None:
    data = read("manifest-1.jsonl")
    manifest = ManifestReader([data], "it", Digest.parse(DIGESTS["manifest-1.jsonl"])).read()
    header = manifest.header
    assert (header.name, header.version) == (PackName("zoo", "demo"), parse_version("1.1.0"))
    assert (header.license, header.inspector, header.count, header.size) == ("CC-BY-4.0 AND CC0-1.0", 1, 4, 27)
    assert header.requires == ("zoo/phantoms@^1",)
    assert header.authors == ("zoopkg contributors",)
    assert header.source == (
        Source("A phantom", "CC-BY-4.0", "https://example.org/phantom", "Copyright 2026 Example"),
        Source("Chance", "CC0-1.0"),
    )
    first, second, third, fourth = manifest.instances
    assert [(each.path, each.digest, each.size) for each in manifest.instances] == [
        ("CT/slice 1.dcm", SLICE_1, 7),
        ("CT/slice 2.dcm", SLICE_2, 13),
        ("empty", EMPTY, 0),
        ("r\u00e9sum\u00e9.txt", SLICE_1, 7),
    ]
    assert first.facets == {
        "kind": "dicom",
        "lossy": False,
        "modality": "CT",
        "rows": 512,
        "transfer_syntax": "1.2.840.10008.1.2.1",
        "voi": ["window"],
    }
    assert second.facets == {"defects": ["meta.missing-preamble"], "kind": "dicom"}
    assert (second.license, second.note) == ("CC0-1.0", 'Says "no", and why: caf\u00e9, \u5c71')
    assert (third.facets, third.license, third.note) == ({}, "", "") == (fourth.facets, fourth.license, fourth.note)
    assert b"".join(manifests.write(header, manifest.instances)) == data


def test_layout() -> None:
    data = read("layout-1.jsonl")
    layout = layouts.read([data], "it")
    first, second = layout.bundles
    assert first.blob.name == "ff6f2cf7750b0d32858b758ef1cd7971064f53e81ec62ff560a953792599ca69.bundle"
    assert first.blob.sha256 == "44f8354494a5ba03ba1792a8d3e9c534c47a9181980fde7a3f44b06ef2ae7c7f"
    assert first.blob.cid == "bafkreice7a2ujfffxib3uf4svdj6trjuyr5jdamyb7phup2ewbxpflt4p4"
    assert (first.blob.size, first.blob.origin) == (1000, "zoo.demo-1.1.0")
    (block,) = first.blocks
    assert (block.offset, block.length, block.size) == (0, 30, 20)
    assert [(m.digest, m.place, m.size) for m in block.members] == [(SLICE_1, 0, 7), (SLICE_2, 7, 13)]
    assert [(b.offset, b.length, b.size, b.members[0].digest) for b in second.blocks] == [(10, 9, 0, EMPTY)]
    assert b"".join(layouts.write(layout)) == data


def test_record() -> None:
    record = Record.decode(read("record-1.json"), "it")
    assert record.name == PackName("zoo", "demo")
    assert record.texts == Texts(
        summary="Two slices",
        description="# Demo\n\nTwo slices of a *phantom*, caf\u00e9.",
        discussion="https://example.org/discussions/1",
        citation="Example et al., 2026",
        keywords=("CT", "phantom"),
    )
    older, newer = record.releases
    assert (str(older.version), older.published, older.yanked) == ("1.0.0-rc.1", "2026-01-02", "a slice is missing")
    assert older.content == Digest.of(b"older")
    assert str(newer.content) == DIGESTS["manifest-1.jsonl"]
    assert (newer.instances, newer.size, newer.license) == (4, 27, "CC-BY-4.0 AND CC0-1.0")
    assert (newer.requires, newer.reviewers) == (("zoo/phantoms@^1",), ("reviewer@example.org",))
    assert newer.facets == {"kind": {"dicom": 2}, "modality": {"CT": 1}}
    assert (newer.yanked, newer.deprecated) == ("", "demo 2 has more")
    assert (newer.manifest.digest, newer.layout.digest) == (Digest.of(b"m"), Digest.of(b"l"))
    assert record.encode() == read("record-1.json")


def test_pack_entry() -> None:
    entry = PackEntry.decode(read("pack-1.json"), "it")
    record = Record.decode(read("record-1.json"), "it")
    assert (entry.name, entry.release, entry.texts) == (record.name, record.releases[1], record.texts)
    assert entry.encode() == read("pack-1.json")


def test_catalog() -> None:
    nothing, demo = decode_catalog(read("catalog-1.json"), "it")
    assert (nothing.name, nothing.versions, nothing.facets) == (PackName("zoo", "all-yanked"), (), None)
    assert (demo.name, demo.versions, demo.keywords) == (
        PackName("zoo", "demo"),
        (parse_version("1.1.0"),),
        ("CT", "phantom"),
    )
    assert (demo.summary, demo.license, demo.instances, demo.size) == ("Two slices", "CC-BY-4.0 AND CC0-1.0", 4, 27)
    assert demo.facets == {"kind": {"dicom": 2}, "modality": {"CT": 1}}


def test_the_catalog_of_a_record_lists_what_is_not_yanked() -> None:
    record = Record.decode(read("record-1.json"), "it")
    (entry,) = decode_catalog(catalog({record.name: record}), "it")
    assert entry == decode_catalog(read("catalog-1.json"), "it")[1]


def test_revocations() -> None:
    revocations = Revocations.decode(read("revoked-1.json"), "it")
    assert revocations.manifests == {Digest.of(b"older"): "a face can be seen"}
    assert revocations.instances == {SLICE_2: "a name is burned in"}
    assert revocations.encode() == read("revoked-1.json")


def test_mirrors() -> None:
    mirrors = MirrorList.decode(read("mirrors-1.json"), "it")
    assert mirrors.templates == ("https://zoo.example/{digest}", "https://gateway.example/ipfs/{cid}")
    assert mirrors.encode() == read("mirrors-1.json")
