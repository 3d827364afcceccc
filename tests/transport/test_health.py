"""Whom to ask next: laws of the choice, and a world of mirrors in which it has to be a good one."""

import heapq
import math
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zoopkg.transport.health import LACKS, TIE, Health, choose, is_outrun
from zoopkg.transport.retry import LONGEST_WAIT

MB = 1 << 20


def known(rate: float, latency: float = 0.0, **more) -> Health:
    return Health(latency=latency, pace=1 / rate, **more)


maybe = st.none() | st.floats(1e-9, 10.0)
healths = st.builds(
    Health,
    wrong=st.integers(0, 2),
    failures=st.integers(0, 5),
    lacked=st.integers(0, 2 * LACKS),
    busy=st.integers(0, 3),
    ready_at=st.floats(0, 100),
    latency=maybe,
    pace=maybe,
)
several = st.lists(healths, min_size=1, max_size=6)
sizes = st.integers(0, 1 << 31)


@given(several, st.floats(0, 100), sizes, sizes)
def test_somebody_is_asked_as_soon_as_he_may_be(options, now, size, left):
    place, seconds = choose(options, now, size, left)
    if place is None:
        assert seconds > 0
        place, seconds = choose(options, now + seconds + 1e-9, size, left)
    assert seconds == 0
    assert place is not None


@given(several, st.floats(0, 100), sizes, sizes)
def test_no_mirror_is_asked_while_it_rests_nor_a_liar_before_others(options, now, size, left):
    place, _ = choose(options, now, size, left)
    if place is not None:
        assert options[place].ready_at <= now
        assert options[place].wrong == min(option.wrong for option in options)


@given(st.lists(st.floats(1e3, 1e9), min_size=1, max_size=6), sizes, sizes)
def test_among_mirrors_that_are_known_none_is_much_sooner_and_none_before_it_as_soon(rates, size, left):
    options = [known(rate, 0.01) for rate in rates]
    place, _ = choose(options, 0.0, size, left)
    finishes = [option.expected(size) for option in options]
    assert finishes[place] <= min(finishes) * TIE
    assert all(finish > min(finishes) * TIE for finish in finishes[:place])


@given(st.lists(st.tuples(st.integers(1 << 16, 1 << 30), st.floats(1e-3, 1e3)), min_size=1), sizes)
def test_what_is_expected_lies_between_what_was_seen(samples, size):
    health = Health()
    for count, seconds in samples:
        health.flowed(count, seconds)
    paces = [seconds / count for count, seconds in samples]
    assert min(paces) * size * 0.999 <= health.expected(size) <= max(paces) * size * 1.001


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.floats(0, 1))
def test_rests_grow_and_are_bounded(askings, random):
    health, now, rests = Health(), 0.0, []
    for asked in askings:
        health.failed(now, now, asked, random)
        rests.append(health.ready_at - now)
        assert min(asked, LONGEST_WAIT) - 1e-6 <= rests[-1] <= LONGEST_WAIT + 1e-6
        now = health.ready_at
    health.served()
    health.failed(now, now, random=random)
    assert health.ready_at - now <= 1.0


def test_requests_that_fail_together_are_one_failure():
    health = Health()
    for _ in range(4):
        health.failed(began=0.0, now=10.0)
        health.failed(began=1.0, now=10.1, asked=3.0)
    assert health.failures == 1
    assert health.ready_at == pytest.approx(13.1)
    health.failed(began=13.1, now=13.2)
    assert health.failures == 2


def test_the_first_is_asked_until_another_is_known_and_worth_it():
    assert choose([Health(), Health()], 0.0, MB, 100 * MB) == (0, 0.0)
    assert choose([Health(busy=4), Health()], 0.0, MB, 100 * MB) == (0, 0.0)
    slow = known(MB)
    assert choose([slow, Health()], 0.0, MB, MB) == (0, 0.0)  # a second of work
    assert choose([slow, Health()], 0.0, MB, 100 * MB) == (1, 0.0)
    assert choose([slow, Health(busy=1)], 0.0, MB, 100 * MB) == (0, 0.0)
    assert choose([slow, Health(busy=1), Health()], 0.0, MB, 100 * MB) == (2, 0.0)


