"""Where the blobs of an index are: the user's mirrors, those that the index signs, its own place.

Decides which mirrors may be asked, and asks none of them: that is `zoopkg.transport.mirrors`.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from zoopkg.errors import NotOnMirrorsError, UsageError, ZooError
from zoopkg.index.location import is_url
from zoopkg.install.index_clients import IndexClients

if TYPE_CHECKING:  # a warm install fetches nothing, and starts sooner without these
    from zoopkg.transport.mirror import Mirror
    from zoopkg.transport.mirrors import Mirrors


def mirrors_of(name: str, clients: IndexClients, *, ask: bool) -> "Mirrors":
    """The mirrors of an index, in the order in which they are tried.

    Args:
        name: of the index.
        clients: one of them is the index's.
        ask: whether it may be asked for its list; else the last one known serves, if there is one.
    """
    from zoopkg.transport.mirror import Mirror  # noqa: PLC0415
    from zoopkg.transport.mirrors import Mirrors  # noqa: PLC0415

    conditions = clients.conditions
    mirrors = list(conditions.mirrors)
    try:
        urls = clients.location(name).urls
    except UsageError as error:  # its folder is gone, say: what is locked may lie elsewhere
        if not (mirrors or clients.knows(name)):
            raise NotOnMirrorsError(error.message, hint=error.hint) from error
        conditions.warn(f"the index '{name}' names no mirrors: {error.message}")
    else:
        mirrors += [*_signed(name, clients, ask=ask), *map(Mirror.parse, urls)]
    return Mirrors(mirrors, conditions.opener, warn=conditions.warn, ledger=clients.ledger)


def _signed(name: str, clients: IndexClients, *, ask: bool) -> "list[Mirror]":
    from zoopkg.transport.mirror import Mirror  # noqa: PLC0415

    local = all(url.startswith("file:") for url in clients.location(name).urls)
    try:
        client = clients.client(name) if ask else clients.without_asking(name)
        templates = client.mirrors().templates if client else ()
        # An index on the web has no business with this machine's files, nor with its private network.
        return [Mirror.parse(each) for each in (templates if local else _outward(name, templates, clients))]
    except ZooError as error:
        clients.conditions.warn(f"the index '{name}' does not name its mirrors: {error.message}")
        return []


def _outward(name: str, templates: Iterable[str], clients: IndexClients) -> list[str]:
    """The mirrors on the web, without those inside a private network that the index itself is not in."""
    from zoopkg.transport.redirects import is_inward  # noqa: PLC0415
    from zoopkg.transport.urls import place, split  # noqa: PLC0415

    on_the_web = [template for template in templates if not _is_local(template)]
    inward = [template for template in on_the_web if is_inward(split(template).hostname or "", None)]
    if not inward or clients.conditions.offline or any(map(_is_inward, clients.location(name).urls)):
        return on_the_web
    for template in inward:
        clients.conditions.warn(
            f"the index '{name}' names a mirror inside a private network, {place(template)}: it is left out"
        )
    return [template for template in on_the_web if template not in inward]


def _is_inward(url: str) -> bool:
    """Whether an index is inside a private network; one whose name has no address now counts as outside."""
    from zoopkg.transport.redirects import addresses_of, is_inward  # noqa: PLC0415
    from zoopkg.transport.urls import split  # noqa: PLC0415

    try:
        return is_inward(split(url).hostname or "", addresses_of)
    except ZooError:
        return False


def _is_local(template: str) -> bool:
    """Whether a mirror lies on this machine's file system."""
    return not is_url(template) or template.startswith("file:")
