"""A bucket of GCS as a place to write a mirror to: gcp-storage-emulator stands for the store."""

import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier

import pytest
import requests
from place_contract import PlaceContract, blob_of, document_of
from relay import CutError, Relay, answering, untouched
from uploading import peak_of_four, start_put

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.place import TIMESTAMP, ConflictError, File
from zoopkg.mirror.places.gcs import GcsPlace
from zoopkg.transport.base import TransportError

PIECE = 4 << 20
PATIENCE = 2.0


class TestGcs(PlaceContract):
    @pytest.fixture
    def again(self, gcs_bucket: str) -> Iterator[Callable[[], GcsPlace]]:
        opened = []

        def make() -> GcsPlace:
            opened.append(GcsPlace(f"gs://{gcs_bucket}/a/b"))
            return opened[-1]

        yield make
        for each in opened:
            each.close()

    @pytest.fixture
    def place(self, again: Callable[[], GcsPlace]) -> GcsPlace:
        return again()


@pytest.fixture(scope="module", params=[2 * PIECE, 2 * PIECE + 12345], ids=["whole pieces", "and a rest"])
def large(request, tmp_path_factory: pytest.TempPathFactory) -> tuple[File, Path]:
    """A file of several pieces."""
    path = tmp_path_factory.mktemp("large") / "source"
    path.write_bytes(Random(0).randbytes(request.param))
    return File.of_blob(blob_of(path.read_bytes())), path


