"""Where a redirect may lead, judged without a network."""

import socket

import pytest

from zoopkg.transport.base import TransportError
from zoopkg.transport.redirects import addresses_of, is_inward, refuse_inward, target_of

NAMES = {
    "mirror.example": ["1.1.1.1"],
    "assets.example": ["2606:4700::1111", "8.8.8.8"],
    "mixed.example": ["1.1.1.1", "192.168.1.1"],
    "inside.example": ["10.1.2.3"],
}


def resolve(host):
    if host not in NAMES:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    return NAMES[host]


@pytest.mark.parametrize(
    ("url", "location", "target"),
    [
        ("https://h/a/b", "c", "https://h/a/c"),
        ("https://h/a/b", "/c?x=1#y", "https://h/c?x=1"),
        ("https://h/a", "//other/c", "https://other/c"),
        ("http://h/a", "https://h/a", "https://h/a"),
        ("https://h/a", "https://me:pw@other:8443/c", "https://other:8443/c"),
    ],
)
def test_locations_are_joined(url, location, target):
    assert target_of(url, location) == target


@pytest.mark.parametrize("location", ["http://h/a", "HTTP://h/a", "file:///etc/passwd", "javascript:1", "https://[/"])
def test_locations_that_are_refused(location):
    with pytest.raises(TransportError) as caught:
        target_of("https://h/a", location)
    assert caught.value.permanent


INWARD = [
    "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.0.0.1.", "0.0.0.0",
    "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.1", "2002:a00:1::", "64:ff9b::a00:1",
    "localhost", "a.localhost", "localhost.",
]  # fmt: skip


@pytest.mark.parametrize("host", INWARD)
def test_inward_by_name_or_literal_address(host):
    assert is_inward(host, None)
    with pytest.raises(TransportError, match="inside a private network"):
        refuse_inward("https://mirror.example/", f"https://{f'[{host}]' if ':' in host else host}/", resolve)


@pytest.mark.parametrize("host", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "zoo.example"])
def test_outward_by_name_or_literal_address(host):
    assert not is_inward(host, None)


@pytest.mark.parametrize("host", ["inside.example", "mixed.example"])
def test_names_of_inward_addresses(host):
    with pytest.raises(TransportError, match=host):
        refuse_inward("https://mirror.example/", f"https://{host}/", resolve)


@pytest.mark.parametrize(
    ("configured", "target"),
    [
        ("https://mirror.example/", "https://assets.example/"),
        ("https://mirror.example/", "https://mirror.example:444/"),
        ("http://10.0.0.1/", "http://inside.example/"),
        ("http://inside.example/", "http://10.0.0.1/"),
        ("http://inside.example/", "http://assets.example/"),
        ("http://unknown.example/", "http://unknown.example/b"),
    ],
)
def test_redirects_that_may_be_followed(configured, target):
    refuse_inward(configured, target, resolve)


def test_a_name_without_address_fails_but_not_for_good():
    with pytest.raises(TransportError, match="could not be resolved") as caught:
        refuse_inward("https://mirror.example/", "https://unknown.example/", resolve)
    assert not caught.value.permanent


def test_behind_a_proxy_names_are_not_resolved():
    refuse_inward("https://mirror.example/", "https://inside.example/", None)


def test_the_systems_resolver():
    assert "127.0.0.1" in addresses_of("127.0.0.1")
