"""Bringing one blob from mirrors: who crawls is left where another mirror may have it, and borne where none does."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from transport.clock import Clock

from zoopkg.mirror.carrier import Carrier
from zoopkg.model.blob import Blob, BlobHasher, BlobKind
from zoopkg.transport.base import Body, MissingError, Span
from zoopkg.transport.ledger import Ledger
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

DATA = bytes(range(256)) * 4000
PIECE = 10_000


def blob_of(data: bytes) -> Blob:
    hasher = BlobHasher()
    hasher.update(data)
    return hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0")


class Web:
    """Hosts that have the blob, by the bytes a second at which they send it."""

    def __init__(self, clock: Clock, rates: dict[str, float]) -> None:
        self.clock, self.rates = clock, rates
        self.sent = dict.fromkeys(rates, 0)

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        host = url.split("/")[2]
        if host not in self.rates:
            raise MissingError(f"{url} is not there")
        return Sent(self, host, url)


class Sent(Body):
    def __init__(self, web: Web, host: str, url: str) -> None:
        self.start, self.total, self.validator, self.url = 0, None, "", url
        self._web, self._host = web, host

    def __iter__(self) -> Iterator[bytes]:
        for at in range(0, len(DATA), PIECE):
            piece = DATA[at : at + PIECE]
            self._web.clock.now += len(piece) / self._web.rates[self._host]
            self._web.sent[self._host] += len(piece)
            yield piece

    def close(self) -> None:
        pass


@pytest.mark.parametrize("rates", [{"slow": 25_000.0, "fast": 1e7}, {"slow": 1_500.0}], ids=["another", "no other"])
def test_a_crawl_is_left_only_for_another(tmp_path: Path, rates: dict[str, float]) -> None:
    clock, warnings = Clock(), list[str]()
    web, ledger = Web(clock, rates), Ledger(clock=clock, random=lambda: 0.5)
    mirrors = Mirrors([Mirror.parse(f"http://{host}") for host in rates], web, warn=warnings.append, ledger=ledger)
    carrier = Carrier(web, mirrors, tmp_path, threading.Event(), lambda _count, _mirror: None)
    assert carrier.take(blob_of(DATA)).path.read_bytes() == DATA
    if "fast" in rates:
        assert web.sent["slow"] < len(DATA) / 4
        assert web.sent["fast"] == len(DATA)
    else:
        assert web.sent["slow"] == len(DATA)
        assert clock.now > 600
    assert warnings == []
