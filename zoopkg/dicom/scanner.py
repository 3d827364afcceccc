"""Walk the elements of a data set up to its pixel data, and note where the wanted ones lie.

Values are stepped over without being copied, so a mapped file of any size costs its header only. Sequences are
opened to see how deep they nest, on a stack of our own. Any bytes will do: a walk ends where it can go no further,
and what it saw stands. The rules are those of docs/formats/facets.md, "Walking the data set".
"""

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, repeat
from operator import length_hint
from struct import error as StructError  # noqa: N812  # the library's name says nothing on its own
from typing import NamedTuple, TypeAlias

from zoopkg.dicom.encoding import (
    DELIMITERS,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    ITEM,
    ITEM_END,
    LONG_VRS,
    PIXEL_DATA,
    SEQUENCE_END,
    SHORT_VRS,
    UNDEFINED,
    Element,
    Encoding,
    fits,
    read_element,
)
from zoopkg.dicom.fragments import read_fragments
from zoopkg.dicom.runs import RUN, Runs, first_bytes
from zoopkg.dicom.wanted import Layout, Wanted

MAX_DEPTH = 64
MAX_STEPS = 1 << 22
MAX_CREATORS = 64

_PLAIN_LONG_VRS = LONG_VRS - {b"SQ"}

Place: TypeAlias = tuple[int, int]
"""Offset and length of a value, as the file has it: the length may be :data:`UNDEFINED` or run past the end."""


@dataclass(slots=True)
class Scan:
    """What a walk saw."""

    encoding: Encoding
    places: dict[int, Place] = field(default_factory=dict)
    """The wanted elements by tag, the last of each, and Pixel Data where it ended the walk."""
    creators: deque[Place] = field(default_factory=lambda: deque(maxlen=MAX_CREATORS + 1))
    """Elements (gggg,0010-00FF) of odd groups at the top level, PS3.5 7.8.1: the last of them, one too many at most."""
    depth: int = 0
    undefined_length: bool = False


def scan(view: memoryview, pos: int, encoding: Encoding, wanted: Wanted) -> Scan:
    """Walk the data set at `pos`; ends at Pixel Data, at the end, or where nothing more can be made of the bytes."""
    walk = _Walk(view, pos, encoding, wanted)
    with suppress(StructError):  # an element's header is cut off
        walk.run()
    return walk.scan


class _Level(NamedTuple):
    """An open sequence, and the data set that resumes behind it."""

    end: int
    """Where the sequence ends at the latest."""
    defined: bool
    outer_end: int
    outer_encoding: Encoding


