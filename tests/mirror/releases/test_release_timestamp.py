"""The timestamp among release assets: the gap, publishers that are cut off in it, publishers that race."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import permutations
from threading import Event

import pytest
from place_contract import document_of
from release_faults import always, answers, bad_gateway, call, from_number, meanwhile, once, unanswered, unasked
from release_pushes import HURRIED, ONCE, place_at, shown_by
from release_simulator import GitHub

from zoopkg.errors import ZooError
from zoopkg.mirror.place import INDEX_ORIGIN, TIMESTAMP, ConflictError
from zoopkg.mirror.places.github_releases import Asset
from zoopkg.mirror.places.github_timestamp import current
from zoopkg.transport.base import MissingError, TransportError
from zoopkg.transport.dispatch import default_opener


def asset(number: int, name: str, *, uploaded: bool = True) -> Asset:
    return Asset(number, name, 10, uploaded, "")


def waiting(number: int, replaces: int, *, uploaded: bool = True) -> Asset:
    return asset(number, f"timestamp-{replaces}-{number:016x}.json", uploaded=uploaded)


def read(github: GitHub) -> bytes | None:
    """The timestamp as a client reads it."""
    url = place_at(github).template.format(origin=INDEX_ORIGIN, digest=TIMESTAMP)
    try:
        with default_opener(attempts=1).open(url, limit=1000) as body:
            return b"".join(body)
    except MissingError:
        return None


def publish(github: GitHub, data: bytes, **options) -> None:
    place = place_at(github, **options)
    place.replace_timestamp(data, place.timestamp())


def test_the_timestamp_is_the_one_in_place_else_the_last_that_waits() -> None:
    old, first, second, later = asset(3, TIMESTAMP), waiting(5, 3), waiting(6, 3), waiting(9, 5)
    broken = waiting(20, 10, uploaded=False)
    others = [asset(1, "1.root.json"), asset(2, "timestamp-x-1.json"), asset(4, "timestamp-3-1.json")]
    for assets in permutations([first, second, broken, *others[:1]]):
        assert current([old, *assets]) is old
        assert current(assets) is second
        assert current([*assets, later]) is later
    assert current([broken, *others, asset(3, TIMESTAMP, uploaded=False)]) is None


def test_readers_find_none_between_the_old_one_and_the_new(github: GitHub) -> None:
    publish(github, b"old")
    seen: list[bytes | None] = []
    github.misbehave(
        once(call("DELETE"), meanwhile(lambda: seen.append(read(github)))),
        once(call("PATCH"), meanwhile(lambda: seen.append(read(github)))),
    )
    publish(github, b"new")
    assert [*seen, read(github)] == [b"old", None, b"new"]


def test_who_publishes_in_the_gap_goes_on_from_the_one_that_waits(github: GitHub) -> None:
    publish(github, b"old")
    other = place_at(github)
    found = []
    github.misbehave(once(call("PATCH"), meanwhile(lambda: found.append(other.timestamp()))))
    publish(github, b"new")
    github.misbehave()
    assert found[0].data == b"new"
    other.replace_timestamp(b"newer", found[0])
    assert read(github) == b"newer"
    assert list(shown_by(github)) == [TIMESTAMP]


@pytest.mark.parametrize("fault", [unasked, unanswered])
def test_cut_off_at_any_call_the_next_run_finishes(github: GitHub, fault) -> None:
    publish(github, b"0")
    ended, call_number = False, 0
    while not ended:
        call_number += 1
        before = len(github.requests("api", "uploads"))
        github.misbehave(from_number(before + call_number, fault, then=unasked))
        data, last = b"%d" % call_number, read(github)
        with suppress(TransportError):
            publish(github, data, waits=ONCE)
            ended = True
        github.misbehave()
        assert read(github) in ((data,) if ended else (last, data, None))
        seen = place_at(github).timestamp()
        assert seen
        assert seen.data in (last, data)
        publish(github, data)
        assert list(shown_by(github).items()) == [(TIMESTAMP, data)]
    assert call_number > 7


def test_a_lost_answer_to_the_removal_is_no_conflict(github: GitHub) -> None:
    publish(github, b"old")
    for fault in (unanswered, bad_gateway):
        github.misbehave(once(call("DELETE"), fault), once(call("PATCH"), fault))
        publish(github, b"new", waits=HURRIED)
        assert list(shown_by(github).items()) == [(TIMESTAMP, b"new")]


@pytest.mark.parametrize("number", range(1, 7))
def test_of_two_who_saw_the_same_one_only_one_publishes(github: GitHub, number: int) -> None:
    """One of them does all at once, before any one of the calls of the other."""
    publish(github, b"old")
    one, two = place_at(github), place_at(github)
    seen_by_one, seen_by_two = one.timestamp(), two.timestamp()
    before = len(github.requests("api", "uploads"))
    ended: list[bytes] = []

    def interrupt() -> None:
        github.misbehave()
        try:
            two.replace_timestamp(b"two", seen_by_two)
        except ConflictError:
            return
        ended.append(b"two")

    github.misbehave(once(lambda each: each.number == before + number, meanwhile(interrupt)))
    try:
        one.replace_timestamp(b"one", seen_by_one)
        ended.append(b"one")
    except ConflictError:
        pass
    assert len(ended) == 1
    assert list(shown_by(github).items()) == [(TIMESTAMP, ended[0])]


class Held:
    """A call that waits before it is answered, until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go = Event(), Event()


