"""The HTTP adapter against servers that misbehave, over real sockets: bytes that fit, or one clear error."""

import itertools
import socket
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from servers import free_port
from transport import hostile as does
from transport.hostile import hostile

from zoopkg.transport.base import MissingError, OverlongError, Span, TransportError
from zoopkg.transport.http import USER_AGENT, HttpConfig, HttpOpener

DATA = bytes(range(256)) * 400
LIMIT = len(DATA)
SPAN = Span(1000, 5000)


@pytest.fixture
def opener():
    opener = HttpOpener(HttpConfig(connect_timeout=5, stall_timeout=0.25))
    yield opener
    opener.close()


@pytest.fixture
def hasty():
    """An opener for whose clock a second passes at each reading."""
    opener = HttpOpener(HttpConfig(stall_timeout=20, grace=30, minimum_rate=1000), clock=itertools.count().__next__)
    yield opener
    opener.close()


def read(opener, url, **options):
    with opener.open(url, **{"limit": LIMIT, **options}) as body:
        return b"".join(body)


def failure(opener, url, **options) -> TransportError:
    with pytest.raises(TransportError) as caught:
        read(opener, url, **options)
    assert "\n" not in caught.value.message
    return caught.value


def until_failure(opener, url, **options) -> tuple[bytes, TransportError]:
    """What came before the body failed, and how."""
    received = bytearray()
    with opener.open(url, **{"limit": LIMIT, **options}) as body, pytest.raises(TransportError) as caught:  # noqa: PT012
        for piece in body:
            received += piece
    return bytes(received), caught.value


# Requests -------------------------------------------------------------------------------------------------------------


def test_the_request_says_who_asks_and_takes_no_coding(opener):
    with hostile(does.serve(DATA)) as server:
        read(opener, server.url + "/a.bundle")
    headers = server.asked[0].headers
    assert headers["user-agent"] == USER_AGENT
    assert USER_AGENT.startswith("zoopkg/")
    assert headers["accept-encoding"] == "identity"
    assert "range" not in headers
    assert "authorization" not in headers


def test_a_span_is_one_range_on_the_validators_condition(opener):
    with hostile(does.serve(DATA)) as server:
        assert read(opener, server.url, span=SPAN, validator='"1"') == DATA[1000:6000]
    assert server.asked[0].headers["range"] == "bytes=1000-5999"
    assert server.asked[0].headers["if-range"] == '"1"'


def test_cookies_are_not_kept(opener):
    with hostile(does.status(404, "Set-Cookie: id=1"), does.serve(DATA)) as server:
        with pytest.raises(MissingError):
            read(opener, server.url)
        read(opener, server.url)
    assert "cookie" not in server.asked[1].headers


def test_threads_share_an_opener(opener):
    spans = [Span(start, 999) for start in range(0, LIMIT - 999, 1009)]
    with hostile(does.serve(DATA)) as server, ThreadPoolExecutor(32) as threads:
        bodies = list(threads.map(lambda span: read(opener, server.url, span=span), spans))
    assert bodies == [DATA[span.start : span.end] for span in spans]


def test_connections_are_used_again(opener):
    """After whole bodies, errors and redirects alike."""
    missing = [does.status(404), does.status(404, body=b"no")]
    with hostile(*missing, does.serve(DATA), does.redirect("/b"), does.chunked(DATA), does.serve(DATA)) as server:
        for _ in missing:
            with pytest.raises(MissingError):
                read(opener, server.url)
        for _ in range(3):
            assert read(opener, server.url) == DATA
    assert len({exchange.connection for exchange in server.asked}) == 1


# Answers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [401, 403, 404, 410, 451])
def test_what_a_server_lacks_is_missing(opener, code):
    with hostile(does.status(code)) as server, pytest.raises(MissingError, match=f"HTTP {code}") as caught:
        read(opener, server.url)
    assert ("netrc" in caught.value.hint) == (code == 401)


@pytest.mark.parametrize(("code", "permanent"), [(400, True), (408, False), (418, True), (500, False), (503, False)])
def test_other_statuses_fail(opener, code, permanent):
    with hostile(does.status(code)) as server:
        assert failure(opener, server.url).permanent == permanent