@pytest.fixture
def through(gcs_bucket: str, gcs_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A relay to the store, where the environment now leads to."""
    with Relay(gcs_endpoint) as relay:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", relay.url)
        yield relay


def public(endpoint: str, bucket: str, name: str, **headers: str) -> requests.Response:
    return requests.get(f"{endpoint}/{bucket}/{name}", headers=headers, timeout=30)


def resource(endpoint: str, bucket: str, name: str) -> dict[str, str]:
    """What the store tells of an object, which the emulator does not tell in headers."""
    return requests.get(f"{endpoint}/storage/v1/b/{bucket}/o/{name}", timeout=30).json()


def write_object(endpoint: str, bucket: str, name: str, data: bytes) -> None:
    url = f"{endpoint}/upload/storage/v1/b/{bucket}/o?uploadType=media&name={name}"
    assert requests.post(url, data=data, timeout=30).ok


def small(tmp_path: Path, data: bytes = b"root") -> tuple[File, Path]:
    (tmp_path / "1.root.json").write_bytes(data)
    return document_of("1.root.json", data), tmp_path / "1.root.json"


def test_where_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    (tmp_path / "key.json").write_text(
        '{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}'
    )
    assert GcsPlace("gs://zoo/a b").template == "https://storage.googleapis.com/zoo/a%20b/{digest}"


def test_anybody_reads_ranges_of_what_is_cached_for_ever(gcs_bucket, gcs_endpoint, large) -> None:
    file, path = large
    GcsPlace(f"gs://{gcs_bucket}").put(file, path)
    answer = public(gcs_endpoint, gcs_bucket, file.name, Range=f"bytes={PIECE - 2}-{PIECE + 1}")
    assert answer.status_code == 206
    assert answer.content == path.read_bytes()[PIECE - 2 : PIECE + 2]
    told = resource(gcs_endpoint, gcs_bucket, file.name)
    assert told["contentType"] == "application/octet-stream"
    assert told["cacheControl"] == "public, max-age=31536000, immutable"
    assert "contentEncoding" not in told


def test_documents_are_json_and_the_timestamp_is_not_kept(gcs_bucket, gcs_endpoint, tmp_path: Path) -> None:
    place = GcsPlace(f"gs://{gcs_bucket}")
    place.put(*small(tmp_path))
    place.replace_timestamp(b"{}", None)
    for name, caching in (("1.root.json", "public, max-age=31536000, immutable"), (TIMESTAMP, "no-cache")):
        told = resource(gcs_endpoint, gcs_bucket, name)
        assert (told["contentType"], told["cacheControl"]) == ("application/json", caching)


def test_documents_that_another_tool_put_there_are_known_by_their_bytes(gcs_bucket, gcs_endpoint, tmp_path) -> None:
    file, path = small(tmp_path)
    write_object(gcs_endpoint, gcs_bucket, "1.root.json", b"root")
    write_object(gcs_endpoint, gcs_bucket, "2.root.json", b"toor")
    place = GcsPlace(f"gs://{gcs_bucket}")
    assert place.survey([file]) == {file}
    place.put(file, path)
    with pytest.raises(ConflictError, match=r"2\.root\.json"):
        place.survey([document_of("2.root.json", b"root")])


def test_a_blob_of_another_size_is_a_conflict(gcs_bucket, gcs_endpoint, large) -> None:
    file, path = large
    write_object(gcs_endpoint, gcs_bucket, file.name, b"cut")
    place = GcsPlace(f"gs://{gcs_bucket}")
    for call in (lambda: place.survey([file]), lambda: place.put(file, path)):
        with pytest.raises(ConflictError, match=file.name):
            call()
    assert public(gcs_endpoint, gcs_bucket, file.name).content == b"cut"


def test_a_timestamp_of_a_gigabyte_is_not_read(gcs_bucket, gcs_endpoint) -> None:
    write_object(gcs_endpoint, gcs_bucket, TIMESTAMP, bytes((1 << 20) + 1))
    with pytest.raises(ConflictError, match="has over 1048576 bytes"):
        GcsPlace(f"gs://{gcs_bucket}").timestamp()


def test_of_eight_who_create_one_name_one_does(gcs_bucket, tmp_path: Path) -> None:
    """With the conditions that the tests add to the emulator."""
    barrier, places = Barrier(8), [GcsPlace(f"gs://{gcs_bucket}") for _ in range(2)]

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


def test_a_connection_that_breaks_once_is_made_again(gcs_bucket, gcs_endpoint, through, large) -> None:
    file, path = large
    through.cut_at(PIECE + PIECE // 2, for_good=False)
    GcsPlace(f"gs://{gcs_bucket}").put(file, path)
    assert through.sent < 4 * PIECE  # what was there was not sent again
    assert public(gcs_endpoint, gcs_bucket, file.name).content == path.read_bytes()


def test_a_connection_that_breaks_for_good_leaves_nothing(gcs_bucket, gcs_endpoint, through, large) -> None:
    file, path = large
    through.cut_at(PIECE + PIECE // 2, for_good=True)
    with pytest.raises(TransportError, match=gcs_bucket):
        GcsPlace(f"gs://{gcs_bucket}", patience=PATIENCE).put(file, path)
    assert public(gcs_endpoint, gcs_bucket, file.name).status_code == 404
    through.dead = False
    place = GcsPlace(f"gs://{gcs_bucket}")
    assert place.survey([file]) == set()
    place.put(file, path)
    assert public(gcs_endpoint, gcs_bucket, file.name).content == path.read_bytes()


def test_a_kill_leaves_nothing_half(gcs_bucket, gcs_endpoint, through, large) -> None:
    file, path = large
    process = start_put(f"gs://{gcs_bucket}", file, path)

    def kill(data: bytes) -> bytes:
        if through.sent > PIECE + PIECE // 2:
            process.send_signal(signal.SIGKILL)
            raise CutError
        return data

    through.outward = kill
    assert process.wait(60) == -signal.SIGKILL
    through.outward = untouched
    assert public(gcs_endpoint, gcs_bucket, file.name).status_code == 404
    GcsPlace(f"gs://{gcs_bucket}").put(file, path)
    assert public(gcs_endpoint, gcs_bucket, file.name).content == path.read_bytes()


@pytest.mark.parametrize("size", [1000, PIECE + 1000])
def test_what_arrives_damaged_is_refused(size: int, gcs_bucket, through, tmp_path: Path) -> None:
    data = b"A" * size
    (tmp_path / "source").write_bytes(data)
    file = File.of_blob(blob_of(data))
    place = GcsPlace(f"gs://{gcs_bucket}", patience=PATIENCE)
    through.outward = lambda data: data.replace(b"AAAA", b"AAAB")
    with pytest.raises(TransportError, match="arrived damaged, and was refused"):
        place.put(file, tmp_path / "source")
    assert place.survey([file]) == set()


@pytest.mark.parametrize("address", ["gs:/zoo", "gs://", "gs:///a", "s3://zoo", "gs://zoo//a", "gs://zoo/./a"])
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a bucket"):
        GcsPlace(address)


def test_no_such_bucket(gcs_bucket, tmp_path: Path) -> None:
    place = GcsPlace("gs://zoo-that-is-not")
    for call in (lambda: place.survey([]), lambda: place.put(*small(tmp_path))):
        with pytest.raises(ZooError, match="there is no bucket zoo-that-is-not"):
            call()


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "there are no usable Google credentials"),
        (403, "may not be written to with these credentials"),
        (400, r"could not be written to: HTTP 400 \(no\)"),
        (503, "zoo"),
    ],
)
def test_other_refusals(status: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(status, b'{"error": {"message": "no\\u001b"}}', to=("POST",)) as url:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", url)
        with pytest.raises(ZooError, match=sentence) as caught:
            GcsPlace("gs://zoo", patience=PATIENCE).put(*small(tmp_path))
        assert caught.value.message.isprintable()


def test_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STORAGE_EMULATOR_HOST", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    with pytest.raises(ZooError, match="there are no usable Google credentials") as caught:
        GcsPlace("gs://zoo")
    assert "gcloud auth application-default login" in caught.value.hint


def test_an_emulator_needs_a_scheme(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "localhost:9000")
    with pytest.raises(UsageError, match="must be a URL"):
        GcsPlace("gs://zoo")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "google.cloud.storage", None)
    with pytest.raises(ZooError, match="needs google-cloud-storage") as caught:
        GcsPlace("gs://zoo")
    assert "zoopkg[publish]" in caught.value.hint


def test_memory_does_not_grow_with_the_files(gcs_bucket, tmp_path: Path) -> None:
    """Four of 32 MB at once: whole in memory, they would be 128 MB more."""
    assert peak_of_four(f"gs://{gcs_bucket}", tmp_path) < 120
