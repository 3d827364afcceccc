"""Where a GitHub is, which of its hosts may see the token, and what that token needs. Asks nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from zoopkg.errors import UsageError
from zoopkg.transport.urls import origin_of, redacted, split

NEEDS = (
    "It needs the permission `contents: write` (a fine-grained token, or `permissions` of a workflow), or the scope "
    "`repo`, for a public repository `public_repo`."
)


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
            UsageError: one of them is not a URL that a token may be sent to, or they are of different services.
        """
        server = _base(environment, "GITHUB_SERVER_URL") or "https://github.com"
        api = _base(environment, "GITHUB_API_URL") or _api_of(server)
        host, home = urlsplit(api).hostname, urlsplit(server).hostname
        if host not in (home, f"api.{home}"):  # the token is that of the server
            raise UsageError(
                f"GITHUB_API_URL is '{redacted(api)}', which is not the API of '{redacted(server)}'",
                hint="Set GITHUB_SERVER_URL, too.",
            )
        return cls(server, api)

    @property
    def host(self) -> str:
        """The server's name, as tokens are stored by."""
        return urlsplit(self.server).hostname or ""

    def takes_uploads_at(self, url: str) -> bool:
        """Whether a URL that the API names for uploads is of the same service, so that the token may go there."""
        (scheme, host, port), (api_scheme, home, api_port) = origin_of(url), origin_of(self.api)
        siblings = {home, f"uploads.{home}", f"uploads.{home.removeprefix('api.')}"}
        same_port = port == api_port or _is_here(home)  # on this machine, services differ by their ports alone
        return scheme == api_scheme and same_port and host in siblings and split(url).username is None


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

    def __str__(self) -> str:
        return f"{self.service.host}/{self.repository}"
