"""The examples on the format pages are one small index: each part is what its page says, and the whole installs.

They are frozen: never regenerate one, since a later zoopkg must still read it.
"""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import second_client
import zstandard
from blake3 import blake3
from pages import examples

from zoopkg.cli import run
from zoopkg.index.catalog import decode_catalog
from zoopkg.index.client import IndexClient
from zoopkg.index.entry import PackEntry
from zoopkg.install.contents import decompressed
from zoopkg.model import layout, manifest
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Revocations
from zoopkg.model.version import parse_version
from zoopkg.pack.recipe import Recipe
from zoopkg.project.file import ProjectFile
from zoopkg.project.lock import Lock
from zoopkg.transport.file import FileOpener, url_of

FILES = {
    "a/again.txt": b"Hello.\n",
    "a/hello.txt": b"Hello.\n",
    "notes/Größe.txt": b"1,7 m\n",
    "zeros.bin": bytes(300_000),
}
THEN = datetime(2026, 1, 3, tzinfo=UTC)
EXAMPLES = examples()


def document(name: str) -> bytes:
    """A JSON document, which ends without a line end."""
    return EXAMPLES[name].removesuffix("\n").encode()


def blob(kind: str) -> bytes:
    return bytes.fromhex(EXAMPLES[f"{kind}.hex"])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """The index of the examples as a folder."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("1.root.json", "1.targets.json", "2.ns-zoo.json", "2.snapshot.json", "timestamp.json"):
        (folder / name).write_bytes(document(name))
    for name in ("mirrors.json", "zoo/demo.json", "zoo/_catalog.json", "zoo/_revoked.json"):
        data = document(name)
        (folder / f"{hashlib.sha256(data).hexdigest()}.{name.rpartition('/')[2]}").write_bytes(data)
    for kind in BlobKind:
        (folder / f"{blake3(blob(kind)).hexdigest()}.{kind}").write_bytes(blob(kind))
    return folder


def test_the_second_client_installs_the_examples(index: Path, tmp_path: Path) -> None:
    second_client.install(index, index / "1.root.json", "demo@1", tmp_path, THEN)
    found = {p.relative_to(tmp_path / "zoo/demo").as_posix(): p for p in (tmp_path / "zoo/demo").rglob("*")}
    assert {path: file.read_bytes() for path, file in found.items() if file.is_file()} == FILES
    assert (tmp_path / "zoo.lock").read_text().replace('"zoo"', '"example"') == EXAMPLES["zoo.lock"]


def test_zoopkg_trusts_the_examples(index: Path, tmp_path: Path) -> None:
    client = IndexClient(tmp_path / "state", document("1.root.json"), [url_of(index)], FileOpener(), now=lambda: THEN)
    record = client.record(PackName.parse("demo"))
    assert record is not None
    assert record.release(parse_version("1.0.0")) is not None
    assert [entry.name.short for entry in client.catalog()] == ["demo"]
    assert client.mirrors().templates == ("https://zoo.example/{digest}",)
    assert client.revocations() == Revocations({}, {})


def test_the_same_files_give_the_manifest_and_the_documents_of_the_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767312000")
    for path, data in {**FILES, "pack.toml": EXAMPLES["pack.toml"].encode()}.items():
        (tmp_path / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / path).write_bytes(data)
    assert run(["pack", "build", str(tmp_path / "files"), "-o", str(tmp_path / "out"), "--unreviewed", "--quiet"]) == 0
    ours = json.loads((tmp_path / "out/pack.json").read_bytes())
    theirs = json.loads(document("pack.json"))
    built = zstandard.decompress((tmp_path / f"out/{ours['release']['manifest']['b3']}.manifest").read_bytes())
    assert built.decode() == EXAMPLES["demo.manifest.txt"]
    for entry in (ours, theirs):  # what another zstd library may make otherwise
        entry["release"] |= {"manifest": None, "layout": None}
    assert ours == theirs


def test_the_manifest_is_canonical_and_has_the_identity_of_the_page() -> None:
    text = EXAMPLES["demo.manifest.txt"].encode()
    content = Digest.parse(EXAMPLES["demo.content"].strip())
    read = manifest.ManifestReader([text], "the example", content).read()
    assert b"".join(manifest.write(read.header, read.instances)) == text
    assert b"".join(decompressed(blob("manifest"), "the example")) == text


def test_the_layout_is_canonical_and_leads_to_every_content() -> None:
    text = EXAMPLES["demo.layout.txt"].encode()
    read = layout.read([text], "the example")
    assert b"".join(layout.write(read)) == text
    assert b"".join(decompressed(blob("layout"), "the example")) == text
    assert {m.digest for b in read.bundles for k in b.blocks for m in k.members} == {
        Digest.of(data) for data in FILES.values()
    }


def test_the_blob_fields_are_those_of_the_bundle() -> None:
    stated = Blob.from_fields(Fields(json.loads(document("blob.json")), "the example"), BlobKind.BUNDLE)
    hasher = BlobHasher()
    hasher.update(blob("bundle"))
    assert hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0") == stated


def test_index_documents_are_canonical() -> None:
    record = Record.decode(document("zoo/demo.json"), "the example")
    assert record.encode() == document("zoo/demo.json")
    assert Revocations.decode(document("zoo/_revoked.json"), "").encode() == document("zoo/_revoked.json")
    assert MirrorList.decode(document("mirrors.json"), "").encode() == document("mirrors.json")
    assert [str(v) for v in decode_catalog(document("zoo/_catalog.json"), "")[0].versions] == ["1.0.0"]


def test_the_project_files_are_read() -> None:
    lock = Lock.decode(EXAMPLES["zoo.lock"].encode())
    assert lock.encode().decode() == EXAMPLES["zoo.lock"]
    project = ProjectFile.parse(EXAMPLES["zoo.toml"].encode(), "zoo.toml", pyproject=False)
    assert project is not None
    assert {str(name): str(need.requirement) for name, need in project.packs.items()} == {
        "zoo/demo": "^1",
        "zoo/knees": "^1",
        "hospital/mr-brain": ">=2.1, <4",
    }
    knees = project.packs[PackName("zoo", "knees")]
    assert (str(knees.where), knees.group) == ("modality=MR rows>=256", "nightly")
    assert project.indexes["example"].root_sha256 == hashlib.sha256(document("1.root.json")).hexdigest()


def test_the_maintainers_files_are_read() -> None:
    entry = PackEntry.decode(document("pack.json"), "the example")
    assert entry.encode() == document("pack.json")
    recipe = Recipe.parse(EXAMPLES["pack.toml"].encode(), "the example")
    assert (recipe.name, recipe.version) == (entry.name, entry.release.version)


def test_digests_and_objects_are_those_of_the_contents() -> None:
    assert str(Digest.of(b"Hello.\n")) == EXAMPLES["digest"].strip()
    digests = sorted({Digest.of(data).hex for data in FILES.values()})
    assert EXAMPLES["objects"].splitlines() == [f"objects/{each[:2]}/{each}" for each in digests]
