"""`mirror list|test|sync|push`: where an index and its blobs are, how well, and copying them from place to place."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import DRY_RUN, Run, common, option
from zoopkg.errors import OfflineError, UsageError
from zoopkg.install.context import now
from zoopkg.model.text import human, plural

if TYPE_CHECKING:
    from zoopkg.index.location import Location
    from zoopkg.install.indexes import Indexes
    from zoopkg.mirror.place import Place
    from zoopkg.mirror.source import Source
    from zoopkg.mirror.sync import Report

_TO = click.argument("to", metavar="TO")
_SPECS = click.argument("specs", nargs=-1, metavar="[SPEC]…")
_DELETE = option("--delete", is_flag=True, help="Then remove what the new state does not need.")


@click.group()
def mirror() -> None:
    """Copy an index and its blobs, and look after mirrors (for operators)."""


@mirror.command()
@click.argument("source", metavar="FROM")
@_TO
@_SPECS
@_DELETE
@DRY_RUN
@common
def sync(run: Run, source: str, to: str, specs: tuple[str, ...], delete: bool, dry_run: bool) -> None:
    """Copy an index and its blobs.

    FROM is an index: a folder, a URL or template, `github:OWNER/REPO`, `gs://BUCKET/PREFIX`, `s3://BUCKET/PREFIX`. TO
    is a folder, one of these, `ipfs+http://HOST:PORT` or `car:FILE`. Everything is verified on the way. Blobs come from
    `--mirror`, then from FROM: all of them, or those of the packs and versions that SPECs select and of what these
    require.
    """
    from zoopkg.mirror.source import locate_source

    _copy(run, locate_source(source, run.context.root_file), to, specs, delete=delete, dry_run=dry_run)


@mirror.command()
@_TO
@_SPECS
@_DELETE
@DRY_RUN
@common
def push(run: Run, to: str, specs: tuple[str, ...], delete: bool, dry_run: bool) -> None:
    """Copy the index of `--index`, or of the project.

    As `mirror sync` does from where that index is; for maintainers, that is the folder that they publish in.
    """
    _copy(run, _location(run), to, specs, delete=delete, dry_run=dry_run)


def _copy(run: Run, location: "Location", to: str, texts: tuple[str, ...], *, delete: bool, dry_run: bool) -> None:
    from zoopkg.cli.progress import Display
    from zoopkg.mirror.places.folder import FolderPlace
    from zoopkg.mirror.sync import Wish, sync
    from zoopkg.model.version import Spec

    specs = tuple(Spec.parse(text) for text in texts)
    wish = Wish(specs, delete=delete, dry_run=dry_run, at_once=run.context.connections)
    place = _place(run, to)
    try:
        spool = place.folder if isinstance(place, FolderPlace) else None
        with Display(run.out) as display:
            report = sync(_source(run, location), place, wish, display, spool)
    finally:
        place.close()
    for line in _told(report, to, wish.dry_run):
        run.out.say(line)
    run.out.document(_document(report, place, to, dry_run=dry_run))


def _place(run: Run, to: str) -> "Place":
    from zoopkg.mirror.addresses import is_local, open_place

    if run.context.offline and not is_local(to):
        raise OfflineError(f"'{to}' is on the network, and that was ruled out", hint="Leave out --offline.")
    return open_place(to, web=run.context.web)


def _source(run: Run, location: "Location") -> "Source":
    from zoopkg.mirror.source import Source
    from zoopkg.transport.mirror import Mirror

    mirrors = tuple(Mirror.parse(text) for text in run.context.mirrors)
    return Source(location, run.context.opener, mirrors, now(), run.out.warn)


def _location(run: Run) -> "Location":
    """Where the index of the run is."""
    from zoopkg.index.location import is_folder, is_url
    from zoopkg.mirror.source import locate_source
    from zoopkg.transport.shorthand import template_of

    index = run.context.index
    if index and (is_url(index) or is_folder(index) or template_of(index)):
        return locate_source(index, run.context.root_file)
    name, indexes = _index(run)
    return indexes.location(name)


def _index(run: Run) -> "tuple[str, Indexes]":
    """The name of the run's index: that of `--index`, else the project's own, else the one that ships."""
    from zoopkg.install.workspace import Workspace

    indexes = run.context.indexes(Workspace.find(run.directory))
    chosen, *others = indexes.own_names
    if others:
        raise UsageError(f"this project has the indexes {', '.join(indexes.own_names)}", hint="Name one with --index.")
    return chosen, indexes


def _told(report: "Report", to: str, dry_run: bool) -> Iterator[str]:
    would = "would copy" if dry_run else "copied"
    serves = f"; it serves timestamp {report.moment.version}" if report.moment and not dry_run else ""
    if report.copied or report.renewed:
        amount = f"{plural(len(report.copied), 'file')} ({human(report.size)})"
        yield f"{would.capitalize()} {amount} to {to}, where {report.present:,} were{serves}"
    elif not report.removed:
        yield f"Nothing to do: {to} has all of {plural(report.present, 'file')}{serves}"
    if report.removed:
        yield f"{'Would remove' if dry_run else 'Removed'} {plural(len(report.removed), 'file')}:"
        yield from (f"  {name}" for name in report.removed)


def _document(report: "Report", place: "Place", to: str, *, dry_run: bool) -> dict[str, Any]:
    return {
        "to": to,
        "template": place.template,
        "dry_run": dry_run,
        "copied": {"files": len(report.copied), "bytes": report.size},
        "present": report.present,
        "removed": list(report.removed),
        "renewed": report.renewed,
        "timestamp": report.moment and {"version": report.moment.version, "expires": report.moment.expires.isoformat()},
    }
