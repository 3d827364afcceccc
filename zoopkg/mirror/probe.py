"""How well a mirror serves: reach, latency, rate, what it has, how new its metadata is, what is wrong with it.

Asks as an install does, by GET and by ranges, never by HEAD, but once each: what an install would get by asking again
is told as a fault here. Judges nothing that it did not see, and changes nothing.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from statistics import median
from threading import Event, Lock

from zoopkg.errors import IntegrityError
from zoopkg.index.blobs import hashed
from zoopkg.index.fetcher import file_url
from zoopkg.index.published import Moment, Published, Standing
from zoopkg.mirror.parallel import in_parallel
from zoopkg.mirror.place import TIMESTAMP
from zoopkg.model.blob import Blob, BlobHasher
from zoopkg.transport.base import ForbiddenError, MissingError, Opener, OverlongError, Span, TransportError
from zoopkg.transport.haste import hasty
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.urls import place, redacted

SAMPLE = 50
_REQUESTS = 5
_SPAN = 8 << 20
# Seconds over which a rate is measured: a slow mirror would take hours over a span.
_LONG_ENOUGH = 5.0
# Seconds for a blob that is verified, and bytes a second that earn more of them.
_PATIENCE = (30.0, 20_000.0)
_MAX_TIMESTAMP = 1 << 20
_MOST_FAULTS = 20

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Health:
    """What was found out about a mirror.

    Attributes:
        reached: whether it answered at all; a folder, whether it is there.
        latency: the median of a few requests, in seconds, None where none was answered.
        rate: bytes a second over a bundle, or over some megabytes of it; None where it has none.
        held: how many of the blobs that were asked for are there.
        asked: how many that was.
        ranges: whether it sends spans of files; None where that was not seen.
        standing: of its timestamp; None where it has none.
        moment: what that timestamp says.
        faults: what failed, in sentences.
        wrong: what it has that is not what the index says, in sentences.
    """

    mirror: Mirror
    reached: bool
    latency: float | None = None
    rate: float | None = None
    held: int = 0
    asked: int = 0
    ranges: bool | None = None
    standing: Standing | None = None
    moment: Moment | None = None
    faults: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()


@dataclass
class _Notes:
    """What comes together while several threads ask."""

    held: list[Blob] = field(default_factory=list)
    ranges: bool | None = None
    forbidden: int = 0
    faults: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)


def sample(blobs: Sequence[Blob], most: int = SAMPLE) -> list[Blob]:
    """Some of the blobs, evenly spread over the list."""
    step = max(1, -(-len(blobs) // most))
    return list(blobs[::step])


class Probe:
    """Asks mirrors of one index.

    Args:
        published: the state of the index.
        blobs: those to look for, one at least.
        opener: how to reach mirrors; should not try again.
        clock: seconds, from any zero.
        at_once: how many requests at the same time.
        deep: read and verify every blob that is there.
        came: told of bytes as they are verified.
    """

    def __init__(  # noqa: PLR0913, PLR0917  (a run's settings)
        self,
        published: Published,
        blobs: Sequence[Blob],
        opener: Opener,
        clock: Clock,
        at_once: int,
        deep: bool,
        came: Callable[[int, str], None],
    ) -> None:
        self._published = published
        self._blobs = blobs
        self._opener = opener
        self._clock = clock
        self._at_once = at_once
        self._deep = deep
        self._came = came

    def health(self, mirror: Mirror) -> Health:
        """What there is to say of a mirror.

        Raises:
            OfflineError: the network was ruled out.
        """
        faults: list[str] = []
        if missing := _missing_folder(mirror):
            return Health(mirror, reached=False, faults=(missing,))
        times = list(self._answers(mirror, faults))
        if not times:
            return Health(mirror, reached=False, faults=tuple(faults[:1]))
        notes = _Notes(faults=faults)
        in_parallel(lambda blob: self._look_for(mirror, blob, notes), self._blobs, self._at_once, Event())
        if notes.forbidden == len(self._blobs):
            notes.faults.append(f"{mirror} answered 403, or 401, to every file: is it public?")
        rate = self._rate(mirror, notes)
        if self._deep:
            in_parallel(lambda blob: self._verify(mirror, blob, notes), list(notes.held), self._at_once, Event())
        timestamp = self._timestamp(mirror, notes)
        standing = None if timestamp is None else self._published.standing(timestamp)
        if standing in (Standing.FOREIGN, Standing.FORKED):
            notes.wrong.append(f"its timestamp is {standing.value}")
        return Health(
            mirror,
            reached=True,
            latency=median(times),
            rate=rate,
            held=len(notes.held),
            asked=len(self._blobs),
            ranges=notes.ranges,
            standing=standing,
            moment=None if timestamp is None else Moment.of(timestamp),
            faults=tuple(dict.fromkeys(notes.faults))[:_MOST_FAULTS],
            wrong=tuple(dict.fromkeys(notes.wrong))[:_MOST_FAULTS],
        )

    def _answers(self, mirror: Mirror, faults: list[str]) -> Iterator[float]:
        """How long each of a few requests takes; that something is not there is an answer, too."""
        small = {blob.kind: blob for blob in sorted(self._blobs, key=lambda blob: -blob.size)}
        for n, blob in zip(range(_REQUESTS), cycle(small.values()), strict=False):
            start = self._clock()
            try:
                with self._opener.open(_url(mirror, blob), limit=blob.size, span=Span(0, 1)) as body:
                    next(iter(body), b"")
            except (MissingError, OverlongError):
                pass
            except TransportError as error:
                faults.append(error.message)
                if len(faults) == n + 1 == len(small):
                    return
                continue
            yield self._clock() - start

    def _look_for(self, mirror: Mirror, blob: Blob, notes: _Notes) -> None:
        span = Span(1, 1) if blob.size > 1 else Span(0, 1)
        try:
            with self._opener.open(_url(mirror, blob), limit=blob.size, span=span) as body:
                next(iter(body), b"")
                start, total = body.start, body.total
        except MissingError as error:
            with notes.lock:
                notes.forbidden += isinstance(error, ForbiddenError)
            return
        except OverlongError as error:
            with notes.lock:
                notes.wrong.append(error.message)
            return
        except TransportError as error:
            with notes.lock:
                notes.faults.append(error.message)
            return
        with notes.lock:
            if total not in (None, blob.size):
                notes.wrong.append(f"{redacted(_url(mirror, blob))} has {total} bytes and not {blob.size}")
                return
            notes.held.append(blob)
            if span.start:
                notes.ranges = start == span.start and notes.ranges is not False

    def _rate(self, mirror: Mirror, notes: _Notes) -> float | None:
        """Bytes a second over the largest blob that is there; one that came whole meanwhile is verified by the way."""
        blob = max(notes.held, key=lambda blob: blob.size, default=None)
        if blob is None:
            return None
        span = None if blob.size <= _SPAN else Span(0, _SPAN)
        hasher, count, seconds = BlobHasher(), 0, 0.0
        start = self._clock()
        try:
            with self._opener.open(_url(mirror, blob), limit=blob.size, span=span) as body:
                for piece in hashed(body, hasher):
                    count += len(piece)
                    seconds = self._clock() - start
                    if count >= _SPAN or seconds >= _LONG_ENOUGH:
                        break
        except (MissingError, TransportError) as error:
            notes.faults.append(error.message)
            return None
        if count == blob.size:
            self._judge(mirror, blob, hasher, notes)
        return count / max(seconds, 1e-6)

    def _verify(self, mirror: Mirror, blob: Blob, notes: _Notes) -> None:
        """Read a blob to its end, and note if it is another, or comes too slowly to be read whole."""
        hasher = BlobHasher()
        try:
            with hasty(*_PATIENCE), self._opener.open(_url(mirror, blob), limit=blob.size) as body:
                for piece in hashed(body, hasher):
                    self._came(len(piece), str(mirror))
        except (MissingError, TransportError) as error:
            with notes.lock:
                notes.faults.append(error.message)
            return
        self._judge(mirror, blob, hasher, notes)

    def _judge(self, mirror: Mirror, blob: Blob, hasher: BlobHasher, notes: _Notes) -> None:
        """Note if what was read is not the blob, which then is not there."""
        if hasher.blob(blob.kind, blob.origin) == blob:
            return
        with notes.lock:
            notes.wrong.append(f"{redacted(_url(mirror, blob))} has other bytes than its name says")
            if blob in notes.held:
                notes.held.remove(blob)

    def _timestamp(self, mirror: Mirror, notes: _Notes) -> bytes | None:
        if "{cid}" in mirror.template:
            return None
        try:
            with self._opener.open(file_url(mirror.template, TIMESTAMP), limit=_MAX_TIMESTAMP) as body:
                return b"".join(body)
        except MissingError:
            return None
        except TransportError as error:
            notes.faults.append(error.message)
            return None


def _url(mirror: Mirror, blob: Blob) -> str:
    url = mirror.url(blob)
    if url is None:  # a record or layout tells of a blob all that a template may ask for
        raise IntegrityError(f"the index does not tell where {mirror} would have {blob.name}")
    return url


def _missing_folder(mirror: Mirror) -> str:
    """What there is to say of a mirror that is a folder of this machine which does not exist; else nothing."""
    folder = place(mirror.template) if mirror.template.startswith("file:") else ""
    return f"there is no folder {folder}" if folder and "{" not in folder and not os.path.isdir(folder) else ""
