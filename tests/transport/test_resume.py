"""Bodies that break off and are taken up: exactly the bytes, whatever the cuts, or an error."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transport import hostile as does
from transport.hostile import hostile

from zoopkg.transport.base import Body, Span, TransportError
from zoopkg.transport.http import HttpOpener
from zoopkg.transport.resume import ResumingOpener

DATA = bytes(range(256)) * 400
LIMIT = len(DATA)


@pytest.fixture
def http():
    opener = HttpOpener()
    yield opener
    opener.close()


@pytest.fixture
def opener(http):
    return ResumingOpener(http, attempts=3, progress=1)


def read(opener, url, **options):
    with opener.open(url, **{"limit": LIMIT, **options}) as body:
        return b"".join(body)


def ranges(server):
    return [exchange.headers.get("range") for exchange in server.asked]


def test_the_rest_of_a_file(opener):
    with hostile(does.cut(DATA, 1000), does.cut(DATA, 500), does.serve(DATA)) as server:
        assert read(opener, server.url) == DATA
    assert ranges(server) == [None, f"bytes=1000-{LIMIT - 1}", f"bytes=1500-{LIMIT - 1}"]
    assert server.asked[1].headers["if-range"] == '"1"'


def test_the_rest_of_a_span(opener):
    with hostile(does.cut(DATA, 100), does.serve(DATA)) as server:
        assert read(opener, server.url, span=Span(1000, 5000)) == DATA[1000:6000]
    assert ranges(server) == ["bytes=1000-5999", "bytes=1100-5999"]


@pytest.mark.parametrize("etag", ['"1"', ""])
@pytest.mark.parametrize("at", [0, 1, 1000])
def test_a_whole_file_in_place_of_the_rest(opener, at, etag):
    with hostile(does.cut(DATA, at, etag), does.ignores_range(DATA, etag)) as server:
        assert read(opener, server.url) == DATA


def test_a_whole_file_in_place_of_a_span_may_break_off_as_well(opener):
    cut_whole = does.raw(f"HTTP/1.1 200 OK\r\nContent-Length: {LIMIT}\r\n\r\n".encode() + DATA[:3000])
    with hostile(cut_whole, does.serve(DATA)) as server:
        body = opener.open(server.url, limit=LIMIT, span=Span(1000, 5000))
        assert body.start == 0
        assert b"".join(body) == DATA
    assert ranges(server)[1] == f"bytes=3000-{LIMIT - 1}"


def test_a_file_of_unknown_size_is_begun_again(opener):
    with hostile(does.cut(DATA, 1000, declared=False), does.chunked(DATA)) as server:
        assert read(opener, server.url) == DATA
    assert ranges(server) == [None, None]


@pytest.mark.parametrize(
    "changed",
    [
        does.serve(DATA, '"2"'),
        does.ignores_range(DATA, '"2"'),
        does.serve(DATA[:-1]),
        does.serve(DATA + b"x"),
        does.status(404),
    ],
    ids=["etag", "etag of a whole file", "shorter", "longer", "gone"],
)
def test_a_file_that_changes_meanwhile(opener, changed):
    with hostile(does.cut(DATA, 1000), changed) as server, opener.open(server.url, limit=2 * LIMIT) as body:
        pieces = iter(body)
        assert next(pieces) == DATA[:1000]
        with pytest.raises(TransportError):
            list(pieces)
    assert len(server.asked) == 2


def test_no_progress_is_given_up(opener):
    with hostile(does.cut(DATA, 1000), does.cut(DATA, 0)) as server, pytest.raises(TransportError):
        read(opener, server.url)
    assert len(server.asked) == 4


def test_little_progress_is_none(http):
    with hostile(does.cut(DATA, 10)) as server, pytest.raises(TransportError):
        read(ResumingOpener(http, attempts=5), server.url)
    assert len(server.asked) == 5


def test_what_fails_for_good_is_not_taken_up(opener):
    with hostile(does.endless()) as server, pytest.raises(TransportError, match="more than"):
        read(opener, server.url)
    assert len(server.asked) == 1


class Cutting:
    """An opener of one file whose bodies break off by a list of lengths; some answer whole files to spans.

    It stands for any server: the property is one of the wrapper, over all cuts and not over sockets.
    """

    def __init__(self, data: bytes, cuts: list[tuple[int, bool]], *, tells_total: bool) -> None:
        self.data, self.cuts, self.tells_total = data, list(cuts), tells_total

    def open(self, url: str, *, limit: int, span: Span | None = None, validator: str = "") -> Body:
        length, whole = self.cuts.pop(0) if self.cuts else (None, False)
        start, stop = (0, len(self.data)) if span is None or whole else (span.start, span.end)
        assert 0 <= start <= stop <= len(self.data)
        return CutBody(self.data, start, stop, length, len(self.data) if self.tells_total else None)


class CutBody:
    validator = ""
    url = "cut:"

    def __init__(self, data, start, stop, length, total):
        self.start, self.total = start, total
        self._pieces = data[start:stop] if length is None else data[start : min(stop, start + length)]
        self._breaks = length is not None

    def __iter__(self):
        for i in range(0, len(self._pieces), 7):
            yield self._pieces[i : i + 7]
        if self._breaks:
            raise TransportError("broke off")

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


CUTS = st.lists(st.tuples(st.integers(0, 100), st.booleans()), max_size=12)


@given(st.binary(max_size=300), CUTS, st.booleans())
def test_any_cuts_give_exactly_the_file(data, cuts, tells_total):
    opener = ResumingOpener(Cutting(data, cuts, tells_total=tells_total), attempts=len(cuts) + 1, progress=1)
    with opener.open("cut:", limit=len(data)) as body:
        assert b"".join(body) == data


@given(st.binary(min_size=1, max_size=300), st.data(), CUTS, st.booleans())
def test_any_cuts_give_exactly_the_span(data, draw, cuts, tells_total):
    start = draw.draw(st.integers(0, len(data) - 1))
    span = Span(start, draw.draw(st.integers(1, len(data) - start)))
    opener = ResumingOpener(Cutting(data, cuts, tells_total=tells_total), attempts=len(cuts) + 1, progress=1)
    with opener.open("cut:", limit=len(data), span=span) as body:
        got = b"".join(body)
        assert data[body.start :].startswith(got)
        assert got[span.start - body.start :][: span.length] == data[span.start : span.end]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, LIMIT), st.booleans(), st.booleans()), max_size=6))
def test_any_cuts_over_real_sockets(http, cuts):
    script = [
        (does.cut(DATA, at, declared=declared) if honest else does.cut(DATA, at, "", declared=declared))
        for at, declared, honest in cuts
    ]
    opener = ResumingOpener(http, attempts=len(cuts) + 2, progress=1)
    with hostile(*script, does.serve(DATA)) as server:
        assert read(opener, server.url) == DATA
