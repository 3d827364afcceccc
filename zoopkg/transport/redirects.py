"""Which redirects may be followed: to http and https only, never from https to http, never from outside into a network.

A server outside that redirects to a loopback, link-local or private address would have the client ask its own network's
servers (SSRF). Pure but for the resolver passed in. A name that resolves differently a moment later is not caught.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from zoopkg.transport.base import TransportError
from zoopkg.transport.urls import clean, place, redacted, split, without_credentials

MAX_REDIRECTS = 10

Resolve = Callable[[str], Sequence[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def target_of(url: str, location: str) -> str:
    """Where a redirect leads: the Location joined to the URL that gave it, without credentials.

    Raises:
        TransportError: it is malformed, of another scheme, or would leave https.
    """
    try:
        joined = urljoin(url, location)
    except ValueError:
        joined = location
    parts = split(joined)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise TransportError(f"{redacted(url)} redirects to '{redacted(joined)}', which is not http", permanent=True)
    if split(url).scheme == "https" and parts.scheme == "http":
        raise TransportError(f"{redacted(url)} redirects from https to http on {place(joined)}", permanent=True)
    return without_credentials(joined)


def refuse_inward(configured: str, target: str, resolve: Resolve | None) -> None:
    """Refuse a redirect into a network that the configured URL is not in.

    Args:
        configured: the URL that was asked for at first.
        target: where the redirect leads.
        resolve: the addresses of a name, or None where a proxy resolves names and only literal addresses can be judged.

    Raises:
        TransportError: the target is inward, or its name has no address.
    """
    host, home = split(target).hostname or "", split(configured).hostname or ""
    if host == home:
        return
    if is_inward(host, resolve) and not is_inward(home, resolve):
        raise TransportError(
            f"{redacted(configured)} redirects to {place(target)}, an address inside a private network", permanent=True
        )


def is_inward(host: str, resolve: Resolve | None) -> bool:
    """Whether the host is, or any of its addresses is, other than a public one.

    Raises:
        TransportError: the name has no address.
    """
    literal = _literal(host)
    if literal is not None:
        return not _is_public(literal)
    if f".{host.rstrip('.')}".endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    if resolve is None:
        return False
    try:
        addresses = resolve(host)
    except (OSError, UnicodeError) as error:
        raise TransportError(f"the name {clean(host)} could not be resolved") from error
    return not all(_is_public(ipaddress.ip_address(address)) for address in addresses)


def addresses_of(host: str) -> list[str]:
    """The addresses of a name, as the system's resolver tells them."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


def _literal(host: str) -> Address | None:
    """The address that a host spells out, in any notation that the system takes for one (`127.1`, `0x7f000001`)."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except (OSError, UnicodeError):
        return None


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return _is_public(inner)
    return address.is_global and not address.is_multicast
