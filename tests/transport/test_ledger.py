"""What a run notes of its mirrors while requests last: by a clock that only the tests move."""

import pytest
from transport.clock import Clock

from zoopkg.transport.base import TransportError
from zoopkg.transport.ledger import Ledger
from zoopkg.transport.mirror import Mirror

A, B = Mirror.parse("http://a"), Mirror.parse("http://b")
MB = 1 << 20


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def ledger(clock):
    return Ledger(clock=clock, random=lambda: 0.5)


def pieces(clock, *timed):
    """Pieces of so many bytes, each after so many seconds; one of none is a failure."""
    for count, seconds in timed:
        clock.now += seconds
        if not count:
            raise TransportError("stalled")
        yield bytes(count)


def test_waiting_is_counted_and_not_what_the_reader_takes(ledger, clock):
    with ledger.asking(A) as flow:
        clock.now += 0.5
        flow.opened()
        for _ in flow.timed(pieces(clock, (MB, 1.0), (MB, 1.0))):
            clock.now += 100.0
    assert ledger.choose([A], MB, MB) == (A, 0.0)
    expected = []
    ledger.note(A, lambda known: expected.append((known.expected(MB), known.busy)))
    assert expected == [(pytest.approx(1.5), 0)]


def test_a_stall_counts_though_nothing_came(ledger, clock):
    with ledger.asking(A) as flow, pytest.raises(TransportError):
        list(flow.timed(pieces(clock, (70_000, 0.001), (0, 30.0))))
    with ledger.asking(B) as flow:
        list(flow.timed(pieces(clock, (MB, 0.1))))
    assert ledger.choose([A, B], MB, MB) == (B, 0.0)


def test_a_long_transfer_is_noted_while_it_lasts(ledger, clock):
    with ledger.asking(A) as flow:
        for _ in flow.timed(pieces(clock, *[(1000, 1.0)] * 4)):
            pass
        assert flow.pace == pytest.approx(1 / 1000)
        assert ledger.choose([A, B], MB, MB) == (B, 0.0)


def test_what_began_to_crawl_is_judged_by_its_last_seconds(ledger, clock):
    with ledger.asking(A) as flow:
        assert flow.pace is None
        for _ in flow.timed(pieces(clock, *[(MB, 0.01)] * 100, *[(10, 1.0)] * 60)):
            pass
        assert flow.pace > 1 / 1000


def test_all_that_rest_tell_for_how_long(ledger):
    ledger.failed(A, asked=7.0)
    ledger.failed(B)
    assert ledger.choose([A, B], MB, MB) == (None, 0.5)
    assert ledger.choose([A], MB, MB) == (None, 7.0)
