"""A folder as a place to write a mirror to."""

from collections.abc import Callable
from pathlib import Path

import pytest
from place_contract import PlaceContract, blob_of

from zoopkg.errors import UsageError
from zoopkg.mirror.place import ConflictError, File, is_published
from zoopkg.mirror.places.folder import FolderPlace


class TestFolder(PlaceContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> FolderPlace:
        return FolderPlace(tmp_path / "a mirror")

    @pytest.fixture
    def again(self, tmp_path: Path) -> Callable[[], FolderPlace]:
        return lambda: FolderPlace(tmp_path / "a mirror")


def test_other_files_of_the_folder_are_neither_told_nor_removed(tmp_path: Path) -> None:
    place = FolderPlace(tmp_path)
    others = ["README.md", ".htaccess", "key.pem", "staged"]
    for name in others:
        (tmp_path / name).write_bytes(b"mine")
    assert list(place.names()) == []
    place.remove(others)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)


def test_a_blob_of_another_size_under_its_name_is_a_conflict(tmp_path: Path) -> None:
    blob = blob_of(b"whole")
    (tmp_path / blob.name).write_bytes(b"cut")
    with pytest.raises(ConflictError, match=blob.name):
        FolderPlace(tmp_path).survey([File.of_blob(blob)])


def test_a_file_is_no_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(UsageError, match="needs a folder"):
        FolderPlace(tmp_path / "file")


def test_nothing_is_left_beside_the_files(tmp_path: Path) -> None:
    blob = blob_of(b"data")
    source = tmp_path / "source"
    source.write_bytes(b"data")
    FolderPlace(tmp_path / "mirror").put(File.of_blob(blob), source)
    assert sorted(path.name for path in (tmp_path / "mirror").iterdir()) == [".lock", blob.name]


@pytest.mark.parametrize(
    "name", ["../timestamp.json", "a.json", "0.json", "staged", ".lock", f"{'a' * 64}.pem", "1..json\n"]
)
def test_what_is_no_file_of_an_index(name: str) -> None:
    assert not is_published(name)
