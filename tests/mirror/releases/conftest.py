"""What tests of mirrors share: no proxy, netrc or tokens of the machine that runs them; a release simulator."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from release_simulator import GitHub, simulator


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path_factory.getbasetemp() / "no-netrc"))


@pytest.fixture
def github() -> Iterator[GitHub]:
    with simulator() as github:
        yield github


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """Where the files to push lie."""
    (tmp_path / "sources").mkdir()
    return tmp_path / "sources"
