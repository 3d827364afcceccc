"""Stores that run here: moto for S3, gcp-storage-emulator for GCS, each a process of its own, with what it lacks added.

`with s3_emulator() as endpoint:` and `with gcs_emulator() as endpoint:`. What the stores do and the emulators do not:

- A conditional write is judged and done as one. Moto lets another write come between; the other emulator knows no
  conditions (`ifGenerationMatch`) at all.
- What came of a body that was cut off changes nothing, or may be sent again.
- S3 refuses a body whose SHA-256 is not that of the signature.
"""

import hashlib
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import HTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests

S3_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
PAGE = 7
"""How many objects moto lists in one answer."""


@contextmanager
def s3_emulator() -> Iterator[str]:
    """Moto on a free port; gives its URL."""
    with _running("s3", {"MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}) as url:
        yield url


@contextmanager
def gcs_emulator() -> Iterator[str]:
    """gcp-storage-emulator on a free port, in memory; gives its URL."""
    with _running("gcs", {}) as url:
        yield url


@contextmanager
def _running(kind: str, variables: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, Path(__file__), kind],
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


@contextmanager
def s3_client(endpoint: str) -> Iterator[Any]:
    """A client of moto, which makes buckets and looks into them."""
    import boto3

    secrets = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **secrets)
    try:
        yield client
    finally:
        client.close()


def create_gcs_bucket(endpoint: str, name: str) -> None:
    """A bucket of the other one, which anybody may read."""
    assert requests.post(f"{endpoint}/storage/v1/b", json={"name": name}, timeout=30).ok


def _serve_s3() -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    application = DomainDispatcherApplication(create_backend_app)
    lock = threading.Lock()

    def as_s3(environ, start_response):
        if environ["REQUEST_METHOD"] not in ("PUT", "POST"):
            return application(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        if len(body) < length:
            start_response("400 Bad Request", [])
            return [b"<Error><Code>IncompleteBody</Code></Error>"]
        stated = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "UNSIGNED-PAYLOAD")
        if len(stated) == 64 and hashlib.sha256(body).hexdigest() != stated:
            start_response("400 Bad Request", [("Content-Type", "application/xml")])
            return [b"<Error><Code>XAmzContentSHA256Mismatch</Code></Error>"]
        with lock:
            return application(environ | {"wsgi.input": io.BytesIO(body)}, start_response)

    server = make_server("127.0.0.1", 0, as_s3, threaded=True, request_handler=MotoRequestHandler)
    _serve(server)


def _serve_gcs() -> None:
    from gcp_storage_emulator.server import RequestHandler
    from gcp_storage_emulator.storage import Storage

    storage = Storage(use_memory_fs=True)

    class Handler(RequestHandler):
        def __init__(self, *arguments):
            super().__init__(storage, *arguments)

        def do_POST(self):  # noqa: N802  (http.server names it)
            if self.holds():
                super().do_POST()

        def do_PUT(self):  # noqa: N802
            if self.holds():
                super().do_PUT()

        def holds(self) -> bool:
            """Whether a body is whole and ifGenerationMatch holds, which stays in the URL of an upload in pieces."""
            parts = urlsplit(self.path)
            query = parse_qs(parts.query)
            if "ifGenerationMatch" not in query:
                return True
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:
                return False
            self.rfile = io.BytesIO(body)
            name = storage.resumable[query["upload_id"][0]]["name"] if "upload_id" in query else _named_in(body)
            held = storage.objects.get(parts.path.split("/")[-2], {}).get(name, {"generation": "0"})
            if held["generation"] == query["ifGenerationMatch"][0]:
                return True
            self.send_error(HTTPStatus.PRECONDITION_FAILED)
            return False

    server = HTTPServer(("127.0.0.1", 0), Handler)  # one request at a time, so that what was judged still holds
    _serve(server)


def _serve(server) -> None:
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def _named_in(body: bytes) -> str:
    """The name of an object in the JSON that a request is, or begins with."""
    return json.JSONDecoder().raw_decode(body[body.index(b"{") :].decode("latin-1"))[0]["name"]


if __name__ == "__main__":
    {"s3": _serve_s3, "gcs": _serve_gcs}[sys.argv[1]]()
