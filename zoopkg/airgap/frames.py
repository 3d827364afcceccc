"""Instances out of the store as the blocks of an export: hashed again, compressed in parallel, in the order asked for.

Blocks are made here rather than copied from bundles, so that the same packs give the same file whatever mirror, bundle
or project brought their bytes, and so that a full store is enough. Docs: `docs/adr/0016-air-gap.md`.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TypeAlias

import zstandard
from blake3 import blake3

from zoopkg.errors import IntegrityError, explaining
from zoopkg.install.ahead import in_order
from zoopkg.model.digest import Digest
from zoopkg.model.layout import MAX_MEMBERS, Block, Member
from zoopkg.store.objects import Objects

BLOCK_BYTES = 1 << 20
LEVEL = 3
_PIECE = 1 << 20
_MOST_JOBS = 8  # each takes some memory
_IN_MEMORY = 4 << 20  # of a compressed instance; a larger one waits in a temporary file

Contents: TypeAlias = tuple[tuple[Digest, int], ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A block and its stored bytes, to be read once."""

    block: Block
    stored: IO[bytes]

    def pieces(self) -> Iterator[bytes]:
        """The stored bytes."""
        with self.stored:
            while piece := self.stored.read(_PIECE):
                yield piece


def grouped(contents: Iterable[tuple[Digest, int]]) -> Iterator[Contents]:
    """Contents with their sizes, those that follow one another together as long as a block has room for them.

    Nobody asks for a part of an export, so blocks are four times those of a bundle, which saves a twelfth of the bytes
    of small files (`docs/adr/0003-blocks.md`).
    """
    block: list[tuple[Digest, int]] = []
    total = 0
    for digest, size in contents:
        if block and (total + size > BLOCK_BYTES or len(block) == MAX_MEMBERS):
            yield tuple(block)
            block, total = [], 0
        block.append((digest, size))
        total += size
    if block:
        yield tuple(block)


def frames(objects: Objects, contents: Mapping[Digest, int], jobs: int, scratch: Path) -> Iterator[Frame]:
    """The blocks of some contents, in their order.

    Args:
        objects: the store's, which hold them all.
        contents: with their sizes.
        jobs: how many blocks to compress at once.
        scratch: a folder for what is too large for memory.

    Raises:
        IntegrityError: the store's copy of one is damaged; it is removed.
        ZooError: one cannot be read.
    """
    jobs = min(jobs, _MOST_JOBS)
    with ThreadPoolExecutor(jobs) as executor:
        yield from in_order(executor, partial(_frame, objects, scratch), grouped(contents.items()), jobs)


def _frame(objects: Objects, scratch: Path, contents: Contents) -> Frame:
    members, place = [], 0
    for digest, size in contents:
        members.append(Member(digest, place, size))
        place += size
    stored = tempfile.SpooledTemporaryFile(_IN_MEMORY, dir=str(scratch))  # noqa: SIM115  (whoever reads it closes it)
    try:
        compressor = zstandard.ZstdCompressor(level=LEVEL).compressobj(size=place)
        for member in members:
            for piece in _content(objects, member):
                stored.write(compressor.compress(piece))
        stored.write(compressor.flush())
        length = stored.tell()
        stored.seek(0)
    except BaseException:
        stored.close()
        raise
    return Frame(Block(0, length, place, tuple(members)), stored)


def _content(objects: Objects, member: Member) -> Iterator[bytes]:
    path = objects.path(member.digest)
    hasher = blake3()
    left = member.size
    with explaining(f"read {path}"), open(path, "rb", buffering=0) as file:
        while left and (piece := file.read(min(_PIECE, left))):
            hasher.update(piece)
            left -= len(piece)
            yield piece
        whole = not left and not file.read(1)
    if not whole or hasher.digest() != member.digest.raw:
        objects.check(member.digest)
        raise IntegrityError(
            f"the store's copy of {member.digest} was damaged, and is removed",
            hint="Run the same command again: it is fetched anew.",
        )
