"""Work in threads: all of it, in order, up to the first failure, and stopped from outside."""

from threading import Event

import pytest

from zoopkg.mirror.parallel import StoppedError, in_parallel


@pytest.mark.parametrize("at_once", [1, 3, 20])
def test_every_item_is_done_once(at_once: int) -> None:
    done: list[int] = []
    in_parallel(done.append, iter(range(100)), at_once, Event())
    assert sorted(done) == list(range(100))
    if at_once == 1:
        assert done == list(range(100))


def test_the_first_failure_ends_the_rest() -> None:
    done: list[int] = []
    stop = Event()

    def work(item: int) -> None:
        if item == 3:
            raise ValueError(item)
        done.append(item)
        if item > 3:
            stop.wait()
            raise StoppedError

    with pytest.raises(ValueError, match="3"):
        in_parallel(work, range(1000), 4, stop)
    assert len(done) < 10


def test_who_stops_it_need_not_fail() -> None:
    stop = Event()

    def work(item: int) -> None:
        stop.set()
        raise StoppedError

    in_parallel(work, range(1000), 4, stop)
    assert stop.is_set()