def test_a_third_one_may_close_the_gap_for_either_of_two(github: GitHub) -> None:
    """It cannot tell which of two that wait has won, and names the later one; the other then ends."""
    publish(github, b"old")
    first, second, third = place_at(github), place_at(github), place_at(github)
    seen, also_seen = first.timestamp(), second.timestamp()
    held = {"DELETE": [Held(), Held()], "PATCH": [Held()]}
    left = {method: list(calls) for method, calls in held.items()}

    def hold(github: GitHub, exchange, honest):
        if exchange.host == "api" and left.get(exchange.method):
            call = left[exchange.method].pop(0)
            call.reached.set()
            call.go.wait(60)
        return honest()

    github.misbehave(hold)
    with ThreadPoolExecutor(2) as executor:
        ends_badly = executor.submit(first.replace_timestamp, b"first", seen)
        assert held["DELETE"][0].reached.wait(60)
        ends_well = executor.submit(second.replace_timestamp, b"second", also_seen)
        assert held["DELETE"][1].reached.wait(60)
        held["DELETE"][0].go.set()
        assert held["PATCH"][0].reached.wait(60)
        third.survey([document_of("1.root.json", b"root")])
        third.reveal()
        assert read(github) == b"second"
        held["PATCH"][0].go.set()
        held["DELETE"][1].go.set()
        ends_well.result()
        with pytest.raises(ConflictError):
            ends_badly.result()
    assert list(shown_by(github).items()) == [(TIMESTAMP, b"second")]


def test_the_gap_is_not_closed_without_a_token(github: GitHub) -> None:
    github.store(github.add(INDEX_ORIGIN, draft=False), f"timestamp-1-{1:016x}.json", b"waiting")
    place = place_at(github, token="")
    place.survey([document_of("1.root.json", b"root")])
    with pytest.raises(ZooError, match="needs a token"):
        place.reveal()


def test_who_was_overtaken_twice_does_not_slip_into_a_gap(github: GitHub) -> None:
    publish(github, b"old")
    slow = place_at(github)
    seen = slow.timestamp()

    def interrupt() -> None:
        """One is cut off when it is in place and has tidied nothing, the next in the gap."""
        for data, calls, shown in ((b"new", 7, b"new"), (b"newest", 6, None)):
            asked = len(github.requests("api", "uploads"))
            github.misbehave(from_number(asked + calls + 1, unasked, then=unasked))
            with suppress(TransportError):
                publish(github, data, waits=ONCE)
            assert read(github) == shown
        github.misbehave()

    github.misbehave(once(call("DELETE"), meanwhile(interrupt)))
    with pytest.raises(ConflictError):
        slow.replace_timestamp(b"slow", seen)
    now = place_at(github).timestamp()
    assert now
    assert now.data == b"newest"


def test_of_two_first_ones_only_one_is_published(github: GitHub) -> None:
    one, two = place_at(github), place_at(github)
    assert one.timestamp() is two.timestamp() is None
    one.replace_timestamp(b"one", None)
    with pytest.raises(ConflictError):
        two.replace_timestamp(b"two", None)
    assert read(github) == b"one"


def test_one_that_was_removed_by_hand_is_missed(github: GitHub) -> None:
    publish(github, b"old")
    place = place_at(github)
    seen = place.timestamp()
    index = github.release(INDEX_ORIGIN)
    assert index
    index.assets.clear()
    with pytest.raises(ConflictError, match="meanwhile"):
        place.replace_timestamp(b"new", seen)


def test_one_that_is_replaced_while_it_is_read_is_read_anew(github: GitHub) -> None:
    publish(github, b"old")
    place = place_at(github)

    def interrupt() -> None:
        github.misbehave()
        publish(github, b"new")

    github.misbehave(once(lambda each: "/releases/assets/" in each.path, meanwhile(interrupt)))
    seen = place.timestamp()
    assert seen
    assert seen.data == b"new"
    place.replace_timestamp(b"newer", seen)


def test_one_that_always_changes_is_told(github: GitHub) -> None:
    publish(github, b"old")
    github.misbehave(always(lambda each: "/releases/assets/" in each.path, answers(404)))
    with pytest.raises(TransportError, match="changes all the time"):
        place_at(github).timestamp()


def test_one_that_is_far_too_large_is_not_read(github: GitHub) -> None:
    github.store(github.add(INDEX_ORIGIN, draft=False), TIMESTAMP, bytes(2 << 20))
    with pytest.raises(TransportError, match="too many"):
        place_at(github).timestamp()
    assert github.requests("storage") == []


def test_a_timestamp_that_comes_short_is_not_taken(github: GitHub) -> None:
    publish(github, b"the whole of it")

    def shorten(github: GitHub, exchange, honest):
        answer = honest()
        answer.body = answer.body[:-1]
        return answer

    github.misbehave(lambda *all: shorten(*all) if all[1].host == "storage" else all[2]())
    with pytest.raises(TransportError, match="14 of 15 bytes"):
        place_at(github).timestamp()
