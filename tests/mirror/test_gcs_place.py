"""A bucket of GCS as a place to write a mirror to: gcp-storage-emulator stands for the store."""

import sys
from pathlib import Path

import pytest
import requests
from bucket_contract import BucketContract, small
from relay import answering

from zoopkg.errors import UsageError, ZooError
from zoopkg.mirror.places.gcs import GcsPlace
from zoopkg.transport.settings import WebSettings

PATIENCE = 2.0


class GcsStore:
    """A prefix in a bucket of the emulator (see `bucket_contract.Store`)."""

    def __init__(self, endpoint: str, bucket: str, prefix: str) -> None:
        self.endpoint, self.prefix = endpoint, prefix
        self.api = f"{endpoint}/storage/v1/b/{bucket}/o"
        self.upload = f"{endpoint}/upload/storage/v1/b/{bucket}/o"
        self.url = f"{endpoint}/{bucket}/{prefix.rstrip('/')}"

    def write(self, name: str, data: bytes) -> None:
        what = {"uploadType": "media", "name": self.prefix + name}
        assert requests.post(self.upload, params=what, data=data, timeout=30).ok

    def headers(self, name: str) -> dict[str, str]:
        """What the emulator tells of an object, which it does not tell in headers."""
        told = requests.get(f"{self.api}/{self.prefix}{name}", timeout=30).json()
        names = {"contentType": "Content-Type", "cacheControl": "Cache-Control", "contentEncoding": "Content-Encoding"}
        return {header: told[key] for key, header in names.items() if key in told}


class TestGcs(BucketContract):
    part, kind, variable, impatient = 4 << 20, GcsPlace, "STORAGE_EMULATOR_HOST", {"patience": PATIENCE}

    @pytest.fixture
    def address(self, gcs_bucket: str) -> str:
        return f"gs://{gcs_bucket}/a/b"

    @pytest.fixture
    def store(self, gcs_endpoint: str, gcs_bucket: str) -> GcsStore:
        return GcsStore(gcs_endpoint, gcs_bucket, "a/b/")


def test_where_it_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "key.json"))
    (tmp_path / "key.json").write_text(
        '{"type": "authorized_user", "client_id": "a", "client_secret": "b", "refresh_token": "c"}'
    )
    assert GcsPlace("gs://zoo/a b").template == "https://storage.googleapis.com/zoo/a%20b/{digest}"


def test_a_configured_proxy_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://store.invalid")
    with answering(200, b"{}") as proxy:
        assert GcsPlace("gs://zoo", web=WebSettings(proxies={"http": proxy})).survey([]) == set()


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
