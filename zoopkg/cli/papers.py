"""`cite` and `licenses`: what papers have to say of the packs that they used, and what lawyers ask about them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import click

from zoopkg.cli.common import Run, common, option
from zoopkg.cli.completing import pack_names
from zoopkg.cli.output import show_error, table
from zoopkg.cli.told import title
from zoopkg.errors import LockOutdatedError, PolicyError, ZooError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.text import plural

if TYPE_CHECKING:
    from zoopkg.install.access import Opened
    from zoopkg.install.indexes import Indexes
    from zoopkg.install.parts import Part
    from zoopkg.model.cited import Cited
    from zoopkg.model.record import Release, Texts
    from zoopkg.project.lock import Lock, LockedPack


@click.command()
@click.argument("specs", nargs=-1, metavar="[NAME[@V]]…", shell_complete=pack_names)
@option(
    "--format",
    "style",
    type=click.Choice(["apa", "bibtex", "csl-json", "cff"]),
    default="apa",
    help="How to write them: prose, BibTeX, CSL-JSON, CITATION.cff.",
)
@common
def cite(run: Run, specs: tuple[str, ...], style: str) -> None:
    """Print citations of packs.

    Of those that zoo.lock pins, or of those named: version, date, license, the digest that identifies the content,
    where to read of it; and of the data sets that they were made from. Asks no network for what this machine knows
    already. With `--json`, one text for each pack.
    """
    from zoopkg.cli.progress import Display
    from zoopkg.install.access import Access
    from zoopkg.model.citation import FORMATS
    from zoopkg.model.version import Spec

    workspace = Workspace.find(run.directory)
    wanted = [Spec.parse(spec) for spec in specs] or [
        Spec.parse(f"{pack.name}@={pack.version}") for pack in _lock(workspace, ", or name a pack").packs
    ]
    with Display(run.out) as display:
        access = Access(run.context, display, allow_withdrawn=True)  # what was used is to be cited all the same
        opened = [access.open(spec) for spec in wanted]
        records = _Records(run, workspace)
        cited = [_cited(each, records) for each in opened]
    if run.out.as_json:
        run.out.result(
            "",
            [
                {"name": str(each.pack.name), "version": told.version, "text": FORMATS[style]([told])}
                for each, told in zip(opened, cited, strict=True)
            ],
        )
    elif cited:
        click.echo(FORMATS[style](cited), nl=False)
    else:
        run.out.say(f"No packs are locked in {workspace.root}")


def _lock(workspace: Workspace, instead: str = "") -> "Lock":
    if workspace.lock is None:
        raise LockOutdatedError(f"there is no {LOCK} in {workspace.root}", hint=f"Run `zoopkg install` first{instead}.")
    return workspace.lock


class _Records:
    """What the indexes say of packs: what this machine trusts already will do, else they are asked."""

    def __init__(self, run: Run, workspace: Workspace) -> None:
        self._run = run
        self._workspace = workspace

    @cached_property
    def _indexes(self) -> "list[Indexes]":
        context = self._run.context
        contexts = [context] if context.offline else [replace(context, offline=True), context]
        return [each.indexes(self._workspace) for each in contexts]

    def of(self, pack: "LockedPack") -> "tuple[Texts, Release] | None":
        """What is said of a pack and of this version; None, with a warning, where nobody can tell."""
        failure = "the index has no such version"
        for indexes in self._indexes:
            try:
                record = indexes.record(pack.name)
            except ZooError as error:
                failure = error.message
                continue
            release = record.release(pack.version) if record else None
            if record and release and release.content == pack.content:
                return record.texts, release
        self._run.out.warn(f"{title(pack)} is cited without its date, its summary and a place to read of it: {failure}")
        return None

    def url(self, index: str) -> str:
        """Where an index is on the web, if it is there."""
        entry = self._workspace.project.indexes.get(index)
        return entry.url if entry and "://" in entry.url else ""


def _cited(opened: "Opened", records: _Records) -> "Cited":
    from zoopkg.model.cited import Cited

    pack, header = opened.pack, opened.header
    cited = Cited(
        name=pack.name.short,
        version=str(pack.version),
        content=str(pack.content),
        license=header.license,
        url=records.url(pack.index),
        authors=header.authors,
        sources=header.source,
    )
    told = records.of(pack)
    if told is None:
        return cited
    texts, release = told
    return replace(
        cited,
        summary=texts.summary,
        published=release.published,
        url=texts.discussion or cited.url,
        wish=texts.citation,
    )


@dataclass(frozen=True, slots=True)
class _Licensed:
    """A locked pack and its licenses: how many files each covers, those that state none under the pack's."""

    pack: "LockedPack"
    license: str
    files: Counter[str]

    def document(self, license_: str, files: object) -> dict[str, object]:
        """What there is to say of some of its files, for a script."""
        return {"name": str(self.pack.name), "version": str(self.pack.version), "license": license_, "files": files}


