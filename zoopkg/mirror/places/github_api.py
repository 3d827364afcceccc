"""Calls of GitHub's REST API: where it is, who is asking, how long to wait when it has enough, its refusals in words.

Knows nothing of releases. The facts are those of https://docs.github.com/en/rest/using-the-rest-api.
"""

import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.text import plural
from zoopkg.transport.answers import retry_after
from zoopkg.transport.api import Answer, ApiClient, Call, again
from zoopkg.transport.base import TransportError
from zoopkg.transport.http import HttpConfig
from zoopkg.transport.settings import WebSettings
from zoopkg.transport.urls import clean, origin_of, redacted, split

# A limit of rate is an hour's; a minute more is for clocks that differ.
_LONGEST_WAIT = 3660.0
_WAITS = 5
_JSON = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_NEEDS = (
    "It needs the permission `contents: write` (a fine-grained token, or `permissions` of a workflow), or the scope "
    "`repo`, for a public repository `public_repo`."
)


R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Service:
    """A GitHub: the public one, or a company's.

    Attributes:
        server: the URL below which people see repositories, without a slash at its end.
        api: that of the REST API.
    """

    server: str
    api: str

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The one that GITHUB_SERVER_URL and GITHUB_API_URL name, github.com by default.

        Raises:
            UsageError: one of them is not a URL that a token may be sent to.
        """
        server = _base(environment, "GITHUB_SERVER_URL") or "https://github.com"
        return cls(server, _base(environment, "GITHUB_API_URL") or _api_of(server))

    @property
    def host(self) -> str:
        """The server's name, as tokens are stored by."""
        return urlsplit(self.server).hostname or ""

    def takes_uploads_at(self, url: str) -> bool:
        """Whether a URL that the API names for uploads is of the same service, so that the token may go there."""
        parts, api = split(url), split(self.api)
        host, home = parts.hostname or "", api.hostname or ""
        siblings = {home, f"uploads.{home}", f"uploads.{home.removeprefix('api.')}"}
        return parts.scheme == api.scheme and parts.username is None and host in siblings


def _base(environment: Mapping[str, str], name: str) -> str:
    text = environment.get(name, "").strip().rstrip("/")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        sound = bool(parts.hostname) and parts.username is None and not (parts.query or parts.fragment)
        sound = sound and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or "")))
        sound = sound and parts.port != 0 and not any(c in text for c in "{}\\")
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(f"{name} is '{redacted(text)}', which is no https URL of a server")
    return text


def _is_here(host: str) -> bool:
    return host in ("localhost", "127.0.0.1", "::1")


def _api_of(server: str) -> str:
    """Where the API of a server is by custom: in a host beside it in the cloud, below `/api/v3` elsewhere."""
    host = urlsplit(server).netloc
    if host == "github.com" or host.endswith(".ghe.com"):
        return f"https://api.{host}"
    return f"{server}/api/v3"


