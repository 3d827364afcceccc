"""`outdated`: which locked packs have something newer, and which of them should not be used any more."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.output import table
from zoopkg.cli.told import manifest_of, reasons_told, warn_if_stale
from zoopkg.errors import LockOutdatedError, ZooError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.text import plural

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes
    from zoopkg.model.digest import Digest
    from zoopkg.model.record import Revocations
    from zoopkg.project.lock import LockedPack
    from zoopkg.project.outdated import Standing


@click.command()
@common
def outdated(run: Run) -> None:
    """List the locked packs that have something newer.

    Lists also those that were yanked, deprecated or withdrawn, with the reason: the locked version, the newest that the
    project and its packs allow, the newest of all. `--verbose` lists every pack. The exit code is 0 either way; scripts
    read `--json`.
    """
    from zoopkg.project.lock import Lock
    from zoopkg.project.outdated import standings

    workspace = Workspace.find(run.directory)
    if workspace.lock is None and workspace.project.packs:
        raise LockOutdatedError(f"there is no {LOCK} in {workspace.root}", hint="Run `zoopkg install`.")
    warn_if_stale(run, workspace)
    lock = workspace.lock or Lock((), {})
    if not lock.packs:
        run.out.result([], [])
        run.out.say(f"No packs are locked in {workspace.root}")
        return
    indexes = run.context.indexes(workspace)
    records = indexes.records(sorted({pack.name for pack in lock.packs}))
    revoked = {name: indexes.revocations(name, fresh=False) for name in {pack.index for pack in lock.packs}}
    found = [
        (each, _withdrawn(run, indexes, each.pack, revoked[each.pack.index]))
        for each in standings(lock, workspace.project.packs, records)
    ]
    shown = [each for each in found if run.out.verbose or each[1] or not each[0].is_current]
    head = ["pack", "locked", "allowed", "newest", ""]
    rows = [_row(*each) for each in shown]
    run.out.result(table([head, *rows] if rows else []), [_document(*each) for each in found])
    if not shown:
        run.out.say(f"All packs are the newest there are: {plural(len(found), 'pack')}")


def _withdrawn(run: Run, indexes: "Indexes", pack: "LockedPack", revoked: "Revocations") -> str:
    """Why a locked version was withdrawn, or an instance of it; empty where it was not."""
    from zoopkg.install.install import withdrawal

    def digests() -> "Iterator[Digest]":
        return (digest for _, digest, _ in manifest_of(run, indexes, pack).contents())

    try:
        return withdrawal(pack, digests() if revoked.instances else (), revoked) or ""
    except ZooError as error:
        run.out.warn(f"whether an instance of {pack.name.short} was withdrawn is not known: {error.message}")
        return ""


def _reasons(standing: "Standing", withdrawn: str) -> Iterator[str]:
    yield from reasons_told(withdrawn, standing.yanked, standing.deprecated)
    if standing.fault:
        yield standing.fault


def _row(standing: "Standing", withdrawn: str) -> list[str]:
    versions = [str(each) if each else "none" for each in (standing.allowed, standing.newest)]
    reasons = "; ".join(_reasons(standing, withdrawn))
    return [standing.pack.name.short, str(standing.pack.version), *versions, reasons]


def _document(standing: "Standing", withdrawn: str) -> dict[str, Any]:
    return {
        "name": str(standing.pack.name),
        "locked": str(standing.pack.version),
        "allowed": str(standing.allowed) if standing.allowed else None,
        "newest": str(standing.newest) if standing.newest else None,
        "current": standing.is_current and not withdrawn,
        "withdrawn": withdrawn,
        "yanked": standing.yanked,
        "deprecated": standing.deprecated,
        "fault": standing.fault,
    }
