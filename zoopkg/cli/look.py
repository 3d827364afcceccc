"""`list` and `info`: what a project has, and what an index says about a pack."""

from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.output import human, plural, table
from zoopkg.errors import NoResolutionError
from zoopkg.install.workspace import Workspace

if TYPE_CHECKING:
    from zoopkg.model.record import Record, Release


@click.command("list")
@common
def list_(run: Run) -> None:
    """List the packs that zoo.lock pins."""
    workspace = Workspace.find(run.directory)
    packs = sorted(workspace.lock.packs, key=lambda pack: pack.name) if workspace.lock else []
    rows = [[p.name.short, str(p.version), plural(p.instances, "instance"), human(p.size), p.license] for p in packs]
    document = [
        {
            "name": str(pack.name),
            "version": str(pack.version),
            "index": pack.index,
            "content": str(pack.content),
            "instances": pack.instances,
            "bytes": pack.size,
            "license": pack.license,
            "requires": list(pack.requires),
            "direct": pack.name in (workspace.lock.roots if workspace.lock else {}),
        }
        for pack in packs
    ]
    run.out.result(table(rows), document)
    if not packs:
        run.out.say(f"No packs are locked in {workspace.root}")


@click.command()
@click.argument("spec", metavar="NAME[@V]")
@common
def info(run: Run, spec: str) -> None:
    """Show what the index says about a pack, or about one version of it."""
    from zoopkg.model.version import Spec

    wanted = Spec.parse(spec)
    record = run.indexes(Workspace.find(run.directory)).record(wanted.name)
    if record is None:
        raise NoResolutionError(f"the index has no pack {wanted.name}", hint="Check the spelling, or name an --index.")
    matching = [r for r in record.releases if wanted.requirement is None or wanted.requirement.allows(r.version)]
    if not matching:
        versions = ", ".join(str(release.version) for release in record.releases)
        raise NoResolutionError(f"{wanted.name.short} has no version {wanted.requirement}", hint=f"It has {versions}.")
    chosen = next((release for release in reversed(matching) if not release.yanked), matching[-1])
    run.out.result(_lines(record, chosen), _document(record, chosen))


def _lines(record: "Record", release: "Release") -> list[str]:
    versions = [f"{each.version}{' (yanked)' if each.yanked else ''}" for each in record.releases]
    rows = [
        ["version", f"{release.version}, published {release.published}"],
        ["versions", ", ".join(versions)],
        ["instances", f"{release.instances:,} ({human(release.size)})"],
        ["license", release.license],
        ["content", str(release.content)],
        ["requires", ", ".join(release.requires) or "nothing"],
        ["keywords", ", ".join(record.keywords) or "none"],
        ["discussion", record.discussion or "none"],
    ]
    rows += [[facet, _counts(counts)] for facet, counts in (release.facets or {}).items()]
    width = max(len(row[0]) for row in rows)
    heading = [f"{record.name.short}: {record.summary}"]
    warnings = [f"Yanked: {release.yanked}"] if release.yanked else []
    warnings += [f"Deprecated: {release.deprecated}"] if release.deprecated else []
    body = [f"  {key.ljust(width)}  {value}" for key, value in rows]
    return [*heading, *warnings, *body, "", record.description.strip()]


def _counts(counts: Any) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    shown = ", ".join(f"{value} {count}" if count > 1 else value for value, count in ordered[:6])
    return shown + (f" and {len(ordered) - 6} more" if len(ordered) > 6 else "")


def _document(record: "Record", release: "Release") -> dict[str, Any]:
    return {
        "name": str(record.name),
        "summary": record.summary,
        "description": record.description,
        "discussion": record.discussion,
        "citation": record.citation,
        "keywords": list(record.keywords),
        "versions": [
            {"version": str(each.version), "yanked": each.yanked, "deprecated": each.deprecated}
            for each in record.releases
        ],
        "release": release.to_json(),
    }