def test_busy_servers_say_when_to_ask_again(opener):
    dates = "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", "Date: Wed, 21 Oct 2026 07:27:20 GMT"
    with hostile(does.status(429, "Retry-After: 7"), does.status(503, *dates), does.status(503)) as server:
        assert [failure(opener, server.url).retry_after for _ in range(3)] == [7.0, 40.0, None]


def test_the_content_of_a_web_page_is_left_to_its_reader(opener):
    with hostile(does.html("<html>")) as server:
        assert read(opener, server.url) == b"<html>"


def test_compression_on_the_wire_is_refused(opener):
    with hostile(does.gzipped(DATA)) as server:
        error = failure(opener, server.url)
    assert error.permanent
    assert "gzip" in error.message


@pytest.mark.parametrize(
    "given",
    [
        "bytes 999-5998/102400",  # starts too early
        "bytes 1001-5999/102400",  # starts too late
        "bytes 1000-6000/102400",  # ends too late
        "bytes 1000-999/102400",  # ends before it starts
        "bytes 1000-5999/5999",  # lies outside the file
        "bytes 1000-5999",
        "bytes */102400",
        "bytes -1000-5999/102400",
        "items 1000-5999/102400",
        "bytes 1000-5999/102400, 7000-7999/102400",
        "bytes 1000-4999/102400",  # not as many as the Content-Length
        "",
    ],
)
def test_a_wrong_content_range_is_refused(opener, given):
    with hostile(does.wrong_range(DATA, given)) as server:
        assert failure(opener, server.url, span=SPAN).permanent


def test_several_parts_are_refused(opener):
    kind = "Content-Type: multipart/byteranges; boundary=x"
    with hostile(does.wrong_range(DATA, "bytes 1000-5999/102400", kind)) as server:
        assert "several parts" in failure(opener, server.url, span=SPAN).message


def test_a_part_that_nobody_asked_for_is_refused(opener):
    with hostile(does.wrong_range(DATA, "bytes 0-102399/102400")) as server:
        assert failure(opener, server.url).permanent


def test_a_part_of_another_file_is_refused(opener):
    with hostile(does.wrong_range(DATA, "bytes 1000-5999/102400", 'ETag: "2"')) as server:
        assert "no longer the file" in failure(opener, server.url, span=SPAN, validator='"1"').message


def test_a_span_of_unknown_total_will_do(opener):
    with hostile(does.wrong_range(DATA, "bytes 1000-5999/*")) as server:
        assert read(opener, server.url, span=SPAN) == DATA[1000:6000]


def test_less_than_the_span_is_a_body_that_stops_early(opener):
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 1000-1999/102400\r\nContent-Length: 1000\r\n\r\n"
    with hostile(does.raw(head + DATA[1000:2000])) as server:
        received, error = until_failure(opener, server.url, span=SPAN)
    assert received == DATA[1000:2000]
    assert "1000 of 5000 bytes" in error.message


def test_the_whole_file_in_place_of_a_span(opener):
    with hostile(does.ignores_range(DATA)) as server, opener.open(server.url, limit=LIMIT, span=SPAN) as body:
        assert body.start == 0
        assert b"".join(body) == DATA


def test_the_whole_file_where_it_has_changed(opener):
    with (
        hostile(does.serve(DATA, '"2"')) as server,
        opener.open(server.url, limit=LIMIT, span=SPAN, validator='"1"') as body,
    ):
        assert (body.start, body.validator) == (0, '"2"')


def test_an_unsatisfiable_range_fails(opener):
    with hostile(does.status(416, "Content-Range: bytes */10")) as server:
        assert failure(opener, server.url, span=SPAN).permanent


@pytest.mark.parametrize("lines", ["Content-Length: x", "Content-Length: -1", "Content-Length: 5\r\nContent-Length: 6"])
def test_a_content_length_that_is_none_is_refused(opener, lines):
    with hostile(does.raw(f"HTTP/1.1 200 OK\r\n{lines}\r\n\r\n12345".encode())) as server:
        failure(opener, server.url)


def test_weak_etags_prove_nothing(opener):
    with hostile(does.serve(DATA, 'W/"1"')) as server, opener.open(server.url, limit=LIMIT) as body:
        assert body.validator == ""


# Bodies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("at", [0, 1, 50_000])
def test_a_body_that_is_cut_off_fails_after_its_bytes(opener, at, declared):
    with hostile(does.cut(DATA, at, declared=declared)) as server:
        received, error = until_failure(opener, server.url)
    assert received == DATA[:at]
    assert not error.permanent


