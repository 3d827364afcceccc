"""The sections of an export, as the header line of each tells of them: values to lines and back. Reads no file.

`docs/formats/export.md` defines the format: a first line, then sections, each a line of canonical JSON followed by as
many bytes as it says. Everything in a file is hostile until it is verified; here, only its form is.

Version 1: the first.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

from zoopkg.errors import FormatError
from zoopkg.model import canonical
from zoopkg.model.blob import BlobKind
from zoopkg.model.canonical import Json
from zoopkg.model.digest import Digest
from zoopkg.model.fields import Fields
from zoopkg.model.instance import MAX_INSTANCE
from zoopkg.model.layout import MAX_LINE as MAX_LINE  # noqa: PLC0414  (a block's line is as long as in a layout)
from zoopkg.model.layout import Block, read_members
from zoopkg.model.manifest import check_schema
from zoopkg.project.file import check_index

SCHEMA = 1
FIRST_LINE = canonical.encode({"schema": f"export/{SCHEMA}"}) + b"\n"
BEGINNING = b'{"schema":"'
"""Of every version; whatever begins otherwise was never an export, and is not one that was cut off."""
MAX_FILE = 64 << 20
MAX_BLOB = 256 << 20
# A zstd frame is larger than what it holds by little; no writer makes one that is larger by a sixteenth.
_MAX_FRAME = MAX_INSTANCE + (MAX_INSTANCE >> 4)
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z%._-]{0,254}")
_INDEX, _FILE, _BLOCK, _END = "index", "file", "block", "end"


@dataclass(frozen=True, slots=True)
class Index:
    """An index begins: the files that follow are its own. The name is what the exporting machine calls it."""

    name: str

    def to_json(self) -> dict[str, Json]:
        """The header."""
        return {"kind": _INDEX, "length": 0, "name": self.name}


@dataclass(frozen=True, slots=True)
class IndexFile:
    """A file of an index as its mirrors have it.

    Attributes:
        name: the flat file name.
        offset: of its first byte in the export.
        length: in bytes.
        targets: the paths under which the index signs it, more than one where documents are alike; none for metadata.
    """

    name: str
    offset: int
    length: int
    targets: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """The header."""
        targets = {"targets": list(self.targets)} if self.targets else {}
        return {"kind": _FILE, "length": self.length, "name": self.name, **targets}


@dataclass(frozen=True, slots=True)
class Document:
    """A manifest or a layout as mirrors have it, by the digest of its stored bytes; offset and length as above."""

    kind: BlobKind
    digest: Digest
    offset: int
    length: int

    def to_json(self) -> dict[str, Json]:
        """The header."""
        return {"b3": self.digest.hex, "kind": str(self.kind), "length": self.length}


@dataclass(frozen=True, slots=True)
class End:
    """The last section: how many there are before it, and the digest of every byte before its line."""

    sections: int
    digest: Digest

    def to_json(self) -> dict[str, Json]:
        """The header."""
        return {"b3": self.digest.hex, "kind": _END, "length": 0, "sections": self.sections}


Section: TypeAlias = Index | IndexFile | Document | Block | End
"""A block is that of a layout (`zoopkg.model.layout`), its offset counted in the export."""

_RANKS: tuple[tuple[str, ...], ...] = (
    (_INDEX, _FILE),
    (BlobKind.MANIFEST,),
    (BlobKind.LAYOUT,),
    (_BLOCK,),
    (_END,),
)


def encode(section: Section) -> bytes:
    """The header line of a section, with its line feed."""
    return canonical.encode(_block(section) if isinstance(section, Block) else section.to_json()) + b"\n"


def _block(block: Block) -> dict[str, Json]:
    value = block.to_json()
    del value["offset"]
    return {**value, "kind": _BLOCK}


def check_first_line(line: bytes, document: str) -> None:
    """Refuse what is no export, or one that a newer zoopkg wrote; the line comes without its line feed.

    Raises:
        FormatError: says which.
    """
    try:
        fields = Fields(canonical.decode(line, f"the first line of {document}", 4096), document)
        fields.text("schema")
    except FormatError as error:
        raise no_export(document) from error
    check_schema(fields, "export", SCHEMA)


def no_export(document: str) -> FormatError:
    """The error for another file."""
    told = f"{document} is no file that `zoopkg export` wrote, by its first line"
    return FormatError(told, hint="Check which file this is.")


def decode(line: bytes, document: str, offset: int) -> Section:
    """The section that a header line tells of.

    Args:
        line: without its line feed.
        document: what to call it in messages.
        offset: of the byte after the line, in the export.

    Raises:
        FormatError: it is malformed, or of a kind that this zoopkg does not know.
    """
    fields = Fields(canonical.decode(line, document, MAX_LINE), document)
    kind = fields.text("kind")
    if kind == _INDEX:
        section: Section = Index(fields.parsed("name", check_index))
    elif kind == _FILE:
        section = _file(fields, offset)
    elif kind in (BlobKind.MANIFEST, BlobKind.LAYOUT):
        digest = fields.parsed("b3", Digest.from_hex)
        section = Document(BlobKind(kind), digest, offset, fields.integer("length", low=1, high=MAX_BLOB))
    elif kind == _BLOCK:
        length = fields.integer("length", low=1, high=_MAX_FRAME)
        size = fields.integer("size", high=MAX_INSTANCE)
        section = Block(offset, length, size, read_members(fields, size))
        if not section.members:  # nobody would ask for it, and there could be millions
            raise fields.fail("members", "must not be empty")
    elif kind == _END:
        section = End(fields.integer("sections"), fields.parsed("b3", Digest.from_hex))
    else:
        raise fields.fail("kind", f"is {kind[:40]!r}, which export/{SCHEMA} does not have")
    if length_of(section) != fields.integer("length"):
        raise fields.fail("length", "must be 0")
    return section


def _file(fields: Fields, offset: int) -> IndexFile:
    name = fields.text("name", limit=255)
    if not _FILE_NAME.fullmatch(name):
        raise fields.fail("name", f"is not the name of a file of an index: {name[:80]!r}")
    length = fields.integer("length", high=MAX_FILE)
    return IndexFile(name, offset, length, fields.texts("targets"))


def length_of(section: Section) -> int:
    """How many bytes follow a section's header line."""
    return 0 if isinstance(section, Index | End) else section.length


