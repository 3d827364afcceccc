"""Blobs on this machine as trees of IPFS blocks, alone or many as the files of a folder. Writes and sends nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoopkg.errors import IntegrityError, ZooError, explaining
from zoopkg.mirror.place import File
from zoopkg.model import car
from zoopkg.model.cid import Cid, Codec
from zoopkg.model.dagpb import Link, folder_node
from zoopkg.model.unixfs import PROFILE, Node, TreeHasher

MAX_FOLDER_BYTES = 1 << 20
"""The most that a folder's block may have; nodes of IPFS exchange none over 2 MiB."""
_PIECE = 1 << 20


def sections(file: File, path: Path) -> Iterator[bytes]:
    """A blob as the sections of a CAR: depth first, each node before its children.

    The file is read twice, first for its nodes.

    Raises:
        IntegrityError: it has other bytes than its CID says, or changes meanwhile.
    """
    tree = _tree(path)
    if str(tree.link.cid) != file.cid:
        raise IntegrityError(f"'{path}' has other bytes than the CID of {file.name} says")
    with explaining(f"read '{path}'"), path.open("rb") as source:
        for node in tree.walk():
            block = node.block or source.read(node.link.size)
            if not node.block and Cid.of(Codec.RAW, block) != node.link.cid:
                raise IntegrityError(f"'{path}' changed while it was being read")
            yield car.section(node.link.cid, block)


def _tree(path: Path) -> Node:
    hasher = TreeHasher()
    with explaining(f"read '{path}'"), path.open("rb") as source:
        while piece := source.read(_PIECE):
            hasher.update(piece)
    return hasher.tree()


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of files, or of folders with files, as a tree of blocks.

    Attributes:
        link: what a folder above says of it.
        block: its bytes.
        folders: those in it, by name.
        files: those in it, by name.
    """

    link: Link
    block: bytes
    folders: tuple["Folder", ...] = ()
    files: tuple[File, ...] = ()

    @property
    def car_bytes(self) -> int:
        """How long a CAR of it is."""
        total = len(car.header(self.link.cid))
        for entry in self.walk():
            if isinstance(entry, Folder):
                total += car.section_bytes(len(entry.block))
            else:
                blocks = PROFILE.blocks(entry.size, PROFILE.height(entry.size))
                total += sum(car.section_bytes(length) * count for length, count in blocks.items())
        return total

    def walk(self) -> Iterator["Folder | File"]:
        """What is in it, depth first, each folder before what is in it."""
        yield self
        for folder in self.folders:
            yield from folder.walk()
        yield from self.files


def folder_of(files: Collection[File]) -> Folder:
    """The folder of some blobs by their names; where its block would be too long, one of folders by two digits.

    Raises:
        ZooError: there are more than such a folder may have, two million or so.
    """
    ordered = sorted(set(files), key=lambda file: file.name)
    flat = _folder("", ordered)
    if len(flat.block) <= MAX_FOLDER_BYTES:
        return flat
    groups: dict[str, list[File]] = defaultdict(list)
    for file in ordered:
        groups[file.name[:2]].append(file)
    folders = [_folder(name, group) for name, group in groups.items()]
    if any(len(folder.block) > MAX_FOLDER_BYTES for folder in folders):
        raise ZooError(f"{len(ordered)} blobs are too many for one folder of IPFS", hint="Choose some of the packs.")
    return _node("", [folder.link for folder in folders], folders=tuple(folders))


def _folder(name: str, files: Sequence[File]) -> Folder:
    entries = [
        Link(Cid.parse(file.cid), file.size, PROFILE.tree_bytes(file.size, PROFILE.height(file.size)), file.name)
        for file in files
    ]
    return _node(name, entries, files=tuple(files))


def _node(
    name: str, entries: Sequence[Link], *, folders: tuple[Folder, ...] = (), files: tuple[File, ...] = ()
) -> Folder:
    block = folder_node(entries)
    tree_bytes = len(block) + sum(entry.tree_bytes for entry in entries)
    link = Link(Cid.of(Codec.DAG_PB, block), sum(entry.size for entry in entries), tree_bytes, name)
    return Folder(link, block, folders, files)
