"""`mirror list|test|sync|push`: where an index and its blobs are, how well, and copying them from place to place."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from zoopkg.cli.common import DRY_RUN, Run, common, option
from zoopkg.cli.output import show_error, table
from zoopkg.errors import IntegrityError, NotOnMirrorsError, OfflineError, UsageError, ZooError
from zoopkg.install.context import now

if TYPE_CHECKING:
    from zoopkg.index.location import Location
    from zoopkg.install.indexes import Indexes
    from zoopkg.mirror.place import Place
    from zoopkg.mirror.probe import Health
    from zoopkg.mirror.source import Source
    from zoopkg.transport.mirror import Mirror

_EVER = timedelta(days=36_500)
_TO = click.argument("to", metavar="TO")
_SPECS = click.argument("specs", nargs=-1, metavar="[SPEC]…")
_DELETE = option("--delete", is_flag=True, help="Then remove what the new state does not need.")


@click.group()
def mirror() -> None:
    """Copy an index and its blobs, and look after mirrors (for operators)."""


@mirror.command("list")
@common
def list_(run: Run) -> None:
    """List the mirrors of the index, in the order in which they are tried."""
    from zoopkg.transport.urls import redacted

    name, indexes = _index(run)
    origins = _origins(run, indexes.location(name))
    found = [
        {"name": str(each), "from": origins.get(each, "mirrors.json"), "template": redacted(each.template)}
        for each in indexes.mirrors(name, ask=True).all
    ]
    rows = [["mirror", "from", "template"], *([each["name"], each["from"], each["template"]] for each in found)]
    run.out.result(table(rows), {"index": name, "mirrors": found})


@mirror.command()
@click.argument("mirrors_", nargs=-1, metavar="[MIRROR]…")
@option("--all", "every", is_flag=True, help="Look for every blob, instead of a sample.")
@option("--deep", is_flag=True, help="Read and verify every blob.")
@common
def test(run: Run, mirrors_: tuple[str, ...], every: bool, deep: bool) -> int:
    """Measure mirrors.

    Those of the index, or those named here: whether they answer, how soon and how fast, how many of the index's blobs
    they have, how new their metadata is, and what is wrong with them. Exit code 5 if one has wrong bytes or another
    index's metadata, else 6 if one cannot be reached. To lack blobs or metadata is no fault.
    """
    from zoopkg.cli.mirror_told import COLUMNS, health_document, health_faults, health_row
    from zoopkg.cli.progress import Display
    from zoopkg.mirror.measure import How, measure
    from zoopkg.mirror.source import Source
    from zoopkg.transport.dispatch import default_opener
    from zoopkg.transport.mirror import Mirror

    name, indexes = _index(run)
    own = indexes.mirrors(name, ask=True).all
    source = Source(indexes.location(name), run.context.opener, own, now(), run.out.detail)
    once = run.context.opener if run.context.offline else default_opener(attempts=1, web=run.context.web)
    how = How(once, run.context.connections, every=every, deep=deep)
    with Display(run.out) as display:
        found = list(measure(source, tuple(map(Mirror.parse, mirrors_)) or own, how, display))
    run.out.result(
        [*table([COLUMNS, *map(health_row, found)]), *(line for each in found for line in health_faults(each))],
        [health_document(each) for each in found],
    )
    return _verdict(found)


def _verdict(found: "Sequence[Health]") -> int:
    """The exit code, with what it stands for told on standard error."""
    error: ZooError | None = None
    if wrong := [str(each.mirror) for each in found if each.wrong]:
        error = IntegrityError(
            f"there are wrong bytes on {', '.join(wrong)}", hint="Remove them there, and sync again."
        )
    elif away := [str(each.mirror) for each in found if not each.reached]:
        error = NotOnMirrorsError(f"no answer of use came from {', '.join(away)}")
    if error:
        show_error(error)
    return error.exit_code if error else 0


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
    `--mirror`, then from FROM, then from the mirrors that the index signs: all of them, or those of the packs and
    versions that SPECs select and of what these require.
    """
    from zoopkg.transport.urls import redacted

    _copy(run, redacted(source), _location(run, source), to, specs, delete=delete, dry_run=dry_run)


