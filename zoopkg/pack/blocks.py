"""Which instances share a block, and which blocks a bundle. Pure: sizes and series in, an arrangement out.

Measured on real series, 256 KiB of neighbours in one zstd frame take away most of the repetition between slices, and
one instance can still be fetched alone at little cost (docs/adr/0003-blocks.md).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from zoopkg.model.blob import MAX_BLOB
from zoopkg.model.digest import Digest
from zoopkg.model.layout import BLOCK_BYTES, MAX_MEMBERS

TARGET_BUNDLE = 64 << 20
LARGE_INSTANCE = 32 << 20
# A release carries 1,000 assets at most; some are left for manifests, layouts and later versions.
MAX_BUNDLES = 900


@dataclass(frozen=True, slots=True)
class Piece:
    """A content that needs a place: where to read it, and what it belongs with."""

    digest: Digest
    size: int
    path: str
    series: str


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What to write: blocks of small pieces in order, and pieces that are a bundle each."""

    blocks: tuple[tuple[Piece, ...], ...]
    alone: tuple[Piece, ...]
    target: int


def arrange(pieces: Sequence[Piece]) -> Arrangement:
    """Put pieces (each content once) into blocks of at most `BLOCK_BYTES`, or of one larger piece.

    Only pieces of one series share a block, so that a selection by series fetches nothing else; sharing blocks between
    small series was measured to save nothing.
    """
    total = sum(piece.size for piece in pieces)
    target = min(max(TARGET_BUNDLE, total // MAX_BUNDLES), MAX_BLOB - 2 * LARGE_INSTANCE)
    alone = [piece for piece in pieces if piece.size > LARGE_INSTANCE]
    rest = [piece for piece in pieces if piece.size <= LARGE_INSTANCE]
    blocks = [tuple(block) for group in _groups(rest) for block in _fill(group)]
    return Arrangement(tuple(blocks), tuple(sorted(alone, key=lambda piece: piece.path)), target)


def _groups(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """The pieces of each series by path, the series in the order of their first paths; those of no series are one."""
    by_series: dict[str, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda piece: piece.path):
        by_series.setdefault(piece.series, []).append(piece)
    return list(by_series.values())


def _fill(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    block: list[Piece] = []
    size = 0
    for piece in pieces:
        if piece.size >= BLOCK_BYTES:
            yield [piece]
            continue
        if size + piece.size > BLOCK_BYTES or len(block) == MAX_MEMBERS:
            yield block
            block, size = [], 0
        block.append(piece)
        size += piece.size
    if block:
        yield block
