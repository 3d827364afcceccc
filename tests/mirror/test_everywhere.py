"""One index on every kind of mirror: from each alone, and from halves of all, the same bytes come."""

import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from corpus import DICOM_FILES, assert_identical, linked, needs_corpus
from ipfs.peers import Peer, running_peer
from release_simulator import simulator
from servers import needs_nginx, nginx
from zoopkg_cli import Machine, Maintainer

from zoopkg.mirror.place import File
from zoopkg.mirror.places.ipfs import IpfsPlace
from zoopkg.model.blob import BlobHasher, BlobKind

pytestmark = [needs_corpus, needs_nginx]

KINDS = ("folder", "s3", "gcs", "ipfs", "releases")
PACKS = ("ct-basic", "everything")


@dataclass(frozen=True)
class Everywhere:
    """An index, what its packs consist of, and where it was pushed: by kind, an address, variables and a template."""

    index: Maintainer
    sources: Mapping[str, Path]
    addresses: Mapping[str, str]
    variables: Mapping[str, str]
    templates: Mapping[str, str]

    @property
    def blobs(self) -> list[str]:
        return sorted(path.name for kind in BlobKind for path in self.index.blobs(kind))

    def metadata(self, folder: Path) -> Path:
        """The index without a blob."""
        ignored = shutil.ignore_patterns(*(f"*.{kind}" for kind in BlobKind), "staged")
        return Path(shutil.copytree(self.index.index, folder, ignore=ignored))


def some_sources(root: Path) -> dict[str, Path]:
    machine = Machine(root / "source")
    machine.call("install", "ct-basic@1", "--link-mode", "copy").expect(0)
    sources = {"ct-basic": machine.zoo / "ct-basic", "everything": DICOM_FILES}
    return {name: linked(source, root / "sources" / name) for name, source in sources.items()}


def an_index(root: Path, sources: Mapping[str, Path]) -> Maintainer:
    maintainer = Maintainer(root / "maintainer")
    for name, source in sources.items():
        maintainer.release_folder(linked(source, root / "built" / name), name, "1.0.0")
    return maintainer


@pytest.fixture(scope="module")
def github() -> Iterator[Any]:
    with simulator() as github:
        yield github


@pytest.fixture(scope="module")
def helia() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture
def everywhere(tmp_path: Path, s3_bucket: str, gcs_bucket: str, github: Any, helia: Peer) -> Iterator[Everywhere]:
    sources = some_sources(tmp_path)
    index = an_index(tmp_path, sources)
    variables = {name: value for name, value in os.environ.items() if name.startswith(("AWS_", "STORAGE_"))}
    variables |= {name: value for name, value in github.environment().items() if name != "PATH"}
    addresses = {
        "folder": str(tmp_path / "served"),
        "s3": f"s3://{s3_bucket}/zoo",
        "gcs": f"gs://{gcs_bucket}/zoo",
        "ipfs": f"ipfs+{helia.url}?gateway={helia.url}",
        "releases": "github:octo/zoo",
    }
    templates = {}
    for kind, address in addresses.items():
        pushed = index.run("mirror", "push", address, "--index", index.index, "--json", env=variables).expect(0)
        templates[kind] = pushed.document["template"]
        again = index.run("mirror", "push", address, "--index", index.index, "--json", env=variables).expect(0)
        assert again.document["copied"]["files"] == 0, kind
    with nginx(tmp_path / "served") as url:
        yield Everywhere(index, sources, addresses, variables, templates | {"folder": url})


def install(machine: Machine, everywhere: Everywhere, metadata: Path, templates: list[str]) -> None:
    mirrors = [word for template in templates for word in ("--mirror", template)]
    machine.run("install", *(f"{name}@1" for name in PACKS), "--index", metadata, *mirrors).expect(0)
    for name, source in everywhere.sources.items():
        assert_identical(source, machine.zoo / name)


def test_from_each_alone_and_from_a_half_of_each(everywhere: Everywhere, tmp_path: Path) -> None:
    metadata = everywhere.metadata(tmp_path / "metadata")
    for kind in KINDS:
        install(Machine(tmp_path / kind), everywhere, metadata, [everywhere.templates[kind]])
    with running_peer() as other:
        halved = halve(everywhere, other)
        assert all(kept for kept in halved.values())
        templates = everywhere.templates | {"ipfs": f"{other.url}/ipfs/{{cid}}"}
        install(Machine(tmp_path / "halves"), everywhere, metadata, [templates[kind] for kind in KINDS])


def halve(everywhere: Everywhere, other: Peer) -> dict[str, set[str]]:
    """Leave a random half of the blobs on each mirror, every blob on one at least; nothing goes from IPFS by name."""
    random, blobs = Random(4), everywhere.blobs
    kept = {kind: set(random.sample(blobs, len(blobs) // 2)) for kind in KINDS}
    for blob in set(blobs).difference(*kept.values()):
        kept[random.choice(KINDS)].add(blob)
    for kind in KINDS:
        if kind == "ipfs":
            place = IpfsPlace(f"ipfs+{other.url}")
            for blob in kept[kind]:
                place.put(as_file(everywhere.index.index / blob), everywhere.index.index / blob)
            place.close()
        else:
            remove(everywhere, kind, set(blobs) - kept[kind])
    return kept


def remove(everywhere: Everywhere, kind: str, names: set[str]) -> None:
    from zoopkg.mirror.addresses import open_place

    with pytest.MonkeyPatch.context() as patched:
        for name, value in everywhere.variables.items():
            patched.setenv(name, value)
        place = open_place(everywhere.addresses[kind])
        place.remove(names)
        assert not names & set(place.names())
        place.close()


def as_file(path: Path) -> File:
    hasher = BlobHasher()
    hasher.update(path.read_bytes())
    return File.of_blob(hasher.blob(BlobKind(path.suffix.removeprefix(".")), "zoo.any-1.0.0"))
