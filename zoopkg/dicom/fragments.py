"""Encapsulated pixel data: an offset table and fragments, each an item (PS3.5 A.4). Counts them, decodes nothing."""

from collections.abc import Iterable
from struct import Struct
from struct import error as StructError  # noqa: N812  # the library's name says nothing on its own
from typing import NamedTuple

MAX_FRAGMENTS = 1 << 20

_ITEM = 0xE000FFFE
_SEQUENCE_END = 0xE0DDFFFE
_header = Struct("<II").unpack_from  # encapsulated data are always little endian


class Fragments(NamedTuple):
    """The items found."""

    items: int | None
    """How many, the offset table included; None if there was no end to them."""
    table: int
    """The length of the first in bytes."""
    end: int
    """Offset behind them and their delimiter, if there is one."""


def read_fragments(view: memoryview, pos: int, steps: Iterable[None]) -> Fragments:
    """Hop over the items at `pos`, taking one of `steps` for each and giving up when there is none left."""
    table = 0
    for items, _ in enumerate(steps):
        try:
            tag, length = _header(view, pos)
        except StructError:
            return Fragments(items, table, len(view))
        if tag != _ITEM:
            return Fragments(items, table, pos + 8 if tag == _SEQUENCE_END else pos)
        table = length if items == 0 else table
        pos += 8 + length
    return Fragments(None, table, pos)
