"""`verify [--repair]`: hash what is installed against the lock, list what differs, and mend it."""

import os
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import DEST, Run, common, data_folder, option
from zoopkg.cli.told import pack_document, title, withdrawals
from zoopkg.errors import LockOutdatedError, PolicyError, ZooError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.text import human, plural, printable

if TYPE_CHECKING:
    from zoopkg.install.parts import Part
    from zoopkg.install.plan import Wanted
    from zoopkg.install.state import State
    from zoopkg.install.verify import Finding
    from zoopkg.project.lock import Lock, LockedPack


@click.command()
@DEST
@option("--repair", is_flag=True, help="Put right what differs.")
@common
def verify(run: Run, dest: Path | None, repair: bool) -> int:
    """Hash every installed file against zoo.lock.

    Lists what is missing or differs, a pack whose folder is gone in one line. Exit code 5 if something does and
    `--repair` is not given. Warns of packs that are there and that zoo.lock no longer pins, and of what was withdrawn.
    """
    from zoopkg.cli.progress import Display
    from zoopkg.install.exclusive import exclusive
    from zoopkg.install.parts import parts_of, still_there
    from zoopkg.install.state import StateFolder
    from zoopkg.install.tree import Tree
    from zoopkg.install.verify import verify as check
    from zoopkg.store.usage import in_use

    workspace = Workspace.find(run.directory)
    if workspace.lock is None:
        raise LockOutdatedError(f"there is no {LOCK} in {workspace.root}", hint="Run `zoopkg install` first.")
    data = data_folder(run, workspace.root, dest)
    tree = Tree(data, run.store.objects)
    state = StateFolder(data).read()
    groups = still_there(workspace.lock, state.groups)
    parts = parts_of(workspace.lock, groups)
    wanted = _wanted(run, workspace, parts)
    size = sum(want.size for want in wanted.values())
    with Display(run.out) as display:
        display.begin("Verifying", size)
        findings = check(tree, wanted, run.workers, display.advance)
    unpinned = _unpinned(workspace.lock, state)
    for pack in unpinned:
        run.out.warn(f"{data} still holds {title(pack)}, which {LOCK} does not pin; `zoopkg install` removes it")
    withdrawn = withdrawals(run, workspace, parts)
    for pack, reason in withdrawn.items():
        run.out.warn(f"{title(pack)} was withdrawn: {printable(reason)} (zoopkg update may find another version)")
    _tell(run, data, parts, findings)
    if repair and findings:
        with exclusive(workspace.root, data), in_use(run.store.root):
            _repair(run, workspace, data, findings, wanted)
        run.out.say(f"Mended {plural(len(findings), 'file')} of {plural(len(wanted), 'instance')} ({human(size)})")
    elif findings:
        run.out.say(f"{plural(len(findings), 'file')} of {len(wanted):,} differ; `zoopkg verify --repair` mends them")
    else:
        run.out.say(f"Verified {plural(len(wanted), 'instance')} ({human(size)}) in {data}: all right")
    document = _document(data, wanted, findings, repaired=repair)
    more = {
        "unpinned": [pack_document(pack) for pack in unpinned],
        "withdrawn": [pack_document(pack) | {"reason": reason} for pack, reason in withdrawn.items()],
    }
    run.out.document(document | more)
    return 0 if repair or not findings else 5


def _unpinned(lock: "Lock", state: "State") -> list["LockedPack"]:
    """What was put there for another lock, before `git switch` for instance."""
    pinned = {(pack.name, pack.content) for pack in lock.packs}
    return [part.pack for part in state.placed if (part.pack.name, part.pack.content) not in pinned]


def _tell(run: Run, data: Path, parts: tuple["Part", ...], findings: tuple["Finding", ...]) -> None:
    """Tell what differs: a file a line, but a pack a line where its whole folder is gone."""
    gone = {f"{part.folder}/": part.pack for part in parts if not (data / part.folder).exists()}
    told = set()
    for finding in findings:
        line = f"{data / finding.path} is {finding.fault}"
        pack = next((pack for folder, pack in gone.items() if finding.path.startswith(folder)), None)
        if pack is None:
            run.out.warn(line)
            continue
        if pack not in told:
            run.out.warn(f"{pack.name.short} {pack.version} is not there; `zoopkg install` puts it back")
            told.add(pack)
        run.out.detail(line)


def _document(data: Path, wanted: dict[str, "Wanted"], findings: tuple["Finding", ...], *, repaired: bool) -> Any:
    return {
        "data": str(data),
        "instances": len(wanted),
        "bytes": sum(want.size for want in wanted.values()),
        "findings": [{"path": finding.path, "fault": str(finding.fault)} for finding in findings],
        "repaired": repaired and bool(findings),
    }


def _wanted(run: Run, workspace: Workspace, parts: tuple["Part", ...]) -> dict[str, "Wanted"]:
    """Every path of the data folder by the lock; manifests come from the store, else from a mirror."""
    from zoopkg.install.contents import Contents
    from zoopkg.install.tree import files_of

    contents = Contents(run.store, lambda index: run.context.indexes(workspace).mirrors(index, ask=True), {})
    wanted: dict[str, Wanted] = {}
    for part in parts:
        wanted |= files_of(part, contents.manifest(part.pack))
    contents.check()
    return wanted


def _repair(
    run: Run, workspace: Workspace, data: Path, findings: tuple["Finding", ...], wanted: dict[str, "Wanted"]
) -> None:
    """Take wrong files away, check what the store has of them, and install again."""
    from zoopkg.cli.progress import Display
    from zoopkg.errors import explaining
    from zoopkg.install import fingerprint
    from zoopkg.install.install import Options
    from zoopkg.install.parts import still_there
    from zoopkg.install.state import StateFolder
    from zoopkg.install.sync import Sync
    from zoopkg.install.tree import owned_files
    from zoopkg.install.wishes import Change, Wish

    assert workspace.lock
    folder = StateFolder(data)
    state = folder.read()
    groups = still_there(workspace.lock, state.groups)
    _refuse_foreign(data, findings, owned_files(folder, state, {}))
    with explaining(f"mend {data}"):
        fingerprint.forget(data)
        for finding in findings:
            # A file that was changed through a hard link is the store's object, too.
            run.store.objects.check(wanted[finding.path].digest)
            with suppress(FileNotFoundError, NotADirectoryError):
                os.unlink(data / finding.path)
    with Display(run.out) as display:
        sync = Sync(run.context, workspace, display)
        options = Options(state.mode, groups=groups, project=state.project)
        synced = sync.run(data, Change(), Wish(frozen=True, groups=groups), options)
    if synced.report.edited:
        raise ZooError(f"{data / synced.report.edited[0]} could not be mended")


def _refuse_foreign(data: Path, findings: tuple["Finding", ...], owned: Container[str]) -> None:
    """Refuse to mend what would cost a person a file of theirs.

    Raises:
        PolicyError: names it.
    """
    for finding in findings:
        path = data / finding.path
        if os.path.lexists(path) and (finding.path not in owned or (path.is_dir() and not path.is_symlink())):
            raise PolicyError(
                f"{path} is in the way: zoopkg did not put it there", hint="Move it away, then run the same again."
            )
