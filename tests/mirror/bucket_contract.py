"""What every bucket must do beyond `PlaceContract`: served as it should be, against races, cuts, kills and damage.

A test class derives from `BucketContract`, sets its attributes, and defines the fixtures `address` and `store`: the
bucket as the emulator itself sees it.
"""

import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier
from typing import Any, Protocol

import pytest
import requests
from place_contract import PlaceContract, blob_of, document_of
from relay import CutError, Relay, untouched
from uploading import peak_of_four, start_put

from zoopkg.mirror.place import TIMESTAMP, ConflictError, File
from zoopkg.mirror.places.bucket import BucketPlace
from zoopkg.transport.base import TransportError

MISSING = (403, 404)
FOR_EVER = "public, max-age=31536000, immutable"
Source = tuple[File, Path]


class Store(Protocol):
    """A bucket without zoopkg in between.

    Attributes:
        endpoint: the URL of the emulator.
        url: where objects are read.
    """

    endpoint: str
    url: str

    def write(self, name: str, data: bytes) -> None:
        """Put an object there, whatever is there."""
        ...

    def headers(self, name: str) -> dict[str, str]:
        """Content-Type, Cache-Control and Content-Encoding of an object."""
        ...


def public(store: Store, name: str, **headers: str) -> requests.Response:
    """An object as anybody sees it."""
    return requests.get(f"{store.url}/{name}", headers=headers, timeout=30)


def small(folder: Path, data: bytes = b"root") -> Source:
    """A document to put."""
    (folder / "1.root.json").write_bytes(data)
    return document_of("1.root.json", data), folder / "1.root.json"