def test_a_mirror_that_failed_is_tried_again_where_much_is_left():
    failed = known(100 * MB, failures=3, ready_at=5.0)
    slow = known(MB)
    assert choose([failed, slow], 4.0, MB, 1000 * MB) == (1, 0.0)
    assert choose([failed, slow], 5.0, MB, 1000 * MB) == (0, 0.0)
    assert choose([failed, slow], 5.0, MB, 5 * MB) == (1, 0.0)
    assert choose([known(MB / 2, failures=3), slow], 5.0, MB, 1000 * MB) == (1, 0.0)


@pytest.mark.parametrize(
    ("other", "outrun"),
    [
        (known(MB), True),
        (known(MB, wrong=1), False),
        (known(MB, failures=1), False),
        (known(MB, lacked=LACKS), False),
        (known(MB, ready_at=1.0), False),
        (known(2000), False),
        (Health(), True),
        (Health(busy=1), False),
    ],
)
def test_a_crawl_is_left_for_a_mirror_that_is_much_sooner_or_unknown(other, outrun):
    assert is_outrun(1 / 1000, MB, [other], now=0.0) is outrun


def test_a_transfer_that_is_soon_over_is_not_left():
    assert not is_outrun(1 / MB, MB, [Health(), known(100 * MB)], now=0.0)


@given(st.floats(1e-9, 1.0), sizes, several)
def test_who_is_left_is_not_chosen_again_at_once(pace, rest, others):
    """Else a transfer would go to and fro between two mirrors."""
    if is_outrun(pace, rest, others, now=50.0):
        left = Health(latency=0.0, pace=pace)
        place, _ = choose([left, *others], 50.0, rest, rest)
        assert place != 0


# A world of mirrors ---------------------------------------------------------------------------------------------------


@dataclass
class Server:
    """A mirror whose connections share its bandwidth, bytes a second."""

    bandwidth: float
    latency: float = 0.05
    health: Health = field(default_factory=Health)


def elapsed(servers: list[Server], requests: int, size: int, connections: int = 4) -> float:
    """Seconds in which the choice has so many requests served. A request keeps the share that it began with."""
    now, under_way, left = 0.0, [], requests
    while left or under_way:
        while left and len(under_way) < connections:
            place, wait = choose([server.health for server in servers], now, size, left * size // connections)
            assert wait == 0
            server = servers[place]
            server.health.busy += 1
            seconds = size * server.health.busy / server.bandwidth
            heapq.heappush(under_way, (now + server.latency + seconds, place, seconds))
            left -= 1
        now, place, seconds = heapq.heappop(under_way)
        health = servers[place].health
        health.answered(servers[place].latency)
        health.flowed(size, seconds)
        health.busy -= 1
    return now


bandwidths = st.floats(1e5, 1e8)


@given(st.lists(bandwidths, min_size=1, max_size=5))
def test_several_mirrors_are_hardly_slower_than_the_first_alone(rates):
    """What finding out costs is bounded by a request to each of the others, at its own rate and in parallel."""
    requests, size = 64, 8 * MB
    alone = elapsed([Server(rates[0])], requests, size)
    together = elapsed([Server(rate) for rate in rates], requests, size)
    trying = max((size / rate + 0.05 for rate in rates[1:]), default=0.0)
    assert together <= 1.5 * alone + trying


@pytest.mark.parametrize("count", [2, 3, 4])
def test_mirrors_that_are_alike_share_the_work(count):
    alone = elapsed([Server(MB)], 64, 8 * MB)
    together = elapsed([Server(MB) for _ in range(count)], 64, 8 * MB)
    assert together < 0.75 * alone


def test_a_fast_mirror_behind_a_slow_one_is_found():
    together = elapsed([Server(MB / 4), Server(10 * MB)], 64, 8 * MB)
    best = elapsed([Server(10 * MB)], 64, 8 * MB)
    first = 4 * 8 * MB / (MB / 4)  # the requests that all went to the first, before anything was known
    assert together < best + 1.1 * first
    assert together < 0.2 * elapsed([Server(MB / 4)], 64, 8 * MB)


def test_nothing_is_tried_where_one_mirror_is_quick():
    servers = [Server(1e9, latency=0.001), Server(1e9)]
    elapsed(servers, 64, 8 * MB)
    assert servers[1].health == Health()
    assert math.isfinite(servers[0].health.expected(MB))
