"""The tags that a walk notes, prepared for the loop that compares each element of a file with them. Reads nothing."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from zoopkg.dicom.encoding import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_BIG,
    IMPLICIT_LITTLE,
    ITEM,
    PIXEL_DATA,
    Encoding,
)
from zoopkg.dicom.runs import Runs


class Layout(NamedTuple):
    """What the loop compares with, as raw tags of one encoding, at the top level or inside sequences."""

    head: Callable[..., tuple[Any, ...]]
    long: Callable[..., tuple[Any, ...]]
    wanted: dict[int, int]
    """Raw tag to tag."""
    creator_mask: int
    creator: int
    """What the masked tag of an element (gggg,00xx) of an odd group is."""
    creator_block: int
    """Some bits of xx that are set from 10 on."""
    group_mask: int
    delimiter: int
    """What the masked tag of an item or a delimiter is."""
    item: int
    pixel_data: int
    runs: Runs
    """What the loop walked before."""


class Wanted:
    """The tags to note, at the top level and inside sequences."""

    def __init__(self, top: Iterable[int], nested: Iterable[int]) -> None:
        self.top, self.nested = frozenset(top), frozenset(nested)
        self._layouts = {
            (encoding, inside): self._layout(encoding, inside=inside)
            for encoding in (EXPLICIT_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE, IMPLICIT_BIG)
            for inside in (False, True)
        }

    def layout(self, encoding: Encoding, *, inside: bool) -> Layout:
        """For the loop over data sets of that encoding."""
        return self._layouts[encoding, inside]

    def _layout(self, encoding: Encoding, *, inside: bool) -> Layout:
        tag = encoding.tag
        return Layout(
            head=encoding.head.unpack_from,
            long=encoding.long.unpack_from,
            wanted={tag(wanted): wanted for wanted in (self.nested if inside else self.top)},
            creator_mask=tag(0x0001FF00),
            creator=-1 if inside else tag(0x00010000),
            creator_block=tag(0x000000F0),
            group_mask=tag(0xFFFF0000),
            delimiter=tag(0xFFFE0000),
            item=tag(ITEM),
            pixel_data=tag(PIXEL_DATA),
            runs=Runs(),
        )