class BucketContract(PlaceContract):
    """Derive, and define `address` and `store`.

    Attributes:
        part: in how many bytes large files are sent.
        kind: the place to test.
        variable: the variable of the environment with the store's endpoint.
        impatient: keyword arguments for a place that gives up soon.
    """

    part: int
    kind: type[BucketPlace]
    variable: str
    impatient: dict[str, Any]

    @pytest.fixture
    def again(self, address: str) -> Iterator[Callable[..., BucketPlace]]:
        opened = []

        def make(**arguments: Any) -> BucketPlace:
            opened.append(self.kind(address, **arguments))
            return opened[-1]

        yield make
        for each in opened:
            each.close()

    @pytest.fixture
    def place(self, again: Callable[[], BucketPlace]) -> BucketPlace:
        return again()

    @pytest.fixture
    def large(self, tmp_path: Path) -> Source:
        """A file of two parts and a rest."""
        return self.of_size(2 * self.part + 12345, tmp_path)

    def of_size(self, size: int, folder: Path) -> Source:
        path = folder / f"{size}"
        path.write_bytes(Random(0).randbytes(size))
        return File.of_blob(blob_of(path.read_bytes())), path

    @pytest.fixture
    def through(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
        """A relay to the store, where the environment now leads to."""
        with Relay(store.endpoint) as relay:
            monkeypatch.setenv(self.variable, relay.url)
            yield relay

    def test_anybody_reads_ranges_of_what_is_kept_for_ever(self, place, store, large) -> None:
        file, path = large
        place.put(file, path)
        answer = public(store, file.name, Range=f"bytes={self.part - 2}-{self.part + 1}")
        assert answer.status_code == 206
        assert answer.content == path.read_bytes()[self.part - 2 : self.part + 2]
        assert store.headers(file.name) == {"Content-Type": "application/octet-stream", "Cache-Control": FOR_EVER}

    def test_files_about_as_large_as_parts(self, place, store, tmp_path) -> None:
        for size in (self.part - 1, self.part, self.part + 1, 2 * self.part):
            file, path = self.of_size(size, tmp_path)
            place.put(file, path)
            assert public(store, file.name).content == path.read_bytes()

    def test_documents_are_json_and_the_timestamp_is_not_kept(self, place, store, tmp_path) -> None:
        place.put(*small(tmp_path))
        place.replace_timestamp(b"{}", None)
        for name, caching in (("1.root.json", FOR_EVER), (TIMESTAMP, "no-cache")):
            assert store.headers(name) == {"Content-Type": "application/json", "Cache-Control": caching}

    def test_documents_that_another_tool_put_there_are_known_by_their_bytes(self, place, store, tmp_path) -> None:
        file, path = small(tmp_path)
        store.write("1.root.json", b"root")
        store.write("2.root.json", b"toor")
        assert place.survey([file]) == {file}
        place.put(file, path)
        with pytest.raises(ConflictError, match=r"2\.root\.json"):
            place.survey([document_of("2.root.json", b"root")])

    def test_a_blob_of_another_size_is_a_conflict(self, place, store, large) -> None:
        file, path = large
        store.write(file.name, b"cut")
        for call in (lambda: place.survey([file]), lambda: place.put(file, path)):
            with pytest.raises(ConflictError, match=file.name):
                call()
        assert public(store, file.name).content == b"cut"

    def test_a_huge_timestamp_is_not_read(self, place, store) -> None:
        store.write(TIMESTAMP, bytes((1 << 20) + 1))
        with pytest.raises(ConflictError, match="has over 1048576 bytes"):
            place.timestamp()

    def test_only_files_of_an_index_are_told_and_removed(self, place, store) -> None:
        others = ["README.md", "notes/1.root.json", "1.root.json.bak"]
        for name in others:
            store.write(name, b"mine")
        assert set(place.names()) == set()
        place.remove(others)
        assert [public(store, name).content for name in others] == [b"mine"] * 3

    def test_of_eight_who_create_one_name_one_does(self, again, tmp_path) -> None:
        barrier, places = Barrier(8), [again(), again()]

        def create(n: int) -> bytes | None:
            source = tmp_path / f"{n}"
            source.write_bytes(b"%d" % n)
            barrier.wait()
            try:
                places[n % 2].put(document_of("1.root.json", b"%d" % n), source)
            except ConflictError:
                return None
            return b"%d" % n

        with ThreadPoolExecutor(8) as executor:
            done = [data for data in executor.map(create, range(8)) if data is not None]
        assert len(done) == 1
        assert places[0].survey([document_of("1.root.json", done[0])])

    def test_two_who_send_one_large_file_both_succeed(self, again, store, large) -> None:
        file, path = large
        with ThreadPoolExecutor(2) as executor:
            list(executor.map(lambda place: place.put(file, path), [again(), again()]))
        assert public(store, file.name).content == path.read_bytes()

    def test_a_connection_that_breaks_once_is_made_again(self, again, through, store, large) -> None:
        file, path = large
        through.cut_at(self.part + self.part // 2, for_good=False)
        again().put(file, path)
        assert through.sent < file.size + self.part  # what was there was not sent again
        assert public(store, file.name).content == path.read_bytes()

    def test_a_connection_that_breaks_for_good_leaves_nothing(self, again, through, store, large) -> None:
        file, path = large
        through.cut_at(self.part + self.part // 2, for_good=True)
        with pytest.raises(TransportError):
            again(**self.impatient).put(file, path)
        assert public(store, file.name).status_code in MISSING
        through.dead = False
        place = again()
        assert place.survey([file]) == set()
        place.put(file, path)
        assert public(store, file.name).content == path.read_bytes()

    def test_a_kill_leaves_nothing_half(self, again, address, through, store, large) -> None:
        file, path = large
        process = start_put(address, file, path)

        def kill(data: bytes) -> bytes:
            if through.sent > self.part + self.part // 2:
                process.send_signal(signal.SIGKILL)
                raise CutError
            return data

        through.outward = kill
        assert process.wait(60) == -signal.SIGKILL
        through.outward = untouched
        assert again().survey([file]) == set()
        assert public(store, file.name).status_code in MISSING
        again().put(file, path)
        assert public(store, file.name).content == path.read_bytes()

    @pytest.mark.parametrize("large", [False, True])
    def test_what_arrives_damaged_is_refused(self, again, through, tmp_path, large: bool) -> None:
        data = b"A" * (self.part + 1000 if large else 1000)
        (tmp_path / "source").write_bytes(data)
        file, place = File.of_blob(blob_of(data)), again(**self.impatient)
        through.outward = lambda data: data.replace(b"AAAA", b"AAAB")
        with pytest.raises(TransportError, match="arrived damaged, and was refused"):
            place.put(file, tmp_path / "source")
        assert place.survey([file]) == set()

    def test_a_timestamp_whose_answer_was_lost_is_no_conflict(self, again, through, store) -> None:
        place = again()
        lost = []

        def lose(data: bytes) -> bytes:
            if b" 100 Continue" in data[:30]:
                return data
            through.inward = untouched
            lost.append(data)
            raise CutError

        def arm(data: bytes) -> bytes:
            if data.startswith((b"PUT", b"POST")):
                through.outward, through.inward = untouched, lose
            return data

        through.outward = arm
        place.replace_timestamp(b"first", None)
        assert lost
        assert public(store, TIMESTAMP).content == b"first"

    def test_memory_does_not_grow_with_the_files(self, address, store, tmp_path) -> None:
        """Four of 32 MB at once: whole in memory, they would be 128 MB more."""
        assert peak_of_four(address, tmp_path) < 120
