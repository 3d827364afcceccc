"""Where an index and its blobs are: the user's mirrors, those that the index signs, its own place.

Decides which mirrors may be asked, for metadata (`places_of`) and for blobs (`mirrors_of`, `usable`), and asks none of
them: that is the business of `zoopkg.index.trust` and of `zoopkg.transport.mirrors`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from zoopkg.errors import NotOnMirrorsError, UsageError, ZooError
from zoopkg.index import starter

if TYPE_CHECKING:  # a warm install fetches nothing, and starts sooner without these
    from zoopkg.install.index_clients import Conditions, IndexClients
    from zoopkg.transport.mirror import Mirror
    from zoopkg.transport.mirrors import Mirrors


def mirrors_of(name: str, clients: "IndexClients", *, ask: bool) -> "Mirrors":
    """The mirrors of an index, in the order in which they are tried.

    Args:
        name: of the index.
        clients: one of them is the index's.
        ask: whether it may be asked for its list; else the last one known serves, if there is one.
    """
    from zoopkg.transport.mirror import Mirror  # noqa: PLC0415
    from zoopkg.transport.mirrors import Mirrors  # noqa: PLC0415

    conditions = clients.conditions
    mirrors: Sequence[Mirror] = conditions.mirrors
    try:
        urls = clients.location(name).urls
    except UsageError as error:  # its folder is gone, say: what is locked may lie elsewhere
        if not (mirrors or clients.knows(name)):
            raise NotOnMirrorsError(error.message, hint=error.hint) from error
        conditions.warn(f"the index '{name}' names no mirrors: {error.message}")
    else:
        mirrors = _in_order(name, urls, _signed(name, clients, ask=ask), conditions)
    return Mirrors(mirrors, conditions.opener, warn=conditions.warn, ledger=clients.ledger)


def places_of(name: str, urls: Sequence[str], signed: Sequence[str], conditions: "Conditions") -> "dict[str, Mirror]":
    """Where the metadata and documents of an index are: templates, in the order in which they are asked, and whose.

    A folder that the user names needs no network, so it and the user's mirrors are all that is asked; of the index that
    ships with zoopkg, nobody else has anything.

    Args:
        name: of the index.
        urls: where it is itself.
        signed: the templates that it signs.
        conditions: hold for all indexes.
    """
    from zoopkg.transport.mirror import Mirror  # noqa: PLC0415

    if name == starter.NAME:
        mirrors = [Mirror.parse(url) for url in urls]
    else:
        mirrors = _in_order(name, urls, () if _is_folder(urls) else signed, conditions)
    places = {place: mirror for mirror in mirrors if (place := mirror.documents) is not None}
    return {place: places[place] for place in places if place.startswith("file:") or not conditions.offline}


def _in_order(name: str, urls: Sequence[str], signed: Iterable[str], conditions: "Conditions") -> "list[Mirror]":
    from zoopkg.transport.mirror import Mirror  # noqa: PLC0415

    listed = usable(name, signed, urls, conditions.warn, offline=conditions.offline)
    return list(dict.fromkeys([*conditions.mirrors, *listed, *map(Mirror.parse, urls)]))


def usable(
    name: str, signed: Iterable[str], urls: Sequence[str], warn: Callable[[str], None], *, offline: bool = False
) -> "list[Mirror]":
    """Those of the mirrors that an index signs which may be asked.

    An index on the web has no business with this machine's files, nor with its private network.

    Args:
        name: of the index, for warnings.
        signed: the templates that it signs.
        urls: where it is itself.
        warn: told of what is left out.
        offline: whether no mirror on the network is asked anyway.
    """
    listed = list(_understood(name, signed, warn))
    return listed if _is_folder(urls) else _outward(name, listed, urls, warn, offline=offline)


def _understood(name: str, templates: Iterable[str], warn: Callable[[str], None]) -> "Iterator[Mirror]":
    """The mirrors that these templates name, without those that this zoopkg cannot use: a newer one may."""
    from zoopkg.transport.mirror import Mirror  # noqa: PLC0415

    for template in templates:
        try:
            yield Mirror.parse(template)
        except ZooError as error:
            warn(f"the index '{name}' names a mirror that is left out: {error.message}")


def _is_folder(urls: Iterable[str]) -> bool:
    return all(url.startswith("file:") for url in urls)


def _signed(name: str, clients: "IndexClients", *, ask: bool) -> tuple[str, ...]:
    try:
        client = clients.client(name) if ask else clients.without_asking(name)
        return client.mirrors().templates if client else ()
    except ZooError as error:
        clients.conditions.warn(f"the index '{name}' does not name its mirrors: {error.message}")
        return ()


def _outward(
    name: str, mirrors: "Iterable[Mirror]", urls: Iterable[str], warn: Callable[[str], None], *, offline: bool
) -> "list[Mirror]":
    """The mirrors on the web, without those inside a private network that the index itself is not in."""
    from zoopkg.transport.redirects import is_inward  # noqa: PLC0415
    from zoopkg.transport.urls import place, split  # noqa: PLC0415

    on_the_web = [mirror for mirror in mirrors if not mirror.template.startswith("file:")]
    inward = [mirror for mirror in on_the_web if is_inward(split(mirror.template).hostname or "", None)]
    if not inward or offline or any(map(_is_inward, urls)):
        return on_the_web
    for mirror in inward:
        warn(f"the index '{name}' names a mirror inside a private network, {place(mirror.template)}: it is left out")
    return [mirror for mirror in on_the_web if mirror not in inward]


def _is_inward(url: str) -> bool:
    """Whether an index is inside a private network; one whose name has no address now counts as outside."""
    from zoopkg.transport.redirects import addresses_of, is_inward  # noqa: PLC0415
    from zoopkg.transport.urls import split  # noqa: PLC0415

    try:
        return is_inward(split(url).hostname or "", addresses_of)
    except ZooError:
        return False
