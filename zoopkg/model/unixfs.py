"""Files as IPFS holds them: trees of blocks in the one shape of the profile `unixfs-v1-2025`. Pure; talks to no node.

Leaves of 1 MiB, balanced, up to 1,024 links a node (https://specs.ipfs.tech/unixfs/). A file's size alone tells the
shape of its tree, so a reader knows of every block, before it asks, where it belongs and how long it may be.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from zoopkg.errors import FormatError
from zoopkg.model.cid import CID_BYTES, Cid, Codec
from zoopkg.model.dagpb import Link, file_node, read_file_node


@dataclass(frozen=True, slots=True)
class Shape:
    """How files are cut into blocks.

    Attributes:
        leaf_bytes: the bytes of every leaf but the last.
        max_links: the children that a node may have.
    """

    leaf_bytes: int = 1 << 20
    max_links: int = 1024

    @property
    def node_bytes(self) -> int:
        """More than any node has: of each link, the CID, an empty name, two sizes, and what protobuf adds."""
        return 64 + self.max_links * (CID_BYTES + 34)

    def height(self, size: int) -> int:
        """The nodes between the root of a file of this size, itself counted, and a leaf; 0 where the root is one."""
        leaves, height = -(-size // self.leaf_bytes), 0
        while leaves > 1:
            leaves, height = -(-leaves // self.max_links), height + 1
        return height

    def sizes(self, size: int, height: int) -> list[int]:
        """The bytes of the file below each child of a node, given those below the node, which is no leaf."""
        full = self.leaf_bytes * self.max_links ** (height - 1)
        count, rest = divmod(size, full)
        return [full] * count + [rest] * bool(rest)

    def tree_bytes(self, size: int, height: int) -> int:
        """The bytes of all blocks of a file, or of a part of one."""
        return _sum(self.blocks(size, height))

    def blocks(self, size: int, height: int) -> Counter[int]:
        """How many blocks of each length a file, or a part of one, has."""
        if not height:
            return Counter([size])
        sizes = Counter(self.sizes(size, height))  # two at most, however many children
        below = {each: self.blocks(each, height - 1) for each in sizes}
        tree_bytes = {each: _sum(blocks) for each, blocks in below.items()}
        total = Counter([len(file_node([Link(_NO_CID, each, tree_bytes[each]) for each in sizes.elements()]))])
        for each, count in sizes.items():
            total.update({length: count * number for length, number in below[each].items()})
        return total


def _sum(blocks: Counter[int]) -> int:
    return sum(length * count for length, count in blocks.items())


_NO_CID = Cid(Codec.RAW, bytes(32))
PROFILE = Shape()


@dataclass(frozen=True, slots=True)
class Node:
    """A block of a file's tree, as it was made.

    Attributes:
        link: what its parent says of it.
        block: its bytes, but for a leaf, which has those of the file.
    """

    link: Link
    block: bytes = b""
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator["Node"]:
        """The tree depth first, each node before its children."""
        yield self
        for child in self.children:
            yield from child.walk()


class TreeHasher:
    """Feed a file's bytes in any pieces, then ask for its tree or its CID."""

    def __init__(self, shape: Shape = PROFILE) -> None:
        self._shape = shape
        self._leaf = hashlib.sha256()
        self._leaf_bytes = 0
        self._leaves: list[Node] = []

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes of the file."""
        view = memoryview(data)
        while view.nbytes:
            taken = view[: self._shape.leaf_bytes - self._leaf_bytes]
            self._leaf.update(taken)
            self._leaf_bytes += taken.nbytes
            view = view[taken.nbytes :]
            if self._leaf_bytes == self._shape.leaf_bytes:
                self._end_leaf()

    def _end_leaf(self) -> None:
        cid = Cid(Codec.RAW, self._leaf.digest())
        self._leaves.append(Node(Link(cid, self._leaf_bytes, self._leaf_bytes)))
        self._leaf = hashlib.sha256()
        self._leaf_bytes = 0

    def tree(self) -> Node:
        """The root of the tree of all bytes so far; call it once, at the end."""
        if self._leaf_bytes or not self._leaves:
            self._end_leaf()
        nodes, most = self._leaves, self._shape.max_links
        while len(nodes) > 1:
            nodes = [_parent(nodes[i : i + most]) for i in range(0, len(nodes), most)]
        return nodes[0]

    def cid(self) -> str:
        """The CID of all bytes so far; call it once, at the end."""
        return str(self.tree().link.cid)


def _parent(children: Sequence[Node]) -> Node:
    links = [child.link for child in children]
    block = file_node(links)
    size, below = sum(link.size for link in links), sum(link.tree_bytes for link in links)
    return Node(Link(Cid.of(Codec.DAG_PB, block), size, len(block) + below), block, tuple(children))


@dataclass(frozen=True, slots=True)
class Part:
    """A block of which is known, before it was seen, where it belongs.

    Attributes:
        start: the offset in the file of the first byte below it.
        size: the bytes of the file below it.
        height: as of `Shape.height`, 0 for a leaf.
    """

    cid: Cid
    start: int
    size: int
    height: int

    @property
    def end(self) -> int:
        """The offset just past the last byte below it."""
        return self.start + self.size


def root_part(cid: Cid, block: bytes, shape: Shape = PROFILE) -> Part:
    """Where the root of a file belongs, which tells how large the file is; the block has the CID, as was checked.

    Raises:
        FormatError: no file here has such a root.
    """
    size = len(block) if cid.codec is Codec.RAW else read_file_node(block).size
    height = shape.height(size)
    if (height == 0) is not (cid.codec is Codec.RAW):
        raise FormatError(f"the block {cid} is not the root of a file of {size} bytes as files are cut here")
    return Part(cid, 0, size, height)


def parts_of(part: Part, block: bytes, shape: Shape = PROFILE) -> list[Part]:
    """The children of a node, in order; the block has the node's CID, as was checked.

    Raises:
        FormatError: it is not the node that belongs there: another number of children, other sizes, a child of another
            kind than its height asks for, or anything in it that should not be.
    """
    height = part.height - 1
    codec = Codec.DAG_PB if height else Codec.RAW
    cids, sizes = read_file_node(block).cids, shape.sizes(part.size, part.height)
    if len(cids) != len(sizes) or any(cid.codec is not codec for cid in cids):
        raise FormatError(f"the node {part.cid} has other children than belong there")
    below = {size: shape.tree_bytes(size, height) for size in set(sizes)}
    if file_node([Link(cid, size, below[size]) for cid, size in zip(cids, sizes, strict=True)]) != block:
        raise FormatError(f"the node {part.cid} is not as files are cut here")
    starts = accumulate(sizes, initial=part.start)
    return [Part(cid, start, size, height) for cid, start, size in zip(cids, starts, sizes, strict=False)]
