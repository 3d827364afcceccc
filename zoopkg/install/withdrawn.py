"""What this machine knows to be withdrawn of what projects have, by the word of each project's own indexes.

Asks no index: reads what was verified when one was asked last. Removes nothing.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from zoopkg.errors import ZooError
from zoopkg.install.contents import read_manifest
from zoopkg.install.install import withdrawal
from zoopkg.install.parts import Part
from zoopkg.install.workspace import Workspace
from zoopkg.model.blob import BlobKind
from zoopkg.model.record import Revocations
from zoopkg.model.selection import select
from zoopkg.project.lock import LockedPack
from zoopkg.store.store import Store

if TYPE_CHECKING:
    from zoopkg.install.context import Context
    from zoopkg.install.indexes import Indexes

NONE = Revocations({}, {})
Known: TypeAlias = Callable[[Path, LockedPack], Revocations]
"""What is withdrawn of what a pack of a project may have; by the project's folder and the pack."""


def known_to(context: "Context", *, by_lock: bool = False) -> Known:
    """What the indexes of any project on this machine withdrew; nothing, where a project does not say which they are.

    An index has a say in its own packs alone: none can have another's removed.

    Args:
        context: of the run.
        by_lock: where a lock alone names the index of a pack, what an install would refuse; else nothing, since what
            is not known for sure is no reason to remove bytes.
    """

    @cache
    def indexes(root: Path) -> "Indexes":
        return replace(context, index=None, root_file=None, warn=lambda _: None).indexes(Workspace.find(root))

    @cache
    def read(root: Path, index: str, namespace: str) -> Revocations:
        with suppress(ZooError):
            if by_lock or indexes(root).names(index):
                return indexes(root).known_revocations(index, namespace)
        return NONE

    return lambda root, pack: read(root, pack.index, pack.name.namespace)


def known_withdrawal(part: Part, store: Store, revoked: Revocations) -> str:
    """Why a part of a pack was withdrawn, or an instance of it, as far as the store can tell; else empty."""
    reason = revoked.manifests.get(part.pack.content)
    manifest = store.blob(BlobKind.MANIFEST, part.pack.manifest) if revoked.instances and not reason else None
    if manifest is not None:
        with suppress(ZooError):  # damaged, so it tells nothing
            reader = read_manifest(manifest, part.pack)
            instances = select(reader, part.where, reader.header.license) if part.where else reader
            reason = withdrawal(part.pack, (each.digest for each in instances), revoked)
    return reason or ""
