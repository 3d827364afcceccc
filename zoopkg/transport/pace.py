"""A limit to how long a server may keep us waiting for a whole answer, held at the socket, where every byte passes.

A timeout on each read does not end an answer that drips, a byte every few seconds, in the headers or the body.
The limit counts the time spent waiting for the server only, never the time its reader takes over the bytes.
"""

import io
from collections.abc import Callable
from contextvars import ContextVar
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager


class TooSlowError(TimeoutError):
    """An answer took longer than its pace allows."""


class Pace:
    """How long one answer may take.

    At every moment that is `grace + bytes so far / rate` seconds of waiting, and `grace + expected / rate` in all.

    Args:
        grace: seconds, for the headers and for slow beginnings.
        rate: bytes a second; less than that uses the grace up.
        clock: seconds that never go back.

    Attributes:
        expected: the bytes to come, once the headers have told.
    """

    def __init__(self, grace: float, rate: float, clock: Callable[[], float]) -> None:
        self.expected = 0
        self.clock = clock
        self._grace, self._rate = grace, rate
        self._received = 0
        self._waited = 0.0

    def took(self, count: int, seconds: float) -> None:
        """Note that so many bytes came after so many seconds of waiting.

        Raises:
            TooSlowError: that was too slow.
        """
        self._received += count
        self._waited += seconds
        if self._waited > self._grace + min(self._received, self.expected) / self._rate:
            raise TooSlowError(f"sent {self._received} bytes in {self._waited:.0f} seconds")


# requests hands nothing of ours down to the socket, and opens the answer in the thread that asked.
CURRENT: ContextVar[Pace] = ContextVar("zoopkg-http-pace")


class _PacedReader(io.RawIOBase):
    """A socket's raw reader that tells the pace of each read."""

    def __init__(self, raw: io.RawIOBase, pace: Pace) -> None:
        self._raw, self._pace = raw, pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        begun = self._pace.clock()
        count: int | None = self._raw.readinto(buffer)
        self._pace.took(count or 0, self._pace.clock() - begun)
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _PacedResponse(HTTPResponse):
    """The answer of the standard library, over a paced reader."""

    def __init__(self, sock: Any, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_PacedReader(self.fp.detach(), CURRENT.get()))


class _Connection(HTTPConnection):
    response_class = _PacedResponse


class _SecureConnection(HTTPSConnection):
    response_class = _PacedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


def _paced(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}


class PacedAdapter(HTTPAdapter):
    """The adapter of requests, whose answers keep to the pace in `CURRENT`. Behind a SOCKS proxy they do not."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools for direct connections."""
        super().init_poolmanager(*args, **options)
        _paced(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools for connections through this proxy, or give those made before."""
        manager = super().proxy_manager_for(proxy, **options)
        if not proxy.lower().startswith("socks"):
            _paced(manager)
        return manager
