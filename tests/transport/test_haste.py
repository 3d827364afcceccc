"""Haste: nothing is asked twice within it, and no answer gets more time than is left, whatever it is made of."""

import itertools
from contextlib import suppress

import pytest
from transport import hostile as does
from transport.hostile import hostile

from zoopkg.transport.base import StalledError, TransportError
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.haste import current, hasty
from zoopkg.transport.http import HttpConfig, HttpOpener

DATA = bytes(range(256)) * 400
PATIENT = HttpConfig(connect_timeout=60, stall_timeout=60, grace=60, minimum_rate=1)


@pytest.fixture
def opener():
    return default_opener(PATIENT)


def read(opener, url):
    with opener.open(url, limit=len(DATA)) as body:
        return b"".join(body)


def test_haste_ends_with_its_block():
    assert current() is None
    with hasty(5):
        assert 0 < current().left <= 5
        with suppress(ZeroDivisionError), hasty():
            assert current().left == float("inf")
            _ = 1 / 0
        assert current().left <= 5
    assert current() is None


def test_what_fails_is_not_asked_again(opener):
    with hostile(does.status(503)) as server, hasty(), pytest.raises(TransportError, match="503"):
        read(opener, server.url)
    assert len(server.asked) == 1


def test_what_breaks_off_is_taken_up_only_after_progress(opener):
    with hostile(does.cut(DATA, 70_000), does.serve(DATA)) as server, hasty():
        assert read(opener, server.url) == DATA
    assert len(server.asked) == 2
    with hostile(does.cut(DATA, 1000), does.serve(DATA)) as server, hasty(), pytest.raises(TransportError):
        read(opener, server.url)
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "behaviour",
    [
        does.stall(headers=False),
        does.stall(DATA, 70_000),
        does.drip(DATA, 0.01),
        does.drip(DATA, 0.01, headers=True),
    ],
    ids=["silent", "silent half-way", "a drip", "a drip of headers"],
)
def test_no_answer_gets_more_time_than_there_is(opener, behaviour):
    with hostile(behaviour) as server, hasty(0.3), pytest.raises(StalledError):
        read(opener, server.url)
    assert len(server.asked) == 1


def test_the_time_is_for_all_that_is_asked_within(opener):
    with hostile(does.serve(DATA), does.drip(DATA, 0.01), does.serve(DATA)) as server, hasty(1.5):
        assert read(opener, server.url) == DATA
        for _ in range(2):
            with pytest.raises(StalledError, match=r"too slowly|stalled"):
                read(opener, server.url)
    assert len(server.asked) == 2  # after the drip there was no time left to ask


def test_a_rate_earns_more_time(opener):
    with hostile(does.drip(DATA, 0.015, size=1000)) as server, hasty(1.0, rate=1000):
        assert read(opener, server.url) == DATA


def test_without_an_end_an_answer_may_take_as_long_as_any_other():
    """Every read takes 100 seconds by the clock, far over the grace in all, at more than the least rate."""
    ticks = itertools.count(step=100.0)
    opener = HttpOpener(HttpConfig(grace=150, minimum_rate=1), clock=lambda: next(ticks))
    with hostile(does.drip(DATA, size=10_000)) as server, hasty():
        assert read(opener, server.url) == DATA
    assert next(ticks) > 300
    with hostile(does.drip(DATA, size=10_000)) as server, hasty(60), pytest.raises(StalledError):
        read(opener, server.url)
    opener.close()


def test_without_an_end_a_server_below_the_least_rate_is_given_up():
    ticks = itertools.count(step=100.0)
    opener = HttpOpener(HttpConfig(grace=150, minimum_rate=10_000), clock=lambda: next(ticks))
    with hostile(does.drip(DATA, size=10_000)) as server, hasty(), pytest.raises(StalledError):
        read(opener, server.url)
    opener.close()
