"""The contract of the port, run over every adapter and wrapper, with real files and real servers."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from servers import needs_nginx, nginx
from transport.contract import DATA, LIMIT, NAMES, OpenerContract

from zoopkg.transport.base import Span
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.file import FileOpener, url_of
from zoopkg.transport.http import HttpOpener
from zoopkg.transport.resume import ResumingOpener
from zoopkg.transport.retry import RetryingOpener


class OverFiles(OpenerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, folder):
        return lambda name: url_of(folder / name)

    def test_span_after_the_file_changed_is_the_whole_file(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT, span=Span(7, 7), validator='"another"') as body:
            assert body.start == 0
            assert b"".join(body) == DATA


class OverNginx(OpenerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, folder):
        with nginx(folder) as base:
            yield lambda name: f"{base}/{quote(name)}"

    def test_span_comes_as_a_span(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT, span=Span(100, 5)) as body:
            assert body.start == 100
            assert b"".join(body) == DATA[100:105]

    def test_span_after_the_file_changed_is_the_whole_file(self, opener, place):
        with opener.open(place(NAMES[0]), limit=LIMIT, span=Span(7, 7), validator='"another"') as body:
            assert body.start == 0
            assert b"".join(body) == DATA


class QuietHandler(SimpleHTTPRequestHandler):
    """The standard library's server, which knows no ranges and no ETags."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Clients that hang up on a body are part of the contract."""


class OverStandardLibrary(OpenerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, folder):
        server = QuietServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder)))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield lambda name: f"http://127.0.0.1:{server.server_address[1]}/{quote(name)}"
        server.shutdown()
        server.server_close()
        thread.join()


class Bare:
    @pytest.fixture(scope="class")
    @classmethod
    def opener(cls):
        opener = HttpOpener()
        yield opener
        opener.close()


class Wrapped:
    @pytest.fixture(scope="class")
    @classmethod
    def opener(cls):
        inner = HttpOpener()
        yield ResumingOpener(RetryingOpener(inner))
        inner.close()


class Default:
    @pytest.fixture(scope="class")
    @classmethod
    def opener(cls):
        return default_opener()


class TestFiles(OverFiles):
    @pytest.fixture
    def opener(self):
        return FileOpener()


class TestFilesWrapped(OverFiles):
    @pytest.fixture
    def opener(self):
        return ResumingOpener(RetryingOpener(FileOpener()))


class TestFilesByDefault(Default, OverFiles):
    pass


@needs_nginx
class TestNginx(Bare, OverNginx):
    pass


@needs_nginx
class TestNginxWrapped(Wrapped, OverNginx):
    pass


@needs_nginx
class TestNginxByDefault(Default, OverNginx):
    pass


class TestStandardLibrary(Bare, OverStandardLibrary):
    pass


class TestStandardLibraryWrapped(Wrapped, OverStandardLibrary):
    pass
