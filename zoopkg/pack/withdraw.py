"""Withdrawing releases and contents: what that comes to in an index, and staging it. Signs and deletes nothing.

Live neighbours of what is withdrawn are bundled anew first, so that its bundles are of no use to anyone once the new
layouts are published; `prune` deletes them then. Every step may be repeated: the plan always follows from the whole.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from zoopkg.errors import UsageError
from zoopkg.index import releases
from zoopkg.index.folder import IndexFolder
from zoopkg.index.roles import Dates
from zoopkg.index.signing import Status, status_of
from zoopkg.model.blob import Blob
from zoopkg.model.digest import Digest
from zoopkg.model.record import Record, Revocations
from zoopkg.pack.holdings import EMPTY, Held, Holdings
from zoopkg.pack.repack import Repacker, Repacking, plan_repacking
from zoopkg.pack.targets import Found, Target, find

MAX_REASON = 500


@dataclass(frozen=True, slots=True)
class Request:
    """What to withdraw, and why.

    Attributes:
        reason: one line, which everyone will read who has it.
        namespaces: those to stage it in; by default those of the packs that are named, and for a content that is named
            by its digest, every one that has it.
    """

    targets: tuple[Target, ...]
    reason: str
    namespaces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Holder:
    """A release that has a withdrawn content, and where."""

    held: Held
    digest: Digest
    size: int
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """What a withdrawal comes to in one namespace.

    Attributes:
        revoked: all that it has withdrawn, before and now.
        yanked: the releases that resolution passes over from now on.
        repacking: what is bundled anew.
        dead: the blobs in the folder that the namespace needs no longer.
        staying: how many contents of the releases that are withdrawn as a whole stay, since others have them.
    """

    namespace: str
    revoked: Revocations
    yanked: tuple[Held, ...]
    repacking: Repacking
    dead: tuple[Blob, ...]
    staying: int = 0


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The plan: what is withdrawn, who has it, and what has to be done.

    Attributes:
        wholes: the releases that are withdrawn as a whole.
        contents: the contents that are.
        holders: every release of the index that has one of the contents, in any namespace.
        shares: what is staged, by namespace.
        elsewhere: the namespaces that have one of the contents and are left to their owners.
    """

    reason: str
    wholes: tuple[Held, ...]
    contents: frozenset[Digest]
    holders: tuple[Holder, ...]
    shares: tuple[Share, ...]
    elsewhere: tuple[str, ...] = ()


def plan_withdrawal(holdings: Holdings, request: Request) -> Withdrawal:
    """What a withdrawal comes to. Changes nothing.

    Raises:
        UsageError: a target is nowhere in the index, or means several contents; or a namespace is not there, or not the
            one whose release is to be withdrawn.
        ZooError: a manifest or layout cannot be read.
    """
    found = find(holdings, request.targets)
    if EMPTY in found.contents:
        raise UsageError("an empty file has nothing in it that could be withdrawn", hint="Withdraw the release.")
    chosen = sorted(set(request.namespaces) or found.namespaces)
    if unknown := [namespace for namespace in chosen if namespace not in holdings.records]:
        raise UsageError(f"the index has no namespace '{unknown[0]}'", hint=f"It has: {', '.join(holdings.records)}.")
    if foreign := [held for held in found.wholes if held.name.namespace not in chosen]:
        raise UsageError(f"{foreign[0]} is for the owners of {foreign[0].name.namespace} to withdraw")
    holders = tuple(_holders(holdings, found.contents))
    shares = tuple(_share(holdings, namespace, found, request.reason, holders) for namespace in chosen)
    elsewhere = {holder.held.name.namespace for holder in holders} - set(chosen)
    contents = frozenset(found.contents)
    return Withdrawal(request.reason, tuple(found.wholes), contents, holders, shares, tuple(sorted(elsewhere)))


