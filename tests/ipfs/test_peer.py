"""Helia as a real peer, in both directions: what zoopkg pushes and reads there, and what Helia reads of zoopkg's."""

import json
import random
import urllib.error
from pathlib import Path

import pytest
from ipfs.gateway import TrustlessGateway, serving
from ipfs.peers import Peer
from place_contract import PlaceContract, blob_of
from zoopkg_cli import Machine, Maintainer, contents, served

from zoopkg.mirror import trees
from zoopkg.mirror.place import File
from zoopkg.mirror.places.car import CarPlace
from zoopkg.mirror.places.ipfs import IpfsPlace
from zoopkg.mirror.trees import folder_of
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.model.unixfs import Shape, TreeHasher
from zoopkg.transport.base import Span
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror

MIB = 1 << 20
TEMPLATES = ["/ipfs/{cid}", "/ipfs/{cid}?format=raw", "/ipfs/{cid}?format=car"]
SMALL = [0, 1, 1023, 1024, 1025, MIB, MIB + 1, MIB + 1025]
LARGE = [0, 1, MIB - 1, MIB, MIB + 1, 7 * MIB // 2]


def test_cids_are_those_of_the_javascript_importer(peer: Peer) -> None:
    """With leaves of 1 KiB a file of 1 MiB has 1,024 of them, and one byte more makes the tree higher."""
    some = random.Random(20).choices(range(1_200_000), k=2)
    asked = [(size, 1024) for size in [*SMALL, *some]] + [(size, MIB) for size in [*LARGE, *some]]
    pattern = bytes(range(251)) * (4_000_000 // 251)
    for (size, leaf), cid in zip(asked, json.loads(peer.post("/test/cids", asked)), strict=True):
        hasher = TreeHasher(Shape(leaf_bytes=leaf))
        hasher.update(pattern[:size])
        assert hasher.cid() == cid, (size, leaf)


class TestHelia(PlaceContract):
    @pytest.fixture
    def again(self, peer):
        made = []

        def make() -> IpfsPlace:
            made.append(IpfsPlace(f"ipfs+{peer.url}?gateway={peer.url}"))
            return made[-1]

        yield make
        for each in made:
            each.close()

    @pytest.fixture
    def place(self, again):
        return again()


def put(peer: Peer, paths: list[Path]) -> None:
    place = IpfsPlace(f"ipfs+{peer.url}")
    for path in paths:
        place.put(File.of_blob(blob_at(path)), path)
    place.close()


def blob_at(path: Path) -> Blob:
    hasher = BlobHasher()
    hasher.update(path.read_bytes())
    return hasher.blob(BlobKind(path.suffix.removeprefix(".")), "zoo.demo-1.0.0")


@pytest.mark.parametrize("template", TEMPLATES)
def test_spans_of_what_was_pushed(peer, tmp_path, template):
    data = random.Random(7).randbytes(3 * MIB + 5)
    blob = blob_of(data)
    path = tmp_path / blob.name
    path.write_bytes(data)
    put(peer, [path])
    url = Mirror.parse(peer.url + template).url(blob)
    for span in (None, Span(0, 1), Span(MIB - 1, 2), Span(5, 3 * MIB), Span(blob.size - 1, 1)):
        with default_opener(attempts=1).open(url, limit=blob.size, span=span) as body:
            got = b"".join(body)
        wanted = span or Span(0, blob.size)
        assert body.start in (0, wanted.start)
        assert got[wanted.start - body.start :][: wanted.length] == data[wanted.start : wanted.end]


FILES = {"a/noise.bin": random.Random(1).randbytes(2 * MIB), "b.txt": b"hello", "empty": b""}


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("demo", "1.0.0", FILES)
    return maintainer


@pytest.fixture(scope="module")
def blobs(index) -> list[Path]:
    return [path for kind in BlobKind for path in index.blobs(kind)]


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_pack_installs_from_a_node_that_it_was_pushed_to(peer, index, blobs, tmp_path, template):
    put(peer, blobs)
    metadata = served(index.index, tmp_path / "metadata")
    for path in blobs:
        (metadata / path.name).unlink()
    machine = Machine(tmp_path)
    arguments = ("install", "demo@1", "--index", metadata, "--root", index.first_root)
    machine.call(*arguments).expect(6)
    machine.call(*arguments, "--mirror", peer.url + template).expect(0)
    assert contents(machine.zoo / "demo") == FILES


def test_helia_fetches_by_the_cid_that_the_index_states(peer, blobs):
    with serving(TrustlessGateway()) as gateway:
        for path in blobs:
            cid = blob_at(path).cid
            assert gateway.add(path.read_bytes()) == cid
            assert peer.post("/test/fetch", {"gateway": gateway.url, "cid": cid}) == path.read_bytes()
        assert {path.partition("?")[0] for path in gateway.asked} == {f"/ipfs/{cid}" for cid in gateway.blocks}


def test_helia_refuses_a_block_with_other_bytes(peer):
    with serving(TrustlessGateway()) as gateway:
        cid = gateway.add(b"right")
        gateway.blocks[cid] = b"wrong"
        with pytest.raises(urllib.error.HTTPError):
            peer.post("/test/fetch", {"gateway": gateway.url, "cid": cid})


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
def test_helia_reads_a_car_file(peer, blobs, tmp_path, monkeypatch, nested):
    if nested:
        monkeypatch.setattr(trees, "MAX_FOLDER_BYTES", 200)
    files = [File.of_blob(blob_at(path)) for path in blobs]
    place = CarPlace(tmp_path / "blobs.car")
    for file, path in zip(files, blobs, strict=True):
        place.put(file, path)
    place.reveal()
    place.close()
    form = b'--x\r\nContent-Disposition: form-data; name="file"\r\n\r\n%s\r\n--x--\r\n' % (
        (tmp_path / "blobs.car").read_bytes()
    )
    answer = json.loads(peer.post("/api/v0/dag/import?pin-roots=true", form, "multipart/form-data; boundary=x"))
    root = str(folder_of(files).link.cid)
    assert answer == {"Root": {"Cid": {"/": root}, "PinErrorMsg": ""}}
    for path in blobs:
        name = f"{path.name[:2]}/{path.name}" if nested else path.name
        assert peer.get(f"/ipfs/{root}/{name}") == path.read_bytes()