@click.command()
@option(
    "--deny", multiple=True, metavar="SPDX", help="Fail (8) where such a license is: `GPL-*,CC-BY-NC-*` (repeatable)."
)
@common
def licenses(run: Run, deny: tuple[str, ...]) -> int:
    """List the licenses of what zoo.lock pins.

    How many files each covers, those that state none of their own under the pack's. With `--deny`, exit code 8 if a
    license is denied: of `A AND B` either, of `A OR B` both, `A WITH E` as `A`. SPDX is an identifier or a glob; commas
    separate several.
    """
    from zoopkg.model.spdx import Denied, read

    workspace = Workspace.find(run.directory)
    patterns = [pattern for text in deny for each in text.split(",") if (pattern := each.strip())]
    denied = Denied(patterns)
    packs = list(_licensed(run, _lock(workspace)))
    refused = [(each, text, count) for each in packs for text, count in each.files.items() if denied.denies(read(text))]
    document = {
        "packs": [each.document(each.license, dict(each.files)) for each in packs],
        "denied": [each.document(text, count) for each, text, count in refused],
    }
    run.out.result(_table(packs), document)
    if not refused:
        return 0
    listed = "; ".join(f"{text} ({title(each.pack)}, {_files(count)})" for each, text, count in refused)
    show_error(
        PolicyError(
            f"denied licenses are in use: {listed}", hint="Remove these packs, or filter the files out: --where."
        )
    )
    return PolicyError.exit_code


def _table(packs: "Sequence[_Licensed]") -> list[str]:
    rows = [
        [title(each.pack), text, _files(count)]
        for each in packs
        for text, count in sorted(each.files.items(), key=lambda item: (-item[1], item[0]))
    ]
    return table(rows)


def _files(count: int) -> str:
    return plural(count, "file") if count else "the pack as a whole"


def _licensed(run: Run, lock: "Lock") -> Iterator[_Licensed]:
    from zoopkg.cli.progress import Display
    from zoopkg.install.access import Access
    from zoopkg.install.parts import parts_of
    from zoopkg.model.selection import select
    from zoopkg.model.version import Spec

    groups = {root.need.group for root in lock.roots.values()} - {""}
    with Display(run.out) as display:
        access = Access(run.context, display, allow_withdrawn=True)
        for part in parts_of(lock, groups):
            opened = access.open(Spec.parse(f"{part.pack.name}@={part.pack.version}"), frozen=True)
            chosen = select(opened.instances, part.where, opened.header.license)
            files = Counter(instance.license or opened.header.license for instance in chosen)
            yield _Licensed(part.pack, opened.header.license, _with_pack(part, files, opened))


def _with_pack(part: "Part", files: Counter[str], opened: "Opened") -> Counter[str]:
    """The count of files by license; the pack's own license is told even of a whole pack where every file has one."""
    if not part.where:
        files.setdefault(opened.header.license, 0)
    return files
