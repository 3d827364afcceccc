"""What tests of IPFS share: Helia, started once for all tests of a process."""

from collections.abc import Iterator

import pytest
from ipfs.peers import Peer, running_peer


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    with running_peer() as peer:
        yield peer
