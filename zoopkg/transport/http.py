"""Mirrors on web servers: opens `http:` and `https:` URLs over one `requests` session. Neither retries nor verifies.

Proxies, authorities to trust and netrc credentials come from the environment variables that requests honours, proxies
and authorities also from the user's configuration.
Redirects are followed here and not by requests (see `zoopkg.transport.redirects`): each hop's credentials are its own.
"""

import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.cookiejar import DefaultCookiePolicy
from threading import Lock

import requests
from requests.utils import get_environ_proxies, select_proxy, should_bypass_proxies

from zoopkg import __version__
from zoopkg.transport.answers import Extent, content_length, judge
from zoopkg.transport.base import Body, OverlongError, Span, StalledError, TransportError
from zoopkg.transport.faults import FAULTS, failure
from zoopkg.transport.haste import current
from zoopkg.transport.pace import CURRENT, Pace, PacedAdapter
from zoopkg.transport.redirects import MAX_REDIRECTS, Resolve, addresses_of, refuse_inward, target_of
from zoopkg.transport.request import Request
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.urls import credentials_of, origin_of, redacted, without_credentials

USER_AGENT = f"zoopkg/{__version__} (+https://github.com/zoopkg/zoopkg)"
PIECE = 1 << 20

# A connection is worth keeping if what is left on it is less than this many bytes.
_DRAINED = 1 << 16


@dataclass(frozen=True, slots=True)
class HttpConfig:
    """How patient to be.

    Attributes:
        connect_timeout: seconds until a connection must stand.
        stall_timeout: seconds without a byte after which a server is given up.
        grace: seconds that an answer may take beside the time that `minimum_rate` gives it.
        minimum_rate: bytes a second below which a server is too slow.
        connections: how many may be kept open to one host, which is how many threads may share the opener well.
        web: proxies and authorities beyond those of the environment.
    """

    connect_timeout: float = 10.0
    stall_timeout: float = 30.0
    grace: float = 60.0
    minimum_rate: float = 1000.0
    connections: int = 32
    web: WebSettings = field(default_factory=WebSettings)


class HttpBody(Body):
    """An open answer (see `zoopkg.transport.base.Body`)."""

    def __init__(self, response: requests.Response, request: Request, extent: Extent) -> None:
        self.start = extent.start
        self.total = extent.total
        self.validator = extent.validator
        self.url = request.url
        self._response = response
        self._wanted = extent.length
        self._limit = request.limit

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        while piece := self._read():
            received += len(piece)
            self._refuse_excess(received)
            yield piece
        if self._wanted is not None and received < self._wanted:
            raise TransportError(f"{redacted(self.url)} stopped after {received} of {self._wanted} bytes")

    def _read(self) -> bytes:
        """What has come, as soon as something has: waiting for a full piece would let a drip pass for a stream."""
        try:
            piece: bytes = self._response.raw.read1(PIECE, decode_content=False)
        except FAULTS as error:
            raise failure(self.url, error) from error
        return piece

    def _refuse_excess(self, received: int) -> None:
        if self._wanted is not None and received > self._wanted:
            raise TransportError(f"{redacted(self.url)} sent more than the {self._wanted} bytes due", permanent=True)
        if received > self._limit:
            raise OverlongError(f"{redacted(self.url)} sends more than the {self._limit} bytes expected")

    def close(self) -> None:
        """Give the connection back if all was read, else close it."""
        self._response.close()