@mirror.command()
@_TO
@_SPECS
@_DELETE
@DRY_RUN
@common
def push(run: Run, to: str, specs: tuple[str, ...], delete: bool, dry_run: bool) -> None:
    """Copy the index of `--index`, or of the project.

    As `mirror sync` does from where that index is; for maintainers, that is the folder that they publish in. Where
    the project names no index, say which one to copy.
    """
    from zoopkg.install.workspace import Workspace
    from zoopkg.transport.urls import redacted

    if not run.context.index and not Workspace.find(run.directory).project.indexes:  # nor the one that ships, unasked
        raise UsageError("the project names no index, so it is not clear what to copy", hint="Say which: --index IDX.")
    name, indexes = _index(run)
    _copy(run, redacted(run.context.index or name), indexes.location(name), to, specs, delete=delete, dry_run=dry_run)


def _copy(
    run: Run, name: str, location: "Location", to: str, texts: tuple[str, ...], *, delete: bool, dry_run: bool
) -> None:
    from zoopkg.cli.mirror_told import report_document, report_lines
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
            report = sync(_source(run, name, location), place, wish, display, spool)
    finally:
        place.close()
    for line in report_lines(report, name, to, dry_run=dry_run):
        run.out.say(line)
    run.out.document(report_document(report, place, name, to, dry_run=dry_run))


def _place(run: Run, to: str) -> "Place":
    from zoopkg.mirror.addresses import is_local, open_place

    if run.context.offline and not is_local(to):
        raise OfflineError(f"'{to}' is on the network, and that was ruled out", hint="Leave out --offline.")
    return open_place(to, web=run.context.web, warn=run.out.warn)


def _source(run: Run, name: str, location: "Location") -> "Source":
    from zoopkg.mirror.source import Source
    from zoopkg.transport.mirror import Mirror

    mirrors = tuple(Mirror.parse(text) for text in run.context.mirrors)
    return Source(location, run.context.opener, mirrors, now(), run.out.warn, name)


def _location(run: Run, text: str) -> "Location":
    """Where an index is: one that is known by a name, or one at an address."""
    from zoopkg.index import starter
    from zoopkg.index.location import locate
    from zoopkg.install.workspace import Workspace

    workspace = Workspace.find(run.directory)
    if text in (starter.NAME, *workspace.project.indexes):
        return run.context.indexes(workspace).location(text)
    return locate(text, run.context.root_file)


def _index(run: Run) -> "tuple[str, Indexes]":
    """The name of the run's index: that of `--index`, else the project's own, else the one that ships."""
    from zoopkg.install.workspace import Workspace

    context = replace(run.context, allow_stale=_EVER)  # which is to be told of mirrors, not a reason to tell nothing
    indexes = context.indexes(Workspace.find(run.directory))
    chosen, *others = indexes.own_names
    if others:
        raise UsageError(f"this project has the indexes {', '.join(indexes.own_names)}", hint="Name one with --index.")
    return chosen, indexes


def _origins(run: Run, location: "Location") -> "dict[Mirror, str]":
    """Who names the mirrors that the index does not sign."""
    from click.core import ParameterSource

    from zoopkg.transport.mirror import Mirror

    places = {ParameterSource.ENVIRONMENT: "ZOOPKG_MIRROR", ParameterSource.DEFAULT_MAP: "config.toml"}
    source = click.get_current_context().get_parameter_source("mirrors")
    named = places.get(source, "--mirror") if source else "--mirror"
    own = {Mirror.parse(url): "the index" for url in location.urls}
    return own | {Mirror.parse(text): named for text in run.context.mirrors}
