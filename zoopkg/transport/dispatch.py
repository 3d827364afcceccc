"""Chooses the adapter by the scheme of a URL, and builds that of a run, which imports requests only for web URLs."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TYPE_CHECKING

from zoopkg.transport.base import Body, Opener, Span, TransportError
from zoopkg.transport.file import FileOpener
from zoopkg.transport.resume import ResumingOpener
from zoopkg.transport.retry import RetryingOpener
from zoopkg.transport.urls import clean, redacted, split

if TYPE_CHECKING:
    from zoopkg.transport.http import HttpConfig
    from zoopkg.transport.settings import WebSettings


class SchemeOpener:
    """Hands each URL to the opener of its scheme."""

    def __init__(self, openers: Mapping[str, Opener]) -> None:
        self._openers = dict(openers)

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file (see `zoopkg.transport.base.Opener`).

        Raises:
            TransportError: also where nothing opens URLs of this scheme.
        """
        scheme = split(url).scheme
        opener = self._openers.get(scheme)
        if opener is None:
            known = ", ".join(sorted(self._openers))
            raise TransportError(
                f"nothing opens {redacted(url)}: its scheme is {clean(scheme, 40)}, and those known are {known}",
                permanent=True,
            )
        return opener.open(url, limit=limit, span=span, validator=validator)


class LazyOpener:
    """An opener that is made when it is first used."""

    def __init__(self, make: Callable[[], Opener]) -> None:
        self._make = make
        self._made: Opener | None = None
        self._lock = Lock()

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        """Begin to read a file (see `zoopkg.transport.base.Opener`)."""
        with self._lock:
            if self._made is None:
                self._made = self._make()
        return self._made.open(url, limit=limit, span=span, validator=validator)


def default_opener(
    config: "HttpConfig | None" = None, *, attempts: int = 4, web: "WebSettings | None" = None
) -> Opener:
    """What opens every URL of a run: files at once, http and https with retry and resumption.

    Args:
        config: how patient to be with servers.
        attempts: how often to ask a server that fails; 1 leaves it to other mirrors.
        web: proxies and authorities beyond those of the environment, unless the patience says.
    """

    def http() -> Opener:
        from zoopkg.transport.http import HttpConfig, HttpOpener  # noqa: PLC0415  requests takes 200 ms to import
        from zoopkg.transport.ipfs import IpfsOpener  # noqa: PLC0415

        opener = HttpOpener(config or (HttpConfig(web=web) if web else None))
        retrying = RetryingOpener(opener, attempts=attempts)
        return ResumingOpener(IpfsOpener(retrying, attempts=attempts), attempts=attempts)

    lazy = LazyOpener(http)
    return SchemeOpener({"file": FileOpener(), "http": lazy, "https": lazy})
