"""What all tests share: no settings of whoever runs them, no proxies; a place in memory, where flushing is quick."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def without_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("ZOOPKG_") or name == "CI"]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session", autouse=True)
def without_proxies_and_netrc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For servers that serve a whole session, too."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)
        monkeypatch.setenv("NETRC", os.fspath(tmp_path_factory.getbasetemp() / "no-netrc"))
        yield


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    place = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=place if os.access(place, os.W_OK) else None) as path:
        yield Path(path)
