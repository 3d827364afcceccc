"""A bundle's bytes from several mirrors in one stream, over servers and a clock that a test winds: no waiting."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import packing
import pytest
from clock import Clock

from zoopkg.errors import IntegrityError, NotOnMirrorsError
from zoopkg.install.fetch import Fetched, Fetcher
from zoopkg.install.progress import Silent
from zoopkg.install.ranges import plan_requests
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.layout import Bundle, Layout
from zoopkg.transport.base import Body, MissingError, Span, TransportError
from zoopkg.transport.ledger import Ledger
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

_RANDOM = Random(11)
CONTENTS = [_RANDOM.randbytes(300_000) for _ in range(12)]
PIECE = 50_000


def bundle_of(contents: Sequence[bytes], gap: int = 0) -> tuple[bytes, Bundle]:
    data, blocks = packing.packed([[each] for each in contents], gap=bytes(gap))
    hasher = BlobHasher()
    hasher.update(data)
    return data, Bundle(hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0"), blocks)


ONE_REQUEST = bundle_of(CONTENTS)
MANY_REQUESTS = bundle_of(CONTENTS, gap=1 << 20)


@dataclass
class Server:
    """A mirror in memory. `breaks` are offsets of the file where a body breaks off, each once; `flips` one bit."""

    rate: float = 1e7
    breaks: list[int] = field(default_factory=list)
    flips: int | None = None
    lacks: bool = False
    fails: int = 0
    size: int | None = None
    slow_from: int | None = None
    asked: list[Span | None] = field(default_factory=list)
    sent: int = 0


class Web:
    """Opens `sim://NAME/…` on servers that all hold one file, while the clock goes on as bytes come."""

    def __init__(self, data: bytes, clock: Clock, servers: dict[str, Server]) -> None:
        self._data, self._clock, self._servers = data, clock, servers

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        server = self._servers[url.removeprefix("http://").partition("/")[0]]
        server.asked.append(span)
        self._clock.now += 0.01
        if server.lacks:
            raise MissingError(f"{url} is not there")
        if server.fails:
            server.fails -= 1
            raise TransportError(f"{url} did not answer")
        data = bytearray(self._data[: server.size])
        if server.flips is not None:
            data[server.flips] ^= 1
        return Sent(bytes(data), server, self._clock, span or Span(0, len(data)), url)


class Sent(Body):
    def __init__(self, data: bytes, server: Server, clock: Clock, span: Span, url: str) -> None:
        self.start, self.total, self.validator, self.url = span.start, None, "", url
        self._data, self._server, self._clock, self._stop = data, server, clock, min(span.end, len(data))

    def __iter__(self) -> Iterator[bytes]:
        at, server = self.start, self._server
        while at < self._stop:
            until = min([self._stop, at + PIECE, *(each for each in server.breaks if each > at)])
            is_slow = server.slow_from is not None and at >= server.slow_from
            self._clock.now += (until - at) / (100 if is_slow else server.rate)
            server.sent += until - at
            yield self._data[at:until]
            at = until
            if at in server.breaks:
                server.breaks.remove(at)
                raise TransportError(f"{self.url} closed the connection")

    def close(self) -> None:
        pass


class Fetching:
    """One connection that fetches a bundle from some servers into a store."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = Clock()
        self.warnings: list[str] = []

    def fetch(self, packed: tuple[bytes, Bundle], **servers: Server) -> Fetched:
        data, bundle = packed
        opener = Web(data, self.clock, servers)
        wanted = {member.digest: member.size for block in bundle.blocks for member in block.members}
        requests, _ = plan_requests([Layout((bundle,))], wanted)
        mirrors = Mirrors(
            [Mirror.parse(f"http://{name}") for name in servers],
            opener,
            warn=self.warnings.append,
            ledger=Ledger(clock=self.clock, random=lambda: 0.5),
        )
        with packing.session(self.root) as (_, session):
            fetcher = Fetcher(opener, mirrors, session, Silent(), 1)
            fetcher._pause = self.clock.sleep
            return fetcher.fetch(requests)

    @property
    def is_whole(self) -> bool:
        with packing.session(self.root) as (store, _):
            return set(packing.held(store).values()) == set(CONTENTS)


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    return Fetching(tmp_path / "store")


def test_what_breaks_off_goes_on_elsewhere_and_nothing_comes_twice(fetching: Fetching) -> None:
    at = ONE_REQUEST[1].blocks[3].offset + 123_456  # within a block
    a, b = Server(breaks=[at]), Server()
    fetched = fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert (a.sent, b.sent) == (at, len(ONE_REQUEST[0]) - at)
    assert fetched.size == len(ONE_REQUEST[0])
    assert fetched.mirrors == {"a": a.sent, "b": b.sent}
    assert fetching.clock.slept == []
    assert fetching.warnings == []


def test_a_single_mirror_that_breaks_off_is_asked_for_the_rest(fetching: Fetching) -> None:
    breaks = [200_000 * n for n in range(1, 12)]
    a = Server(breaks=list(breaks))
    fetching.fetch(ONE_REQUEST, a=a)
    assert fetching.is_whole
    assert a.sent == len(ONE_REQUEST[0])
    assert fetching.clock.slept == [0.5] * len(breaks)  # each time it made progress, so its rests do not grow


