"""What every opener must do, as one suite: a test class derives from `OpenerContract` and says how a file gets a URL.

Wrappers (retry, resumption, choice by scheme) must pass it unchanged over whatever they wrap.
"""

from pathlib import Path

import pytest

from zoopkg.transport.base import MissingError, Opener, OverlongError, Span, TransportError

DATA = bytes(range(256)) * 1024
LIMIT = len(DATA)
NAMES = ["plain.bundle", "with space.bundle", "50%.bundle", "a+b&c=d;e.bundle", "häßlich ☃.bundle", "#?.bundle"]


class OpenerContract:
    """Derive, and define the fixtures `opener` and `place`: an opener, and a function from a file name to its URL.

    The fixture `folder` is the folder that the URLs lead to.
    """

    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, tmp_path_factory) -> Path:
        folder = tmp_path_factory.mktemp("mirror")
        for name in NAMES:
            (folder / name).write_bytes(DATA)
        (folder / "empty.bundle").write_bytes(b"")
        (folder / "one.bundle").write_bytes(b"1")
        return folder

    def read(self, opener: Opener, url: str, **options) -> bytes:
        """The bytes asked for, whether the answer to a span is the span or the whole file."""
        span = options.get("span", Span(0, LIMIT))
        with opener.open(url, **{"limit": LIMIT, **options}) as body:
            assert body.start in (0, span.start)
            return b"".join(body)[span.start - body.start :][: span.length]

    def test_whole_file(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT) as body:
            assert (body.start, body.total) == (0, len(DATA))
            assert body.url == place(NAMES[0])
            assert b"".join(body) == DATA

    @pytest.mark.parametrize("name", NAMES)
    def test_names_are_percent_encoded(self, opener, place, name):
        assert self.read(opener, place(name)) == DATA

    def test_empty_file(self, opener, place):
        assert self.read(opener, place("empty.bundle")) == b""

    def test_empty_file_within_a_limit_of_nothing(self, opener, place):
        assert self.read(opener, place("empty.bundle"), limit=0) == b""

    @pytest.mark.parametrize(
        "span",
        [Span(0, 1), Span(0, 1000), Span(1000, 70_000), Span(LIMIT - 1, 1), Span(LIMIT - 1000, 1000), Span(0, LIMIT)],
        ids=str,
    )
    def test_span(self, opener, place, span):
        assert self.read(opener, place(NAMES[0]), span=span) == DATA[span.start : span.end]

    def test_span_tells_the_size_of_the_file(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT, span=Span(5, 5)) as body:
            assert body.total == len(DATA)

    @pytest.mark.parametrize("span", [Span(LIMIT, 1), Span(LIMIT - 1, 2), Span(2 * LIMIT, 10)], ids=str)
    def test_span_past_the_end_fails_for_good(self, opener, place, span):
        with pytest.raises(TransportError) as caught:
            opener.open(place(NAMES[0]), limit=3 * LIMIT, span=span)
        assert caught.value.permanent

    def test_span_while_the_validator_holds(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT) as body:
            validator = body.validator
        assert self.read(opener, place(NAMES[0]), span=Span(7, 7), validator=validator) == DATA[7:14]

    def test_missing(self, opener, place):
        with pytest.raises(MissingError, match=r"nowhere\.bundle"):
            opener.open(place("nowhere.bundle"), limit=LIMIT)

    def test_missing_below_a_file(self, opener, place):
        with pytest.raises(MissingError):
            opener.open(place(NAMES[0]) + "/below.bundle", limit=LIMIT)

    def test_larger_than_the_limit(self, opener, place):
        with pytest.raises(OverlongError, match=str(len(DATA))):
            opener.open(place(NAMES[0]), limit=LIMIT - 1)

    def test_span_of_a_file_larger_than_the_limit(self, opener, place):
        with pytest.raises(OverlongError):
            opener.open(place(NAMES[0]), limit=LIMIT - 1, span=Span(0, 1))

    def test_a_body_may_be_left_unread(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT) as body:
            next(iter(body))
        assert self.read(opener, place("one.bundle")) == b"1"

    def test_what_is_no_url(self, opener):
        for text in ("", "no-scheme", "//host/path", "http://[::1", "http://host:port/"):
            with pytest.raises(TransportError) as caught:
                opener.open(text, limit=1)
            assert caught.value.permanent
