"""Taking bundles apart: right whatever the pieces they come in, and no frame gets away with a lie about itself."""

import shutil
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from random import Random

import packing
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zoopkg.errors import IntegrityError
from zoopkg.install.frames import MAX_WINDOW, ONE_CALL_BYTES, Stream, write_block
from zoopkg.model import layout
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Block
from zoopkg.store.journal import Session
from zoopkg.store.store import Store

Open = tuple[Store, Session]
SMALL = b"some bytes of an instance " * 20
LARGE = Random(1).randbytes(ONE_CALL_BYTES + 1)  # one byte too many for one call


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Open]:
    with packing.session(tmp_path_factory.mktemp("store")) as both:
        yield both


def emptied(store: Store) -> Store:
    for path in store.objects.root.glob("*/*"):
        path.unlink()
    return store


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The data in pieces of these sizes, over and over."""
    at, n = 0, 0
    while at < len(data):
        size = sizes[n % len(sizes)]
        yield data[at : at + size]
        at, n = at + size, n + 1


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    blocks=st.lists(st.lists(st.binary(max_size=300), min_size=1, max_size=4), min_size=1, max_size=5),
    gap=st.binary(max_size=5),
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=5),
    skipped=st.sets(st.integers(0, 4)),
)
def test_pieces_of_any_size_give_the_same(
    opened: Open, blocks: list[list[bytes]], gap: bytes, sizes: list[int], skipped: set[int]
) -> None:
    store, session = opened
    emptied(store)
    data, described = packing.packed(blocks, gap)
    stream = Stream(cut(data, sizes), 0)
    expected = {}
    for number, block in enumerate(described):
        if number not in skipped:
            write_block(stream, block, session)
            expected |= {Digest.of(each): each for each in blocks[number]}
    assert packing.held(store) == expected


@pytest.mark.parametrize("size", [1 << 10, 1 << 16, 1 << 24])
def test_a_large_block_comes_as_a_stream(opened: Open, size: int) -> None:
    store, session = opened
    emptied(store)
    data, (block,) = packing.packed([[SMALL, LARGE, b"", SMALL[::-1]]])
    assert write_block(Stream(cut(data, [size]), 0), block, session) == block.size
    assert packing.held(store) == {Digest.of(each): each for each in (SMALL, LARGE, b"", SMALL[::-1])}


def test_members_of_other_packs_are_passed_over(opened: Open) -> None:
    store, session = opened
    for filling in (SMALL, LARGE):
        emptied(store)
        data, (block,) = packing.packed([[b"not ours", filling, b"nor this"]])
        write_block(Stream([data], 0), Block(block.offset, block.length, block.size, block.members[1:2]), session)
        assert packing.held(store) == {Digest.of(filling): filling}


def test_a_stream_that_begins_in_the_middle(opened: Open) -> None:
    store, session = opened
    emptied(store)
    data, (first, second) = packing.packed([[SMALL], [SMALL[::-1]]])
    write_block(Stream([data[first.length :]], first.length), second, session)
    assert packing.held(store) == {Digest.of(SMALL[::-1]): SMALL[::-1]}


# Lies ----------------------------------------------------------------------------------------------------------------


def frame(data: bytes, *, announced: bool = True, window_log: int | None = None) -> bytes:
    parameters = zstandard.ZstdCompressionParameters(
        write_content_size=announced, **({"window_log": window_log} if window_log else {})
    )
    writer = zstandard.ZstdCompressor(compression_params=parameters).compressobj(len(data) if announced else -1)
    return writer.compress(data) + writer.flush()


def forged(size: int, *, window: int = 0x58) -> bytes:
    """A frame that announces so many bytes in its header (RFC 8878, 3.1.1.1), and holds three."""
    return struct.pack("<IBBQ", 0xFD2FB528, 0xC0, window, size) + struct.pack("<I", 3 << 3 | 1)[:3] + b"abc"


@cache
def bomb(*, announced: bool = True) -> bytes:
    return frame(bytes(256 << 20), announced=announced)


def flipped(stored: bytes) -> bytes:
    middle = len(stored) // 2
    return stored[:middle] + bytes([stored[middle] ^ 1]) + stored[middle + 1 :]


# What may be stored in place of the frame of a block with this content.
LIES: dict[str, Callable[[bytes], bytes]] = {
    "a bomb": lambda _: bomb(),
    "a bomb that does not announce itself": lambda _: bomb(announced=False),
    "a forged size": lambda _: forged(1 << 40),
    "a forged size that is the block's": lambda data: forged(len(data)),
    "cut short": lambda data: frame(data)[:-5],
    "only its header": lambda data: frame(data)[:9],
    "nothing but a byte": lambda data: frame(data)[:1],
    "something behind it": lambda data: frame(data) + b"more",
    "a second frame": lambda data: frame(data) + frame(b"x" * 100),
    "no announcement": lambda data: frame(data, announced=False),
    "a window too large": lambda data: forged(len(data), window=(24 - 10) << 3),
    "less than told": lambda data: frame(data[:-1]),
    "more than told": lambda data: frame(data + b"x"),
    "other bytes": lambda data: frame(b"X" + data[1:]),
    "not a frame": lambda _: b"<!DOCTYPE html>" * 20,
    "a flipped byte": lambda data: flipped(frame(data)),
}


def told(data: bytes, lie: str) -> tuple[bytes, Block]:
    stored = LIES[lie](data)
    return stored, Block(0, len(stored), len(data), packing.members_of([data]))


@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
def test_a_lie_is_told(opened: Open, data: bytes, lie: str) -> None:
    store, session = opened
    emptied(store)
    stored, block = told(data, lie)
    with pytest.raises(IntegrityError):
        write_block(Stream(cut(stored, [1000]), 0), block, session)
    assert packing.leftovers(store) == []
    assert all(Digest.of(each) == digest for digest, each in packing.held(store).items())


def test_the_window_may_be_as_large_as_the_bundles_use(opened: Open) -> None:
    store, session = opened
    emptied(store)
    data = LARGE * 3
    stored = frame(data, window_log=MAX_WINDOW.bit_length() - 1)
    write_block(Stream([stored], 0), Block(0, len(stored), len(data), packing.members_of([data])), session)
    assert packing.held(store).keys() == {Digest.of(data)}


def write_all(stream: Stream, blocks: Iterable[Block], session: Session) -> None:
    for block in blocks:
        write_block(stream, block, session)


def test_a_bundle_that_ends_early(opened: Open) -> None:
    _, session = opened
    data, blocks = packing.packed([[SMALL], [SMALL[::-1]]], b"gap")
    for end in (0, 2, 10, blocks[1].offset, len(data) - 1):
        with pytest.raises(IntegrityError, match=r"ends (before|in the middle of) a block"):
            write_all(Stream([data[:end]], 0), blocks, session)


def layout_with(members: list[tuple[int, int]]) -> bytes:
    """A layout of one block of 100 bytes whose members have these places and sizes."""
    hasher = BlobHasher()
    hasher.update(bytes(1000))
    blob = hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0")
    data = b"".join(layout.write(layout.Layout((layout.Bundle(blob, (Block(0, 50, 100, ()),)),))))
    listed = ",".join(f'["{n:064x}",{place},{size}]' for n, (place, size) in enumerate(members))
    return data.replace(b'"members":[]', f'"members":[{listed}]'.encode())


def test_a_layout_whose_members_lie_right() -> None:
    (bundle,) = layout.read([layout_with([(0, 10), (10, 0), (20, 80)])], "a layout").bundles
    assert [member.place for member in bundle.blocks[0].members] == [0, 10, 20]


@pytest.mark.parametrize(
    "members",
    [[(0, 10), (5, 10)], [(0, 10), (0, 10)], [(10, 5), (0, 5)], [(95, 10)], [(-1, 5)], [(0, -5)], [(0, 1 << 41)]],
    ids=["overlap", "the same place", "backwards", "past the end", "before the start", "negative", "huge"],
)
def test_a_layout_whose_members_lie_wrong_is_refused(members: list[tuple[int, int]]) -> None:
    with pytest.raises(IntegrityError, match="members"):
        layout.read([layout_with(members)], "a layout")


_LIMITED = """
import resource, sys
from pathlib import Path
sys.path[:0] = {paths!r}
import packing, test_frames
from zoopkg.errors import IntegrityError
from zoopkg.install.frames import Stream, write_block

lies = [(name, *test_frames.told(data, name)) for data in (test_frames.SMALL, test_frames.LARGE)
        for name in ("a bomb", "a bomb that does not announce itself", "a forged size", "a window too large")]
with packing.session(Path({store!r})) as (store, session):
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (48 << 20), -1))
    for name, stored, block in lies:
        try:
            write_block(Stream([stored], 0), block, session)
        except IntegrityError:
            print("refused", name)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc, to know how much memory is used")
def test_a_bomb_does_not_need_memory(tmp_path: Path) -> None:
    script = _LIMITED.format(paths=[str(Path(__file__).parent)], store=str(tmp_path / "store"))
    child = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert child.stdout.count("refused") == 8, child.stdout + child.stderr
    shutil.rmtree(tmp_path / "store")
