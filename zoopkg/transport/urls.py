"""What a URL may show of itself in a message, and the credentials that it carries. Opens nothing, resolves nothing."""

from urllib.parse import SplitResult, unquote, urlsplit

from zoopkg.model.text import printable
from zoopkg.transport.base import TransportError

_PORTS = {"http": 80, "https": 443}


def clean(text: str, limit: int = 200) -> str:
    """Text from elsewhere, fit for a message: no control or format characters, and `limit` characters at most."""
    return printable(text, limit)


def redacted(url: str) -> str:
    """The URL without its user and password, nor its query, which on a signed URL is as good as a password."""
    before, mark, rest = url.partition("://")
    if not mark:
        return clean(url)
    rest, query, _ = rest.partition("?")
    authority, slash, path = rest.partition("/")
    return clean(before + mark + authority.rpartition("@")[2] + slash + path + ("?…" if query else ""))


def place(url: str) -> str:
    """Where the URL leads, for a message: the host, with its port if it has one, or the folder of a `file:` URL."""
    parts = split(url)
    if parts.scheme == "file":
        return clean(unquote(parts.netloc + parts.path).rpartition("/")[0] or "/")
    return clean(parts.netloc.rpartition("@")[2])


def split(url: str) -> SplitResult:
    """The parts of a URL.

    Raises:
        TransportError: it is malformed, or is not absolute.
    """
    if "\\" in url:  # read as a slash by some, as part of the host by others
        raise TransportError(f"'{redacted(url)}' is not a URL", permanent=True)
    try:
        parts = urlsplit(url)
        _ = parts.port  # only reading it checks it
    except ValueError:
        raise TransportError(f"'{redacted(url)}' is not a URL", permanent=True) from None
    if not parts.scheme:
        raise TransportError(f"'{redacted(url)}' is not an absolute URL", permanent=True)
    return parts


def origin_of(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what must stay the same for credentials to stay valid (RFC 6454, section 4)."""
    parts = split(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)


def credentials_of(url: str) -> tuple[str, str] | None:
    """The user and password that the URL carries, percent-decoded, or None."""
    parts = split(url)
    if parts.username is None:
        return None
    return unquote(parts.username), unquote(parts.password or "")


def without_credentials(url: str) -> str:
    """The same URL less its user and password, and less its fragment, which never goes to a server."""
    parts = split(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="").geturl()
