"""A bucket of S3 as a place to write a mirror to: moto stands for the store."""

import re
import signal
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from threading import Barrier

import boto3
import emulators
import pytest
import requests
from moto import mock_aws
from place_contract import PlaceContract, blob_of, document_of
from relay import CutError, Relay, answering, untouched
from uploading import peak_of_four, start_put

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.place import TIMESTAMP, ConflictError, File
from zoopkg.mirror.places.s3 import S3Place
from zoopkg.mirror.places.s3_parts import PART
from zoopkg.transport.base import TransportError

MISSING = (403, 404)  # the first is what S3 says
LARGE = 3 * PART + 12345


class TestS3(PlaceContract):
    @pytest.fixture
    def again(self, s3_bucket: str) -> Iterator[Callable[[], S3Place]]:
        opened = []

        def make() -> S3Place:
            opened.append(S3Place(f"s3://{s3_bucket}/a/b"))
            return opened[-1]

        yield make
        for each in opened:
            each.close()

    @pytest.fixture
    def place(self, again: Callable[[], S3Place]) -> S3Place:
        return again()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[File, Path]:
    """A file of several parts, no two of which are the same."""
    path = tmp_path_factory.mktemp("large") / "source"
    path.write_bytes(Random(0).randbytes(LARGE))
    return File.of_blob(blob_of(path.read_bytes())), path


