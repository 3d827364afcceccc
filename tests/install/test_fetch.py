"""Fetching from servers that do as they like: everything right in the end, nothing asked for twice without need."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import packing
import pytest
from hostile import Behaviour, HostileServer, cut, endless, flipped, hostile, html, ignores_range, longer, serve, status

from zoopkg.errors import IntegrityError, NotOnMirrorsError
from zoopkg.install.fetch import Fetched, Fetcher
from zoopkg.install.progress import Silent
from zoopkg.install.ranges import Request, plan_requests
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Bundle, Layout
from zoopkg.transport import retry
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

_RANDOM = Random(2)
CONTENTS = [_RANDOM.randbytes(3000 + n) for n in range(8)]
# A gap of a megabyte between the blocks makes each a request of its own.
DATA, BLOCKS = packing.packed([[each] for each in CONTENTS], gap=bytes(1 << 20))


def requests_for(contents: Sequence[bytes]) -> list[Request]:
    hasher = BlobHasher()
    hasher.update(DATA)
    bundle = Bundle(hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0"), BLOCKS)
    found, unknown = plan_requests([Layout((bundle,))], {Digest.of(each): len(each) for each in contents})
    assert (len(found), unknown) == (len(contents), set())
    return found


class Fetching:
    """A store to fetch into."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warnings: list[str] = []

    def fetch(self, *servers: HostileServer, contents: Sequence[bytes] = CONTENTS, connections: int = 1) -> Fetched:
        opener = default_opener(attempts=2)
        mirrors = Mirrors([Mirror.parse(each.url) for each in servers], opener, warn=self.warnings.append)
        with packing.session(self.root) as (_, session):
            return Fetcher(opener, mirrors, session, Silent(), connections).fetch(requests_for(contents))

    @property
    def held(self) -> set[bytes]:
        with packing.session(self.root) as (store, _):
            assert packing.leftovers(store) == []
            return set(packing.held(store).values())


@pytest.fixture(autouse=True)
def _short_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_WAIT", 0.01)


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    return Fetching(tmp_path / "store")


@pytest.mark.parametrize("connections", [1, 4, 32])
def test_each_request_is_asked_once(fetching: Fetching, connections: int) -> None:
    with hostile(serve(DATA)) as server:
        fetched = fetching.fetch(server, connections=connections)
        assert len(server.asked) == fetched.requests == len(CONTENTS)
    assert fetching.held == set(CONTENTS)
    assert fetched.size == sum(block.length for block in BLOCKS)


def test_a_server_without_ranges_is_asked_once(fetching: Fetching) -> None:
    with hostile(ignores_range(DATA)) as server:
        fetching.fetch(server)
        assert len(server.asked) == 1
    assert fetching.held == set(CONTENTS)


def test_nothing_to_fetch(fetching: Fetching) -> None:
    with hostile(serve(DATA)) as server:
        assert fetching.fetch(server, contents=[]) == Fetched(0, 0, {})
        assert server.asked == []


def test_a_cut_connection_is_taken_up_where_it_broke_off(fetching: Fetching) -> None:
    with hostile(cut(DATA, 1000), serve(DATA)) as server:
        fetched = fetching.fetch(server, contents=CONTENTS[:1])
        first, second = (exchange.headers["range"] for exchange in server.asked)
    assert (first, second) == (f"bytes={1 << 20}-{len_of(0) - 1}", f"bytes={(1 << 20) + 1000}-{len_of(0) - 1}")
    assert fetching.held == {CONTENTS[0]}
    assert fetched.size == BLOCKS[0].length


def len_of(number: int) -> int:
    return BLOCKS[number].offset + BLOCKS[number].length


@pytest.mark.parametrize(
    "wrong",
    [
        flipped(DATA, BLOCKS[0].offset + 1500),
        html("<!DOCTYPE html>" + "x" * (len(DATA) - 15)),
        html(),
        longer(DATA, declared=True),
        serve(DATA[: len(DATA) - len(DATA) // 3]),
        serve(b""),
        endless(),
    ],
    ids=["a flipped bit", "a web page as long as the file", "a web page", "too long", "cut off", "empty", "endless"],
)
def test_wrong_bytes_move_on_to_the_next_mirror(fetching: Fetching, wrong: Behaviour) -> None:
    with hostile(wrong) as bad, hostile(serve(DATA)) as good:
        fetching.fetch(bad, good)
        assert good.asked
    assert fetching.held == set(CONTENTS)
    assert len(fetching.warnings) == 1
    assert f"the mirror {bad.url.removeprefix('http://')} gave wrong bytes" in fetching.warnings[0]


@pytest.mark.parametrize("connections", [1, 4])
def test_a_mirror_that_lies_is_asked_last(fetching: Fetching, connections: int) -> None:
    with hostile(html()) as bad, hostile(serve(DATA)) as good:
        fetching.fetch(bad, good, connections=connections)
        assert len(bad.asked) <= connections
        assert len(good.asked) == len(CONTENTS)


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (status(404), NotOnMirrorsError),
        (flipped(DATA, BLOCKS[0].offset + 1500), IntegrityError),
        (cut(DATA, 0), NotOnMirrorsError),
    ],
    ids=["missing", "wrong", "cut off again and again"],
)
def test_what_no_mirror_has_right(fetching: Fetching, behaviour: Behaviour, error: type[Exception]) -> None:
    with hostile(behaviour) as server, pytest.raises(error, match="no mirror had"):
        fetching.fetch(server, contents=CONTENTS[:1])
    assert fetching.held == set()


def test_what_was_verified_stays_when_the_rest_fails(fetching: Fetching) -> None:
    with hostile(flipped(DATA, BLOCKS[-1].offset + 1500)) as server, pytest.raises(IntegrityError):
        fetching.fetch(server)
    assert fetching.held < set(CONTENTS)
