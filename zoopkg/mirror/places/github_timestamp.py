"""The one file that changes, among assets that cannot: a new timestamp comes under a temporary name and takes over.

    upload timestamp-<id of the old asset>-<random>.json · delete the old asset · rename the new one

Between the last two steps a reader finds no timestamp. Of two publishers that saw the same one, the first to delete it
goes on. Who is cut off in between leaves the new one under its temporary name: `current` takes it for the timestamp, so
that the next run goes on from there, or names it if it has nothing newer (`finish`). An asset keeps its id when it is
renamed; that is what `Seen.token` holds.
"""

import hashlib
import re
import secrets
from collections.abc import Iterable
from contextlib import suppress

from zoopkg.mirror.place import TIMESTAMP, ConflictError, File, Seen
from zoopkg.mirror.places.github_releases import Asset, Releases, TakenError
from zoopkg.mirror.places.github_shelf import Shelf
from zoopkg.transport.base import MissingError, TransportError

_LOOKS = 3
_TEMPORARY = re.compile(r"timestamp-([0-9]{1,18})-[0-9a-f]{16}\.json")


def current(assets: Iterable[Asset]) -> Asset | None:
    """The timestamp; where it is gone, the one that was about to take its place."""
    waiting: list[tuple[int, int, Asset]] = []
    for asset in assets:
        if not asset.uploaded:
            continue
        if asset.name == TIMESTAMP:
            return asset
        if match := _TEMPORARY.fullmatch(asset.name):
            waiting.append((int(match[1]), asset.id, asset))
    return max(waiting)[2] if waiting else None


def find(releases: Releases, shelf: Shelf) -> Seen | None:
    """The timestamp with its bytes; one that is replaced while it is read is looked for again."""
    for _ in range(_LOOKS):
        asset = current(shelf.look().values())
        if asset is None:
            return None
        with suppress(MissingError):
            return Seen(releases.read(asset), str(asset.id))
    raise TransportError(f"the {TIMESTAMP} of the release {shelf.release.tag} changes all the time")


def finish(releases: Releases, shelf: Shelf) -> None:
    """Name the one that waits where there is no other, as its publisher would have done, or is about to do."""
    waiting = None if TIMESTAMP in shelf.assets else current(shelf.assets.values())
    if waiting is not None:
        with suppress(TakenError):
            releases.rename(waiting, TIMESTAMP)
        _tidy(releases, shelf)


def replace(releases: Releases, shelf: Shelf, data: bytes, seen: Seen | None) -> None:
    """Put a timestamp in place of the one that was seen (see `zoopkg.mirror.place.Place.replace_timestamp`)."""
    old = current(shelf.look().values())
    if (str(old.id) if old else None) != (seen.token if seen else None):
        raise _overtaken(shelf)
    if old is None:
        shelf.put(_file(TIMESTAMP, data), data)
        return
    name = f"timestamp-{old.id}-{secrets.token_hex(8)}.json"
    shelf.put(_file(name, data), data)
    new = shelf.assets[name]
    if not _takes_over(releases, shelf, old, new):
        releases.delete_asset(new)
        raise _overtaken(shelf)
    _tidy(releases, shelf)


def _takes_over(releases: Releases, shelf: Shelf, old: Asset, new: Asset) -> bool:
    """Whether a new timestamp has come in the place of an old one, named by this run or by another."""
    with suppress(TakenError):
        if releases.delete_asset(old) and releases.rename(new, TIMESTAMP):
            return True
    named = shelf.look().get(TIMESTAMP)
    return named is not None and named.id == new.id


def _file(name: str, data: bytes) -> File:
    return File(name, len(data), hashlib.sha256(data).hexdigest())


def _tidy(releases: Releases, shelf: Shelf) -> None:
    """Delete what was to replace earlier ones than the one that is there, and never can now."""
    named = shelf.look().get(TIMESTAMP)
    for asset in shelf.assets.values():
        match = _TEMPORARY.fullmatch(asset.name)
        if named and match and int(match[1]) != named.id:
            releases.delete_asset(asset)


def _overtaken(shelf: Shelf) -> ConflictError:
    return ConflictError(
        f"somebody else published to the release {shelf.release.tag} meanwhile", hint="Run the same again."
    )