@pytest.fixture
def through(s3_bucket: str, s3_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    """A relay to the store, where the environment now leads to."""
    with Relay(s3_endpoint) as relay:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", relay.url)
        yield relay


def public(endpoint: str, bucket: str, name: str, **headers: str) -> requests.Response:
    return requests.get(f"{endpoint}/{bucket}/{name}", headers=headers, timeout=30)


def unfinished(client, bucket: str) -> list[str]:
    return [each["UploadId"] for each in client.list_multipart_uploads(Bucket=bucket).get("Uploads", ())]


def small(tmp_path: Path, data: bytes = b"root") -> tuple[File, Path]:
    (tmp_path / "1.root.json").write_bytes(data)
    return document_of("1.root.json", data), tmp_path / "1.root.json"


# How it is served


def test_anybody_reads_ranges_of_what_is_cached_for_ever(s3_bucket, s3_endpoint, large) -> None:
    file, path = large
    S3Place(f"s3://{s3_bucket}").put(file, path)
    answer = public(s3_endpoint, s3_bucket, file.name, Range=f"bytes={PART - 2}-{PART + 1}")
    assert answer.status_code == 206
    assert answer.content == path.read_bytes()[PART - 2 : PART + 2]
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Content-Encoding" not in answer.headers


def test_documents_are_json_and_the_timestamp_is_not_kept(s3_bucket, s3_endpoint, tmp_path: Path) -> None:
    place = S3Place(f"s3://{s3_bucket}")
    place.put(*small(tmp_path))
    place.replace_timestamp(b"{}", None)
    for name, caching in (("1.root.json", "public, max-age=31536000, immutable"), (TIMESTAMP, "no-cache")):
        answer = public(s3_endpoint, s3_bucket, name)
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == caching


@pytest.mark.parametrize(
    ("region", "bucket", "template"),
    [
        ("eu-west-1", "zoo", "https://zoo.s3.eu-west-1.amazonaws.com/a/{digest}"),
        ("us-east-1", "zoo", "https://zoo.s3.us-east-1.amazonaws.com/a/{digest}"),
        ("eu-west-1", "zoo.example", "https://s3.eu-west-1.amazonaws.com/zoo.example/a/{digest}"),
    ],
)
def test_a_bucket_of_amazon_is_read_in_its_region_whichever_is_configured(
    region: str, bucket: str, template: str, s3_environment: None
) -> None:
    with mock_aws():
        where = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region != "us-east-1" else {}
        boto3.client("s3", region_name=region).create_bucket(Bucket=bucket, **where)
        assert S3Place(f"s3://{bucket}/a").template == template


# What is there


def test_listings_of_many_pages(s3_bucket, tmp_path: Path) -> None:
    place = S3Place(f"s3://{s3_bucket}/many")
    blobs = [blob_of(b"%d" % n) for n in range(2 * emulators.PAGE + 1)]
    for n, blob in enumerate(blobs):
        (tmp_path / "one").write_bytes(b"%d" % n)
        place.put(File.of_blob(blob), tmp_path / "one")
    files = {File.of_blob(blob) for blob in blobs}
    assert place.survey(files) == files
    assert set(place.names()) == {file.name for file in files}
    assert set(S3Place(f"s3://{s3_bucket}").names()) == set()
    place.remove([file.name for file in files])
    assert set(place.names()) == set()


def test_only_files_of_an_index_are_told_and_removed(s3_bucket, s3_client) -> None:
    for name in ("README.md", "notes/1.root.json", "1.root.json.bak"):
        s3_client.put_object(Bucket=s3_bucket, Key=name, Body=b"mine")
    place = S3Place(f"s3://{s3_bucket}")
    assert set(place.names()) == set()
    place.remove(["README.md", "notes/1.root.json"])
    assert len(s3_client.list_objects_v2(Bucket=s3_bucket)["Contents"]) == 3


def test_documents_that_another_tool_put_there_are_known_by_their_bytes(s3_bucket, s3_client, tmp_path: Path) -> None:
    file, path = small(tmp_path)
    s3_client.put_object(Bucket=s3_bucket, Key="1.root.json", Body=b"root")
    s3_client.put_object(Bucket=s3_bucket, Key="2.root.json", Body=b"toor")
    place = S3Place(f"s3://{s3_bucket}")
    assert place.survey([file]) == {file}
    place.put(file, path)
    with pytest.raises(ConflictError, match=r"2\.root\.json"):
        place.survey([document_of("2.root.json", b"root")])


def test_a_blob_of_another_size_is_a_conflict(s3_bucket, s3_client, large) -> None:
    file, path = large
    s3_client.put_object(Bucket=s3_bucket, Key=file.name, Body=b"cut")
    place = S3Place(f"s3://{s3_bucket}")
    with pytest.raises(ConflictError, match=file.name):
        place.survey([file])
    with pytest.raises(ConflictError, match=file.name):
        place.put(file, path)
    assert s3_client.head_object(Bucket=s3_bucket, Key=file.name)["ContentLength"] == 3


def test_a_timestamp_of_a_gigabyte_is_not_read(s3_bucket, s3_client) -> None:
    s3_client.put_object(Bucket=s3_bucket, Key=TIMESTAMP, Body=bytes((1 << 20) + 1))
    with pytest.raises(ConflictError, match="has over 1048576 bytes"):
        S3Place(f"s3://{s3_bucket}").timestamp()


# Two at once


def test_of_eight_who_create_one_name_one_does(s3_bucket, tmp_path: Path) -> None:
    barrier, places = Barrier(8), [S3Place(f"s3://{s3_bucket}/race") for _ in range(2)]

    def create(n: int) -> bytes | None:
        data = b"%d" % n
        source = tmp_path / f"{n}"
        source.write_bytes(data)
        barrier.wait()
        try:
            places[n % 2].put(document_of("1.root.json", data), source)
        except ConflictError:
            return None
        return data

    with ThreadPoolExecutor(8) as executor:
        done = [data for data in executor.map(create, range(8)) if data is not None]
    assert len(done) == 1
    assert places[0].survey([document_of("1.root.json", done[0])])


def test_two_who_send_one_large_file_both_succeed(s3_bucket, s3_endpoint, s3_client, large) -> None:
    file, path = large
    places = [S3Place(f"s3://{s3_bucket}") for _ in range(2)]
    with ThreadPoolExecutor(2) as executor:
        list(executor.map(lambda place: place.put(file, path), places))
    assert public(s3_endpoint, s3_bucket, file.name).content == path.read_bytes()
    assert unfinished(s3_client, s3_bucket) == []


def test_other_content_in_parts_does_not_replace_what_came_meanwhile(s3_bucket, through, s3_client, large) -> None:
    """Who loses the race at the very end, its parts all sent, leaves what is there."""
    file, path = large

    def overtake(data: bytes) -> bytes:
        if b"<CompleteMultipartUpload" in data:
            s3_client.put_object(Bucket=s3_bucket, Key=file.name, Body=b"faster")
        return data

    through.outward = overtake
    with pytest.raises(ConflictError, match=file.name):
        S3Place(f"s3://{s3_bucket}").put(file, path)
    assert s3_client.get_object(Bucket=s3_bucket, Key=file.name)["Body"].read() == b"faster"
    assert unfinished(s3_client, s3_bucket) == []


def test_a_timestamp_whose_answer_was_lost_is_no_conflict(s3_bucket, through, s3_client) -> None:
    place = S3Place(f"s3://{s3_bucket}")

    def lose(data: bytes) -> bytes:
        through.inward = untouched
        raise CutError

    def arm(data: bytes) -> bytes:
        if data.startswith(b"PUT"):
            through.outward, through.inward = untouched, lose
        return data

    through.outward = arm
    place.replace_timestamp(b"first", None)
    assert through.inward is untouched
    assert s3_client.get_object(Bucket=s3_bucket, Key=TIMESTAMP)["Body"].read() == b"first"


# Broken connections, kills, damage


def test_what_a_broken_connection_left_is_taken_up(s3_bucket, s3_endpoint, through, s3_client, large) -> None:
    file, path = large
    through.cut_at(2 * PART + PART // 2, for_good=True)
    with pytest.raises(TransportError, match=s3_bucket):
        S3Place(f"s3://{s3_bucket}").put(file, path)
    assert public(s3_endpoint, s3_bucket, file.name).status_code in MISSING
    assert len(unfinished(s3_client, s3_bucket)) == 1
    through.dead, through.sent = False, 0
    S3Place(f"s3://{s3_bucket}").put(file, path)
    assert PART < through.sent < 2 * PART
    assert public(s3_endpoint, s3_bucket, file.name).content == path.read_bytes()
    assert unfinished(s3_client, s3_bucket) == []


def test_a_connection_that_breaks_once_is_made_again(s3_bucket, s3_endpoint, through, large) -> None:
    file, path = large
    through.cut_at(PART + PART // 2, for_good=False)
    S3Place(f"s3://{s3_bucket}").put(file, path)
    assert public(s3_endpoint, s3_bucket, file.name).content == path.read_bytes()


def test_parts_of_another_content_are_not_taken_up(s3_bucket, s3_endpoint, s3_client, large) -> None:
    file, path = large
    begun = s3_client.create_multipart_upload(Bucket=s3_bucket, Key=file.name)["UploadId"]
    where = {"Bucket": s3_bucket, "Key": file.name, "UploadId": begun}
    s3_client.upload_part(**where, PartNumber=2, Body=bytes(PART))
    s3_client.upload_part(**where, PartNumber=9, Body=b"beyond the end")
    S3Place(f"s3://{s3_bucket}").put(file, path)
    assert public(s3_endpoint, s3_bucket, file.name).content == path.read_bytes()


def test_a_kill_leaves_nothing_half(s3_bucket, s3_endpoint, through, large) -> None:
    file, path = large
    process = start_put(f"s3://{s3_bucket}", file, path)

    def kill(data: bytes) -> bytes:
        if through.sent > PART + PART // 2:
            process.send_signal(signal.SIGKILL)
            raise CutError
        return data

    through.outward = kill
    assert process.wait(60) == -signal.SIGKILL
    through.outward = untouched
    place = S3Place(f"s3://{s3_bucket}")
    assert place.survey([file]) == set()
    assert public(s3_endpoint, s3_bucket, file.name).status_code in MISSING
    place.put(file, path)
    assert public(s3_endpoint, s3_bucket, file.name).content == path.read_bytes()


@pytest.mark.parametrize("size", [1000, PART + 1000])
def test_what_arrives_damaged_is_refused(size: int, s3_bucket, through, tmp_path: Path) -> None:
    data = b"A" * size
    (tmp_path / "source").write_bytes(data)
    file = File.of_blob(blob_of(data))
    place = S3Place(f"s3://{s3_bucket}")
    through.outward = lambda data: data.replace(b"AAAA", b"AAAB")
    with pytest.raises(TransportError, match="arrived damaged, and was refused"):
        place.put(file, tmp_path / "source")
    assert place.survey([file]) == set()


# Stores that do not know conditions


def test_a_store_that_ignores_conditions_is_refused(s3_bucket, through, tmp_path: Path) -> None:
    through.outward = lambda data: data.replace(b"If-None-Match", b"X-None-Match_")
    with pytest.raises(ZooError, match=r"ignores the condition of a write \(IfNoneMatch\)"):
        S3Place(f"s3://{s3_bucket}").put(*small(tmp_path))


def test_a_store_that_ignores_if_match_is_refused(s3_bucket, through, tmp_path: Path) -> None:
    through.outward = lambda data: data.replace(b"\r\nIf-Match", b"\r\nX-Match_")
    with pytest.raises(ZooError, match=r"ignores the condition of a write \(IfMatch\)"):
        S3Place(f"s3://{s3_bucket}").put(*small(tmp_path))


def test_a_store_that_says_so_gets_nothing(s3_environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = b"<Error><Code>NotImplemented</Code><Message>A header you provided</Message></Error>"
    with answering(501, told, to=("PUT",)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        place = S3Place("s3://zoo")
        for write in (lambda: place.put(*small(tmp_path)), lambda: place.replace_timestamp(b"{}", None)):
            with pytest.raises(ZooError, match="cannot create a file only if there is none") as caught:
                write()
            assert "Nothing was written" in caught.value.hint


# One sentence for whatever is wrong


@pytest.mark.parametrize(
    "address",
    ["s3:/zoo", "s3://", "s3:///a", "gs://zoo", "s3://zoo//a", "s3://zoo/../a", "s3://u:p@zoo/a", "s3://zoo/\x1b[0m"],
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a bucket") as caught:
        S3Place(address)
    assert "\x1b" not in caught.value.message


def test_no_such_bucket(s3_bucket) -> None:
    with pytest.raises(ZooError, match="there is no bucket zoo-that-is-not"):
        S3Place("s3://zoo-that-is-not")


def test_a_bucket_that_vanished(s3_bucket, s3_client, tmp_path: Path) -> None:
    place = S3Place(f"s3://{s3_bucket}")
    s3_client.delete_bucket(Bucket=s3_bucket)
    for call in (lambda: set(place.names()), lambda: place.put(*small(tmp_path))):
        with pytest.raises(ZooError, match=f"there is no bucket {s3_bucket}"):
            call()


def test_no_right_to_write(s3_bucket, s3_client, tmp_path: Path) -> None:
    deny = '{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", '
    s3_client.put_bucket_policy(Bucket=s3_bucket, Policy=f'{deny} "Resource": "arn:aws:s3:::{s3_bucket}/*"}}]}}')
    with pytest.raises(ZooError, match=f"s3://{s3_bucket} may not be written to with these credentials"):
        S3Place(f"s3://{s3_bucket}").put(*small(tmp_path))


def test_no_credentials(s3_environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    with pytest.raises(ZooError, match="there are no usable AWS credentials") as caught:
        S3Place("s3://zoo")
    assert "AWS_PROFILE" in caught.value.hint


def test_a_profile_that_is_not_there(s3_environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_PROFILE", "hospital")
    with pytest.raises(ZooError, match="hospital"):
        S3Place("s3://zoo")


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("InvalidAccessKeyId", 403, "does not know the access key"),
        ("SignatureDoesNotMatch", 403, "the secret key .* is wrong"),
        ("ExpiredToken", 400, "have expired"),
        ("RequestTimeTooSkewed", 403, "clock is too far off"),
        ("AuthorizationHeaderMalformed", 400, "in another region"),
        ("PermanentRedirect", 301, "in another region"),
        ("Strange\x1b[31m", 418, r"could not be written to: Strange\[31m"),
    ],
)
def test_other_refusals(code: str, status: int, sentence: str, s3_environment, tmp_path: Path) -> None:
    told = f"<Error><Code>{code}</Code><Message>no</Message></Error>".replace("\x1b", "&#155;").encode()
    with answering(status, told, to=("PUT",)) as url:
        s3_environment.setenv("AWS_ENDPOINT_URL_S3", url)
        with pytest.raises(ZooError, match=sentence) as caught:
            S3Place("s3://zoo").put(*small(tmp_path))
        assert caught.value.message.isprintable()


def test_nobody_answers(s3_bucket, through) -> None:
    through.dead = True
    with pytest.raises(TransportError, match=re.escape(s3_bucket)):
        S3Place(f"s3://{s3_bucket}")


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ZooError, match="needs boto3") as caught:
        S3Place("s3://zoo")
    assert "zoopkg[publish]" in caught.value.hint


# Memory


def test_memory_does_not_grow_with_the_files(s3_bucket, tmp_path: Path) -> None:
    """Four of 32 MB at once: whole in memory, they would be 128 MB more."""
    assert peak_of_four(f"s3://{s3_bucket}", tmp_path) < 110
