"""Buckets of Google Cloud Storage as places. Decides nothing: see `zoopkg.mirror.sync`.

Objects are created with `ifGenerationMatch=0`, the timestamp is replaced by the generation that was seen. The library
sends a CRC32C along (or MD5, where it has no quick CRC32C), and goes on with a large file where a connection broke.
"""

import os
from collections.abc import Callable, Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Any

from zoopkg.errors import explaining
from zoopkg.mirror.parallel import in_parallel
from zoopkg.mirror.place import TIMESTAMP, File, Seen, cache_control, content_type
from zoopkg.mirror.places.bucket import SHA256, WORKERS, BucketAddress, BucketPlace, Held, missing_extra
from zoopkg.mirror.places.gcs_errors import explaining_gcs
from zoopkg.transport.base import TransportError
from zoopkg.transport.http import proxies_for
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.shorthand import template_of

_EMULATOR = "STORAGE_EMULATOR_HOST"
_PUBLIC = "https://storage.googleapis.com"
# The library keeps a piece in memory, and files whose size it is told and that are below 8 MiB; so it is told of few.
_PIECE = 4 << 20
_SMALL = 1 << 20


class GcsPlace(BucketPlace):
    """`gs://BUCKET/PREFIX`.

    Args:
        address: the bucket, and where in it.
        web: proxies and authorities beyond those of the environment.
        patience: seconds for which a request that may be repeated is repeated.

    Raises:
        UsageError: the address is none.
        ZooError: google-cloud-storage is not installed, or there are no credentials.
    """

    def __init__(self, address: str, *, web: WebSettings | None = None, patience: float = 60.0) -> None:
        super().__init__(BucketAddress.parse(address, "gs"))
        self.template = template_of(str(self.address)) or ""
        if not find_spec("google") or not find_spec("google.cloud") or not find_spec("google.cloud.storage"):
            raise missing_extra("gs", "google-cloud-storage")
        with self._explaining("read"):
            self._client = _connect(web or WebSettings())
        self._bucket = self._client.bucket(self.address.bucket)
        from google.cloud.storage.retry import DEFAULT_RETRY

        self._retry = DEFAULT_RETRY.with_timeout(patience)

    def _list(self) -> Iterator[Held]:
        with self._explaining("read"):
            for blob in self._client.list_blobs(
                self._bucket,
                prefix=self.address.prefix,
                delimiter="/",
                fields="items(name,size,metadata),nextPageToken",
                retry=self._retry,
            ):
                yield self._held(blob)

    def _look(self, name: str) -> Held | None:
        with self._explaining("read"):
            blob = self._bucket.get_blob(self.address.key(name), retry=self._retry)
        return self._held(blob) if blob else None

    def _held(self, blob: Any) -> Held:
        return Held(blob.name.removeprefix(self.address.prefix), blob.size, (blob.metadata or {}).get(SHA256, ""))

    def _read(self, name: str, limit: int) -> Seen | None:
        from google.api_core.exceptions import NotFound

        for _ in range(3):
            with self._explaining("read"):
                blob = self._bucket.get_blob(self.address.key(name), retry=self._retry)
                if blob is None:
                    return None
                if blob.size > limit:
                    raise self.overlong(name, limit)
                generation = str(blob.generation)
                try:
                    return Seen(blob.download_as_bytes(retry=self._retry, raw_download=True), generation)
                except NotFound:
                    continue  # this generation was replaced meanwhile
        raise TransportError(f"{self.address}/{name} changes too fast to be read")

    def _create(self, file: File, path: Path) -> bool:
        blob = self._blob(file.name)
        blob.metadata = {SHA256: file.sha256}
        with explaining(f"read '{path}'"):
            source = path.open("rb")
        with source:
            return self._write(
                blob.upload_from_file,
                source,
                size=file.size if file.size <= _SMALL else None,
                content_type=content_type(file.name),
                if_generation_match=0,
            )

    def _replace_timestamp(self, data: bytes, token: str | None) -> bool:
        return self._write(
            self._blob(TIMESTAMP).upload_from_string,
            data,
            content_type=content_type(TIMESTAMP),
            if_generation_match=int(token or 0),
        )

    def _delete(self, names: Collection[str]) -> None:
        from google.api_core.exceptions import NotFound

        def delete(name: str) -> None:
            with self._explaining("cleared"):
                try:
                    self._bucket.delete_blob(self.address.key(name), retry=self._retry)
                except NotFound:
                    return

        in_parallel(delete, names, WORKERS, Event())

    def close(self) -> None:
        """Close connections."""
        self._client.close()

    def _blob(self, name: str) -> Any:
        blob = self._bucket.blob(self.address.key(name), chunk_size=_PIECE)
        blob.cache_control = cache_control(name)
        return blob

    def _write(self, upload: Callable[..., object], *what: object, **how: object) -> bool:
        """Whether the condition of a write held, and so it was done."""
        from google.api_core.exceptions import PreconditionFailed

        with self._explaining("written to"):
            try:
                upload(*what, retry=self._retry, **how)
            except PreconditionFailed:
                return False
        return True

    def _explaining(self, done: str) -> Any:
        return explaining_gcs(self.address, done)


def _connect(web: WebSettings) -> Any:
    import google.auth
    from google.auth.credentials import AnonymousCredentials
    from google.auth.transport.requests import AuthorizedSession, Request
    from google.cloud import storage

    if os.environ.get(_EMULATOR):
        credentials, project = AnonymousCredentials(), None
    else:
        credentials, project = google.auth.default(scopes=storage.Client.SCOPE)
    refresh = Request()
    session = AuthorizedSession(credentials, auth_request=refresh)
    for each in (session, refresh.session):
        each.verify = web.ca_bundle or True
        each.proxies = proxies_for(web, _PUBLIC)
    return storage.Client(project=project or "none", credentials=credentials, _http=session)