def test_a_body_of_unknown_length(opener):
    with hostile(does.chunked(DATA)) as server, opener.open(server.url, limit=LIMIT) as body:
        assert body.total is None
        assert b"".join(body) == DATA


def test_chunks_overrule_a_content_length(opener):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
    with hostile(does.raw(head + b"5\r\n12345\r\n0\r\n\r\n")) as server:
        assert read(opener, server.url) == b"12345"


def test_an_endless_body_ends_at_the_limit(opener):
    with hostile(does.endless()) as server:
        received, error = until_failure(opener, server.url, limit=200_000)
    assert len(received) <= 200_000
    assert isinstance(error, OverlongError)


def test_endless_trailers_end_with_the_time(hasty):
    with hostile(does.endless(trailers=True)) as server:
        assert "too slowly" in failure(hasty, server.url).message


def test_more_than_the_declared_length_is_never_read(opener):
    with hostile(does.longer(DATA), does.serve(DATA)) as server:
        assert read(opener, server.url) == DATA
        assert read(opener, server.url) == DATA


def test_a_length_over_the_limit_is_refused_before_reading(opener):
    with hostile(does.longer(DATA, declared=True)) as server, pytest.raises(OverlongError, match=f"{LIMIT + 7} bytes"):
        opener.open(server.url, limit=LIMIT)


def test_more_than_the_span_is_refused(opener):
    head = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-9/102400\r\nTransfer-Encoding: chunked\r\n\r\n"
    with hostile(does.raw(head + b"14\r\n" + DATA[:20] + b"\r\n0\r\n\r\n")) as server:
        assert "more than the 10 bytes" in failure(opener, server.url, span=Span(0, 10)).message


@pytest.mark.parametrize("headers", [False, True])
def test_a_drip_is_cut_off(hasty, headers):
    with hostile(does.drip(DATA, headers=headers)) as server:
        assert "too slowly" in failure(hasty, server.url).message


def test_a_server_that_keeps_the_pace_may_take_its_time(hasty):
    with hostile(does.drip(DATA, size=1500)) as server:
        assert read(hasty, server.url) == DATA


def test_time_that_the_reader_takes_does_not_count():
    now = [0.0]
    opener = HttpOpener(HttpConfig(grace=1, minimum_rate=1e9), clock=lambda: now[0])
    with hostile(does.serve(DATA)) as server, opener.open(server.url, limit=LIMIT) as body:
        received = b""
        for piece in body:
            now[0] += 3600
            received += piece
    opener.close()
    assert received == DATA


@pytest.mark.parametrize("headers", [False, True])
def test_a_stall_is_given_up(opener, headers):
    with hostile(does.stall(DATA, 100, headers=headers)) as server:
        assert "stalled" in failure(opener, server.url).message


def test_a_server_that_hangs_up(opener):
    with hostile(does.closes()) as server:
        error = failure(opener, server.url)
    assert "closed the connection" in error.message
    assert not error.permanent


def test_what_is_not_http(opener):
    with hostile(does.raw(b"SSH-2.0-OpenSSH\r\n")) as server:
        failure(opener, server.url)


def test_nobody_listens(opener):
    error = failure(opener, f"http://127.0.0.1:{free_port()}/a.bundle")
    assert "refused" in error.message.lower()
    assert not error.permanent


def test_a_name_that_does_not_resolve(opener):
    assert "resolved" in failure(opener, "http://zoo.invalid/a.bundle").message


def test_tls_to_a_server_without_it(opener):
    def answer():
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor() as threads:
        threads.submit(answer)
        assert "TLS" in failure(opener, f"https://127.0.0.1:{listener.getsockname()[1]}/").message


# Redirects and credentials --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_redirects_are_followed(opener, code):
    with hostile(does.redirect("/b/c?x=1#part", code), does.serve(DATA)) as server:
        body = opener.open(server.url + "/a", limit=LIMIT, span=SPAN)
        assert body.url == server.url + "/b/c?x=1"
        assert b"".join(body) == DATA[1000:6000]
    assert server.asked[1].headers["range"] == "bytes=1000-5999"


