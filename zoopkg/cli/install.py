"""`install`, and its two halves `add` and `sync`: bring packs into a project, and a project in step with its lock."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg import __version__
from zoopkg.cli.common import Run, common, data_folder, option
from zoopkg.cli.output import human, plural
from zoopkg.errors import UsageError
from zoopkg.install import fingerprint
from zoopkg.install.workspace import LOCK, Workspace

if TYPE_CHECKING:
    from zoopkg.install.sync import Synced

_OPTIONS = (
    option("--locked", is_flag=True, help="Fail if zoo.lock does not match the project file."),
    option("--frozen", is_flag=True, help="Use zoo.lock as it is, and ask no index."),
    option("--dest", type=click.Path(path_type=Path), default=None, metavar="DIR", help="The data folder (zoo/)."),
    option("--allow-withdrawn", is_flag=True, help="Install what was withdrawn all the same."),
    option("--allow-stale", type=click.IntRange(0), default=0, metavar="DAYS", help="Accept an index so long expired."),
    option(
        "--link-mode",
        type=click.Choice(["auto", "reflink", "hardlink", "symlink", "copy"]),
        default="auto",
        help="How files share their bytes with the store.",
    ),
    option("--dry-run", is_flag=True, help="Say what would be done."),
)


def _options(command: Any) -> Any:
    for add in reversed(_OPTIONS):
        command = add(command)
    return command


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC]…")
@_options
@common
def install(run: Run, specs: tuple[str, ...], **options: Any) -> None:
    """Install packs: with SPECs, add them to the project first; without, what the project asks for.

    A SPEC is NAME, NAME@1, NAME@1.2, NAME@1.2.3, or NAME@ with ^ ~ >= < as in Cargo.
    """
    _install(run, specs, **options)


@click.command()
@click.argument("specs", nargs=-1, required=True, metavar="SPEC…")
@_options
@common
def add(run: Run, specs: tuple[str, ...], **options: Any) -> None:
    """Add packs to the project, and install them: `install SPEC…` for hands used to uv."""
    _install(run, specs, **options)


@click.command()
@_options
@common
def sync(run: Run, **options: Any) -> None:
    """Install what the project asks for: `install` without SPECs, for hands used to uv."""
    _install(run, (), **options)


def _install(
    run: Run,
    specs: tuple[str, ...],
    *,
    locked: bool,
    frozen: bool,
    dest: Path | None,
    allow_withdrawn: bool,
    allow_stale: int,
    link_mode: str,
    dry_run: bool,
) -> None:
    if specs and (locked or frozen):
        raise UsageError(
            "--locked and --frozen install what is locked, and take no SPEC", hint="Leave one of them out."
        )
    workspace = Workspace.find(run.directory)
    data = data_folder(run, workspace.root, dest)
    settings = {
        "allow-withdrawn": str(allow_withdrawn),
        "frozen": str(frozen),
        "link-mode": link_mode,
        "zoopkg": __version__,
    }
    if not specs and not dry_run and run.index is None:
        report = fingerprint.is_current(data, fingerprint.inputs(_texts(workspace), run.store_path, settings))
        if report is not None:
            run.out.say(f"Nothing to do: {plural(int(str(report['instances'])), 'instance')} in {_shown(data)}")
            run.out.document(report)
            return
    from zoopkg.install.exclusive import exclusive

    run = replace(run, allow_stale=timedelta(days=allow_stale))
    with exclusive(*([] if dry_run else [workspace.root, data])):
        workspace = Workspace.find(run.directory)  # again, now that nobody else writes it
        synced = _sync(run, workspace, data, specs, link_mode, (locked, frozen, allow_withdrawn, dry_run))
        if not dry_run:
            _remember(run, data, settings, synced)
    _tell(run, data, synced, workspace, dry_run=dry_run)


def _sync(
    run: Run, workspace: Workspace, data: Path, specs: tuple[str, ...], link_mode: str, flags: tuple[bool, ...]
) -> "Synced":
    from zoopkg.cli.progress import Display
    from zoopkg.install.install import Options
    from zoopkg.install.sync import Sync, Wish
    from zoopkg.model.version import Spec
    from zoopkg.store.links import LinkMode

    locked, frozen, allow_withdrawn, dry_run = flags
    parsed = [Spec.parse(spec) for spec in specs]
    sync = Sync(workspace, run.indexes(workspace), run.store, run.opener, data)
    options = Options(LinkMode(link_mode), run.connections, allow_withdrawn, dry_run)
    with Display(run.out) as display:
        return sync.run(parsed, Wish(locked, frozen), options, display)


def _texts(workspace: Workspace) -> dict[str, bytes]:
    return {"project": workspace.text, "lock": workspace.lock_text or b""}


def _remember(run: Run, data: Path, settings: dict[str, str], synced: "Synced") -> None:
    """Write the fingerprint, unless files differ that only a closer look may call done."""
    from zoopkg.errors import explaining

    if synced.report.edited:
        fingerprint.forget(data)
        return
    known = fingerprint.inputs(_texts(Workspace.find(run.directory)), run.store_path, settings)
    nothing = {"placed": 0, "removed": 0, "shared": 0, "missing": {"instances": 0, "bytes": 0}}
    report = _document(data, synced, dry_run=False) | nothing
    report["fetched"] = {"bytes": 0, "requests": 0, "mirrors": {}}
    with explaining(f"write into {data}"):
        fingerprint.record(data, known, synced.report.folders, report)


def _shown(data: Path) -> str:
    try:
        return f"{data.relative_to(Path.cwd())}/"
    except ValueError:
        return f"{data}/"


def _tell(run: Run, data: Path, synced: "Synced", before: Workspace, *, dry_run: bool) -> None:
    report, out = synced.report, run.out
    for name, requirement in synced.added.items():
        pack = next(pack for pack in synced.packs if pack.name == name)
        earlier = before.project.packs.get(name)
        if earlier is None:
            out.say(f"{'Would add' if dry_run else 'Added'} {name.short} {requirement} ({pack.version})")
        else:
            verb = "Would change" if dry_run else "Changed"
            out.say(f"{verb} {name.short} from {earlier} to {requirement} ({pack.version})")
    for path in report.edited[:10]:
        out.warn(f"{data / path} was changed since zoopkg put it there, and stays as it is (zoopkg verify --repair)")
    parts = [f"{report.placed:,} {'to place' if dry_run else 'placed'}"]
    if report.removed:
        parts.append(f"{report.removed:,} {'to remove' if dry_run else 'removed'}")
    if report.shared:
        parts.append(f"{report.shared:,} shared with the store")
    if dry_run:
        parts.append(f"{plural(report.missing[0], 'instance')} ({human(report.missing[1])}) to fetch")
    elif report.fetched:
        where = ", ".join(sorted(report.fetched.mirrors))
        parts.append(f"{human(report.fetched.size)} fetched from {where}")
    else:
        parts.append("nothing fetched")
    verb = "Would install" if dry_run else "Installed"
    packs = plural(len(synced.packs), "pack")
    of_size = f"{plural(report.instances, 'instance')} ({human(report.size)})"
    out.say(f"{verb} {of_size} of {packs} in {_shown(data)}: {', '.join(parts)}")
    out.document(_document(data, synced, dry_run=dry_run))


def _document(data: Path, synced: "Synced", *, dry_run: bool) -> dict[str, Any]:
    report = synced.report
    fetched = report.fetched
    return {
        "data": str(data),
        "lock": LOCK,
        "dry_run": dry_run,
        "packs": [{"name": str(pack.name), "version": str(pack.version)} for pack in synced.packs],
        "instances": report.instances,
        "bytes": report.size,
        "placed": report.placed,
        "removed": report.removed,
        "shared": report.shared,
        "missing": {"instances": report.missing[0], "bytes": report.missing[1]},
        "fetched": {
            "bytes": fetched.size if fetched else 0,
            "requests": fetched.requests if fetched else 0,
            "mirrors": dict(fetched.mirrors) if fetched else {},
        },
        "edited": list(report.edited),
    }
