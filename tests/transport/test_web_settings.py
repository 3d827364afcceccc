"""Proxies and authorities that a person configured: used where the environment says nothing, and only there."""

import pytest
from transport import hostile as does
from transport.hostile import hostile
from transport.test_tls import certificate, tls  # noqa: F401  (fixtures)

from zoopkg.transport.http import HttpConfig, HttpOpener
from zoopkg.transport.settings import WebSettings

DATA = bytes(range(256))


def read(url: str, **settings: object) -> bytes:
    opener = HttpOpener(HttpConfig(web=WebSettings(**settings)))
    try:
        with opener.open(url, limit=len(DATA)) as body:
            return b"".join(body)
    finally:
        opener.close()


def test_a_configured_authority_is_trusted(certificate, tls, monkeypatch):  # noqa: F811
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with hostile(does.serve(DATA), tls=tls) as server:
        assert read(server.url, ca_bundle=str(certificate)) == DATA


def test_a_configured_proxy_is_asked():
    with hostile(does.serve(DATA)) as proxy:
        assert read("http://zoo.invalid/a.bundle", proxies={"http": proxy.url}) == DATA
    assert proxy.asked[0].path == "http://zoo.invalid/a.bundle"


@pytest.mark.parametrize("variable", [False, True])
def test_what_is_to_be_reached_without_a_proxy(monkeypatch, variable):
    if variable:
        monkeypatch.setenv("no_proxy", "127.0.0.1")
    with hostile(does.serve(DATA)) as proxy, hostile(does.serve(DATA)) as server:
        assert read(server.url, proxies={"http": proxy.url}, no_proxy="" if variable else "127.0.0.1") == DATA
    assert proxy.asked == []


def test_a_proxy_of_the_environment_goes_first(monkeypatch):
    with hostile(does.serve(DATA)) as configured, hostile(does.serve(DATA)) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        assert read("http://zoo.invalid/a.bundle", proxies={"http": configured.url}) == DATA
    assert configured.asked == []