def test_the_body_of_a_redirect_is_left_unread(opener):
    with hostile(does.endless_redirect("/b"), does.serve(DATA)) as server:
        assert read(opener, server.url) == DATA


def test_a_redirect_loop_ends(opener):
    with hostile(does.redirect("{path}x")) as server:
        assert failure(opener, server.url + "/a").permanent
    assert len(server.asked) == 11


@pytest.mark.parametrize(
    "to", ["file:///etc/hostname", "ftp://127.0.0.1/", "gopher://x/", "data:,x", "http://", "http://[x/"]
)
def test_redirects_to_anything_but_http_are_refused(opener, to):
    with hostile(does.redirect(to)) as server:
        assert failure(opener, server.url).permanent


def test_a_redirect_from_outside_into_the_network_is_refused():
    """`localhost` plays a public host here, by a resolver that says so."""
    addresses = {"mirror.test": ["1.1.1.1"], "inside.test": ["1.1.1.1", "10.0.0.7"]}
    opener = HttpOpener(resolve=addresses.__getitem__)
    for target in ("http://127.0.0.1:1/", "http://inside.test/", "http://[::1]/", "http://169.254.169.254/latest/"):
        with hostile(does.redirect(target)) as server, pytest.MonkeyPatch.context() as patch:
            _name_leads_to(patch, "mirror.test")
            error = failure(opener, server.url.replace("127.0.0.1", "mirror.test"))
            assert error.permanent
            assert "inside a private network" in error.message
    opener.close()


def test_a_mirror_inside_may_redirect_inside(opener):
    with (
        hostile(does.serve(DATA)) as other,
        hostile(does.redirect(other.url.replace("127.0.0.1", "localhost"))) as server,
    ):
        assert read(opener, server.url) == DATA


def test_credentials_of_a_url_stay_with_its_host(opener):
    with hostile(does.serve(DATA)) as other, hostile(does.redirect("/b"), does.redirect(other.url + "/c")) as server:
        read(opener, server.url.replace("//", "//me:s%40cret@") + "/a")
    assert [exchange.headers.get("authorization") for exchange in server.asked] == ["Basic bWU6c0BjcmV0"] * 2
    assert "authorization" not in other.asked[0].headers


def test_credentials_from_netrc_are_per_host(opener, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine localhost login me password secret\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with hostile(does.serve(DATA)) as other, hostile(does.redirect(other.url)) as server:
        read(opener, server.url.replace("127.0.0.1", "localhost"))
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in other.asked[0].headers


def test_credentials_never_show(opener):
    script = [does.status(404), does.status(503), does.cut(DATA, 5), does.redirect("http://u:p4ss@[x/"), does.closes()]
    with hostile(*script) as server:
        url = server.url.replace("//", "//me:s3cret@") + "/a?signature=s3cret"
        for _ in script:
            with pytest.raises((MissingError, TransportError)) as caught:
                read(opener, url)
            assert "s3cret" not in caught.value.message
            assert "p4ss" not in caught.value.message


def test_nothing_of_a_server_reaches_the_terminal_raw(opener):
    with hostile(
        does.redirect("ftp://\x1b[31mred\x9b/"), does.raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: \x1b[0m\r\n\r\n")
    ) as server:
        for _ in range(2):
            assert failure(opener, server.url).message.isprintable()


def test_a_proxy_of_the_environment_is_asked(opener, monkeypatch):
    with hostile(does.serve(DATA)) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("http_proxy", proxy.url)
        assert read(opener, "http://zoo.invalid/a.bundle") == DATA
    assert proxy.asked[0].path == "http://zoo.invalid/a.bundle"


def test_behind_a_proxy_redirects_are_judged_by_literal_addresses(opener, monkeypatch):
    script = [does.redirect("http://other.invalid/"), does.redirect("http://192.168.0.1/")]
    with hostile(*script) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        error = failure(opener, "http://zoo.invalid/a.bundle")
    assert "192.168.0.1" in error.message
    assert len(proxy.asked) == 2


def _name_leads_to(patch, name, address="127.0.0.1"):
    """Let connections to a name go to an address, as a hosts file would."""
    real = socket.getaddrinfo
    patch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: real(address if host == name else host, *rest, **more)
    )


def test_the_server_leaves_no_threads():
    before = threading.active_count()
    with hostile(does.stall()):
        pass
    assert threading.active_count() == before
