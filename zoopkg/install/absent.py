"""What a machine without a network lacks of some parts of packs, in one sentence. Fetches nothing."""

from collections.abc import Sequence

from zoopkg.errors import OfflineError, ZooError
from zoopkg.install.parts import Part
from zoopkg.install.supply import Supply
from zoopkg.install.tree import files_of
from zoopkg.model.blob import BlobKind

_NAMED = 3


def unavailable(parts: Sequence[Part], supply: Supply, error: ZooError) -> ZooError:
    """The error that says which packs are not whole in the store; the one that was met, if all are."""
    lacking = [(part, count) for part in parts if (count := _missing(part, supply))]
    if not lacking:
        return error
    told = [f"{count:,} of the instances of {p.pack.name.short} {p.pack.version}" for p, count in lacking[:_NAMED]]
    if len(lacking) > _NAMED:
        told.append(f"instances of {len(lacking) - _NAMED} more")
    return OfflineError(
        f"the store lacks {', '.join(told)}, and the network was ruled out",
        hint="Run it once without --offline, import an export that has them, or name a folder that does with --mirror.",
    )


def _missing(part: Part, supply: Supply) -> int:
    """How many instances of a part the store lacks: all of the pack, where even its manifest is not there."""
    manifest = supply.store.blob(BlobKind.MANIFEST, part.pack.manifest)
    if manifest is None:
        return part.pack.instances
    wanted = files_of(part, manifest).values()
    missing = supply.missing({want.digest: want.size for want in wanted})
    return sum(want.digest in missing for want in wanted)
