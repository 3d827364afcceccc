"""Deleting from an index folder what holds withdrawn bytes and what no release needs any more, listed first.

Only once the new layouts are published: never while something is staged. Bundles go first and layouts last, since these
tell what is in those; so after a kill the next run finds the rest. Metadata and documents stay.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from zoopkg.errors import PolicyError, explaining
from zoopkg.index.folder import IndexFolder
from zoopkg.model.blob import BlobKind
from zoopkg.model.digest import Digest
from zoopkg.model.layout import Bundle
from zoopkg.pack.holdings import Held, Holdings, Name, blob_files

_ORDER = (BlobKind.BUNDLE, BlobKind.MANIFEST, BlobKind.LAYOUT)


class Why(StrEnum):
    """Why a blob can go: besides that no release needs it."""

    WITHDRAWN = "withdrawn"
    LEADING = "leading there"
    UNNEEDED = "unneeded"


@dataclass(frozen=True, slots=True)
class Useless:
    """A blob that no release needs: its file, its size in bytes, and what else speaks against it."""

    path: Path
    kind: BlobKind
    size: int
    why: Why


@dataclass(frozen=True, slots=True)
class Pruning:
    """What can go.

    Attributes:
        useless: in the order in which to delete.
        kept: bundles that hold something withdrawn, each with a release that needs it all the same.
    """

    useless: tuple[Useless, ...]
    kept: tuple[tuple[str, Held], ...]


def refuse_staged(folder: IndexFolder) -> None:
    """Refuse to delete by a state that is not published yet.

    Raises:
        PolicyError: something is staged.
    """
    if staged := folder.staged_roles():
        raise PolicyError(
            f"{', '.join(staged)} is staged in '{folder.path}', and clients still go by what was published before",
            hint="Publish it first.",
        )


def plan_pruning(holdings: Holdings, *, unreferenced: bool) -> Pruning:
    """What can go, by what is published. Changes nothing.

    Args:
        holdings: what is published, and in which folder.
        unreferenced: also what holds nothing withdrawn, and no release needs.

    Raises:
        ZooError: a layout cannot be read.
    """
    assert holdings.folder
    needed, withdrawn = _needed(holdings), set(_withdrawn(holdings))
    there = {(kind, digest): path for path, kind, digest in blob_files(holdings.folder)}
    unneeded = there.keys() - needed.keys()
    going = dict.fromkeys(unneeded & withdrawn, Why.WITHDRAWN)
    leading = dict(_dead_ends(holdings, needed, withdrawn))
    if unreferenced:
        going |= dict.fromkeys(unneeded - withdrawn, Why.UNNEEDED)
    going = {name: why for name, why in going.items() if name[0] is not BlobKind.LAYOUT or name in leading}
    going |= {name: Why.LEADING for name, leads in leading.items() if leads and name not in withdrawn}
    useless = [Useless(there[name], name[0], there[name].stat().st_size, why) for name, why in going.items()]
    kept = sorted(name for name in there.keys() & withdrawn & needed.keys() if name[0] is BlobKind.BUNDLE)
    return Pruning(
        tuple(sorted(useless, key=lambda each: (_ORDER.index(each.kind), each.why is Why.WITHDRAWN, each.path))),
        tuple((there[name].name, needed[name]) for name in kept),
    )


def _needed(holdings: Holdings) -> dict[Name, Held]:
    """Every blob that a release needs which was not withdrawn as a whole, with one such release."""
    needed: dict[Name, Held] = {}
    for namespace in holdings.records:
        for held in holdings.live(namespace):
            bundles = (bundle.blob for bundle in holdings.layout(held).bundles)
            for blob in (held.release.manifest, held.release.layout, *bundles):
                needed.setdefault((blob.kind, blob.digest), held)
    return needed


def _withdrawn(holdings: Holdings) -> Iterator[Name]:
    """The bundles that hold something withdrawn, and the documents of what was withdrawn as a whole."""
    for namespace, revoked in holdings.revoked.items():
        tainted = holdings.tainted(namespace, holdings.dead(namespace, revoked))
        yield from ((BlobKind.BUNDLE, digest) for digest in tainted)
        for held in holdings.releases(namespace):
            if held.release.content in revoked.manifests:
                yield from ((blob.kind, blob.digest) for blob in (held.release.manifest, held.release.layout))


def _dead_ends(
    holdings: Holdings, needed: Collection[Name], withdrawn: Collection[Name]
) -> Iterator[tuple[Name, bool]]:
    """The layouts in the folder that may go, and whether each leads to a withdrawn bundle that goes, or has gone.

    One that alone tells what else is in a bundle that stays has to stay with it: without it, that could not be found
    when it has to be withdrawn.
    """
    layouts = dict(holdings.layouts_but({digest for kind, digest in needed if kind is BlobKind.LAYOUT}))
    told = _told(holdings, {bundle.blob.digest for layout in layouts.values() for bundle in layout.bundles})
    for digest, layout in layouts.items():
        contents = {(BlobKind.BUNDLE, bundle.blob.digest): _digests(bundle) for bundle in layout.bundles}
        if all(digests <= told[bundle] for (_, bundle), digests in contents.items() if (_, bundle) in needed):
            yield (BlobKind.LAYOUT, digest), any(name in withdrawn and name not in needed for name in contents)


def _told(holdings: Holdings, bundles: Collection[Digest]) -> dict[Digest, set[Digest]]:
    """What the layouts of live releases tell of some bundles."""
    told: dict[Digest, set[Digest]] = {bundle: set() for bundle in bundles}
    for namespace in holdings.records if bundles else ():
        for held in holdings.live(namespace):
            for bundle in holdings.layout(held).bundles:
                if bundle.blob.digest in told:
                    told[bundle.blob.digest] |= _digests(bundle)
    return told


def _digests(bundle: Bundle) -> set[Digest]:
    return {member.digest for block in bundle.blocks for member in block.members}


def delete(pruning: Pruning) -> None:
    """Delete what can go; a kill on the way leaves some of it, and all else right.

    Raises:
        ZooError: a file cannot be deleted.
    """
    for each in pruning.useless:
        with explaining(f"remove '{each.path}'"):
            each.path.unlink(missing_ok=True)
