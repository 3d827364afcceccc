"""The search for one blob: which mirror to ask next, what each answered, and what to say when none had it.

Missing moves on; failing moves on, and comes back a few times after a rest; wrong bytes move on for good. Asks nothing
itself (`first` has somebody ask), and belongs to one thread.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError, ZooError
from zoopkg.model.blob import Blob
from zoopkg.transport.base import StalledError, TransportError, WrongSizeError
from zoopkg.transport.haste import hasty
from zoopkg.transport.ledger import Flow, Ledger
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.urls import redacted

R = TypeVar("R")

ATTEMPTS = 4

Lied = Callable[[Mirror, Blob, str], None]
"""Told of a mirror that gave wrong bytes for a blob, and what was wrong with them."""


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
        An IntegrityError if one of them gave wrong bytes, an OfflineError if one could not be asked, else a
        NotOnMirrorsError.
    """
    if not answers:
        return NotOnMirrorsError(f"no mirror is known that could have {sought}", hint="Name one with --mirror.")
    errors = [answer.error for answer in answers]
    is_wrong = any(isinstance(error, IntegrityError) for error in errors)
    offline = next((error for error in errors if isinstance(error, OfflineError)), None)
    if offline and not is_wrong:
        return offline
    kind = IntegrityError if is_wrong else NotOnMirrorsError
    hint = next((error.hint for error in errors if error.hint), "")
    return kind(f"no mirror had {sought} ({'; '.join(map(str, answers))})", hint=hint)


class Search:
    """The mirrors that may have one blob.

    Args:
        blob: which one.
        urls: where each mirror would have it, in order.
        ledger: what the run knows of the mirrors, and learns.
        lied: told of those that gave wrong bytes.
        sought: names the blob in errors.
        sleep: waits so many seconds, where all that are left must rest.
    """

    def __init__(  # noqa: PLR0913  (what it looks for, where, and whom it tells)
        self,
        blob: Blob,
        urls: Mapping[Mirror, str],
        ledger: Ledger,
        *,
        lied: Lied,
        sought: str = "",
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.blob = blob
        self.ledger = ledger
        self._urls = dict(urls)
        self._attempts = dict.fromkeys(urls, ATTEMPTS)
        self._answers: dict[Mirror, Answer] = {}
        self._doubts = 0
        self._lied = lied
        self._sought = sought or blob.name
        self._sleep = sleep

    def next(self, size: int = 0, left: int = 0) -> tuple[Mirror, str]:
        """Whom to ask now, and at which URL.

        Args:
            size: bytes that are wanted.
            left: bytes that are likely to be wanted in all, of any blob.

        Raises:
            ZooError: nobody is left to ask (see `verdict`).
        """
        while self._urls:
            mirror, seconds = self.ledger.choose(list(self._urls), size, left)
            if mirror is not None:
                return mirror, self._urls[mirror]
            self._sleep(seconds)
        raise verdict(self._sought, list(self._answers.values()))

    def first(self, take: Callable[[Mirror, str], R]) -> R:
        """What comes of the first mirror that has the blob, as a whole.

        Args:
            take: asks a mirror at a URL; raises what it ends in where that is not the blob.

        Raises:
            ZooError: nobody is left to ask (see `verdict`).
        """
        with hasty():
            while True:
                mirror, url = self.next(self.blob.size)
                began = self.ledger.clock()
                try:
                    taken = take(mirror, url)
                except (NotOnMirrorsError, IntegrityError, OfflineError) as error:
                    self.answered(mirror, error, began)
                else:
                    self.ledger.served(mirror)
                    return taken

    def answered(self, mirror: Mirror, error: ZooError, began: float | None = None) -> None:
        """Note what asking a mirror ended in, and whether it is worth asking again.

        Args:
            mirror: the one.
            error: IntegrityError and WrongSizeError mean wrong bytes.
            began: when it was asked.
        """
        self._answers.pop(mirror, None)
        url = self._urls[mirror]
        if isinstance(error, WrongSizeError):
            error = IntegrityError(error.message)
        self._answers[mirror] = Answer(mirror, url, error)
        if isinstance(error, IntegrityError):
            self._lied(mirror, self.blob, error.message)
        elif isinstance(error, TransportError):
            self.ledger.failed(mirror, error.retry_after or 0.0, began)
            self._attempts[mirror] -= 1
            if not error.permanent and self._attempts[mirror]:
                return
        elif not isinstance(error, OfflineError):
            self.ledger.lacked(mirror)
        del self._urls[mirror]

    def doubted(self, mirrors: Iterable[Mirror], error: ZooError) -> None:
        """Several mirrors together gave wrong bytes, and nobody knows which. They are asked again, but not for ever."""
        self._doubts += 1
        for mirror in mirrors:
            if self._doubts >= ATTEMPTS and mirror in self._urls:
                self._answers[mirror] = Answer(mirror, self._urls.pop(mirror), error)

    def progressed(self, mirror: Mirror) -> None:
        """A fair amount of bytes came from a mirror: it is there, and patience begins anew."""
        self._attempts = dict.fromkeys(self._attempts, ATTEMPTS)
        self.ledger.served(mirror)

    @property
    def is_over(self) -> bool:
        """Whether nobody is left to ask."""
        return not self._urls

    def is_outrun(self, mirror: Mirror, flow: Flow, rest: int) -> bool:
        """Whether another mirror would have the rest of a transfer much sooner than this one, as it goes on."""
        if flow.pace is None:
            return False
        others = [other for other in self._urls if other != mirror]
        return bool(others) and self.ledger.is_outrun(flow.pace, rest, others)

    def unless_outrun(
        self, mirror: Mirror, url: str, flow: Flow, pieces: Iterable[bytes], size: int
    ) -> Iterator[bytes]:
        """The pieces of a body of so many bytes, while no other mirror would have the rest much sooner.

        Raises:
            StalledError: one would.
        """
        rest = size
        for piece in pieces:
            yield piece
            rest -= len(piece)
            if self.is_outrun(mirror, flow, rest):
                raise StalledError(f"{redacted(url)} sends too slowly")
