"""What a mirror is to hold of an index, in the order in which it is put there, and what it holds beside that. Pure.

Nothing leads to a file before that file is there: bundles, layouts, manifests, documents, roles, snapshot, timestamp.
A client takes the newest root first of all, so new roots come last, behind a timestamp that is good by the old one, too
(`docs/adr/0012-root-last.md`); just before it where it is not, or where there is none yet.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoopkg.index import roles
from zoopkg.index.published import Kept, Published
from zoopkg.mirror.place import TIMESTAMP, File, is_published
from zoopkg.mirror.source import Wanted
from zoopkg.model.blob import Blob, BlobKind


@dataclass(frozen=True, slots=True)
class Item:
    """A file to copy, and where its bytes are: a blob on mirrors, or a file that is on this machine already."""

    file: File
    blob: Blob | None = None
    path: Path | None = None

    @classmethod
    def of(cls, found: Blob | Kept) -> "Item":
        """What is to be copied of a blob, or of a file of the index."""
        if isinstance(found, Blob):
            return cls(File.of_blob(found), blob=found)
        return cls(File(found.name, found.size, found.sha256), path=found.path)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a mirror is to hold.

    Attributes:
        stages: the files of each stage; none of one stage is put before all of the one before are.
        roots: put one after the other, oldest first.
        needed: the names that stay where others are removed.
    """

    stages: tuple[tuple[Item, ...], ...]
    roots: tuple[Item, ...]
    needed: frozenset[str]

    @property
    def items(self) -> Iterator[Item]:
        """All of them, in order."""
        return (item for stage in (*self.stages, self.roots) for item in stage)

    def missing(self, present: set[File]) -> "Plan":
        """What is left to be put where some files are there."""
        stages = (_absent(stage, present) for stage in self.stages)
        return Plan(tuple(stage for stage in stages if stage), _absent(self.roots, present), self.needed)

    @property
    def before_timestamp(self) -> "Plan":
        """All but the roots."""
        return Plan(self.stages, (), self.needed)

    @property
    def after_timestamp(self) -> "Plan":
        """The roots alone."""
        return Plan((), self.roots, self.needed)


def _absent(items: Iterable[Item], present: set[File]) -> tuple[Item, ...]:
    return tuple(item for item in items if item.file not in present)


def plan(published: Published, wanted: Wanted, *, metadata: bool) -> Plan:
    """What a mirror is to hold of a state of an index.

    Args:
        published: the state.
        wanted: the blobs.
        metadata: whether the mirror holds metadata and documents.
    """
    kinds = (BlobKind.BUNDLE, BlobKind.LAYOUT, BlobKind.MANIFEST)
    groups: list[Sequence[Blob | Kept]] = [[blob for blob in wanted.blobs if blob.kind is kind] for kind in kinds]
    if metadata:
        groups += [tuple(published.documents.values()), published.roles, [published.snapshot]]
    stages = tuple(tuple(map(Item.of, group)) for group in groups if group)
    roots = tuple(map(Item.of, published.roots)) if metadata else ()
    needed = {item.file.name for stage in (*stages, roots) for item in stage} | wanted.others | {TIMESTAMP}
    return Plan(stages, roots, frozenset(needed))


def superfluous(names: Iterable[str], needed: frozenset[str]) -> list[str]:
    """Those names of an index's files that nothing needs; a root is always needed, by who trusts the one before it."""
    return sorted(name for name in names if is_published(name) and name not in needed and not _is_root(name))


def _is_root(name: str) -> bool:
    return name == roles.metadata_file(roles.ROOT, roles.file_version(name))
