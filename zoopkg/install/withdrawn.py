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
from zoopkg.store.store import Store

if TYPE_CHECKING:
    from zoopkg.install.context import Context

NONE = Revocations({}, {})
Known: TypeAlias = Callable[[Path, str], Revocations]
"""What an index, by the name that a project has for it, withdrew; by the project's folder and that name."""


def known_to(context: "Context") -> Known:
    """What the indexes of any project on this machine withdrew; nothing, where a project does not say which they are.

    An index has a say in its own packs alone: none can have another's removed.
    """

    @cache
    def known(root: Path, index: str) -> Revocations:
        with suppress(ZooError):
            indexes = replace(context, index=None, root_file=None, warn=lambda _: None).indexes(Workspace.find(root))
            return indexes.known_revocations(index)
        return NONE

    return known


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