def kind_of(section: Section) -> str:
    """The kind as the header line has it."""
    return _BLOCK if isinstance(section, Block) else str(section.to_json()["kind"])


class Order:
    """Checks, section by section, that they come in the order of the format, and none of them twice."""

    MAX_NAMED = 100_000

    def __init__(self, document: str) -> None:
        self._document = document
        self._named: set[str] = set()
        self._index = ""
        self._rank = 0
        self.count = 0

    def take(self, section: Section) -> None:
        """The next section.

        Raises:
            FormatError: it must not come here.
        """
        kind = kind_of(section)
        rank = next(n for n, kinds in enumerate(_RANKS) if kind in kinds)
        if rank < self._rank or (isinstance(section, IndexFile) and not self._index):
            raise FormatError(f"{self._document} is out of order: a section of kind {kind} must not come here")
        self._rank = rank
        if isinstance(section, Index):
            self._index = section.name
            self._once(f"the index '{section.name}'")
        elif isinstance(section, IndexFile):
            self._once(f"the file {section.name} of the index '{self._index}'")
            for target in section.targets:
                self._once(f"the document {target:.200} of the index '{self._index}'")
        elif isinstance(section, Document):
            self._once(f"the {kind} {section.digest}")
        elif isinstance(section, End) and section.sections != self.count:
            raise FormatError(f"{self._document} has {self.count} sections, and its end says {section.sections}")
        self.count += 1

    def _once(self, name: str) -> None:
        if name in self._named:
            raise FormatError(f"{self._document} has {name} twice")
        if len(self._named) == self.MAX_NAMED:
            raise FormatError(f"{self._document} has more than {self.MAX_NAMED} documents")
        self._named.add(name)
