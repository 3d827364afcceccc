"""`remove`, `lock` and `update`: change what a project asks for, and what its lock pins."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zoopkg.cli.common import DEST, DRY_RUN, Run, common, option
from zoopkg.cli.completing import group_names, pack_names
from zoopkg.errors import LockOutdatedError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.text import plural

if TYPE_CHECKING:
    from zoopkg.install.wishes import Change, Locked

_GROUP = option(
    "--group",
    "groups",
    multiple=True,
    shell_complete=group_names,
    metavar="G",
    help="Install what belongs to this group, too (repeatable).",
)


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="NAME…", shell_complete=pack_names)
@DEST
@_GROUP
@DRY_RUN
@common
def remove(run: Run, names: tuple[str, ...], dest: Path | None, groups: tuple[str, ...], dry_run: bool) -> None:
    """Remove packs from the project.

    Takes them out of the project file, the lock and the data folder. What other packs require of them stays. The store
    keeps their bytes until `zoopkg store gc`.
    """
    from zoopkg.cli.install import bring_in_step
    from zoopkg.install.wishes import Change, Wish
    from zoopkg.model.names import PackName

    removed = list(dict.fromkeys(PackName.parse(name) for name in names))
    bring_in_step(run, Change(removed=removed), Wish(groups=groups), dest=dest, dry_run=dry_run)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]…", shell_complete=pack_names)
@DEST
@_GROUP
@DRY_RUN
@common
def update(run: Run, names: tuple[str, ...], dest: Path | None, groups: tuple[str, ...], dry_run: bool) -> None:
    """Move packs to the newest versions that the project allows.

    Those named or all, then installs. A pack that is named moves alone, with what it requires as far as it must. For a
    version that the project file does not allow, ask for it: `zoopkg install NAME@latest`.
    """
    from zoopkg.cli.install import bring_in_step
    from zoopkg.install.wishes import Wish

    change = _upgrade(Workspace.find(run.directory), names, everything=not names)
    bring_in_step(run, change, Wish(groups=groups), dest=dest, dry_run=dry_run)


@click.command()
@option("--check", is_flag=True, help="Fail (3) if zoo.lock does not match the project file; write nothing.")
@option("--upgrade", is_flag=True, help="Take the newest versions, whatever is locked.")
@option(
    "--upgrade-package", "names", multiple=True, metavar="NAME", help="The newest version of this one (repeatable)."
)
@common
def lock(run: Run, check: bool, upgrade: bool, names: tuple[str, ...]) -> None:
    """Make zoo.lock match the project file.

    Installs nothing. What is locked stays as it is where the project file allows it.

    Mends what a Git merge left in both files: takes the two sides apart, keeps what either pins, and the newer one
    where both pin one pack. Exit code 2 where the sides of zoo.toml ask for different things.

    With `--check`, writes nothing, asks no index, and ends with exit code 3 where zoo.lock does not match the project
    file or is not as zoopkg writes it. With `--upgrade` or `--upgrade-package` beside it, asks, and fails as well where
    there is something newer.
    """
    from zoopkg.cli.changes import changes_told
    from zoopkg.cli.progress import Display
    from zoopkg.install.exclusive import exclusive
    from zoopkg.install.mend import mended
    from zoopkg.install.sync import Sync
    from zoopkg.install.wishes import Wish

    workspace = Workspace.find(run.directory)
    with exclusive(*([] if check else [workspace.root])):
        workspace = Workspace.find(run.directory)
        if check and workspace.has_conflict:
            raise LockOutdatedError(
                f"a merge left both sides of a conflict in {workspace.conflicts()}",
                hint="Run `zoopkg lock` without --check.",
            )
        workspace, pins = mended(workspace)
        change = _upgrade(workspace, names, everything=upgrade)
        with Display(run.out) as display:
            sync = Sync(run.context, workspace, display)
            matching = Wish(locked=check and change.is_empty)
            locked = sync.lock(change, matching) if pins is None else sync.resolve(change, pins)
        written = not workspace.has_lock(locked.lock.encode())
        if check and written:
            what = "as zoopkg writes it" if change.is_empty else "the newest"
            raise LockOutdatedError(f"{LOCK} is not {what}", hint="Run the same without --check, and commit it.")
        told = [] if pins is not None else list(changes_told(workspace, locked))
        if not check:
            sync.write(change, locked)
    _tell(run, locked, told, written=written, mended=pins is not None)


def _upgrade(workspace: Workspace, names: tuple[str, ...], *, everything: bool) -> "Change":
    from zoopkg.errors import UsageError
    from zoopkg.install.wishes import Change
    from zoopkg.model.names import PackName

    if everything:
        return Change(upgraded=None)
    wanted = {PackName.parse(name) for name in names}
    lock = None if workspace.has_conflict else workspace.lock
    known = {pack.name for pack in lock.packs} if lock else wanted
    for name in sorted(wanted - known):
        raise UsageError(f"{LOCK} has no pack {name.short}", hint="`zoopkg list` shows what it has.")
    return Change(upgraded=wanted)


def _tell(run: Run, locked: "Locked", told: list[str], *, written: bool, mended: bool) -> None:
    for line in told:
        run.out.say(line)
    packs = plural(len(locked.lock.packs), "pack")
    if mended:
        run.out.say(f"Merged both sides into {LOCK}: {packs}")
    elif written:
        run.out.say(f"Locked {packs}")
    else:
        run.out.say(f"{LOCK} is up to date: {packs}")
    pins = [{"name": str(pack.name), "version": str(pack.version)} for pack in locked.lock.packs]
    run.out.document({"lock": LOCK, "changed": written, "packs": pins})
