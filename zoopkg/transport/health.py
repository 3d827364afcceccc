"""What a run has learned of a mirror, and whom to ask next by it. Pure: told the time, opens nothing, never waits.

In short: whoever gave wrong bytes comes last, then who failed, then who lacked blob after blob. Among the others the
first in order, until another proves to be faster, which is found out by one request at a time while it is worth it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from zoopkg.transport.retry import LONGEST_WAIT, backoff

# So many blobs that it lacked in a row, and a mirror is asked later: it has a part that this run needs little of.
LACKS = 4
# A mirror that takes at most so much longer than the soonest is as good, and the order that people chose decides.
TIE = 1.5
# Work for so many seconds is worth finding out how fast another mirror is; for so many, whether one has recovered.
WORTH_TRYING, WORTH_TRYING_AGAIN = 2.0, 20.0
# A transfer is left for a mirror that would have the rest in a quarter of the time, or for an unknown one past this.
MUCH_SOONER, TOO_LONG = 4.0, 10.0
# A rate is told by at least so many bytes or seconds; less is latency and chance.
SAMPLE_BYTES, SAMPLE_SECONDS = 1 << 16, 0.25


@dataclass(slots=True)
class Health:
    """One mirror, as this run has found it. Times are seconds of one clock that never goes back.

    Attributes:
        wrong: how often it gave wrong bytes.
        failures: how often in a row it failed; requests that were under way together count once.
        lacked: how many blobs in a row it did not have.
        busy: how many requests it is answering.
        ready_at: until when it rests.
        failed_at: when it failed last.
        latency: seconds until an answer began, or None before there was one.
        pace: seconds a byte, of all its connections together, or None before enough came.
    """

    wrong: int = 0
    failures: int = 0
    lacked: int = 0
    busy: int = 0
    ready_at: float = 0.0
    failed_at: float = float("-inf")
    latency: float | None = None
    pace: float | None = None

    @property
    def rank(self) -> tuple[int, bool]:
        """Less is better."""
        return self.failures, self.lacked >= LACKS

    def failed(self, began: float, now: float, asked: float = 0.0, random: float = 0.5) -> None:
        """Let it rest, twice as long each time, and never less than the seconds that it asked for, a minute at most."""
        if began >= self.failed_at:
            self.failures += 1
            self.failed_at = now
            self.ready_at = now + backoff(self.failures, asked, random)
        else:
            self.ready_at = max(self.ready_at, now + min(asked, LONGEST_WAIT))

    def served(self) -> None:
        """It gave what was asked for."""
        self.failures = self.lacked = 0

    def answered(self, seconds: float) -> None:
        """An answer began after so long."""
        self.latency = _mixed(self.latency, seconds)

    def flowed(self, count: int, seconds: float) -> None:
        """So many bytes took so many seconds of waiting, on one of the connections that are busy."""
        if count >= SAMPLE_BYTES or seconds >= SAMPLE_SECONDS:
            self.pace = _mixed(self.pace, seconds / max(count, 1) / max(self.busy, 1))

    def expected(self, size: int) -> float | None:
        """Seconds until it would have given so many bytes on one more connection, or None where nobody knows."""
        return None if self.pace is None else (self.latency or 0.0) + size * self.pace * (self.busy + 1)


def _mixed(before: float | None, now: float) -> float:
    return now if before is None else (before + now) / 2


def choose(options: Sequence[Health], now: float, size: int = 0, left: int = 0) -> tuple[int | None, float]:
    """Whom to ask next.

    Args:
        options: those that may have it, at least one, in the order that people chose.
        now: the time.
        size: bytes that are wanted now.
        left: bytes that this connection is likely to want in all.

    Returns:
        A place among the options and 0, or None and the seconds until one has rested. A mirror that gave wrong bytes is
        not asked while another may still have it, rest as that may.
    """
    wrong = min(option.wrong for option in options)
    honest = [place for place, option in enumerate(options) if option.wrong == wrong]
    ready = [place for place in honest if options[place].ready_at <= now]
    if not ready:
        return None, min(options[place].ready_at for place in honest) - now
    best = min(options[place].rank for place in ready)
    chosen = _soonest([place for place in ready if options[place].rank == best], options, size)
    work = options[chosen].expected(max(size, left))
    finish = options[chosen].expected(size)
    if work is None or finish is None:
        return chosen, 0.0
    return next((place for place in ready if _is_worth_trying(options[place], work, size, finish)), chosen), 0.0


def _soonest(places: Sequence[int], options: Sequence[Health], size: int) -> int:
    """The first that is unknown, if none before it is known, else the first that is as good as the soonest."""
    finishes = [(place, finish) for place in places if (finish := options[place].expected(size)) is not None]
    if not finishes or finishes[0][0] != places[0]:
        return places[0]
    soonest = min(finish for _, finish in finishes)
    return next(place for place, finish in finishes if finish <= soonest * TIE)


def _is_worth_trying(option: Health, work: float, size: int, finish: float) -> bool:
    if option.busy or option.lacked >= LACKS:
        return False
    own = option.expected(size)
    if option.failures:
        return work > WORTH_TRYING_AGAIN and (own is None or own < finish)
    return work > WORTH_TRYING and own is None


def is_outrun(pace: float, rest: int, others: Sequence[Health], now: float) -> bool:
    """Whether a transfer should be left, since another mirror would have the rest much sooner.

    Args:
        pace: seconds a byte, of late.
        rest: bytes to come.
        others: those that may have it, too.
        now: the time.
    """
    for other in others:
        if other.wrong or other.failures or other.lacked >= LACKS or other.ready_at > now:
            continue
        finish = other.expected(rest)
        if finish is None:
            if not other.busy and rest * pace > TOO_LONG:
                return True
        elif MUCH_SOONER * finish + 1.0 < rest * pace:
            return True
    return False
