"""`info`: what an index says about a pack, and what the project has of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, names, option
from zoopkg.cli.completing import known_names, where_keys
from zoopkg.cli.told import (
    counts_told,
    manifest_of,
    need_document,
    need_of,
    published,
    reasons_told,
    title,
    withdrawals,
)
from zoopkg.errors import NoResolutionError, ZooError
from zoopkg.install.parts import Part, parts_of
from zoopkg.install.workspace import Workspace
from zoopkg.model.selection import select
from zoopkg.model.text import human, printable
from zoopkg.model.version import Spec
from zoopkg.model.where import Where
from zoopkg.model.where_told import why_none
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes
    from zoopkg.model.record import Record, Release


@dataclass(frozen=True, slots=True)
class _Here:
    """What a project has of a pack.

    Attributes:
        need: what the project asks for; None where only other packs ask.
        selected: how many instances its filter selects, None where that cannot be known now.
        withdrawn: why it, or an instance of it that is wanted here, was withdrawn, as far as is known; else empty.
    """

    pack: LockedPack
    need: Need | None
    selected: int | None
    withdrawn: str = ""

    def __str__(self) -> str:
        asked = str(self.need) if self.need else "required by other packs"
        filtered = bool(self.need and self.need.where) and self.selected is not None
        selected = f", {self.selected:,} of {self.pack.instances:,} instances" if filtered else ""
        withdrawn = "".join(f", {reason}" for reason in reasons_told(self.withdrawn, "", ""))
        return f"{self.pack.version} ({asked}){selected}{withdrawn}"

    @property
    def document(self) -> dict[str, Any]:
        """The same for a script."""
        told = {"version": str(self.pack.version), "instances": self.pack.instances, "selected": self.selected}
        told["withdrawn"] = self.withdrawn
        return {**told, "direct": self.need is not None, **need_document(self.need)}


@click.command()
@click.argument("spec", metavar="NAME[@V]", shell_complete=known_names)
@option("--files", is_flag=True, help="List the files instead: path, size, and what each is.")
@option(
    "--where",
    multiple=True,
    shell_complete=where_keys,
    metavar="K=V",
    help="List only files that fit this filter: modality=CT, 'rows>=512' (repeatable).",
)
@common
def info(run: Run, spec: str, files: bool, where: tuple[str, ...]) -> None:
    """Show what the index says about a pack.

    The newest version, or the newest that `@V` allows; its facets, and what this project has of it. `--verbose` adds
    the whole description. `--files` and `--where` list files in its place, as the manifest tells of them, and fetch
    none; with `--json` they come along.
    """
    wanted = Where.parse(where)
    workspace = Workspace.find(run.directory)
    indexes = run.context.indexes(workspace)
    record, release = published(indexes, Spec.parse(spec))
    revoked = indexes.revocations(indexes.serving(record.name.namespace), fresh=False)
    lock = None if workspace.has_conflict else workspace.lock
    here = [_here(run, workspace, indexes, lock, pack) for pack in lock.versions(record.name)] if lock else []
    withdrawn = revoked.manifests.get(release.content, "")
    document = _document(record, release) | {
        "withdrawn": withdrawn,
        "cite": _cite(record, release),
        "project": [each.document for each in here],
    }
    if files or wanted:
        pack = LockedPack.of(record.name, release, indexes.serving(record.name.namespace))
        run.out.result(*_files(run, indexes, pack, wanted, document))
        return
    run.out.result(_lines(record, release, withdrawn, here, verbose=run.out.verbose), document)


def _here(run: Run, workspace: Workspace, indexes: "Indexes", lock: Lock, pack: LockedPack) -> _Here:
    groups = {root.need.group for root in lock.roots.values()} - {""}
    part = next((part for part in parts_of(lock, groups) if part.pack == pack), None)
    withdrawn = withdrawals(run, workspace, [part] if part else []).get(pack, "")
    return _Here(pack, need_of(lock, pack), _selected(run, indexes, pack, part), withdrawn)


def _selected(run: Run, indexes: "Indexes", pack: LockedPack, part: Part | None) -> int | None:
    """How many instances of a pack the project wants; None where that cannot be known now."""
    if part is None or not part.where:
        return pack.instances
    try:
        reader = manifest_of(run, indexes, pack)
        return len(select(reader, part.where, reader.header.license))
    except ZooError:  # all else can be told without the manifest
        return None


def _files(
    run: Run, indexes: "Indexes", pack: LockedPack, where: Where, document: dict[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """The files that a filter leaves, for a person and for a script.

    Raises:
        NoResolutionError: it leaves none.
    """
    from zoopkg.cli.files import file_document, file_lines

    reader = manifest_of(run, indexes, pack)
    instances = list(reader)
    own = reader.header.license
    chosen = select(instances, where, own)
    if not chosen:
        raise NoResolutionError(f"no instance of {title(pack)} {why_none(instances, where, own)}")
    return file_lines(chosen), document | {"files": [file_document(each, own) for each in chosen]}


def _lines(
    record: "Record", release: "Release", withdrawn: str, here: Sequence[_Here], *, verbose: bool
) -> Iterator[str]:
    yield printable(f"{record.name.short}: {record.texts.summary}")
    for reason in reasons_told(withdrawn, release.yanked, release.deprecated):
        yield reason[0].upper() + reason[1:]
    rows = _rows(record, release, here)
    width = max(map(len, rows))
    yield from (f"  {key.ljust(width)}  {printable(value)}" for key, value in rows.items() if value)
    if text := record.texts.description.strip():
        yield ""
        yield text if verbose else _lead(text)


def _rows(record: "Record", release: "Release", here: Sequence[_Here]) -> Mapping[str, str]:
    requires = [Spec.parse(text) for text in release.requires]
    facets = {printable(facet): counts_told(facet, counts) for facet, counts in (release.facets or {}).items()}
    return {
        "version": f"{release.version}, published {release.published}",
        "versions": names(f"{each.version}{' (yanked)' if each.yanked else ''}" for each in record.releases),
        "here": "; ".join(map(str, here)) or "not in this project",
        "instances": f"{release.instances:,} ({human(release.size)})",
        "license": release.license,
        "requires": names(f"{each.name.short} {each.requirement or '*'}" for each in requires) or "nothing",
        "content": str(release.content),
        "cite": _cite(record, release),
        "keywords": names(record.texts.keywords),
        "discussion": record.texts.discussion,
        **facets,
    }


def _lead(markdown: str) -> str:
    """The first paragraph of a description that is no heading."""
    paragraphs = [part.strip() for part in markdown.split("\n\n")]
    return next((part for part in paragraphs if part and not part.startswith("#")), "")


def _cite(record: "Record", release: "Release") -> str:
    """How to cite a pack, in one line: in its own words, else by what names it for good."""
    own = " ".join(record.texts.citation.split())
    return own or f"{record.texts.summary.rstrip('.')} ({record.name} {release.version}, {release.published})"


def _document(record: "Record", release: "Release") -> dict[str, Any]:
    return {
        "name": str(record.name),
        "summary": record.texts.summary,
        "description": record.texts.description,
        "discussion": record.texts.discussion,
        "citation": record.texts.citation,
        "keywords": list(record.texts.keywords),
        "versions": [
            {"version": str(each.version), "yanked": each.yanked, "deprecated": each.deprecated}
            for each in record.releases
        ],
        "release": release.to_json(),
    }
