"""Calls of web APIs that change something: one request, one whole answer, credentials to their own hosts alone.

Follows no redirect, since one would carry a body or a token elsewhere, and retries nothing: what may be asked again,
only the caller knows (`again` does it then). What a status means is the caller's business, too.
"""

import json
import random as randomness
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, TypeVar

from zoopkg.transport.base import TransportError
from zoopkg.transport.faults import FAULTS, failure
from zoopkg.transport.http import HttpConfig, new_session, proxies_for
from zoopkg.transport.pace import CURRENT, Pace
from zoopkg.transport.retry import backoff
from zoopkg.transport.urls import origin_of, redacted

MAX_ANSWER = 16 << 20
_PIECE = 1 << 16

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer.

    Attributes:
        url: what was asked.
        headers: found by any case.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""

    def json(self) -> Any:
        """The JSON in the body.

        Raises:
            TransportError: it is none.
        """
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise TransportError(f"{redacted(self.url)} did not answer with JSON", permanent=True) from error


@dataclass(frozen=True, slots=True)
class Call:
    """A request.

    Attributes:
        url: absolute.
        body: bytes, an open file (sent with its length), or pieces (sent chunked); None for no body.
        limit: the most bytes that are taken of the answer.
    """

    method: str
    url: str
    body: bytes | BinaryIO | Iterable[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    limit: int = MAX_ANSWER


class ApiClient:
    """Calls one service; threads may share it.

    Args:
        base: the URL of the service.
        secret: headers with credentials, sent to the origin (RFC 6454) of `base` and to those of `also`, nowhere else.
        also: URLs of the same service on other hosts.
        config: how patient to be; the grace is for the answer alone, however long the request took to send.
    """

    def __init__(
        self,
        base: str,
        *,
        secret: Mapping[str, str] | None = None,
        also: Collection[str] = (),
        config: HttpConfig | None = None,
    ) -> None:
        self.base = base.rstrip("/")
        self._secret = dict(secret or {})
        self._trusted = {origin_of(url) for url in (base, *also)}
        self._config = config or HttpConfig(stall_timeout=300.0, grace=600.0)
        self._session = new_session(self._config)

    def call(self, call: Call) -> Answer:
        """Send a request and read its answer.

        Raises:
            TransportError: there was no answer, or it is longer than the limit.
        """
        pace = Pace(self._config.grace, self._config.minimum_rate, time.monotonic)
        headers = dict(call.headers) | (self._secret if origin_of(call.url) in self._trusted else {})
        token = CURRENT.set(pace)
        try:
            with self._session.request(
                call.method,
                call.url,
                data=call.body,
                headers=headers,
                auth=_no_auth,
                allow_redirects=False,
                stream=True,
                timeout=(self._config.connect_timeout, self._config.stall_timeout),
                proxies=proxies_for(self._config.web, call.url),
            ) as response:
                body = bytearray()
                while piece := response.raw.read1(_PIECE, decode_content=False):
                    body += piece
                    pace.expected = len(body) + _PIECE
                    if len(body) > call.limit:
                        raise TransportError(
                            f"{redacted(call.url)} answers with over {call.limit} bytes", permanent=True
                        )
                return Answer(call.url, response.status_code, response.headers, bytes(body))
        except FAULTS as error:
            raise failure(call.url, error) from error
        finally:
            CURRENT.reset(token)

    def close(self) -> None:
        """Close the connections that are kept for later."""
        self._session.close()


def _no_auth(request: Any) -> Any:
    """Keep requests from adding what netrc has for the host: the token is all that the service is to see."""
    return request


def again(
    work: Callable[[], R],
    *,
    attempts: int = 4,
    sleep: Callable[[float], None] = time.sleep,
    random: Callable[[], float] = randomness.random,
) -> R:
    """The result of something that may be done twice, tried again while it fails for reasons that may pass.

    Raises:
        TransportError: it failed for good, or as often as it was tried.
    """
    for attempt in range(1, attempts):
        try:
            return work()
        except TransportError as error:
            if error.permanent:
                raise
            sleep(backoff(attempt, error.retry_after or 0.0, random()))
    return work()