def test_a_mirror_that_never_gets_on_is_given_up(fetching: Fetching) -> None:
    a = Server(fails=1000)
    with pytest.raises(NotOnMirrorsError, match="a: did not answer"):
        fetching.fetch(ONE_REQUEST, a=a)
    assert len(a.asked) == 4
    assert fetching.clock.slept == [0.5, 1.0, 2.0]


def test_a_mirror_that_fails_is_asked_once_while_another_serves(fetching: Fetching) -> None:
    a, b = Server(fails=1000), Server()
    fetching.fetch(MANY_REQUESTS, a=a, b=b)
    assert fetching.is_whole
    assert (len(a.asked), len(b.asked)) == (1, len(CONTENTS))
    assert fetching.clock.slept == []


def test_a_crawl_is_left_for_a_mirror_that_nobody_has_tried(fetching: Fetching) -> None:
    a, b = Server(slow_from=700_000), Server()
    fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert a.sent + b.sent == len(ONE_REQUEST[0])
    assert 700_000 <= a.sent < 1_000_000
    assert (len(a.asked), len(b.asked)) == (1, 1)
    assert fetching.warnings == []


def test_a_crawl_is_borne_where_nobody_else_has_it(fetching: Fetching) -> None:
    a, b = Server(slow_from=700_000), Server(lacks=True)
    fetching.fetch(ONE_REQUEST, b=b, a=a)
    assert fetching.is_whole
    assert (len(a.asked), len(b.asked)) == (1, 1)


def test_of_two_that_crawl_neither_is_asked_again_and_again(fetching: Fetching) -> None:
    a, b = Server(rate=500), Server(rate=400)
    fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert len(a.asked) + len(b.asked) <= 3


def test_most_requests_go_to_the_faster_of_two(fetching: Fetching) -> None:
    a, b = Server(rate=100_000), Server(rate=1e7)
    fetched = fetching.fetch(MANY_REQUESTS, a=a, b=b)
    assert fetching.is_whole
    assert fetched.mirrors["b"] > 5 * fetched.mirrors["a"]


def test_the_order_decides_where_both_are_quick(fetching: Fetching) -> None:
    a, b = Server(rate=5e6), Server(rate=1e7)
    fetching.fetch(MANY_REQUESTS, a=a, b=b)
    assert fetching.is_whole
    assert b.asked == []


def test_one_mirror_costs_a_request_for_each_run_of_blocks(fetching: Fetching) -> None:
    a = Server()
    assert fetching.fetch(MANY_REQUESTS, a=a).requests == len(a.asked) == len(CONTENTS)


def test_wrong_bytes_name_who_gave_them_and_only_the_block_is_asked_for_again(fetching: Fetching) -> None:
    block = ONE_REQUEST[1].blocks[5]
    a, b = Server(flips=block.offset + 1000), Server()
    fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert b.sent == len(ONE_REQUEST[0]) - block.offset
    assert len(fetching.warnings) == 1
    assert "the mirror a gave wrong bytes" in fetching.warnings[0]


def test_who_gave_only_what_came_before_is_not_in_doubt(fetching: Fetching) -> None:
    blocks = ONE_REQUEST[1].blocks
    a, b = Server(breaks=[blocks[3].offset + 1000]), Server(flips=blocks[5].offset + 1000)
    fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert len(fetching.warnings) == 1
    assert "the mirror b gave wrong bytes" in fetching.warnings[0]
    assert len(a.asked) == 2


def test_a_block_that_two_mirrors_gave_is_asked_for_again_and_blames_nobody_wrongly(fetching: Fetching) -> None:
    """The first gives wrong bytes and breaks off, the second the rest of the block: either may have lied."""
    block = ONE_REQUEST[1].blocks[5]
    a, b = Server(flips=block.offset + 1000, breaks=[block.offset + 2000]), Server()
    fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert not any("the mirror b " in warning for warning in fetching.warnings)


def test_two_that_lie_in_turns_come_to_an_end(fetching: Fetching) -> None:
    block = ONE_REQUEST[1].blocks[0]
    breaks = [block.offset + 70_000 * n for n in range(1, 5)]
    servers = {name: Server(flips=1000, breaks=breaks * 50) for name in "ab"}
    with pytest.raises(IntegrityError, match="no mirror had"):
        fetching.fetch(ONE_REQUEST, **servers)
    assert sum(len(server.asked) for server in servers.values()) < 60


def test_a_file_that_is_too_short_and_does_not_say_so_is_wrong(fetching: Fetching) -> None:
    a, b = Server(size=1_000_000), Server()
    fetching.fetch(ONE_REQUEST, a=a, b=b)
    assert fetching.is_whole
    assert "the mirror a gave wrong bytes" in fetching.warnings[0]
    assert "ends after 1000000 bytes" in fetching.warnings[0]
