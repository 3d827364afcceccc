"""What tests of IPFS share: Helia, started once for all tests of a process, and no settings of this machine."""

import os
from collections.abc import Iterator

import pytest
from ipfs.peers import Peer, running_peer


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NETRC", os.fspath(tmp_path_factory.getbasetemp() / "no-netrc"))
