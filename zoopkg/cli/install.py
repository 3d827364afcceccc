"""`install`, and its two halves `add` and `sync`: bring packs into a project, and a project in step with its lock."""

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from zoopkg import __version__
from zoopkg.cli.common import DEST, DRY_RUN, Run, common, data_folder, option
from zoopkg.cli.completing import group_names, known_names, where_keys
from zoopkg.cli.installed import document, shown, tell
from zoopkg.errors import UsageError
from zoopkg.install import fingerprint
from zoopkg.install.workspace import Workspace
from zoopkg.model.text import plural

if TYPE_CHECKING:
    from zoopkg.install.wishes import Change, Synced, Wish

_OPTIONS = (
    option("--locked", is_flag=True, help="Fail if zoo.lock does not match the project file."),
    option("--frozen", is_flag=True, help="Use zoo.lock as it is, and ask no index."),
    DEST,
    option("--allow-withdrawn", is_flag=True, help="Install what was withdrawn all the same."),
    option("--allow-stale", type=click.IntRange(0), default=0, metavar="DAYS", help="Accept an index so long expired."),
    option(
        "--link-mode",
        type=click.Choice(["auto", "reflink", "hardlink", "symlink", "copy"]),
        default="auto",
        help="How files share their bytes with the store.",
    ),
    DRY_RUN,
)


def _options(command: Any) -> Any:
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


_WHERE = option(
    "--where",
    multiple=True,
    shell_complete=where_keys,
    metavar="K=V",
    help="Only instances that fit this filter: modality=CT, 'rows>=512' (repeatable).",
)
_GROUP = option(
    "--group",
    "groups",
    multiple=True,
    shell_complete=group_names,
    metavar="G",
    help="Install this group, too (repeatable); with SPECs, put them into it.",
)


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC]…", shell_complete=known_names)
@_WHERE
@_GROUP
@_options
@common
def install(run: Run, specs: tuple[str, ...], **options: Any) -> None:
    """Install packs: those named are added to the project first.

    With SPECs: adds them to the project file (zoo.toml is made if there is none), locks, and installs. Without:
    installs what is locked, locking first where the lock does not match the project file. Writes nothing into the
    project before every byte is on this machine.

    A SPEC is `NAME`, `NAME@1`, `NAME@1.2`, `NAME@1.2.3`, `NAME@latest`, or `NAME@` and a requirement with `^`, `~`,
    `>=` or `<`, as in Cargo.

    With SPECs, `--where` and `--group` are written into the project file with them. Without, `--group` says which
    groups to install beside what belongs to none; packs of other groups are taken out of the data folder. `--locked`
    and `--frozen` take no SPEC, and `--where` takes at least one.
    """
    _install(run, specs, **options)


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC…", shell_complete=known_names)
@_WHERE
@_GROUP
@_options
@common
def add(run: Run, specs: tuple[str, ...], **options: Any) -> None:
    """Add packs to the project, and install them.

    `zoopkg install` with SPECs, for hands used to uv.
    """
    _install(run, specs, **options)


@click.command()
@_GROUP
@_options
@common
def sync(run: Run, **options: Any) -> None:
    """Install what the project asks for.

    `zoopkg install` without SPECs, for hands used to uv.
    """
    _install(run, (), **options)


def _install(
    run: Run,
    specs: tuple[str, ...],
    *,
    groups: tuple[str, ...],
    where: tuple[str, ...] = (),
    locked: bool,
    frozen: bool,
    **options: Any,
) -> None:
    if specs and (locked or frozen):
        raise UsageError(
            "--locked and --frozen install what is locked, and take no SPEC", hint="Leave one of them out."
        )
    if _by_variable("where") and not specs:
        where = ()  # meant for the SPECs of another command
    if where and not specs:
        raise UsageError("--where filters the SPECs that it comes with", hint="Name one, or write it into zoo.toml.")
    of_specs = () if _by_variable("groups") else groups  # a variable says what to install, not where packs belong
    if specs and len(of_specs) > 1:
        raise UsageError("a pack belongs to one group", hint="Name one --group.")
    if (
        not specs
        and run.context.index is None
        and not options["dry_run"]
        and _nothing_to_do(run, groups, frozen, options)
    ):
        return
    from zoopkg.cli.changes import change_of
    from zoopkg.install.wishes import Wish

    bring_in_step(run, change_of(specs, where, of_specs), Wish(locked, frozen, groups), **options)


def _by_variable(parameter: str) -> bool:
    """Whether a flag was set by its environment variable."""
    return click.get_current_context().get_parameter_source(parameter) is ParameterSource.ENVIRONMENT


