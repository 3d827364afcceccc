"""Mirrors in order, by what this run has learned of their health, and small blobs from the first that has them.

Any mirror may hold any blob, or lack it: missing moves on, failing moves on, wrong bytes move on and name the mirror.
Bundles are streamed elsewhere, by a `Search`. Remembers nothing beyond the run.
"""

import time
from collections.abc import Callable, Collection, Iterable, Mapping

from zoopkg.errors import IntegrityError
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.transport.base import Opener
from zoopkg.transport.ledger import Ledger
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.search import Lied, Search
from zoopkg.transport.urls import redacted

Warn = Callable[[str], None]
# The most that is taken of a manifest or layout whose size nobody told: with a lock alone, only its digest is known.
MAX_UNKNOWN = 256 << 20
# The size that one is taken to have where it matters how long it may take.
_ASSUMED = 1 << 16


class Mirrors:
    """An ordered list of mirrors, which threads may share.

    Args:
        mirrors: first those to try first.
        opener: opens their URLs.
        warn: told, in one sentence, of each mirror that gave wrong bytes, once for each blob.
        only: by a blob's digest, the mirrors that may be asked for it; all of them by default.
        ledger: what the run knows of mirrors already, and learns here.
    """

    def __init__(
        self,
        mirrors: Iterable[Mirror],
        opener: Opener,
        *,
        warn: Warn,
        only: Mapping[Digest, Collection[Mirror]] | None = None,
        ledger: Ledger | None = None,
    ) -> None:
        self._mirrors = list(dict.fromkeys(mirrors))
        self._opener = opener
        self._warn = warn
        self._only = only
        self._ledger = ledger or Ledger()
        self._tell: Lied = self._warn_of

    @property
    def all(self) -> tuple[Mirror, ...]:
        """Every one of them, in order."""
        return tuple(self._mirrors)

    def telling(self, tell: Lied) -> "Mirrors":
        """The same mirrors, with somebody else who is told of wrong bytes, in place of a warning."""
        same = Mirrors(self._mirrors, self._opener, warn=self._warn, only=self._only, ledger=self._ledger)
        same._tell = tell
        return same

    def routed(self, only: Mapping[Digest, Collection[Mirror]]) -> "Mirrors":
        """Other mirrors in place of these, each to be asked for some blobs alone; no blob's name reaches any other."""
        every = (mirror for some in only.values() for mirror in some)
        return Mirrors(every, self._opener, warn=self._warn, only=only, ledger=self._ledger)

    def search(self, blob: Blob, sought: str = "", sleep: Callable[[float], object] = time.sleep) -> Search:
        """Those that may have a blob, to be asked one after the other.

        Args:
            blob: which one.
            sought: names it in errors, if its file name is not to.
            sleep: waits so many seconds.
        """
        mirrors = self._mirrors if self._only is None else self._only.get(blob.digest, ())
        urls = {mirror: url for mirror in mirrors if (url := mirror.url(blob)) is not None}
        return Search(blob, urls, self._ledger, lied=self.report_wrong_bytes, sought=sought, sleep=sleep)

    def report_wrong_bytes(self, mirror: Mirror, blob: Blob, what: str) -> None:
        """Note that a mirror gave wrong bytes for a blob, and tell it once."""
        if self._ledger.lied(mirror, blob.digest):
            self._tell(mirror, blob, what)

    def _warn_of(self, mirror: Mirror, blob: Blob, what: str) -> None:
        name = "" if blob.name in what else f"{blob.name}: "
        self._warn(f"the mirror {mirror} gave wrong bytes: {name}{what}")

    def fetch(self, blob: Blob, sought: str = "", sleep: Callable[[float], object] = time.sleep) -> bytes:
        """The bytes of a blob that fits into memory, a manifest or a layout, of the right BLAKE3 (and size).

        Args: as of `search`.

        Raises:
            IntegrityError: none had it, and at least one gave wrong bytes.
            NotOnMirrorsError: none had it.
            OfflineError: none had it that could be asked without a network.
        """
        search = self.search(blob, sought, sleep)
        return search.first(lambda mirror, url: self._fetch_from(mirror, url, search))

    def _fetch_from(self, mirror: Mirror, url: str, search: Search) -> bytes:
        blob = search.blob
        with self._ledger.asking(mirror) as flow, self._opener.open(url, limit=blob.size or MAX_UNKNOWN) as body:
            flow.opened()
            data = b"".join(search.unless_outrun(mirror, url, flow, flow.timed(body), blob.size or _ASSUMED))
        if blob.size and len(data) != blob.size:
            raise IntegrityError(f"{redacted(url)} has {len(data)} bytes{_by_its_look(data)} and not {blob.size}")
        if Digest.of(data) != blob.digest:
            raise IntegrityError(f"{redacted(url)} has other bytes{_by_its_look(data)} than its name says")
        return data


def _by_its_look(data: bytes) -> str:
    """What comes in place of a file where a login page or an error page answers HTTP 200."""
    return ", by their look a web page," if data[:64].lstrip().lower().startswith((b"<!doctype", b"<html")) else ""
