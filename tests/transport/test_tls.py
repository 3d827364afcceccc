"""The HTTP adapter over TLS: whom it trusts, that it never leaves TLS, and that it is as patient there as without."""

import datetime as dt
import ipaddress
import itertools
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from transport import hostile as does
from transport.hostile import hostile

from zoopkg.transport.base import TransportError
from zoopkg.transport.http import HttpConfig, HttpOpener

DATA = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with a key and its self-signed certificate for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    unencrypted = serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, unencrypted)
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture
def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture
def trusted(certificate, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))


@pytest.fixture
def opener():
    opener = HttpOpener(HttpConfig(grace=30), clock=itertools.count().__next__)
    yield opener
    opener.close()


def read(opener, url):
    with opener.open(url, limit=len(DATA)) as body:
        return b"".join(body)


def test_an_unknown_authority_is_refused_for_good(opener, tls, monkeypatch):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with hostile(does.serve(DATA), tls=tls) as server, pytest.raises(TransportError, match="certificate") as caught:
        read(opener, server.url)
    assert caught.value.permanent
    assert "REQUESTS_CA_BUNDLE" in caught.value.hint
    assert server.asked == []


@pytest.mark.usefixtures("trusted")
def test_an_authority_of_ones_own(opener, tls):
    with hostile(does.serve(DATA), tls=tls) as server:
        assert read(opener, server.url) == DATA


@pytest.mark.usefixtures("trusted")
def test_a_downgrade_is_refused(opener, tls):
    with (
        hostile(does.serve(DATA)) as plain,
        hostile(does.redirect(plain.url), tls=tls) as server,
        pytest.raises(TransportError, match="from https to http") as caught,
    ):
        read(opener, server.url)
    assert caught.value.permanent
    assert plain.asked == []


@pytest.mark.usefixtures("trusted")
def test_a_drip_is_cut_off(opener, tls):
    with hostile(does.drip(DATA), tls=tls) as server, pytest.raises(TransportError, match="too slowly"):
        read(opener, server.url)


@pytest.mark.usefixtures("trusted")
def test_a_body_that_is_cut_off(opener, tls):
    with hostile(does.cut(DATA, 1000), tls=tls) as server, pytest.raises(TransportError):
        read(opener, server.url)
