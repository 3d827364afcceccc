"""A bucket of S3 as a place to write a mirror to: moto stands for the store."""

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

import boto3
import emulators
import pytest
import requests
from botocore.exceptions import ClientError
from bucket_contract import BucketContract, public, small
from moto import mock_aws
from place_contract import blob_of
from relay import answering

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.place import ConflictError, File
from zoopkg.mirror.places.bucket import BucketAddress
from zoopkg.mirror.places.s3 import S3Place
from zoopkg.mirror.places.s3_errors import explaining_s3
from zoopkg.mirror.places.s3_parts import PART
from zoopkg.transport.base import TransportError
from zoopkg.transport.settings import WebSettings


class S3Store:
    """A prefix in a bucket of moto (see `bucket_contract.Store`)."""

    def __init__(self, endpoint: str, client: Any, bucket: str, prefix: str) -> None:
        self.endpoint, self.client, self.bucket, self.prefix = endpoint, client, bucket, prefix
        self.url = f"{endpoint}/{bucket}/{prefix.rstrip('/')}"

    def write(self, name: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=self.prefix + name, Body=data)

    def headers(self, name: str) -> dict[str, str]:
        told = requests.get(f"{self.url}/{name}", timeout=30).headers
        return {key: told[key] for key in ("Content-Type", "Cache-Control", "Content-Encoding") if key in told}

    def unfinished(self) -> list[str]:
        """The uploads that were begun."""
        return [each["UploadId"] for each in self.client.list_multipart_uploads(Bucket=self.bucket).get("Uploads", ())]

    def deny(self, action: str) -> None:
        """Let nobody do something."""
        what = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{self.bucket}/*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [what]})
        self.client.put_bucket_policy(Bucket=self.bucket, Policy=policy)


class TestS3(BucketContract):
    part, kind, variable, impatient = PART, S3Place, "AWS_ENDPOINT_URL_S3", {}

    @pytest.fixture
    def address(self, s3_bucket: str) -> str:
        return f"s3://{s3_bucket}/a/b"

    @pytest.fixture
    def store(self, s3_endpoint: str, s3_client: Any, s3_bucket: str) -> S3Store:
        return S3Store(s3_endpoint, s3_client, s3_bucket, "a/b/")

    def test_what_a_broken_connection_left_is_taken_up(self, again, through, store, large) -> None:
        file, path = large
        through.cut_at(self.part + self.part // 2, for_good=True)
        with pytest.raises(TransportError, match=store.bucket):
            again().put(file, path)
        assert len(store.unfinished()) == 1
        through.dead, through.sent = False, 0
        again().put(file, path)
        assert through.sent < file.size - self.part // 2  # the first part was not sent again
        assert public(store, file.name).content == path.read_bytes()
        assert store.unfinished() == []

    def test_parts_of_another_content_are_not_taken_up(self, place, store, large) -> None:
        file, path = large
        where = {"Bucket": store.bucket, "Key": f"a/b/{file.name}"}
        begun = [store.client.create_multipart_upload(**where)["UploadId"] for _ in range(2)]
        for upload in begun:
            store.client.upload_part(**where, UploadId=upload, PartNumber=2, Body=bytes(PART))
            store.client.upload_part(**where, UploadId=upload, PartNumber=9, Body=b"beyond the end")
        place.put(file, path)
        assert public(store, file.name).content == path.read_bytes()
        assert store.unfinished() == []

    def test_other_content_in_parts_does_not_replace_what_came_meanwhile(self, again, through, store, large) -> None:
        """Who loses the race at the very end, its parts all sent, leaves what is there."""
        file, path = large

        def overtake(data: bytes) -> bytes:
            if b"<CompleteMultipartUpload" in data:
                store.write(file.name, b"faster")
            return data

        through.outward = overtake
        with pytest.raises(ConflictError, match=file.name):
            again().put(file, path)
        assert public(store, file.name).content == b"faster"
        assert store.unfinished() == []

    def test_no_right_to_list_uploads_sends_all_anew(self, again, through, store, large) -> None:
        file, path = large
        store.client.create_multipart_upload(Bucket=store.bucket, Key=f"a/b/{file.name}")
        through.outward = lambda data: data.replace(b"?uploads&prefix", b"?nothing&prefix")
        again().put(file, path)
        assert public(store, file.name).content == path.read_bytes()

    def test_listings_of_many_pages(self, place, again, tmp_path) -> None:
        blobs = {b"%d" % n: blob_of(b"%d" % n) for n in range(2 * emulators.PAGE + 1)}
        for data, blob in blobs.items():
            (tmp_path / "one").write_bytes(data)
            place.put(File.of_blob(blob), tmp_path / "one")
        files = {File.of_blob(blob) for blob in blobs.values()}
        assert again().survey(files) == files
        assert set(place.names()) == {file.name for file in files}
        place.remove([file.name for file in files])
        assert set(place.names()) == set()

    def test_a_store_that_ignores_conditions_is_refused(self, again, through, tmp_path) -> None:
        through.outward = lambda data: data.replace(b"If-None-Match", b"X-None-Match_")
        with pytest.raises(ZooError, match=r"ignores the condition of a write \(IfNoneMatch\)"):
            again().put(*small(tmp_path))

    def test_a_store_that_ignores_if_match_is_refused(self, again, through, tmp_path) -> None:
        through.outward = lambda data: data.replace(b"\r\nIf-Match", b"\r\nX-Match_")
        with pytest.raises(ZooError, match=r"ignores the condition of a write \(IfMatch\)"):
            again().put(*small(tmp_path))

    def test_nobody_answers(self, again, through, store) -> None:
        through.dead = True
        with pytest.raises(TransportError, match=re.escape(store.bucket)):
            again()

    def test_a_bucket_that_vanished(self, place, store, tmp_path) -> None:
        store.client.delete_bucket(Bucket=store.bucket)
        for call in (lambda: set(place.names()), lambda: place.put(*small(tmp_path))):
            with pytest.raises(ZooError, match=f"there is no bucket {store.bucket}"):
                call()

    def test_no_right_to_write(self, place, store, tmp_path) -> None:
        store.deny("s3:PutObject")
        with pytest.raises(ZooError, match=f"s3://{store.bucket}/a/b may not be written to with these credentials"):
            place.put(*small(tmp_path))


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


def test_bodies_are_signed_over_https_too(s3_environment, tmp_path: Path) -> None:
    sent = []
    with mock_aws():
        boto3.client("s3").create_bucket(Bucket="zoo")
        place = S3Place("s3://zoo")
        place._s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request))
        place.put(*small(tmp_path))
    assert sent[0].url.startswith("https://")
    assert sent[0].headers["x-amz-content-sha256"].decode() == hashlib.sha256(b"root").hexdigest()


def test_a_configured_proxy_is_used(s3_environment) -> None:
    s3_environment.setenv("AWS_ENDPOINT_URL_S3", "http://store.invalid")
    with answering(200) as proxy:
        place = S3Place("s3://zoo", web=WebSettings(proxies={"http": proxy}))
    assert place.template == "http://store.invalid/zoo/{digest}"


def test_a_store_that_says_so_gets_nothing(s3_environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = b"<Error><Code>NotImplemented</Code><Message>A header you provided</Message></Error>"
    with answering(501, told, to=("PUT",)) as url:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", url)
        place = S3Place("s3://zoo")
        for write in (lambda: place.put(*small(tmp_path)), lambda: place.replace_timestamp(b"{}", None)):
            with pytest.raises(ZooError, match="cannot create a file only if there is none") as caught:
                write()
            assert "Nothing was written" in caught.value.hint


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
def test_other_refusals(code: str, status: int, sentence: str) -> None:
    response = {"Error": {"Code": code, "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": status}}
    with (
        pytest.raises(ZooError, match=sentence) as caught,
        explaining_s3(BucketAddress.parse("s3://zoo", "s3"), "written to"),
    ):
        raise ClientError(response, "PutObject")
    assert caught.value.message.isprintable()


def test_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ZooError, match="needs boto3") as caught:
        S3Place("s3://zoo")
    assert "zoopkg[publish]" in caught.value.hint
