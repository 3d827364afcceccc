"""`search`: find packs by words and by what their instances are, in the signed catalogs of the project's indexes."""

import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, option
from zoopkg.cli.completing import where_keys
from zoopkg.cli.output import table
from zoopkg.install.workspace import Workspace
from zoopkg.model.text import human, plural, printable

if TYPE_CHECKING:
    from zoopkg.index.catalog import CatalogEntry
    from zoopkg.model.where import Where


@dataclass(frozen=True, slots=True)
class _Hit:
    """A pack that was found.

    Attributes:
        rank: the best fit comes first.
        certain: whether it has instances as the filter wants them, as far as the index says.
    """

    rank: tuple[object, ...]
    index: str
    entry: "CatalogEntry"
    certain: bool


@click.command()
@click.argument("query", nargs=-1, metavar="[QUERY]…")
@option(
    "--where",
    multiple=True,
    shell_complete=where_keys,
    metavar="K=V",
    help="Only packs with instances that fit this filter: modality=CT, 'rows>=512' (repeatable).",
)
@common
def search(run: Run, query: tuple[str, ...], where: tuple[str, ...]) -> None:
    """Find packs by words, and by what their instances are.

    Looks in every index of the project and the one that `--index` names. Finds the packs that have every word of QUERY
    in their name, keywords, facets (`MR`, `JPEG2000`) or summary, in this order; a word of one or two letters must
    begin one there. Without QUERY, all packs. With `--where`, `maybe` stands at a pack of which the index does not say
    whether it fits.
    """
    from zoopkg.model.search import words_of
    from zoopkg.model.where import Where

    wanted = Where.parse(where)
    words = words_of(query)
    catalogs = run.context.indexes(Workspace.find(run.directory)).catalogs()
    hits = [hit for index, some in catalogs.items() for each in some if (hit := _hit(index, each, words, wanted))]
    hits.sort(key=lambda hit: hit.rank)
    document = {"query": list(words), "where": wanted.to_toml(), "packs": [_document(hit) for hit in hits]}
    run.out.result([_cut(line) for line in table([_row(hit) for hit in hits])], document)
    if not hits:
        run.out.say(_nothing(words, wanted, sum(map(len, catalogs.values()))))


def _hit(index: str, entry: "CatalogEntry", words: tuple[str, ...], where: "Where") -> _Hit | None:
    from zoopkg.model.search import fit
    from zoopkg.model.where_told import may_match

    facets = entry.facets or {}
    found = fit(words, entry.name, entry.keywords, entry.summary, facets)
    certain = may_match(where, facets) if entry.versions or not where else False
    if found is None or certain is False:
        return None
    return _Hit((found, certain is None, entry.name), index, entry, certain is True)


def _row(hit: _Hit) -> list[str]:
    entry = hit.entry
    version = str(entry.versions[-1]) if entry.versions else "yanked"
    told = [plural(entry.instances, "instance")]
    if not sys.stdout.isatty():  # where the summary has no room beside them
        told += [human(entry.size), printable(entry.license)]
    summary = printable(entry.summary)
    return [entry.name.short, version, *told, summary if hit.certain else f"maybe: {summary}"]


def _cut(line: str) -> str:
    """A line as long as the terminal is wide; whole where it goes to a file or a pipe."""
    return printable(line, shutil.get_terminal_size().columns) if sys.stdout.isatty() else line


def _document(hit: _Hit) -> dict[str, Any]:
    entry = hit.entry
    return {
        "name": str(entry.name),
        "index": hit.index,
        "version": str(entry.versions[-1]) if entry.versions else None,
        "versions": [str(version) for version in entry.versions],
        "instances": entry.instances,
        "bytes": entry.size,
        "license": entry.license,
        "summary": entry.summary,
        "keywords": list(entry.keywords),
        "facets": entry.facets or {},
        "certain": hit.certain,
    }


def _nothing(words: tuple[str, ...], where: "Where", count: int) -> str:
    asked = " ".join([*words, *(f"--where {item}" for item in where.to_items())])
    if any("=" in word for word in words):
        return f"None of {plural(count, 'pack')} has {asked}; facets are asked for as --where K=V"
    return f"None of {plural(count, 'pack')} has {asked}" if asked else "The indexes have no packs yet"