def _holders(holdings: Holdings, contents: Collection[Digest]) -> Iterator[Holder]:
    """Every release of the index that has one of some contents, but for those that were withdrawn before."""
    for namespace in holdings.records if contents else ():
        for held in holdings.live(namespace):
            paths: dict[tuple[Digest, int], list[str]] = {}
            for path, digest, size in holdings.manifest(held).contents():
                if digest in contents:
                    paths.setdefault((digest, size), []).append(path)
            for (digest, size), where in paths.items():
                yield Holder(held, digest, size, tuple(where))


def _share(holdings: Holdings, namespace: str, found: Found, reason: str, holders: Iterable[Holder]) -> Share:
    wholes = [held for held in found.wholes if held.name.namespace == namespace]
    now = Revocations({held.release.content: reason for held in wholes}, dict.fromkeys(found.contents, reason))
    revoked = Revocations.union([holdings.revoked[namespace], now])
    dead = holdings.dead(namespace, revoked)
    tainted = holdings.tainted(namespace, dead)
    repacking = plan_repacking(holdings, holdings.live(namespace, revoked), tainted, dead)
    having = {holder.held for holder in holders}
    gone = [held for held in holdings.releases(namespace) if held.release.content in revoked.manifests]
    return Share(
        namespace,
        revoked,
        yanked=tuple(
            held
            for held in holdings.releases(namespace)
            if not held.release.yanked and (held in having or held in gone)
        ),
        repacking=repacking,
        dead=tuple(_there(holdings, _useless(gone, repacking, tainted))),
        staying=sum(digest not in dead for held in wholes for digest in set(holdings.still_known(held))),
    )


def _useless(gone: Iterable[Held], repacking: Repacking, tainted: Mapping[Digest, Blob]) -> Iterator[Blob]:
    """The blobs that a namespace needs no longer, once it is as planned."""
    yield from tainted.values()
    for held in gone:
        yield from (held.release.manifest, held.release.layout)
    yield from (each.held.release.layout for each in repacking.affected)


def _there(holdings: Holdings, blobs: Iterable[Blob]) -> Iterator[Blob]:
    assert holdings.folder
    for blob in dict.fromkeys(blobs):
        if (holdings.folder / blob.name).is_file():
            yield blob


@dataclass(frozen=True, slots=True)
class Stage:
    """An index folder that changes are staged in, and what that takes.

    Attributes:
        repacker: writes new bundles and layouts into the folder.
        dates: when this is, and how long the namespaces' metadata is good for.
    """

    folder: IndexFolder
    repacker: Repacker
    dates: Dates


def stage(plan: Withdrawal, holdings: Holdings, on: Stage) -> Status:
    """Stage a withdrawal: new bundles and layouts first, then the documents that name them. Within `changing`.

    Args:
        plan: what to do.
        holdings: what it was planned for.
        on: where to.

    Raises:
        NotOnMirrorsError: what has to be bundled anew is nowhere.
        ZooError: the index cannot be read or written.
    """
    for share in plan.shares:
        fresh = on.repacker.run(share.repacking) if share.repacking.affected else {}
        changed = _changed(holdings.records[share.namespace], share, fresh, plan.reason)
        releases.withdraw(on.folder, share.namespace, share.revoked, changed, on.dates)
    return status_of(on.folder)


def _changed(records: Iterable[Record], share: Share, fresh: Mapping[Held, Blob], reason: str) -> Iterator[Record]:
    """The records of a namespace, with new layouts, and with what resolution passes over from now on."""
    for record in records:
        changed = []
        for release in record.releases:
            held = Held(record.name, release)
            changed.append(replace(release, layout=fresh.get(held, release.layout)))
            if held in share.yanked:
                whole = share.revoked.manifests.get(release.content)
                why = f"withdrawn: {whole}" if whole else f"an instance was withdrawn: {reason}"
                changed[-1] = replace(changed[-1], yanked=why)
        yield replace(record, releases=tuple(changed))
