"""CAR files: the contract of places, and what a reader of CARs finds in them."""

import os
import subprocess
import sys

import pytest
from place_contract import PlaceContract, blob_of

from zoopkg.errors import IntegrityError, UsageError, ZooError
from zoopkg.mirror import trees
from zoopkg.mirror.place import File
from zoopkg.mirror.places.car import CarPlace
from zoopkg.mirror.trees import Folder, folder_of
from zoopkg.model.blob import Blob
from zoopkg.model.cid import Cid
from zoopkg.model.dagpb import read_varint
from zoopkg.model.unixfs import Part, parts_of, root_part
from zoopkg.transport.base import MissingError


def blocks_of(car: bytes) -> tuple[Cid, list[tuple[Cid, bytes]]]:
    """The root that the header of a CAR names, and its blocks in order, each checked."""
    length, at = read_varint(car, 0)
    root, blocks = Cid.from_bytes(car[at + 13 : at + 49]), []
    at += length
    while at < len(car):
        length, at = read_varint(car, at)
        cid, block = Cid.from_bytes(car[at : at + 36]), car[at + 36 : at + length]
        assert Cid.of(cid.codec, block) == cid
        blocks.append((cid, block))
        at += length
    return root, blocks


def content(root: Cid, blocks: dict[Cid, bytes]) -> bytes:
    def read(part: Part) -> bytes:
        return b"".join(map(read, parts_of(part, blocks[part.cid]))) if part.height else blocks[part.cid]

    return read(root_part(root, blocks[root]))


class TestCarFile(PlaceContract):
    @pytest.fixture
    def path(self, tmp_path):
        return tmp_path / "blobs.car"

    @pytest.fixture
    def again(self, path):
        made = []

        def make() -> CarPlace:
            made.append(CarPlace(path))
            return made[-1]

        yield make
        for each in made:
            each.close()

    @pytest.fixture
    def place(self, again):
        return again()

    @pytest.fixture(autouse=True)
    def _keep(self, path):
        self.path = path

    def read(self, place: CarPlace, blob: Blob) -> bytes:
        """No client reads a CAR: the test does."""
        blocks = dict(blocks_of(self.path.read_bytes())[1])
        if Cid.parse(blob.cid) not in blocks:
            raise MissingError(blob.name)
        return content(Cid.parse(blob.cid), blocks)


DATA = [b"one", b"", bytes(range(256)) * 10_000, b"x" * (1 << 20), b"three"]


def written(path, datas, write) -> bytes:
    place = CarPlace(path)
    for data in datas:
        place.put(File.of_blob(blob_of(data)), write(data))
    place.reveal()
    place.close()
    return path.read_bytes()


@pytest.fixture
def write(tmp_path):
    def make(data: bytes):
        path = tmp_path / f"source-{blob_of(data).name}"
        path.write_bytes(data)
        return path

    return make


def test_the_order_of_putting_does_not_matter(tmp_path, write):
    assert written(tmp_path / "a.car", DATA, write) == written(tmp_path / "b.car", DATA[::-1], write)
    assert sorted(path.name for path in tmp_path.glob("*.car")) == ["a.car", "b.car"]
    assert not list(tmp_path.glob(".*"))


def test_the_root_comes_first_and_every_node_before_its_children(tmp_path, write):
    root, blocks = blocks_of(written(tmp_path / "a.car", DATA, write))
    files = [File.of_blob(blob_of(data)) for data in DATA]
    folder = folder_of(files)
    assert root == folder.link.cid == blocks[0][0]
    assert [cid for cid, _ in blocks if str(cid) in {file.cid for file in files}] == [
        Cid.parse(file.cid) for file in sorted(files, key=lambda file: file.name)
    ]
    assert len(b"".join(block for _, block in blocks)) == folder.link.tree_bytes
    assert (tmp_path / "a.car").stat().st_size == folder.car_bytes


def test_a_car_with_other_blobs_is_written_anew(tmp_path, write):
    path = tmp_path / "a.car"
    written(path, DATA, write)
    files = {File.of_blob(blob_of(data)) for data in DATA}
    assert CarPlace(path).survey(files) == files
    assert CarPlace(path).survey(list(files)[1:]) == set()
    assert CarPlace(path).survey({*files, File.of_blob(blob_of(b"more"))}) == set()
    os.truncate(path, path.stat().st_size - 1)
    assert CarPlace(path).survey(files) == set()


def test_many_blobs_are_put_into_folders_by_two_digits(tmp_path, write, monkeypatch):
    blobs = [blob_of(b"%d" % n) for n in range(60)]
    flat = folder_of([File.of_blob(blob) for blob in blobs])
    monkeypatch.setattr(trees, "MAX_FOLDER_BYTES", len(flat.block) - 1)
    datas = [b"%d" % n for n in range(60)]
    root, blocks = blocks_of(written(tmp_path / "a.car", datas, write))
    nested = folder_of([File.of_blob(blob) for blob in blobs])
    assert root == nested.link.cid != flat.link.cid
    assert [folder.link.name for folder in nested.folders] == sorted({blob.name[:2] for blob in blobs})
    assert [cid for cid, _ in blocks] == [
        entry.link.cid if isinstance(entry, Folder) else Cid.parse(entry.cid) for entry in nested.walk()
    ]
    assert (tmp_path / "a.car").stat().st_size == nested.car_bytes
    monkeypatch.setattr(trees, "MAX_FOLDER_BYTES", 100)
    with pytest.raises(ZooError, match="60 blobs are too many"):
        folder_of([File.of_blob(blob) for blob in blobs])


def test_a_blob_with_other_bytes_is_refused(tmp_path, write):
    place = CarPlace(tmp_path / "a.car")
    with pytest.raises(IntegrityError, match="has other bytes than the CID"):
        place.put(File.of_blob(blob_of(b"one")), write(b"another"))
    place.reveal()
    place.close()
    assert not (tmp_path / "a.car").exists()


def test_a_kill_leaves_the_old_car(tmp_path, write):
    path = tmp_path / "a.car"
    before = written(path, DATA, write)
    source = write(b"new")
    script = (
        "import os, sys; from pathlib import Path; from zoopkg.mirror.places.car import CarPlace;"
        "from place_contract import blob_of; from zoopkg.mirror.place import File;"
        "place = CarPlace(Path(sys.argv[1])); place.put(File.of_blob(blob_of(b'new')), Path(sys.argv[2])); os._exit(9)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", script, path, source], env=env, check=False).returncode == 9
    assert path.read_bytes() == before
    assert not list(tmp_path.glob(".*"))


def test_where_no_car_can_be_written(tmp_path):
    for path in (tmp_path, tmp_path / ""):
        with pytest.raises(UsageError, match="no file to write a CAR to"):
            CarPlace(path)
    with pytest.raises(UsageError, match=r"there is no folder '.*nowhere' to write into") as caught:
        CarPlace(tmp_path / "nowhere/a.car")
    assert caught.value.hint
    with pytest.raises(UsageError, match="takes blobs alone"):
        CarPlace(tmp_path / "a.car").replace_timestamp(b"", None)
