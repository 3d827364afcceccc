"""Buckets of Amazon S3, and of stores that speak its protocol, as places. Decides nothing: see `zoopkg.mirror.sync`.

Objects are created with `If-None-Match: *`, the timestamp is replaced with `If-Match`. The signature of every request
holds the SHA-256 of its body (Signature Version 4), so that what was damaged on the way is refused, by stores that know
nothing of newer checksums, too. Credentials, region and endpoint are found as boto3 finds them.

Why boto3: `docs/adr/0020-buckets.md`.
"""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from zoopkg.errors import ZooError, explaining
from zoopkg.mirror.place import TIMESTAMP, File, Seen, cache_control, content_type
from zoopkg.mirror.places.bucket import SHA256, BucketAddress, BucketPlace, Held, missing_extra
from zoopkg.mirror.places.s3_errors import explaining_s3, is_missing, is_unmet
from zoopkg.mirror.places.s3_parts import PART, create_in_parts
from zoopkg.transport.http import proxies_for
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.shorthand import amazon

_SIGNED = {"payload_signing_enabled": True}
_NO_TAG = f'"{"0" * 32}"'
_MOST_DELETED = 1000  # API Reference, DeleteObjects


class S3Place(BucketPlace):
    """`s3://BUCKET/PREFIX`; asks the bucket for its region when it is opened.

    Args:
        address: the bucket, and where in it.
        web: proxies and authorities beyond those of the environment.

    Raises:
        UsageError: the address is none.
        ZooError: boto3 is not installed, there are no credentials, no such bucket, or no right to list it.
    """

    def __init__(self, address: str, *, web: WebSettings | None = None) -> None:
        super().__init__(BucketAddress.parse(address, "s3"))
        self._bucket = {"Bucket": self.address.bucket}
        if not find_spec("boto3"):
            raise missing_extra("s3", "boto3")
        with self._explaining("read"):
            self._s3 = _connect(web or WebSettings())
            region = self._s3.head_bucket(**self._bucket).get("BucketRegion")
            if _is_aws(self._s3) and region and region != self._s3.meta.region_name:
                self._s3.close()
                self._s3 = _connect(web or WebSettings(), region)
        self.template = self.address.template(_base(self._s3, self.address.bucket))
        self._proven = _is_aws(self._s3)
        self._proving = Lock()

    def _list(self) -> Iterator[Held]:
        with self._explaining("read"):
            pages = self._s3.get_paginator("list_objects_v2").paginate(
                **self._bucket, Prefix=self.address.prefix, Delimiter="/"
            )
            for page in pages:
                for each in page.get("Contents", ()):
                    yield Held(each["Key"].removeprefix(self.address.prefix), each["Size"])

    def _look(self, name: str) -> Held | None:
        with self._explaining("read"):
            answer = self._answer(self._s3.head_object, name)
            return answer and Held(name, answer["ContentLength"], answer["Metadata"].get(SHA256, ""))

    def _read(self, name: str, limit: int) -> Seen | None:
        with self._explaining("read"):
            answer = self._answer(self._s3.get_object, name)
            if answer is None:
                return None
            with answer["Body"] as body:
                data = body.read(limit + 1)
            if len(data) > limit:
                raise self.overlong(name, limit)
            return Seen(data, answer["ETag"])

    def _answer(self, ask: Callable[..., Any], name: str) -> Any | None:
        """What the store says of an object, None where there is none."""
        try:
            return ask(**self._target(name))
        except self._s3.exceptions.ClientError as error:
            if is_missing(error):
                return None
            raise

    def _create(self, file: File, path: Path) -> bool:
        target, headers = self._target(file.name), _headers(file.name) | {"Metadata": {SHA256: file.sha256}}
        if file.size > PART:
            return self._write(partial(create_in_parts, self._s3, target, path, file.size, headers))
        with explaining(f"read '{path}'"):
            data = path.read_bytes()
        if not self._write(partial(self._s3.put_object, **target, **headers, Body=data, IfNoneMatch="*")):
            return False
        self._prove(target, headers, data)
        return True

    def _replace_timestamp(self, data: bytes, token: str | None) -> bool:
        condition = {"IfMatch": token} if token else {"IfNoneMatch": "*"}
        target, headers = self._target(TIMESTAMP), _headers(TIMESTAMP)
        return self._write(partial(self._s3.put_object, **target, **headers, Body=data, **condition))

    def _delete(self, names: Collection[str]) -> None:
        with self._explaining("cleared"):
            keys = [{"Key": self.address.key(name)} for name in names]
            for start in range(0, len(keys), _MOST_DELETED):
                some = {"Objects": keys[start : start + _MOST_DELETED], "Quiet": True}
                for error in self._s3.delete_objects(**self._bucket, Delete=some).get("Errors", ()):
                    raise self._s3.exceptions.ClientError({"Error": error}, "DeleteObjects")

    def close(self) -> None:
        """Close connections."""
        self._s3.close()

    def _prove(self, target: dict[str, str], headers: dict[str, Any], data: bytes) -> None:
        """Make sure, once, that a store which is not Amazon's heeds conditions, and does not just ignore them.

        What was created is written again, with the same bytes, under conditions that do not hold.
        """
        with self._proving:
            if self._proven:
                return
            for condition in ({"IfNoneMatch": "*"}, {"IfMatch": _NO_TAG}):
                if self._write(partial(self._s3.put_object, **target, **headers, Body=data, **condition)):
                    raise ZooError(
                        f"the store behind {self.address} ignores the condition of a write ({next(iter(condition))})",
                        hint="Two publishers could overwrite one another there. Use another store.",
                    )
            self._proven = True

    def _write(self, write: Callable[[], object]) -> bool:
        """Whether the condition of a write held, and so it was done."""
        with self._explaining("written to"):
            try:
                write()
            except self._s3.exceptions.ClientError as error:
                if is_unmet(error):
                    return False
                raise
        return True

    def _target(self, name: str) -> dict[str, str]:
        return {**self._bucket, "Key": self.address.key(name)}

    def _explaining(self, done: str) -> Any:
        return explaining_s3(self.address, done)


def _headers(name: str) -> dict[str, Any]:
    return {"ContentType": content_type(name), "CacheControl": cache_control(name)}


def _connect(web: WebSettings, region: str | None = None) -> Any:
    """A client: of the virtual hosts of Amazon, or with the bucket in the path where an endpoint is configured."""
    from boto3.session import Session
    from botocore.config import Config

    session = Session()
    config = Config(
        retries={"mode": "standard", "total_max_attempts": 4},
        connect_timeout=10,
        read_timeout=60,
        max_pool_connections=32,
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
        s3=_SIGNED,
    )

    def client(more: Config) -> Any:
        return session.client("s3", region_name=region, verify=web.ca_bundle or None, config=config.merge(more))

    s3 = client(Config())
    more: dict[str, Any] = {}
    if not _is_aws(s3):
        more["s3"] = {**_SIGNED, "addressing_style": "path"}
    if proxies := proxies_for(web, s3.meta.endpoint_url):
        more["proxies"] = proxies
    return client(Config(**more)) if more else s3


def _is_aws(s3: Any) -> bool:
    host = urlsplit(s3.meta.endpoint_url).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn"))


def _base(s3: Any, bucket: str) -> str:
    """The URL of a bucket for anybody."""
    endpoint = s3.meta.endpoint_url.rstrip("/")
    if not _is_aws(s3):
        return f"{endpoint}/{bucket}"
    return amazon(bucket, s3.meta.region_name)
