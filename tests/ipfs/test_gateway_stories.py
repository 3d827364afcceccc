"""People install from trustless gateways: from an honest one alone, and past one that lies."""

import random
from pathlib import Path

import pytest
from ipfs.gateway import TrustlessGateway, serving
from zoopkg_cli import Machine, Maintainer, contents, served

NOISE = random.Random(1).randbytes(2_500_000)
FILES = {"noise.bin": NOISE, "b.txt": b"hello"}
FORMS = ["raw", "car"]


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Maintainer:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("demo", "1.0.0", FILES)
    return maintainer


@pytest.fixture
def gateway():
    with serving(TrustlessGateway()) as gateway:
        yield gateway


def without_blobs(index: Maintainer, folder: Path, gateway: TrustlessGateway) -> Path:
    """The index's metadata alone; its blobs are moved to the gateway."""
    metadata = served(index.index, folder)
    for kind in ("bundle", "layout", "manifest"):
        for path in metadata.glob(f"*.{kind}"):
            gateway.add(path.read_bytes())
            path.unlink()
    return metadata


@pytest.mark.parametrize("form", FORMS)
def test_everything_comes_from_a_gateway(index, gateway, tmp_path, form):
    metadata = without_blobs(index, tmp_path / "metadata", gateway)
    machine = Machine(tmp_path)
    mirror = f"{gateway.url}/ipfs/{{cid}}?format={form}"
    machine.call("install", "demo@1", "--index", metadata, "--mirror", mirror).expect(0, f"from {gateway.url[7:]}/ipfs")
    assert contents(machine.zoo / "demo") == FILES


@pytest.mark.parametrize("form", FORMS)
def test_a_gateway_that_lies_is_named_and_the_next_mirror_asked(index, gateway, tmp_path, form):
    without_blobs(index, tmp_path / "metadata", gateway)
    leaf = next(cid for cid, block in gateway.blocks.items() if len(block) == 1 << 20)
    gateway.blocks[leaf] = bytes(1 << 20)
    machine = Machine(tmp_path)
    mirror = f"{gateway.url}/ipfs/{{cid}}?format={form}"
    told = machine.call("install", "demo@1", "--index", index.index, "--mirror", mirror)
    told.expect(0, f"the mirror {gateway.url[7:]}/ipfs gave wrong bytes", f"are not the block {leaf}")
    assert contents(machine.zoo / "demo") == FILES


def test_with_a_lying_gateway_alone_nothing_is_installed(index, gateway, tmp_path):
    metadata = without_blobs(index, tmp_path / "metadata", gateway)
    for cid, block in gateway.blocks.items():
        gateway.blocks[cid] = block[:-1] + bytes([block[-1] ^ 1])
    machine = Machine(tmp_path)
    mirror = f"{gateway.url}/ipfs/{{cid}}?format=car"
    machine.call("install", "demo@1", "--index", metadata, "--mirror", mirror).expect(5, "gave wrong bytes")
    assert not machine.zoo.exists()
