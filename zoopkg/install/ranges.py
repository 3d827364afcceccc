"""Which bytes of which bundles to ask for, given what is wanted. Pure: layouts and digests in, requests out.

Single ranges only, since several in one request are not portable. Blocks whose gap costs less than a round trip are
asked for together; a request is about 8 MiB, so that several connections share the work evenly.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block, Bundle, Layout, Member
from zoopkg.transport.base import Span

REQUEST_BYTES = 8 << 20
# 50 ms at a quarter of 10 MB/s, the other connections having the rest meanwhile: fetching so many bytes for nothing
# takes no longer than asking once more.
GAP_BYTES = 128 << 10


@dataclass(frozen=True, slots=True)
class Request:
    """A run of blocks of one bundle, ascending, to be asked for as one span."""

    blob: Blob
    blocks: tuple[Block, ...]

    @property
    def span(self) -> Span:
        """From the first block's first byte to the last block's last."""
        start = self.blocks[0].offset
        return Span(start, max(block.offset + block.length for block in self.blocks) - start)


def plan_requests(layouts: Iterable[Layout], wanted: Mapping[Digest, int]) -> tuple[list[Request], set[Digest]]:
    """The requests that bring all wanted contents, largest first, and the contents that no layout knows.

    Each content is taken from one block only, even where several layouts or blocks hold it. A layout that states
    another size than the manifest does not know the content: what it tells of would only be found wrong once written.

    Args:
        layouts: where contents lie.
        wanted: the contents, with their sizes.
    """
    missing = dict(wanted)
    chosen: dict[Blob, dict[tuple[int, int, int], list[Member]]] = {}
    for bundle in _largest_first(layouts):
        for block in bundle.blocks:
            members = [member for member in block.members if missing.get(member.digest) == member.size]
            if members:
                for member in members:
                    missing.pop(member.digest, None)  # a block may hold a content twice
                blocks = chosen.setdefault(bundle.blob, {})
                blocks.setdefault((block.offset, block.length, block.size), []).extend(members)
    requests = [Request(blob, tuple(run)) for blob, blocks in chosen.items() for run in _runs(_sorted(blocks))]
    return sorted(requests, key=lambda request: -request.span.length), set(missing)


def _sorted(blocks: Mapping[tuple[int, int, int], list[Member]]) -> list[Block]:
    return [Block(*place, tuple(sorted(blocks[place], key=lambda member: member.place))) for place in sorted(blocks)]


def _largest_first(layouts: Iterable[Layout]) -> list[Bundle]:
    """Bundles in the order in which to look for contents: few large ones rather than many small ones."""
    bundles = [bundle for layout in layouts for bundle in layout.bundles]
    return sorted(bundles, key=lambda bundle: -len(bundle.blocks))


def _runs(blocks: Sequence[Block]) -> list[list[Block]]:
    """Neighbouring blocks together, as long as the gap and the whole stay small."""
    runs = [[blocks[0]]]
    for before, block in pairwise(blocks):
        end = block.offset + block.length
        gap = block.offset - (before.offset + before.length)
        if 0 <= gap <= GAP_BYTES and end - runs[-1][0].offset <= REQUEST_BYTES:
            runs[-1].append(block)
        else:
            runs.append([block])
    return runs
