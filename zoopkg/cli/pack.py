"""`pack init` and `pack build`: from a folder of files to a pack's description, manifest, layout and bundles."""

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from zoopkg.cli.common import Run, common
from zoopkg.errors import PolicyError, UsageError, explaining
from zoopkg.index.location import is_folder
from zoopkg.install.context import now
from zoopkg.model.text import human, plural

if TYPE_CHECKING:
    from zoopkg.model.names import PackName
    from zoopkg.model.record import Record
    from zoopkg.pack.build import Built
    from zoopkg.pack.neighbours import IndexNeighbours

_PATH = click.Path(path_type=Path)


@click.group()
def pack() -> None:
    """Describe a pack and build it (for maintainers)."""


@pack.command()
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("--name", default=None, help="NAMESPACE/NAME.", show_default="the folder's name in `zoo`")
@click.option("--version", "version_text", default="1.0.0", show_default=True, help="The pack's version.")
@click.option("--license", "license_text", required=True, help="An SPDX expression, such as CC-BY-4.0.")
@click.option("--summary", default="", help="One line that says what is in it.")
@common
def init(run: Run, folder: Path, name: str | None, version_text: str, license_text: str, summary: str) -> None:
    """Write a pack.toml into a folder of files."""
    import tomli_w

    from zoopkg.model.names import PackName
    from zoopkg.pack.build import RECIPE
    from zoopkg.pack.recipe import Recipe

    path = folder / RECIPE
    if path.exists():
        raise UsageError(f"{path} is there already", hint="Edit it instead.")
    parsed = PackName.parse(name or folder.absolute().name)
    table = {
        "name": str(parsed),
        "version": version_text,
        "license": license_text,
        "summary": summary or f"{parsed.name}, to be described",
    }
    text = tomli_w.dumps({"pack": table}).encode()
    Recipe.parse(text, str(path))
    with explaining(f"write {path}"):
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    run.out.say(f"Wrote {path}. Describe the pack there, then: zoopkg pack build {folder} -o OUT")
    run.out.document({"pack": str(parsed), "recipe": str(path)})


@pack.command()
@click.argument("folder", type=_PATH, metavar="DIR")
@click.option("-o", "--output", "out", type=_PATH, required=True, metavar="OUT", help="Where the blobs go.")
@click.option("--unreviewed", is_flag=True, help="Build though nobody has reviewed the pack.")
@click.option("--repack", is_flag=True, help="Bundle everything anew, also what the index holds already.")
@common
def build(run: Run, folder: Path, out: Path, unreviewed: bool, repack: bool) -> None:
    """Build a pack from a folder of files.

    Makes manifest, layout, bundles and pack.json. With `--index`, only what the index does not hold yet is bundled, and
    a version that says less than its content is refused.
    """
    from zoopkg.pack.build import build as build_pack
    from zoopkg.pack.build import read_recipe, wasteful

    recipe = read_recipe(folder)
    if not unreviewed:
        raise PolicyError(
            f"nobody has reviewed the pack in {folder}",
            hint="Pass --unreviewed for tests and private indexes; a published pack needs its review first.",
        )
    neighbours = _neighbours(run, recipe.name, reuse=not repack) if run.context.index else None
    built = build_pack(folder, out, jobs=run.workers, neighbours=neighbours, published=published_today())
    for pattern in built.unused:
        run.out.warn(f"the pattern {pattern!r} in {folder / 'pack.toml'} matches no file")
    if wasteful(built):
        run.out.warn(f"a fresh install needs only {built.live:.0%} of the bytes it would fetch; consider --repack")
    _tell(run, out, built)


def _tell(run: Run, out: Path, built: "Built") -> None:
    release = built.entry.release
    new = sum(blob.size for blob in built.bundles)
    shared = f", {built.reused:,} of them in bundles that exist" if built.reused else ""
    run.out.say(
        f"Built {built.entry.name.short} {release.version} in {out}: {plural(release.instances, 'instance')}"
        f" ({human(release.size)}), {plural(built.contents, 'content')}{shared};"
        f" {human(new)} in {plural(len(built.bundles), 'new bundle')}"
    )
    run.out.document(
        {
            "pack": str(built.entry.name),
            "version": str(release.version),
            "content": str(release.content),
            "instances": release.instances,
            "bytes": release.size,
            "contents": built.contents,
            "reused": built.reused,
            "bundles": [{"name": blob.name, "bytes": blob.size} for blob in built.bundles],
            "manifest": {"name": release.manifest.name, "bytes": release.manifest.size},
            "layout": {"name": release.layout.name, "bytes": release.layout.size},
            "live": round(built.live, 4),
        }
    )


def published_today() -> str:
    """The day to state in a record: today, or that of SOURCE_DATE_EPOCH for reproducible builds."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    day = datetime.fromtimestamp(int(epoch), UTC) if epoch.isdigit() else now()
    return f"{day:%Y-%m-%d}"


def _neighbours(run: Run, name: "PackName", *, reuse: bool) -> "IndexNeighbours":
    from zoopkg.install.workspace import Workspace
    from zoopkg.model.record import Revocations
    from zoopkg.pack.neighbours import IndexNeighbours
    from zoopkg.transport.file import url_of
    from zoopkg.transport.mirror import Mirror
    from zoopkg.transport.mirrors import Mirrors

    assert run.context.index
    if is_folder(run.context.index):  # the maintainer's own copy, with what is staged in it
        from zoopkg.index.folder import IndexFolder
        from zoopkg.index.releases import withdrawals
        from zoopkg.index.staging import records

        folder = IndexFolder(Path(run.context.index))
        found: Iterable[Record] = list(records(folder, name.namespace))
        revoked = Revocations.union(withdrawals(folder).values())
        mirrors = Mirrors([Mirror.parse(url_of(Path(run.context.index)))], run.context.opener, warn=run.out.warn)
    else:
        indexes = run.context.indexes(Workspace.find(run.directory))
        serving = indexes.serving(name.namespace)
        found = indexes.all_records(name.namespace)
        revoked = indexes.revocations(serving, fresh=True)
        mirrors = indexes.mirrors(serving, ask=True)
    return IndexNeighbours(found, mirrors.fetch, revoked, reuse=reuse)