class _Walk:
    """A position in nested data sets."""

    def __init__(self, view: memoryview, pos: int, encoding: Encoding, wanted: Wanted) -> None:
        self.view, self.pos, self.encoding, self.wanted = view, pos, encoding, wanted
        self.end = len(view)
        self.levels: list[_Level] = []
        self.steps: Iterator[None] = repeat(None, MAX_STEPS)  # shared by all loops, so that it bounds their sum
        self.scan = Scan(encoding)

    def run(self) -> None:
        for _ in self.steps:
            self._step_over_plain()
            if not self._take_structure():
                break

    def _step_over_plain(self) -> None:
        """Go on to the first element that is not just a value of known length."""
        layout = self.wanted.layout(self.encoding, inside=bool(self.levels))
        self._repeat_runs(layout.runs)
        while self._walk_run(layout):
            self._repeat_runs(layout.runs)

    def _repeat_runs(self, runs: Runs) -> None:
        """Pass elements as long as their headers are those of a run that was walked before."""
        view, pos, end, budget, steps = self.view, self.pos, self.end, length_hint(self.steps), 0
        places, creators = self.scan.places, self.scan.creators
        while pos < end and (run := runs.get(first_bytes(view, pos))):
            look, seen, span, length, noted, noted_creators = run
            if pos + span > end or look(view, pos) != seen or steps + len(seen) > budget:
                break
            for tag, (distance, size) in noted.items():
                places[tag] = (pos + distance, size)
            for distance, size in noted_creators:
                creators.append((pos + distance, size))
            pos += length
            steps += len(seen)
        self.pos = pos
        next(islice(self.steps, steps, steps), None)

    def _walk_run(self, layout: Layout) -> bool:  # noqa: C901  # one flat loop: calls in it would double its time
        """Pass plain elements one by one, and remember them; False where the next one is not plain."""
        view, pos, end = self.view, self.pos, self.end
        head, long, wanted, creator_mask, creator, creator_block, group_mask, delimiter, item, pixel_data, runs = layout
        start, looks, creators = pos, [], []
        places: dict[int, Place] = {}
        for _ in islice(self.steps, RUN):
            if pos >= end:
                break
            raw, vr, length = head(view, pos)
            if vr in SHORT_VRS:
                value = looked = pos + 8
            elif vr in _PLAIN_LONG_VRS:
                (length,) = long(view, pos + 8)
                if length == UNDEFINED or raw == pixel_data:
                    break
                value = looked = pos + 12
            elif not vr:
                value = looked = pos + 8
                if length == UNDEFINED or raw == pixel_data or raw & group_mask == delimiter:
                    break
                if length >= 8:
                    looked = pos + 12
                    if long(view, value)[0] == item:
                        break
            else:
                break
            if raw in wanted:
                tag = wanted[raw]
                self.scan.places[tag] = (value, length)
                places[tag] = (value - start, length)
            elif raw & creator_mask == creator and raw & creator_block:
                self.scan.creators.append((value, length))
                creators.append((value - start, length))
            looks.append((pos, looked))
            pos = value + length
        self.pos = pos
        runs.remember(view, looks, pos, places, creators)
        return len(looks) == RUN

    def _take_structure(self) -> bool:
        """Pass what the loop stopped at; False where the walk ends."""
        if self.pos >= self.end:
            if not self.levels:
                return False
            self.pos = self.end
            self._next_item()
            return True
        element = read_element(self.view, self.pos, self.encoding)
        if element.tag >> 16 == DELIMITERS:
            self._end_item(element)
            return True
        return self._take_element(element)

    def _take_element(self, element: Element) -> bool:
        tag, _, value, length = element
        if tag == PIXEL_DATA and not self.levels:
            self.scan.places[tag] = (value, length)
            return False
        self._note(tag, (value, length))
        if self._is_sequence(element):
            return self._open_sequence(element)
        if length == UNDEFINED:
            self.pos = read_fragments(self.view, value, self.steps).end
        else:
            self.pos = value + length
        return True

    def _note(self, tag: int, place: Place) -> None:
        if tag in (self.wanted.nested if self.levels else self.wanted.top):
            self.scan.places[tag] = place
        elif tag & 0x0001FF00 == 0x00010000 and tag & 0xF0 and not self.levels:
            self.scan.creators.append(place)

    def _is_sequence(self, element: Element) -> bool:
        tag, vr, value, length = element
        if vr == b"SQ":
            return length > 0
        if length == UNDEFINED:
            return vr in {b"", b"UN"} and tag != PIXEL_DATA
        encoding = self.encoding
        return not vr and length >= 8 and encoding.long.unpack_from(self.view, value)[0] == encoding.tag(ITEM)

    def _open_sequence(self, element: Element) -> bool:
        """Enter a sequence; False where it is too deep to enter and has no length to skip it by."""
        defined = element.length != UNDEFINED
        end = min(element.value + element.length, self.end) if defined else self.end
        self.scan.undefined_length |= not defined
        if len(self.levels) >= MAX_DEPTH:
            self.pos = end
            return defined
        self.levels.append(_Level(end, defined, self.end, self.encoding))
        self.encoding = self._inside_unknown(element.value) if element.vr == b"UN" else self.encoding
        self.pos = element.value
        self._next_item()
        return True

    def _inside_unknown(self, item: int) -> Encoding:
        """PS3.5 6.2.2 wants implicit VR inside UN, but some writers copy the elements as they were."""
        first = item + 8
        copied = fits(self.view, first, EXPLICIT_LITTLE) and not fits(self.view, first, IMPLICIT_LITTLE)
        return EXPLICIT_LITTLE if copied else IMPLICIT_LITTLE

    def _next_item(self) -> None:
        """Enter the item at `pos` of the innermost sequence, or leave that sequence if there is none."""
        level = self.levels[-1]
        if self.pos < level.end:
            element = read_element(self.view, self.pos, self.encoding)
            if element.tag == ITEM:
                self._enter_item(element, level)
                return
            if level.defined:
                self.pos = level.end
            elif element.tag == SEQUENCE_END:
                self.pos = element.value
        self.end, self.encoding = level.outer_end, level.outer_encoding
        self.levels.pop()

    def _enter_item(self, element: Element, level: _Level) -> None:
        defined = element.length != UNDEFINED
        self.scan.undefined_length |= not defined
        self.scan.depth = max(self.scan.depth, len(self.levels))
        self.pos = element.value
        self.end = min(element.value + element.length, level.end) if defined else level.end

    def _end_item(self, element: Element) -> None:
        """Leave the data set at an item or delimiter in it."""
        if element.tag == ITEM_END or not self.levels:
            self.pos = element.value
        if self.levels:
            self._next_item()
