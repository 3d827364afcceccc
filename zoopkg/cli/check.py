"""`verify [--repair]`: hash what is installed against the lock, list what differs, and mend it."""

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, data_folder, option
from zoopkg.cli.output import human, plural
from zoopkg.errors import LockOutdatedError, ZooError
from zoopkg.install.workspace import LOCK, Workspace

if TYPE_CHECKING:
    from zoopkg.install.plan import Wanted
    from zoopkg.install.verify import Finding
    from zoopkg.project.lock import LockedPack


@click.command()
@option("--dest", type=click.Path(path_type=Path), default=None, metavar="DIR", help="The data folder (zoo/).")
@option("--repair", is_flag=True, help="Put right what differs.")
@common
def verify(run: Run, dest: Path | None, repair: bool) -> int:
    """Hash every installed file against zoo.lock; list what differs, and mend it with --repair."""
    from zoopkg.cli.progress import Display
    from zoopkg.install.exclusive import exclusive
    from zoopkg.install.tree import Tree
    from zoopkg.install.verify import verify as check

    workspace = Workspace.find(run.directory)
    if workspace.lock is None:
        raise LockOutdatedError(f"there is no {LOCK} in {workspace.root}", hint="Run `zoopkg install` first.")
    data = data_folder(run, workspace.root, dest)
    tree = Tree(data, run.store.objects)
    wanted = _wanted(run, workspace, workspace.lock.packs)
    size = sum(want.size for want in wanted.values())
    with Display(run.out) as display:
        display.begin("Verifying", size)
        findings = check(tree, wanted, run.workers, display.advance)
    for finding in findings:
        run.out.warn(f"{data / finding.path} is {finding.fault}")
    if repair and findings:
        with exclusive(workspace.root, data):
            _repair(run, workspace, data, findings)
        run.out.say(f"Mended {plural(len(findings), 'file')} of {plural(len(wanted), 'instance')} ({human(size)})")
    elif findings:
        run.out.say(f"{plural(len(findings), 'file')} of {len(wanted):,} differ; `zoopkg verify --repair` mends them")
    else:
        run.out.say(f"Verified {plural(len(wanted), 'instance')} ({human(size)}) in {data}: all right")
    run.out.document(_document(data, wanted, findings, repaired=repair))
    return 0 if repair or not findings else 5


def _document(data: Path, wanted: dict[str, "Wanted"], findings: tuple["Finding", ...], *, repaired: bool) -> Any:
    return {
        "data": str(data),
        "instances": len(wanted),
        "bytes": sum(want.size for want in wanted.values()),
        "findings": [{"path": finding.path, "fault": str(finding.fault)} for finding in findings],
        "repaired": repaired and bool(findings),
    }


def _wanted(run: Run, workspace: Workspace, packs: tuple["LockedPack", ...]) -> dict[str, "Wanted"]:
    """Every path of the data folder by the lock; manifests come from the store, else from a mirror."""
    from zoopkg.install.contents import Contents
    from zoopkg.install.state import Placed
    from zoopkg.install.tree import folder_of, placed_files

    indexes = sorted({pack.index for pack in packs})
    contents = Contents(run.store, lambda: run.indexes(workspace).mirrors(indexes, ask=True), {})
    wanted: dict[str, Wanted] = {}
    for pack in packs:
        wanted |= placed_files(Placed(folder_of(pack.name), pack), contents.manifest(pack))
    contents.check()
    return wanted


def _repair(run: Run, workspace: Workspace, data: Path, findings: tuple["Finding", ...]) -> None:
    """Take wrong files away, check what the store has of them, and install again."""
    from zoopkg.cli.progress import Display
    from zoopkg.errors import explaining
    from zoopkg.install import fingerprint
    from zoopkg.install.install import Options
    from zoopkg.install.state import StateFolder
    from zoopkg.install.sync import Sync, Wish

    assert workspace.lock
    mode = StateFolder(data).read().mode
    by_path = _wanted(run, workspace, workspace.lock.packs)
    with explaining(f"mend {data}"):
        fingerprint.forget(data)
        for finding in findings:
            # A file that was changed through a hard link is the store's object, too.
            run.store.objects.check(by_path[finding.path].digest)
            with suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(data / finding.path)
    sync = Sync(workspace, run.indexes(workspace), run.store, run.opener, data)
    with Display(run.out) as display:
        synced = sync.run([], Wish(frozen=True), Options(mode, run.connections), display)
    if synced.report.edited:
        raise ZooError(f"{data / synced.report.edited[0]} could not be mended")