class HttpOpener:
    """Opens `http:` and `https:` URLs; threads may share it.

    Args:
        config: how patient to be.
        clock: seconds that never go back.
        resolve: the addresses of a host name, to judge redirects by.
    """

    def __init__(
        self,
        config: HttpConfig | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        resolve: Resolve = addresses_of,
    ) -> None:
        self._config = config or HttpConfig()
        self._clock = clock
        self._resolve = resolve
        self._lock = Lock()
        self._process, self._kept = os.getpid(), new_session(self._config)

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> HttpBody:
        """Begin to read a file (see `zoopkg.transport.base.Opener`).

        Raises:
            MissingError: the server does not have it, or does not give it to us (401, 403, 404, 410, 451).
            TransportError: anything else, with `retry_after` where the server said so.
        """
        haste = current()
        if haste and not haste.left:
            raise StalledError(f"{redacted(url)} sends too slowly")
        pace = self._pace()
        request, response = self._answer(Request(url, limit, span, validator), pace)
        try:
            extent = judge(request, response.status_code, response.headers, datetime.now(UTC))
        except BaseException:
            _let_go(response)
            raise
        pace.expected = limit if extent.length is None else extent.length
        return HttpBody(response, request, extent)

    def _pace(self) -> Pace:
        config, haste = self._config, current()
        if haste is None or haste.until == math.inf:
            return Pace(config.grace, config.minimum_rate, self._clock)
        return Pace(min(config.grace, haste.left), max(config.minimum_rate, haste.rate), self._clock)

    def _timeouts(self) -> tuple[float, float]:
        """Seconds to connect, and without a byte. Never quite none, which would mean not to wait at all."""
        config, haste = self._config, current()
        left = max(haste.left, 0.001) if haste else math.inf
        return min(config.connect_timeout, left), min(config.stall_timeout, left)

    def close(self) -> None:
        """Close the connections that are kept for later."""
        self._session.close()

    @property
    def _session(self) -> requests.Session:
        """The session of this process: a connection shared with the one it was forked from would mix up answers."""
        with self._lock:
            if self._process != os.getpid():
                self._process, self._kept = os.getpid(), new_session(self._config)
            return self._kept

    def _answer(self, request: Request, pace: Pace) -> tuple[Request, requests.Response]:
        """The first answer that is not a redirect, and the request that it answers."""
        configured = request.url
        origin, credentials = origin_of(configured), credentials_of(configured)
        url = without_credentials(configured)
        for _ in range(MAX_REDIRECTS + 1):
            request = replace(request, url=url)
            response = self._get(request, credentials if origin_of(url) == origin else None, pace)
            if not response.is_redirect:
                return request, response
            _let_go(response)
            # RFC 9110 has Location in ASCII; servers send UTF-8, which http.client reads as Latin-1.
            url = target_of(url, response.headers["Location"].encode("latin-1").decode("utf-8", "replace"))
            refuse_inward(configured, url, None if self._is_proxied(url) else self._resolve)
        raise TransportError(f"{redacted(configured)} redirects more than {MAX_REDIRECTS} times", permanent=True)

    def _get(self, request: Request, credentials: tuple[str, str] | None, pace: Pace) -> requests.Response:
        token = CURRENT.set(pace)
        try:
            return self._session.get(
                request.url,
                headers=request.headers(),
                auth=credentials,
                allow_redirects=False,
                stream=True,
                timeout=self._timeouts(),
                proxies=proxies_for(self._config.web, request.url),
            )
        except FAULTS as error:
            raise failure(request.url, error) from error
        finally:
            CURRENT.reset(token)

    def _is_proxied(self, url: str) -> bool:
        settings = self._session.merge_environment_settings(url, proxies_for(self._config.web, url), None, None, None)
        return select_proxy(url, settings["proxies"]) is not None


def proxies_for(web: WebSettings, url: str) -> dict[str, str]:
    """The configured proxies, where the environment neither names one for this URL nor rules it out."""
    if not web.proxies or get_environ_proxies(url) or should_bypass_proxies(url, web.no_proxy or None):
        return {}
    return dict(web.proxies)


class _Session(requests.Session):
    """A session that never looks at a redirect: requests would read all of its body to prepare for the next request."""

    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002  requests names it
        return None


def new_session(config: HttpConfig) -> requests.Session:
    """A session that keeps no cookies, follows no redirects by itself, and paces its answers by `pace.CURRENT`."""
    session = _Session()
    session.verify = config.web.ca_bundle or True
    session.headers.clear()
    session.headers.update({"User-Agent": USER_AGENT, "Accept": "*/*", "Accept-Encoding": "identity"})
    # Nothing that a mirror sets may come back to it: threads share the session, and readers are not to be followed.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = PacedAdapter(pool_connections=config.connections, pool_maxsize=config.connections, max_retries=0)
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def _let_go(response: requests.Response) -> None:
    """Close an answer of which nothing is wanted, and keep its connection where little is left on it."""
    left = content_length(response.headers)
    if left is not None and left <= _DRAINED:
        with suppress(*FAULTS):
            # One more than is left, since only a read past the end tells the connection that this is the end.
            response.raw.read(left + 1, decode_content=False)
    response.close()
