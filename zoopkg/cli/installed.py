"""What an install came to: lines for a person, the document for a script."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoopkg.cli.common import Run
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.text import human, plural

if TYPE_CHECKING:
    from zoopkg.install.wishes import Synced

_SHOWN = 10


def shown(data: Path) -> str:
    """A data folder as a person in this folder calls it."""
    try:
        return f"{data.relative_to(Path.cwd())}/"
    except ValueError:
        return f"{data}/"


def tell(run: Run, data: Path, synced: "Synced", before: Workspace, *, dry_run: bool) -> None:
    """Tell what changed in the project, what was left alone, and what was placed and fetched, in a line."""
    from zoopkg.cli.changes import changes_told

    report, out = synced.report, run.out
    for line in changes_told(before, synced.locked, dry_run=dry_run):
        out.say(line)
    for path in report.edited[:_SHOWN]:
        out.warn(f"{data / path} was changed since zoopkg put it there, and stays as it is (zoopkg verify --repair)")
    if len(report.edited) > _SHOWN:
        out.warn(f"{len(report.edited) - _SHOWN:,} more files were changed, too, and stay as they are")
    parts = [f"{report.placed:,} {'to place' if dry_run else 'placed'}"]
    if report.removed:
        parts.append(f"{report.removed:,} {'to remove' if dry_run else 'removed'}")
    if report.shared:
        parts.append(f"{report.shared:,} of them from the store")
    if dry_run:
        parts.append(
            f"{plural(report.missing[0], 'instance')} ({human(report.missing[1])} before compression) to fetch"
        )
    elif report.fetched:
        where = ", ".join(sorted(report.fetched.mirrors))
        parts.append(f"{human(report.fetched.size)} fetched from {where}")
    else:
        parts.append("nothing fetched")
    if not (report.placed or report.removed or report.edited or dry_run):
        out.say(f"Nothing to do: {plural(report.instances, 'instance')} in {shown(data)}")
        out.document(document(data, synced, dry_run=False))
        return
    verb = "Would install" if dry_run else "Installed"
    packs = plural(len(synced.parts), "pack")
    of_size = f"{plural(report.instances, 'instance')} ({human(report.size)})"
    out.say(f"{verb} {of_size} of {packs} in {shown(data)}: {', '.join(parts)}")
    out.document(document(data, synced, dry_run=dry_run))


def document(data: Path, synced: "Synced", *, dry_run: bool) -> dict[str, Any]:
    """The same for a script."""
    report = synced.report
    fetched = report.fetched
    return {
        "data": str(data),
        "lock": LOCK,
        "dry_run": dry_run,
        "packs": [{"name": str(part.pack.name), "version": str(part.pack.version)} for part in synced.parts],
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
