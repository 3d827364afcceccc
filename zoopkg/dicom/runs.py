"""Runs of plain elements that were walked before, since the files of a series have nearly the same headers.

What a walk notes of plain elements follows from the bytes of their headers and the distances between these. Where all
of them are the same again, so is what there is to note. Remembers runs; walks nothing.
"""

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

RUN = 32
"""How many elements a run has at most. Where one of them differs all of them are walked, so long runs do not pay."""
_WORTH_REMEMBERING = 4
_MAX_RUNS = 512

first_bytes = Struct("8s").unpack_from
"""What runs are looked up by: the first eight bytes of the first element."""

Place: TypeAlias = tuple[int, int]
"""Of a value, its distance from the start of the run, and its length."""


class Run(NamedTuple):
    """Some plain elements, one behind the other."""

    look: Callable[..., tuple[Any, ...]]
    """Takes from a buffer what a walk that begins at an offset would look at."""
    seen: tuple[Any, ...]
    """What that was."""
    span: int
    """From the start of the run to behind the last byte that was looked at."""
    length: int
    """From the start of the run to the element behind it."""
    places: Mapping[int, Place]
    """Its wanted elements by tag."""
    creators: Sequence[Place]
    """Those of its elements that may be private creators."""


class Runs(dict[tuple[Any, ...], Run]):
    """The runs that were walked in one encoding."""

    def remember(
        self,
        view: memoryview,
        looks: Sequence[tuple[int, int]],
        behind: int,
        places: Mapping[int, Place],
        creators: Sequence[Place],
    ) -> None:
        """Remember the run in `view` before `behind`; `looks` are the offsets between which each element was read."""
        if len(looks) < _WORTH_REMEMBERING:
            return
        start, last = looks[0][0], looks[-1][1]
        layout, pos = "", start
        for begin, end in looks:
            layout += f"{begin - pos}x{end - begin}s"
            pos = end
        look = Struct(layout).unpack_from
        if len(self) >= _MAX_RUNS:
            self.clear()
        self[first_bytes(view, start)] = Run(look, look(view, start), last - start, behind - start, places, creators)
