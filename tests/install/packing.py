"""Bundles made by hand for the tests of what takes them apart: frames one after the other, with their blocks."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import zstandard

from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block, Member
from zoopkg.store.journal import Session
from zoopkg.store.store import Store


def members_of(contents: list[bytes]) -> tuple[Member, ...]:
    members, place = [], 0
    for data in contents:
        members.append(Member(Digest.of(data), place, len(data)))
        place += len(data)
    return tuple(members)


def packed(blocks: list[list[bytes]], gap: bytes = b"") -> tuple[bytes, tuple[Block, ...]]:
    """A bundle with one frame for each list of contents, and the gap before each frame."""
    data, made = b"", []
    for contents in blocks:
        frame = zstandard.ZstdCompressor().compress(b"".join(contents))
        data += gap
        made.append(Block(len(data), len(frame), sum(map(len, contents)), members_of(contents)))
        data += frame
    return data, tuple(made)


@contextmanager
def session(root: Path) -> Iterator[tuple[Store, Session]]:
    store = Store.open(root)
    with store.session([]) as opened:
        yield store, opened


def held(store: Store) -> dict[Digest, bytes]:
    return {digest: Path(entry.path).read_bytes() for digest, entry in store.all_objects()}


def leftovers(store: Store) -> list[Path]:
    return list(store.objects.root.glob("*/.*"))
