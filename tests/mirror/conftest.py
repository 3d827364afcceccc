"""What tests of mirrors share: indexes to copy, and the emulators of object stores, started when they are asked for."""

import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import emulators
import pytest
from stands import Stand
from zoopkg_cli import Maintainer

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))
from pages import DOCS, blocks

_NUMBERS = count()


@pytest.fixture
def stand(memory: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stand]:
    """An index of its own with `zoo/demo` 1.0.0, and the folder beside it for mirrors; nothing waits for a disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(memory))
    monkeypatch.setattr(os, "fsync", lambda _: None)
    with tempfile.TemporaryDirectory() as folder:
        yield Stand(Path(folder))


@pytest.fixture(scope="module")
def maintainer(memory: Path) -> Iterator[Maintainer]:
    """An index with several packs, one of which requires another."""
    with tempfile.TemporaryDirectory(dir=memory) as folder:
        maintainer = Maintainer(Path(folder))
        maintainer.release("base", "1.0.0", {"base.dcm": b"base" * 50})
        maintainer.release("base", "2.0.0", {"base.dcm": b"base" * 50, "two.dcm": b"two" * 50})
        maintainer.release("demo", "1.0.0", {"a.dcm": b"first" * 100, "b.dcm": b"second"}, requires=["base@1"])
        maintainer.release("demo", "2.0.0", {"c.dcm": b"third" * 100})
        maintainer.release("other", "1.0.0", {"o.dcm": bytes(range(256)) * 2000})
        yield maintainer


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with emulators.s3_emulator() as url:
        yield url


@pytest.fixture(scope="session")
def gcs_endpoint() -> Iterator[str]:
    with emulators.gcs_emulator() as url:
        yield url


@pytest.fixture(scope="session")
def s3_client(s3_endpoint: str) -> Iterator[Any]:
    """The store as its own client sees it."""
    with emulators.s3_client(s3_endpoint) as client:
        yield client


@pytest.fixture
def s3_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Credentials, and nothing of what this machine is set up for."""
    for variable in [each for each in os.environ if each.startswith("AWS_")]:
        monkeypatch.delenv(variable)
    for variable, value in emulators.S3_VARIABLES.items():
        monkeypatch.setenv(variable, value)
    return monkeypatch


@pytest.fixture
def s3_bucket(s3_endpoint: str, s3_client: Any, s3_environment: pytest.MonkeyPatch) -> str:
    """The name of a new bucket that is made as the page says, the environment saying where it is."""
    s3_environment.setenv("AWS_ENDPOINT_URL_S3", s3_endpoint)
    name = f"zoo-{next(_NUMBERS)}"
    (readers,) = [each.text for each in blocks(DOCS / "publishing-buckets.md") if each.note == "policy: readers"]
    s3_client.create_bucket(Bucket=name)
    s3_client.put_bucket_policy(Bucket=name, Policy=readers.replace("my-zoo", name))
    return name


@pytest.fixture
def gcs_bucket(gcs_endpoint: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The name of a new bucket, the environment saying where it is."""
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", gcs_endpoint)
    name = f"zoo-{next(_NUMBERS)}"
    emulators.create_gcs_bucket(gcs_endpoint, name)
    return name
