"""Calls of GitHub's REST API for one repository: the token to its own hosts, patience at limits of rate, retries.

Knows nothing of releases, and leaves to `github_answers` what an answer means.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from zoopkg.errors import ZooError
from zoopkg.mirror.places.github_answers import pause_after, refusal, require_service
from zoopkg.mirror.places.github_service import NEEDS, Account
from zoopkg.model.text import plural
from zoopkg.transport.api import Answer, ApiClient, Call, again
from zoopkg.transport.base import TransportError
from zoopkg.transport.http import HttpConfig
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.urls import origin_of, redacted

# A limit of rate is an hour's; a minute more is for clocks that differ.
_LONGEST_WAIT = 3660.0
_WAITS = 5
# A page of 30 releases with 1,000 assets of 2 kB each.
_MAX_ANSWER = 64 << 20
_JSON = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Waits:
    """How to go on after failures.

    Attributes:
        attempts: how often to ask for what fails.
        sleep: waits so many seconds.
    """

    attempts: int = 4
    sleep: Callable[[float], None] = time.sleep


class GitHubApi:
    """The API for one repository; threads may share it.

    Args:
        account: the repository, and the token.
        web: proxies and authorities beyond those of the environment.
        warn: told, in one sentence, why nothing happens for a while.
        waits: how to go on after failures.
    """

    def __init__(self, account: Account, *, web: WebSettings | None, warn: Callable[[str], None], waits: Waits) -> None:
        self._account = account
        self._secret = {"Authorization": f"Bearer {account.token}"} if account.token else {}
        self._config = HttpConfig(stall_timeout=300.0, grace=600.0, web=web or WebSettings())
        self._client = ApiClient(account.service.api, secret=self._secret, config=self._config)
        self._uploads: dict[object, ApiClient] = {}
        self._warn, self._waits = warn, waits
        self._lock = threading.Lock()
        self._announced = 0.0

    @property
    def root(self) -> str:
        """The URL of the repository."""
        return f"{self._account.service.api}/repos/{self._account.repository}"

    def __str__(self) -> str:
        return str(self._account)

    def retrying(self, work: Callable[[], R]) -> R:
        """The result of something that may be done twice, tried again while it fails for reasons that may pass."""
        return again(work, attempts=self._waits.attempts, sleep=self._waits.sleep)

    def ask(self, method: str, url: str, document: Any = None, **headers: str) -> Answer:
        """Ask, again where asking twice does no harm but to have been done twice.

        Raises:
            TransportError: there was no answer, or the service fails.
            ZooError: there is no token to write with, it is not accepted, or the limit of rate lasts too long.
        """
        return self.retrying(lambda: self.once(method, url, document, **headers))

    def once(self, method: str, url: str, document: Any = None, **headers: str) -> Answer:
        """Ask once, but for limits of rate, where nothing was done (see `ask`)."""
        if method != "GET":
            self._require_token()
        body = None if document is None else json.dumps(document).encode()
        return self._patiently(self._client, lambda: nullcontext(body), method, url, _JSON | headers)

    def upload(self, url: str, body: bytes | Path, content_type: str) -> Answer:
        """Send a file once to where the service takes uploads.

        Raises:
            TransportError: there was no whole answer, so that nobody knows what became of it; or the host is not the
                service's.
            ZooError: as for `ask`.
        """
        if not self._account.service.takes_uploads_at(url):
            raise TransportError(
                f"{redacted(self._account.service.api)} names {redacted(url)} for uploads, a host that is not its own",
                permanent=True,
            )
        self._require_token()
        with self._lock:
            client = self._uploads.get(origin_of(url)) or ApiClient(url, secret=self._secret, config=self._config)
            self._uploads[origin_of(url)] = client
        opened = (lambda: nullcontext(body)) if isinstance(body, bytes) else (lambda: body.open("rb"))
        return self._patiently(client, opened, "POST", url, {**_JSON, "Content-Type": content_type})

    def _require_token(self) -> None:
        if not self._account.token:
            raise ZooError(
                f"writing to {self} needs a token",
                hint=f"Log in with `gh auth login`, or set GITHUB_TOKEN. {NEEDS}",
            )

    def _patiently(
        self, client: ApiClient, opened: Callable[[], Any], method: str, url: str, headers: Mapping[str, str]
    ) -> Answer:
        for turn in range(_WAITS + 1):
            with opened() as body:
                answer = client.call(Call(method, url, body, headers, _MAX_ANSWER))
            now = datetime.now(UTC)
            seconds = pause_after(answer, turn, now)
            if seconds is None:
                return require_service(answer, self._account, now)
            if seconds > _LONGEST_WAIT or turn == _WAITS:
                break
            self._wait(seconds)
        minutes = plural(round((seconds or 0) / 60) + 1, "minute")
        raise ZooError(
            f"{self._account.service.host} takes no more requests for {minutes}",
            hint="Run the same again then; what was uploaded stays.",
        )

    def _wait(self, seconds: float) -> None:
        """Wait, and say so once for all threads that wait at the same time."""
        until = time.monotonic() + seconds
        with self._lock:
            fresh, self._announced = until > self._announced + 1, max(until, self._announced)
        if fresh:
            told = f"{seconds:.0f} s" if seconds < 120 else plural(round(seconds / 60), "minute")
            self._warn(f"{self._account.service.host} has had too many requests; going on in {told}")
        self._waits.sleep(seconds)

    def refused(self, answer: Answer, doing: str, *, writing: bool) -> ZooError:
        """The error for an answer that is not what was hoped for (see `github_answers.refusal`)."""
        return refusal(answer, self._account, doing, writing=writing)

    def close(self) -> None:
        """Close the connections."""
        for client in (self._client, *self._uploads.values()):
            client.close()
