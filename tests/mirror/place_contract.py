"""What every place must do, as one suite: a test class derives from `PlaceContract` and says how to make one.

`place` is an empty one; `again()` opens the same place once more, as another process would.
"""

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from zoopkg.mirror.place import TIMESTAMP, ConflictError, File, Place
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.transport.base import MissingError
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror

ORIGIN = "zoo.demo-1.0.0"


def blob_of(data: bytes, kind: BlobKind = BlobKind.BUNDLE, origin: str = ORIGIN) -> Blob:
    hasher = BlobHasher()
    hasher.update(data)
    return hasher.blob(kind, origin)


def document_of(name: str, data: bytes) -> File:
    return File(name, len(data), hashlib.sha256(data).hexdigest())


class PlaceContract:
    """Derive, and define the fixtures `place` and `again`."""

    @pytest.fixture
    def write(self, tmp_path: Path) -> Callable[[bytes], Path]:
        def make(data: bytes) -> Path:
            path = tmp_path / f"source-{hashlib.sha256(data).hexdigest()[:16]}"
            path.write_bytes(data)
            return path

        return make

    def read(self, place: Place, blob: Blob) -> bytes:
        """A blob as a client reads it from what the place says is its mirror."""
        url = Mirror.parse(place.template).url(blob)
        assert url is not None
        with default_opener(attempts=1).open(url, limit=blob.size) as body:
            return b"".join(body)

    def test_what_was_put_is_there_and_can_be_read(self, place, again, write):
        data = [b"one", b"two" * 100_000, bytes(range(256)) * 5000]
        blobs = [blob_of(each) for each in data]
        files = {File.of_blob(blob) for blob in blobs}
        assert place.survey(files) == set()
        for blob, each in zip(blobs, data, strict=True):
            place.put(File.of_blob(blob), write(each))
        place.reveal()
        other = again()
        assert other.survey(files) == files
        assert [self.read(other, blob) for blob in blobs] == data
        with pytest.raises(MissingError):
            self.read(other, blob_of(b"absent"))

    def test_blobs_of_several_releases(self, place, again, write):
        blobs = {each: blob_of(each, origin=f"zoo.demo-1.{n}.0") for n, each in enumerate((b"a", b"b", b"c"))}
        for data, blob in blobs.items():
            place.put(File.of_blob(blob), write(data))
        place.reveal()
        assert {self.read(again(), blob) for blob in blobs.values()} == set(blobs)

    def test_putting_again_changes_nothing(self, place, again, write):
        blob = blob_of(b"same")
        for each in (place, place, again()):
            each.put(File.of_blob(blob), write(b"same"))
            each.reveal()
        assert self.read(place, blob) == b"same"

    def test_many_threads_put_the_same(self, place, again, write):
        blobs = {each: blob_of(each) for each in (b"%d" % n * 1000 for n in range(6))}
        paths = {blob: write(data) for data, blob in blobs.items()}

        def work() -> None:
            for blob, path in paths.items():
                place.put(File.of_blob(blob), path)

        with ThreadPoolExecutor(4) as executor:
            for future in [executor.submit(work) for _ in range(4)]:
                future.result()
        place.reveal()
        assert {self.read(again(), blob) for blob in blobs.values()} == set(blobs)

    def test_a_name_never_gets_other_content(self, place, again, write):
        self.needs_metadata(place)
        place.put(document_of("1.root.json", b"one"), write(b"one"))
        place.reveal()
        other = again()
        with pytest.raises(ConflictError, match=r"1\.root\.json"):
            other.put(document_of("1.root.json", b"another"), write(b"another"))
        with pytest.raises(ConflictError, match=r"1\.root\.json"):
            other.survey([document_of("1.root.json", b"another")])
        assert again().survey([document_of("1.root.json", b"one")])

    def test_the_timestamp_is_replaced_by_who_saw_the_last_one(self, place, again):
        self.needs_metadata(place)
        assert place.timestamp() is None
        place.replace_timestamp(b"first", None)
        other = again()
        seen = other.timestamp()
        assert seen.data == b"first"
        other.replace_timestamp(b"second", seen)
        assert again().timestamp().data == b"second"

    def test_of_two_who_saw_the_same_timestamp_one_fails(self, place, again):
        self.needs_metadata(place)
        place.replace_timestamp(b"first", None)
        one, two = again(), again()
        seen_by_one, seen_by_two = one.timestamp(), two.timestamp()
        one.replace_timestamp(b"second", seen_by_one)
        with pytest.raises(ConflictError):
            two.replace_timestamp(b"third", seen_by_two)
        with pytest.raises(ConflictError):
            again().replace_timestamp(b"fourth", None)
        assert again().timestamp().data == b"second"

    def test_names_are_told_and_can_be_removed(self, place, again, write):
        self.needs_metadata(place)
        blobs = {each: blob_of(each) for each in (b"stays", b"goes")}
        for data, blob in blobs.items():
            place.put(File.of_blob(blob), write(data))
        place.put(document_of("1.root.json", b"root"), write(b"root"))
        place.reveal()
        place.replace_timestamp(b"now", None)
        names = {"1.root.json", TIMESTAMP, *(blob.name for blob in blobs.values())}
        assert set(again().names()) == names
        gone = blobs[b"goes"].name
        again().remove([gone])
        assert set(again().names()) == names - {gone}
        again().remove([gone])
        with pytest.raises(MissingError):
            self.read(again(), blobs[b"goes"])

    def test_an_empty_place_has_no_names(self, place):
        assert set(place.names()) == set()

    def needs_metadata(self, place: Place) -> None:
        if not place.holds_metadata:
            pytest.skip("this place takes blobs alone")
