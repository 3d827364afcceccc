"""`zoopkg import`: what an export carries into this machine's store, each byte verified as if a mirror had sent it.

In this order: the file as a whole; what indexes sign, where this machine trusts their root already; manifests and
layouts; contents. Killed at any point it leaves right contents, and the next run completes. Changes no project.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile

from zoopkg.airgap.format import Document, Index, IndexFile, Section
from zoopkg.airgap.reading import ExportFile
from zoopkg.airgap.signed import Signed, take_in
from zoopkg.errors import IntegrityError, explaining
from zoopkg.index.revoked import read_all_revocations
from zoopkg.install.ahead import in_order
from zoopkg.install.frames import Stream, write_block
from zoopkg.install.progress import Progress
from zoopkg.model import layout as layouts
from zoopkg.model.blob import Blob, BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.frame import decompressed
from zoopkg.model.layout import Block
from zoopkg.model.manifest import Header, ManifestReader
from zoopkg.model.record import Revocations
from zoopkg.store.journal import Session
from zoopkg.store.store import Store

_MOST_JOBS = 8
# A session's journal names what it will write. More of them than one keep the memory for blocks and names small.
SESSION_CONTENTS = 20_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import found and did.

    Attributes:
        packs: those whose manifests are aboard.
        contents: how many contents are aboard, and their bytes.
        new: how many of them the store lacked, and their bytes.
        indexes: what came of what each index signs.
    """

    packs: tuple[Header, ...]
    contents: tuple[int, int]
    new: tuple[int, int]
    indexes: tuple[Signed, ...]


class Importer:
    """Takes in one export.

    Args:
        export: the file.
        store: where its contents go.
        roots: the SHA-256 of every root by which this machine trusts an index.
        progress: told how far it has come.
        jobs: how many blocks to decompress at once.
    """

    def __init__(self, export: ExportFile, store: Store, roots: frozenset[str], progress: Progress, jobs: int) -> None:
        self._export = export
        self._store = store
        self._roots = roots
        self._progress = progress
        self._jobs = min(jobs, _MOST_JOBS)
        self._counts: Counter[str] = Counter()

    def run(self, now: Callable[[], datetime]) -> Imported:
        """Check the file, then take in all that it has.

        Args:
            now: this machine's clock.

        Raises:
            IntegrityError: the file is damaged, or says of its bytes what they are not.
            ZooError: the store cannot be written.
        """
        self._progress.begin("Checking", self._export.size)
        self._export.check(self._progress.advance)
        self._store.recover()
        signed = tuple(take_in(self._export, _index_files(self._export.sections()), self._store, self._roots, now))
        for each in signed:
            for warning in each.warnings(self._export.document):
                self._progress.warn(warning)
        packs = self._documents()
        self._progress.begin("Importing", self._export.size)
        blocks = (section for section in self._export.sections() if isinstance(section, Block))
        for batch in batches(blocks):
            self._write(batch)
        contents, new = ((self._counts[f"{each} contents"], self._counts[f"{each} bytes"]) for each in ("all", "new"))
        return Imported(packs, contents, new, signed)

    def _documents(self) -> tuple[Header, ...]:
        """Keep manifests and layouts; tell of packs that were withdrawn, which install will refuse."""
        revoked = read_all_revocations(self._store.root / "index")
        packs = []
        for section in takewhile(lambda each: not isinstance(each, Block), self._export.sections()):
            if isinstance(section, Document):
                sought = f"the {section.kind} {section.digest} in {self._export.document}"
                data = self._export.read(section)
                if Digest.of(data) != section.digest:
                    raise IntegrityError(f"{sought} has other bytes than its name says")
                kept = self._store.blob(section.kind, section.digest) is not None
                if section.kind is BlobKind.MANIFEST:
                    packs.append(self._manifest(data, sought, revoked, strictly=not kept))
                elif not kept:
                    layouts.read(decompressed(data, sought), sought, ())
                if not kept:
                    self._store.keep_blob(Blob.known_by_digest(section.kind, section.digest), data)
        return tuple(packs)

    def _manifest(self, data: bytes, sought: str, revoked: Revocations, *, strictly: bool) -> Header:
        """Read a manifest, strictly if the store did not have it, which relies on that; tell if it was withdrawn.

        Whether it is that of a pack, a lock or a record says by its identity.
        """
        reader = ManifestReader(decompressed(data, sought), sought)
        digests = (each.digest for each in reader) if strictly else (digest for _, digest, _ in reader.contents())
        reasons = [revoked.instances[digest] for digest in digests if digest in revoked.instances]
        reason = revoked.manifests.get(reader.content, reasons[0] if reasons else "")
        if reason:
            name, version = reader.header.name.short, reader.header.version
            self._progress.warn(f"{name} {version}, which {self._export.document} carries, was withdrawn: {reason}")
        return reader.header

    def _write(self, blocks: list[Block]) -> None:
        """Write what the store lacks of some blocks, within one session."""
        lacking = [block for block in map(self._lacking, blocks) if block.members]
        if not lacking:
            return
        digests = dict.fromkeys(member.digest for block in lacking for member in block.members)
        with (
            explaining(f"write to the store {self._store.root}"),
            self._store.session(digests.keys()) as session,
            ThreadPoolExecutor(self._jobs) as executor,
        ):
            for block in in_order(executor, partial(self._unpack, session), lacking, self._jobs):
                self._count("new", block)
                self._progress.advance(block.length)

    def _lacking(self, block: Block) -> Block:
        self._count("all", block)
        objects = self._store.objects
        with explaining(f"read the store {self._store.root}"):
            members = tuple(each for each in block.members if not objects.holds(each.digest, each.size))
        if not members:
            self._progress.advance(block.length)
        return replace(block, members=members)

    def _unpack(self, session: Session, block: Block) -> Block:
        try:
            write_block(Stream(self._export.pieces(block), block.offset), block, session)
        except IntegrityError as error:
            where = f"the block at byte {block.offset:,} of {self._export.document}"
            raise IntegrityError(f"{where} is not what it says: {error.message}", hint=error.hint) from error
        return block

    def _count(self, which: str, block: Block) -> None:
        self._counts[f"{which} contents"] += len(block.members)
        self._counts[f"{which} bytes"] += sum(member.size for member in block.members)


def batches(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks in their order, some 20,000 contents together, and no more blocks than that whatever they have."""
    batch: list[Block] = []
    contents = 0
    for block in blocks:
        batch.append(block)
        contents += max(len(block.members), 1)
        if contents >= SESSION_CONTENTS:
            yield batch
            batch, contents = [], 0
    if batch:
        yield batch


def _index_files(sections: Iterable[Section]) -> Iterator[tuple[str, dict[str, IndexFile]]]:
    """The files of each index, by their names."""
    index, files = "", dict[str, IndexFile]()
    for section in sections:
        if isinstance(section, IndexFile):
            files[section.name] = section
            continue
        if index:
            yield index, files
        if not isinstance(section, Index):
            return
        index, files = section.name, {}
    if index:
        yield index, files
