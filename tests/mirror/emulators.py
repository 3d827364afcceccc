"""Object stores that run here, each in a process of its own: `emulated_s3`, and `emulated_gcs`.

`with s3_emulator() as endpoint:` and `with gcs_emulator() as endpoint:`.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

S3_VARIABLES = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
PAGE = 7
"""How many objects S3 lists here in one answer."""


@contextmanager
def s3_emulator() -> Iterator[str]:
    """S3 on a free port; gives its URL."""
    with _running("emulated_s3.py", {"MOTO_S3_DEFAULT_MAX_KEYS": str(PAGE)}) as url:
        yield url


@contextmanager
def gcs_emulator() -> Iterator[str]:
    """GCS on a free port; gives its URL."""
    with _running("emulated_gcs.py", {}) as url:
        yield url


@contextmanager
def _running(script: str, variables: dict[str, str]) -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, Path(__file__).with_name(script)],
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
    """A client of S3, which makes buckets and looks into them."""
    import boto3

    secrets = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
    client = boto3.client("s3", endpoint_url=endpoint, **secrets)
    try:
        yield client
    finally:
        client.close()


def create_gcs_bucket(endpoint: str, name: str) -> None:
    """A bucket of GCS, which anybody may read."""
    assert requests.post(f"{endpoint}/storage/v1/b", json={"name": name}, timeout=30).ok
