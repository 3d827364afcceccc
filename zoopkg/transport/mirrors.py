"""Mirrors in order, by what this run has learned of their health, and small blobs from the first that has them.

Any mirror may hold any blob, or lack it: missing moves on, failing moves on, wrong bytes move on and name the mirror.
Bundles are streamed elsewhere, over `candidates` and the reports. Remembers nothing beyond the run.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock

from zoopkg.errors import IntegrityError, NotOnMirrorsError, ZooError
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.transport.base import MissingError, Opener, OverlongError, TransportError
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.urls import redacted

Warn = Callable[[str], None]
# The most that is taken of a manifest or layout whose size nobody told: with a lock alone, only its digest is known.
MAX_UNKNOWN = 256 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of asking one mirror, where it was not the blob."""

    mirror: Mirror
    url: str
    error: ZooError

    def __str__(self) -> str:
        return f"{self.mirror}: {self.error.message.removeprefix(redacted(self.url)).strip()}"


def verdict(sought: str, answers: Sequence[Answer]) -> ZooError:
    """The error for a blob that no mirror gave.

    Args:
        sought: names the blob.
        answers: one for each mirror that was asked, in order.

    Returns:
        An IntegrityError if one of them gave wrong bytes, else a NotOnMirrorsError.
    """
    if not answers:
        return NotOnMirrorsError(f"no mirror is known that could have {sought}", hint="Name one with --mirror.")
    kind = IntegrityError if any(isinstance(answer.error, IntegrityError) for answer in answers) else NotOnMirrorsError
    hint = next((answer.error.hint for answer in answers if answer.error.hint), "")
    return kind(f"no mirror had {sought} ({'; '.join(map(str, answers))})", hint=hint)


class Mirrors:
    """An ordered list of mirrors, which threads may share.

    Args:
        mirrors: first those to try first.
        opener: opens their URLs.
        warn: told, in one sentence, of each mirror that gave wrong bytes.
        only: by a blob's digest, the mirrors that may be asked for it; all of them by default.
    """

    def __init__(
        self,
        mirrors: Iterable[Mirror],
        opener: Opener,
        *,
        warn: Warn,
        only: Mapping[Digest, Collection[Mirror]] | None = None,
    ) -> None:
        self._mirrors = list(dict.fromkeys(mirrors))
        self._opener = opener
        self._warn = warn
        self._only = only
        self._lock = Lock()
        self._failed = dict.fromkeys(self._mirrors, 0)
        self._wrong = dict.fromkeys(self._mirrors, 0)

    @property
    def all(self) -> tuple[Mirror, ...]:
        """Every one of them, in order."""
        return tuple(self._mirrors)

    def warning(self, warn: Warn) -> "Mirrors":
        """The same mirrors, all thought healthy again, with somebody else to be warned."""
        return Mirrors(self._mirrors, self._opener, warn=warn, only=self._only)

    def routed(self, only: Mapping[Digest, Collection[Mirror]]) -> "Mirrors":
        """Other mirrors in place of these, each to be asked for some blobs alone; no blob's name reaches any other."""
        every = (mirror for some in only.values() for mirror in some)
        return Mirrors(every, self._opener, warn=self._warn, only=only)

    def candidates(self, blob: Blob) -> Iterator[tuple[Mirror, str]]:
        """Each mirror once with the blob's URL there, the healthiest of the rest each time.

        Those that gave wrong bytes come last, those that failed before them, the more often the later.
        """
        rest = list(self._mirrors if self._only is None else self._only.get(blob.digest, ()))
        while rest:
            with self._lock:
                mirror = min(rest, key=lambda mirror: (self._wrong[mirror], self._failed[mirror]))
            rest.remove(mirror)
            url = mirror.url(blob)
            if url is not None:
                yield mirror, url

    def report_failure(self, mirror: Mirror, error: ZooError) -> None:
        """Note what asking a mirror ended in; that it lacks a blob says nothing of its health."""
        if not isinstance(error, MissingError):
            with self._lock:
                self._failed[mirror] += 1

    def report_wrong_bytes(self, mirror: Mirror, what: str) -> None:
        """Note, and warn, that a mirror gave other bytes than it should.

        Args:
            mirror: the one.
            what: names the blob, and what came instead.
        """
        with self._lock:
            self._wrong[mirror] += 1
        self._warn(f"the mirror {mirror} gave wrong bytes: {what}")

    def fetch(self, blob: Blob, sought: str = "") -> bytes:
        """The bytes of a blob that fits into memory, a manifest or a layout, of the right BLAKE3 (and size).

        Args:
            blob: which one.
            sought: names it in errors, if its file name is not to.

        Raises:
            IntegrityError: none had it, and at least one gave wrong bytes.
            NotOnMirrorsError: none had it.
        """
        answers: list[Answer] = []
        for mirror, url in self.candidates(blob):
            try:
                return self._fetch_from(url, blob)
            except IntegrityError as error:
                self.report_wrong_bytes(mirror, error.message)
                answers.append(Answer(mirror, url, error))
            except (MissingError, TransportError) as error:
                self.report_failure(mirror, error)
                answers.append(Answer(mirror, url, error))
        raise verdict(sought or blob.name, answers)

    def _fetch_from(self, url: str, blob: Blob) -> bytes:
        try:
            with self._opener.open(url, limit=blob.size or MAX_UNKNOWN) as body:
                data = b"".join(body)
        except OverlongError as error:
            raise IntegrityError(error.message) from error
        if blob.size and len(data) != blob.size:
            raise IntegrityError(f"{redacted(url)} has {len(data)} bytes{_by_its_look(data)} and not {blob.size}")
        if Digest.of(data) != blob.digest:
            raise IntegrityError(f"{redacted(url)} has other bytes{_by_its_look(data)} than its name says")
        return data


def _by_its_look(data: bytes) -> str:
    """What comes in place of a file where a login page or an error page answers HTTP 200."""
    return ", by their look a web page," if data[:64].lstrip().lower().startswith((b"<!doctype", b"<html")) else ""
