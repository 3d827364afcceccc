"""Retrying what failed to open: when, how often, and after how long."""

import subprocess
import sys

import pytest
from transport import hostile as does
from transport.hostile import hostile

from zoopkg.transport.base import MissingError, TransportError
from zoopkg.transport.dispatch import SchemeOpener, default_opener
from zoopkg.transport.file import FileOpener, url_of
from zoopkg.transport.http import HttpOpener
from zoopkg.transport.retry import RetryingOpener


@pytest.fixture
def slept():
    return []


@pytest.fixture
def opener(slept):
    inner = HttpOpener()
    yield RetryingOpener(inner, sleep=slept.append, random=lambda: 0.5)
    inner.close()


def read(opener, url):
    with opener.open(url, limit=1000) as body:
        return b"".join(body)


def test_a_server_that_recovers(opener, slept):
    with hostile(does.status(503), does.closes(), does.status(500), does.serve(b"data")) as server:
        assert read(opener, server.url) == b"data"
    assert slept == [0.5, 1.0, 2.0]


def test_a_server_that_does_not(opener, slept):
    with hostile(does.status(503)) as server, pytest.raises(TransportError, match="503"):
        read(opener, server.url)
    assert len(server.asked) == 4
    assert len(slept) == 3


def test_a_server_that_says_when(opener, slept):
    with hostile(does.status(429, "Retry-After: 7"), does.serve(b"data")) as server:
        assert read(opener, server.url) == b"data"
    assert slept == [7.0]


def test_a_server_that_asks_for_too_long(opener, slept):
    with hostile(does.status(429, "Retry-After: 86400"), does.serve(b"data")) as server:
        read(opener, server.url)
    assert slept == [60.0]


def test_waits_are_spread_out():
    for random, expected in ((0.0, [0.25, 0.5, 1.0]), (1.0, [0.75, 1.5, 3.0])):
        slept, inner = [], HttpOpener()
        with hostile(does.status(503)) as server, pytest.raises(TransportError):
            read(RetryingOpener(inner, sleep=slept.append, random=lambda random=random: random), server.url)
        inner.close()
        assert slept == expected


@pytest.mark.parametrize(
    "behaviour", [does.status(404), does.status(400), does.redirect("ftp://x/"), does.gzipped(b"")]
)
def test_what_fails_for_good_is_asked_once(opener, slept, behaviour):
    with hostile(behaviour) as server, pytest.raises((MissingError, TransportError)):
        read(opener, server.url)
    assert len(server.asked) == 1
    assert slept == []


def test_one_attempt_is_no_retry(slept):
    inner = HttpOpener()
    with hostile(does.status(503)) as server, pytest.raises(TransportError):
        read(RetryingOpener(inner, attempts=1, sleep=slept.append), server.url)
    inner.close()
    assert len(server.asked) == 1
    assert slept == []


def test_schemes_that_nothing_opens():
    for url in ("ftp://h/a", "gs://bucket/a", "C:/zoo/a"):
        with pytest.raises(TransportError, match="file, http, https") as caught:
            default_opener().open(url, limit=1)
        assert caught.value.permanent


def test_each_scheme_has_its_opener(tmp_path):
    (tmp_path / "a").write_bytes(b"data")
    opener = SchemeOpener({"file": FileOpener()})
    assert read(opener, url_of(tmp_path / "a")) == b"data"
    assert read(opener, url_of(tmp_path / "a").replace("file:", "FILE:")) == b"data"
    with pytest.raises(TransportError, match="http"):
        opener.open("http://127.0.0.1/", limit=1)


def test_a_run_over_files_never_imports_requests(tmp_path):
    (tmp_path / "a").write_bytes(b"data")
    program = (
        "import sys, zoopkg.transport.mirrors; from zoopkg.transport.dispatch import default_opener;"
        f"body = default_opener().open({url_of(tmp_path / 'a')!r}, limit=4);"
        "assert b''.join(body) == b'data'; body.close();"
        "sys.exit('requests' in sys.modules or 'urllib3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