@dataclass(frozen=True, slots=True)
class Account:
    """A repository, and who asks for it.

    Attributes:
        repository: `OWNER/REPO`.
        token: sent to the API and to the hosts for uploads that belong to it, nowhere else; may be empty.
    """

    service: Service
    repository: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Patience:
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
        patience: how to go on after failures.
    """

    def __init__(
        self, account: Account, *, web: WebSettings | None, warn: Callable[[str], None], patience: Patience
    ) -> None:
        self.service, self.repository, self.has_token = account.service, account.repository, bool(account.token)
        self._secret = {"Authorization": f"Bearer {account.token}"} if account.token else {}
        self._config = HttpConfig(stall_timeout=300.0, grace=600.0, web=web or WebSettings())
        self._client = ApiClient(account.service.api, secret=self._secret, config=self._config)
        self._uploads: dict[object, ApiClient] = {}
        self._warn, self._patience = warn, patience
        self._lock = threading.Lock()
        self._announced = 0.0

    @property
    def root(self) -> str:
        """The URL of the repository."""
        return f"{self.service.api}/repos/{self.repository}"

    def __str__(self) -> str:
        return f"{self.service.host}/{self.repository}"

    def require_token(self) -> None:
        """Refuse to write without a token.

        Raises:
            ZooError: there is none.
        """
        if not self.has_token:
            raise ZooError(
                f"writing to {self} needs a token",
                hint=f"Log in with `gh auth login`, or set GITHUB_TOKEN. {_NEEDS}",
            )

    def retrying(self, work: Callable[[], R]) -> R:
        """The result of something that may be done twice, tried again while it fails for reasons that may pass."""
        return again(work, attempts=self._patience.attempts, sleep=self._patience.sleep)

    def ask(self, method: str, url: str, document: Any = None, **headers: str) -> Answer:
        """Ask, again where asking twice does no harm but to have been done twice.

        Raises:
            TransportError: there was no answer, or the service fails.
            ZooError: the token is not accepted, or the limit of rate lasts too long.
        """
        return self.retrying(lambda: self.once(method, url, document, **headers))

    def once(self, method: str, url: str, document: Any = None, **headers: str) -> Answer:
        """Ask once, but for limits of rate, where nothing was done (see `ask`)."""
        body = None if document is None else json.dumps(document).encode()
        return self._patiently(self._client, lambda: nullcontext(body), method, url, _JSON | headers)

    def upload(self, url: str, body: bytes | Path, content_type: str) -> Answer:
        """Send a file once to where the service takes uploads.

        Raises:
            TransportError: there was no whole answer, so that nobody knows what became of it; or the host is not the
                service's.
            ZooError: as for `ask`.
        """
        if not self.service.takes_uploads_at(url):
            raise TransportError(
                f"{redacted(self.service.api)} names {redacted(url)} for uploads, a host that is not its own",
                permanent=True,
            )
        with self._lock:
            client = self._uploads.get(origin_of(url)) or ApiClient(url, secret=self._secret, config=self._config)
            self._uploads[origin_of(url)] = client
        opened = (lambda: nullcontext(body)) if isinstance(body, bytes) else (lambda: body.open("rb"))
        return self._patiently(client, opened, "POST", url, {**_JSON, "Content-Type": content_type})

    def _patiently(
        self, client: ApiClient, opened: Callable[[], Any], method: str, url: str, headers: Mapping[str, str]
    ) -> Answer:
        for turn in range(_WAITS + 1):
            with opened() as body:
                answer = client.call(Call(method, url, body, headers))
            seconds = pause_after(answer, turn, datetime.now(UTC))
            if seconds is None:
                return self._judged(answer)
            if seconds > _LONGEST_WAIT or turn == _WAITS:
                break
            self._wait(seconds)
        raise ZooError(
            f"{self.service.host} takes no more requests for {plural(round((seconds or 0) / 60) + 1, 'minute')}",
            hint="Run the same again then; what was uploaded stays.",
        )

    def _wait(self, seconds: float) -> None:
        """Wait, and say so once for all threads that wait at the same time."""
        until = time.monotonic() + seconds
        with self._lock:
            fresh, self._announced = until > self._announced + 1, max(until, self._announced)
        if fresh:
            self._warn(f"{self.service.host} has had too many requests; going on in {seconds:.0f} s")
        self._patience.sleep(seconds)

    def _judged(self, answer: Answer) -> Answer:
        """The answer, if it is one of the service itself to what it was asked."""
        if answer.status >= 500 or answer.status == 408:
            raise TransportError(
                f"{redacted(answer.url)} answered HTTP {answer.status}",
                retry_after=retry_after(answer.headers, datetime.now(UTC)),
            )
        if answer.status == 401:
            hint = f"Renew it: `gh auth login`, or GITHUB_TOKEN. {_NEEDS}" if self.has_token else ""
            raise ZooError(f"{self.service.host} does not accept the token for {self.repository}", hint=hint)
        return answer

    def refused(self, answer: Answer, doing: str, *, writing: bool) -> ZooError:
        """The error for an answer that is not what was hoped for: raise what this returns.

        Args:
            answer: of the service.
            doing: what was tried, such as "create the release index".
            writing: whether it needed the permission to write.
        """
        if answer.status in (403, 404) and writing:
            return ZooError(f"the token may not {doing} of {self}, or there is no such repository", hint=_NEEDS)
        if answer.status == 404:
            hint = "Check its name." if self.has_token else "Check its name, or set GITHUB_TOKEN."
            seen = "does not show it to this token" if self.has_token else "shows it to those with a token alone"
            return ZooError(f"{self.service.host} has no repository {self.repository}, or {seen}", hint=hint)
        if answer.status in (301, 307, 308):
            return ZooError(f"the repository {self} has moved", hint="Name it as it is called now.")
        problem = Problem.of(answer)
        if "immutable" in problem.text:
            return ZooError(
                f"{self.service.host} does not {doing} of {self}: {problem.text}",
                hint="Nothing can be added to immutable releases, so they never hold an index. Switch them off there.",
            )
        return ZooError(f"{self.service.host} does not {doing} of {self}: HTTP {answer.status}, {problem.text}")

    def close(self) -> None:
        """Close the connections."""
        for client in (self._client, *self._uploads.values()):
            client.close()


def pause_after(answer: Answer, turn: int, now: datetime) -> float | None:
    """How many seconds to wait before the same may be asked again, None where no limit of rate was met.

    By https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api: as Retry-After says, else until
    the reset, else a minute, and twice as long each further turn.
    """
    if answer.status not in (403, 429):
        return None
    asked = retry_after(answer.headers, now)
    if asked is not None:
        return asked
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if answer.headers.get("X-RateLimit-Remaining") == "0" and reset.isascii() and reset.isdigit():
        return max(float(reset) - now.timestamp(), 0.0) + 1.0
    if answer.status == 429 or b"rate limit" in answer.body.lower():
        return 60.0 * (1 << turn)
    return None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the service refused.

    Attributes:
        text: fit for a message.
        codes: of each error its field and code, `("name", "already_exists")` for instance.
    """

    text: str
    codes: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """The problem that an answer tells of, whatever its shape."""
        try:
            document = answer.json()
        except TransportError:
            document = None
        document = document if isinstance(document, dict) else {}
        errors = document.get("errors")
        errors = [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []
        told = [str(document.get("message", "no reason")), *(str(e["message"]) for e in errors[:3] if "message" in e)]
        codes = frozenset((str(error.get("field")), str(error.get("code"))) for error in errors)
        return cls(clean("; ".join(each.rstrip(".") for each in told)), codes)
