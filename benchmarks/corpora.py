"""The four corpora, as folders of files. The same sizes give the same bytes; nothing here knows of packs or servers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

from benchmarks.slices import instance

# Three quarters of the series have slices of 64 x 64 pixels; with 6 KB of header a file has 15 KB.
_SHAPES = ((64, 64), (64, 64), (96, 64), (64, 64), (64, 64), (64, 64), (64, 64), (128, 96))
_SERIES_LENGTHS = (150, 100, 200, 120, 180)
_LARGE = (512, 512)
_IN_A_FOLDER = 150


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large to make each corpus.

    Attributes:
        label: names the sizes.
        many: small instances, 15 KB each.
        medium: instances of 0.5 MB.
        big: multi-frame instances.
        frames: frames of 0.5 MB in each of these.
        nothing: files of a few dozen bytes, for the install that has nothing to do.
    """

    label: str
    many: int
    medium: int
    big: int
    frames: int
    nothing: int


FULL = Sizes("full", many=10_000, medium=1_000, big=3, frames=400, nothing=100_000)
SMOKE = Sizes("smoke", many=60, medium=4, big=3, frames=2, nothing=400)

NAMES = ("many", "medium", "big", "nothing")


def make(name: str, folder: Path, sizes: Sizes) -> None:
    """Fill a new folder with the files of one corpus."""
    files = {"many": _many, "medium": _medium, "big": _big, "nothing": _nothing}[name]
    for path, data in files(sizes):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)


def _many(sizes: Sizes) -> Iterator[tuple[str, bytes]]:
    left, series = sizes.many, 0
    lengths = cycle(_SERIES_LENGTHS)
    while left:
        series += 1
        count = min(left, next(lengths))
        left -= count
        shape = _SHAPES[series % len(_SHAPES)]
        for number in range(1, count + 1):
            yield f"series-{series:04}/{number:05}.dcm", instance("many", series, number, shape)


def _medium(sizes: Sizes) -> Iterator[tuple[str, bytes]]:
    for i in range(sizes.medium):
        series, number = i // 100 + 1, i % 100 + 1
        yield f"series-{series:04}/{number:05}.dcm", instance("medium", series, number, _LARGE)


def _big(sizes: Sizes) -> Iterator[tuple[str, bytes]]:
    for number in range(1, sizes.big + 1):
        yield f"{number}.dcm", instance("big", number, number, _LARGE, sizes.frames)


def _nothing(sizes: Sizes) -> Iterator[tuple[str, bytes]]:
    for i in range(sizes.nothing):
        yield f"{i // _IN_A_FOLDER:04}/{i:06}.txt", f"file {i} of many that are there already\n".encode()
