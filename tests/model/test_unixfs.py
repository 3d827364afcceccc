"""Files as trees of blocks: the shape is known beforehand, the hasher makes that one, and a reader takes no other."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law, short

from zoopkg.errors import FormatError
from zoopkg.model.blob import MAX_BLOB
from zoopkg.model.cid import Cid, Codec
from zoopkg.model.dagpb import Link, file_node, folder_node, read_varint, varint
from zoopkg.model.unixfs import PROFILE, Node, Part, Shape, TreeHasher, parts_of, root_part

shapes = st.builds(Shape, st.integers(1, 8), st.integers(2, 4))
files = st.binary(max_size=200)
RAW, DAG_PB = Codec.RAW, Codec.DAG_PB


def tree_of(data: bytes, shape: Shape) -> Node:
    hasher = TreeHasher(shape)
    hasher.update(data)
    return hasher.tree()


def blocks_of(tree: Node, data: bytes) -> dict[Cid, bytes]:
    blocks, at = {}, 0
    for node in tree.walk():
        blocks[node.link.cid] = node.block or data[at : at + node.link.size]
        at += 0 if node.block else node.link.size
    return blocks


def read(part: Part, blocks: dict[Cid, bytes], shape: Shape) -> bytes:
    block = blocks[part.cid]
    if not part.height:
        return block
    return b"".join(read(child, blocks, shape) for child in parts_of(part, block, shape))


@law
@given(files, shapes)
def test_what_was_hashed_can_be_read(data: bytes, shape: Shape) -> None:
    tree = tree_of(data, shape)
    blocks = blocks_of(tree, data)
    root = root_part(tree.link.cid, blocks[tree.link.cid], shape)
    assert (root.start, root.size) == (0, len(data))
    assert read(root, blocks, shape) == data


@law
@given(files, shapes)
def test_the_size_alone_tells_the_shape(data: bytes, shape: Shape) -> None:
    tree = tree_of(data, shape)
    nodes = list(tree.walk())
    assert sum(len(node.block) or node.link.size for node in nodes) == tree.link.tree_bytes
    assert shape.tree_bytes(len(data), shape.height(len(data))) == tree.link.tree_bytes
    assert all(len(node.block) <= shape.node_bytes for node in nodes)


def test_a_full_node_is_within_the_limit_however_large_the_file() -> None:
    cid = Cid(RAW, bytes(32))
    block = file_node([Link(cid, 1 << 52, 1 << 62)] * PROFILE.max_links)
    assert len(block) <= PROFILE.node_bytes < 80_000
    assert PROFILE.height(MAX_BLOB) == 2


@law
@given(st.binary(min_size=2, max_size=100), shapes.filter(lambda shape: shape.leaf_bytes < 3), st.data())
def test_a_node_with_any_bit_changed_is_refused_or_leads_to_another_child(data, shape, drawn) -> None:
    tree = tree_of(data, shape)
    if not tree.block:
        return
    part = root_part(tree.link.cid, tree.block, shape)
    wrong = bytearray(tree.block)
    wrong[drawn.draw(st.integers(0, len(wrong) - 1))] ^= 1 << drawn.draw(st.integers(0, 7))
    try:
        children = parts_of(part, bytes(wrong), shape)
    except FormatError:
        return
    honest = parts_of(part, tree.block, shape)
    assert children != honest
    assert [(child.start, child.size, child.height) for child in children] == [
        (child.start, child.size, child.height) for child in honest
    ]


SMALL = Shape(4, 2)
LEAVES = [Link(Cid.of(RAW, each), len(each), len(each)) for each in (b"aaaa", b"bbb")]
LOW = file_node(LEAVES)
LOW_LINK = Link(Cid.of(DAG_PB, LOW), 7, 7 + len(LOW))
PART = Part(Cid.of(DAG_PB, LOW), 10, 7, 1)
FIELD_1 = 2 * 44  # where the links end
HIGH = Part(Cid.of(DAG_PB, b""), 0, 14, 2)


def test_children_follow_each_other() -> None:
    assert [(part.start, part.size, part.height) for part in parts_of(PART, LOW, SMALL)] == [(10, 4, 0), (14, 3, 0)]


def of_other_codec(prefix: bytes) -> bytes:
    """The node, with other bytes before the digest of the first child."""
    return LOW.replace(b"\x01\x55\x12\x20", prefix, 1)


WRONG = {
    "empty": b"",
    "no node": b"<html>",
    "its data left out": LOW[:FIELD_1],
    "cut": LOW[:-1],
    "more behind": LOW + b"\x0a\x00",
    "data before links": LOW[FIELD_1:] + LOW[:FIELD_1],
    "a child too few": file_node(LEAVES[:1]),
    "a child too many": file_node([*LEAVES, LEAVES[0]]),
    "no children": file_node([]),
    "sizes exchanged": file_node([LEAVES[1], LEAVES[0]]),
    "a size that lies": file_node([Link(LEAVES[0].cid, 5, 4), Link(LEAVES[1].cid, 2, 3)]),
    "a sum that lies": file_node([Link(LEAVES[0].cid, 4, 4), Link(LEAVES[1].cid, 4, 4)]),
    "a tree size that lies": file_node([Link(LEAVES[0].cid, 4, 5), LEAVES[1]]),
    "a name": file_node([Link(LEAVES[0].cid, 4, 4, "name"), LEAVES[1]]),
    "a folder": folder_node([Link(LEAVES[0].cid, 4, 4, "a"), Link(LEAVES[1].cid, 3, 3, "b")]),
    "a child that is a node": file_node([Link(Cid(DAG_PB, LEAVES[0].cid.sha256), 4, 4), LEAVES[1]]),
    "a child of dag-cbor": of_other_codec(b"\x01\x71\x12\x20"),
    "a child by its identity": of_other_codec(b"\x01\x55\x00\x20"),
    "a child by BLAKE3": of_other_codec(b"\x01\x55\x1e\x20"),
    "a child of version 0": of_other_codec(b"\x12\x20\x12\x20"),
    "a size in more bytes than it needs": LOW.replace(b"\x18\x04", b"\x18\x84\x00", 1),
    "a size that never ends": b"\x0a" + b"\xff" * 20,
    "a field of fixed width": b"\x0d\x00\x00\x00\x00" + LOW,
}


@pytest.mark.parametrize("block", WRONG.values(), ids=WRONG.keys())
def test_what_is_not_the_node_that_belongs_there(block: bytes) -> None:
    assert block != LOW
    with pytest.raises(FormatError):
        parts_of(PART, block, SMALL)


def test_children_are_of_the_kind_that_the_height_asks_for() -> None:
    below = [Link(LOW_LINK.cid, size, SMALL.tree_bytes(size, 1)) for size in (8, 6)]
    assert [part.height for part in parts_of(HIGH, file_node(below), SMALL)] == [1, 1]
    leaves = [Link(LEAVES[0].cid, size, SMALL.tree_bytes(size, 1)) for size in (8, 6)]
    with pytest.raises(FormatError):
        parts_of(HIGH, file_node(leaves), SMALL)


@pytest.mark.parametrize("size", [0, 1, 4, 2**62], ids=str)
def test_a_root_that_no_file_has(size: int) -> None:
    block = file_node([Link(LEAVES[0].cid, size, size)])
    cid = Cid.of(DAG_PB, block)
    with pytest.raises(FormatError):
        parts_of(root_part(cid, block, SMALL), block, SMALL)


def test_a_root_that_is_too_long_for_a_leaf() -> None:
    with pytest.raises(FormatError):
        root_part(Cid.of(RAW, b"12345"), b"12345", SMALL)


@law
@given(st.sampled_from(Codec), st.binary(min_size=32, max_size=32))
def test_cids_round_trip(codec: Codec, sha256: bytes) -> None:
    cid = Cid(codec, sha256)
    assert Cid.parse(str(cid)) == Cid.from_bytes(bytes(cid)) == cid


GOOD = str(LEAVES[0].cid)


def spelled(data: bytes) -> str:
    return "b" + base64.b32encode(data).decode().rstrip("=").lower()


@pytest.mark.parametrize(
    "text",
    [
        "",
        GOOD.upper(),
        GOOD[:-1],
        GOOD + "a",
        GOOD + "\n",
        GOOD[:-1] + chr(ord(GOOD[-1]) + 1),
        "Qm" + "a" * 44,
        "bafkqaaa",
        spelled(b"\x01\x71\x12\x20" + bytes(32)),
        spelled(b"\x01\x55\x1e\x20" + bytes(32)),
        spelled(b"\x02\x55\x12\x20" + bytes(32)),
    ],
    ids=short,
)
def test_what_is_no_cid_here(text: str) -> None:
    with pytest.raises(FormatError):
        Cid.parse(text)


@law
@given(st.integers(0, 2**63 - 1), st.binary(max_size=3))
def test_numbers_round_trip(value: int, rest: bytes) -> None:
    assert read_varint(varint(value) + rest, 0) == (value, len(varint(value)))


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 9, b"\x80" * 9 + b"\x01"], ids=repr)
def test_numbers_that_do_not_end(data: bytes) -> None:
    with pytest.raises(FormatError):
        read_varint(data, 0)
