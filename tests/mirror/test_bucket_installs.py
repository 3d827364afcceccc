"""An index in a bucket installs byte for byte: its blobs alone, or metadata and all, over plain HTTP."""

import hashlib
import shutil
from pathlib import Path
from random import Random

import pytest
from zoopkg_cli import Machine, Maintainer, contents, released

from zoopkg.mirror.place import TIMESTAMP, File, Place, is_published
from zoopkg.mirror.places.gcs import GcsPlace
from zoopkg.mirror.places.s3 import S3Place

FILES = {f"{n}.bin": Random(n).randbytes(300_000) for n in range(4)} | {"small/a.txt": b"a", "small/b.txt": b"b"}
MORE = FILES | {"new.bin": Random(9).randbytes(300_000)}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "demo@1.1.0": MORE})


@pytest.fixture(params=["s3", "gcs"])
def place(request: pytest.FixtureRequest) -> Place:
    if request.param == "s3":
        return S3Place(f"s3://{request.getfixturevalue('s3_bucket')}/mirrors/zoo 1")
    return GcsPlace(f"gs://{request.getfixturevalue('gcs_bucket')}/mirrors/zoo 1")


def fill(place: Place, folder: Path) -> None:
    paths = [path for path in folder.iterdir() if path.is_file() and is_published(path.name)]
    files = {path: as_file(path) for path in paths if path.name != TIMESTAMP}
    assert place.survey(files.values()) == set()
    for path, file in files.items():
        place.put(file, path)
    place.reveal()
    place.replace_timestamp((folder / TIMESTAMP).read_bytes(), place.timestamp())
    assert place.survey(files.values()) == set(files.values())
    assert set(place.names()) == {path.name for path in paths}


def as_file(path: Path) -> File:
    data = path.read_bytes()
    return File(path.name, len(data), hashlib.sha256(data).hexdigest(), cid="" if path.suffix == ".json" else "b")


def test_it_installs_from_a_bucket(place: Place, index: Maintainer, tmp_path: Path) -> None:
    fill(place, index.index)
    metadata = tmp_path / "metadata"
    shutil.copytree(index.index, metadata, ignore=shutil.ignore_patterns("*.bundle", "*.layout", "*.manifest"))
    for name, where in {
        "blobs from the bucket": ["--index", metadata, "--mirror", place.template],
        "all from the bucket": ["--index", place.template.removesuffix("{digest}"), "--root", index.first_root],
    }.items():
        machine = Machine(tmp_path / name)
        machine.call("install", "demo@1", *where).expect(0, "fetched from 127.0.0.1")
        assert contents(machine.zoo / "demo") == MORE
        machine.call("verify").expect(0)


def test_part_of_a_bundle_is_a_range(place: Place, index: Maintainer, tmp_path: Path) -> None:
    fill(place, index.index)
    machine = Machine(tmp_path / "machine")
    where = ["--index", place.template.removesuffix("{digest}"), "--root", index.first_root]
    result = machine.call("install", "demo@1", "--where", "path=0.bin", *where, "--json").expect(0)
    assert contents(machine.zoo / "demo") == {"0.bin": FILES["0.bin"]}
    fetched = result.document["fetched"]["bytes"]
    assert len(FILES["0.bin"]) <= fetched < len(FILES["0.bin"]) + 100_000, fetched