def _settings(groups: Collection[str], frozen: bool, options: Mapping[str, Any]) -> dict[str, str]:
    """The options that decide what an install does."""
    return {
        "allow-withdrawn": str(options["allow_withdrawn"]),
        "frozen": str(frozen),
        "groups": " ".join(sorted(groups)),
        "link-mode": options["link_mode"],
        "zoopkg": __version__,
    }


def _nothing_to_do(run: Run, groups: Sequence[str], frozen: bool, options: Mapping[str, Any]) -> bool:
    """Whether the last install left all as this one would, told so; found out without a look at the data."""
    workspace = Workspace.find(run.directory)
    data = data_folder(run, workspace.root, options["dest"])
    known = fingerprint.inputs(_texts(workspace), run.context.store_path, _settings(groups, frozen, options))
    report = fingerprint.is_current(data, known)
    if report is None:
        return False
    run.out.say(f"Nothing to do: {plural(int(str(report['instances'])), 'instance')} in {shown(data)}")
    run.out.document(report)
    return True


def bring_in_step(
    run: Run,
    change: "Change",
    wish: "Wish",
    *,
    dest: Path | None = None,
    allow_withdrawn: bool = False,
    allow_stale: int = 0,
    link_mode: str = "auto",
    dry_run: bool = False,
) -> None:
    """Change a project if that is asked for, lock where needed, install, remember, and tell."""
    from zoopkg.cli.progress import Display
    from zoopkg.install.exclusive import exclusive
    from zoopkg.install.install import Options
    from zoopkg.install.sync import Sync
    from zoopkg.store.links import LinkMode

    run = replace(run, context=replace(run.context, allow_stale=timedelta(days=allow_stale)))
    workspace = Workspace.find(run.directory)
    data = data_folder(run, workspace.root, dest)
    with exclusive(*([] if dry_run else [workspace.root, data])), _in_store(run, workspace, data, dry_run=dry_run):
        workspace = Workspace.find(run.directory)  # again, now that nobody else writes it
        wish = replace(wish, groups=_groups(workspace, data, change, wish))
        elsewhere = not data.absolute().is_relative_to(workspace.root)
        project = str(workspace.root) if elsewhere else ""
        options = Options(LinkMode(link_mode), allow_withdrawn, dry_run, tuple(wish.groups), project)
        with Display(run.out) as display:
            sync = Sync(run.context, workspace, display)
            synced = sync.run(data, change, wish, options)
        if not dry_run:
            told = {"allow_withdrawn": allow_withdrawn, "link_mode": link_mode}
            _remember(run, data, _settings(wish.groups, wish.frozen, told), synced)
    tell(run, data, synced, workspace, dry_run=dry_run)
    groups = {root.need.group for root in synced.locked.lock.roots.values()} - {"", *wish.groups}
    if change.is_empty and groups:
        named = " and ".join(sorted(groups))
        run.out.say(f"Left out what is in the group {named} (--group NAME installs it, too)")


def _groups(workspace: Workspace, data: Path, change: "Change", wish: "Wish") -> tuple[str, ...]:
    """The groups to install: those asked for, and where packs change, those that are there already, too."""
    if change.is_empty or workspace.has_conflict:
        return tuple(wish.groups)
    from zoopkg.install.state import StateFolder

    left = {need.group for name, need in workspace.project.packs.items() if name not in change.removed}
    return tuple(dict.fromkeys((*wish.groups, *(g for g in StateFolder(data).read().groups if g in left))))


@contextmanager
def _in_store(run: Run, workspace: Workspace, data: Path, *, dry_run: bool) -> Iterator[None]:
    """Keep `store gc` out, and let it know of this project from now on."""
    from zoopkg.store.registry import Project, Registry
    from zoopkg.store.usage import in_use

    with in_use(run.store.root):
        if not dry_run:
            Registry(run.store.root).note(Project.at(workspace.root, data))
        yield


def _texts(workspace: Workspace) -> dict[str, bytes]:
    """What decides about an install; the place, too, since `store gc` knows a project by it."""
    place = os.fsencode(workspace.root)
    return {"project": workspace.text, "lock": workspace.lock_text or b"", "place": place}


def _remember(run: Run, data: Path, settings: dict[str, str], synced: "Synced") -> None:
    """Write the fingerprint, unless files differ that only a closer look may call done."""
    from zoopkg.errors import explaining

    if synced.report.edited or synced.report.linked:
        fingerprint.forget(data)
        return
    known = fingerprint.inputs(_texts(Workspace.find(run.directory)), run.context.store_path, settings)
    nothing = {"placed": 0, "removed": 0, "shared": 0, "missing": {"instances": 0, "bytes": 0}}
    report = document(data, synced, dry_run=False) | nothing
    report["fetched"] = {"bytes": 0, "requests": 0, "mirrors": {}}
    with explaining(f"write into {data}"):
        fingerprint.record(data, known, synced.report.folders, report)
