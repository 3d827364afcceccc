"""`export` and `import`: packs across an air gap, in one file."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, option
from zoopkg.cli.completing import known_names
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.text import human, plural

if TYPE_CHECKING:
    from zoopkg.airgap.exporting import Exported
    from zoopkg.airgap.importing import Imported
    from zoopkg.airgap.signed import Signed

_MOST_NAMED = 5
_PATH = click.Path(path_type=Path)


@click.command()
@click.argument("specs", nargs=-1, metavar="[SPEC]…", shell_complete=known_names)
@click.option("-o", "--output", "file", type=_PATH, required=True, metavar="FILE", help="The file to write.")
@option("--allow-stale", type=click.IntRange(0), default=0, metavar="DAYS", help="Accept an index so long expired.")
@common
def export(run: Run, specs: tuple[str, ...], file: Path, allow_stale: int) -> None:
    """Write packs, and what their indexes sign, into one file.

    With SPECs: those packs whole, as locked here or the newest that fit, with all that they require. Without: what
    zoo.lock pins, of filtered packs what the filter selects. `zoopkg import` reads the file where no network reaches.
    """
    from zoopkg.airgap.exporting import export as write
    from zoopkg.cli.progress import Display
    from zoopkg.cli.told import warn_if_stale
    from zoopkg.model.version import Spec
    from zoopkg.store.usage import in_use

    run = replace(run, context=replace(run.context, allow_stale=timedelta(days=allow_stale)))
    workspace = Workspace.find(run.directory)
    wanted = [Spec.parse(spec) for spec in specs]
    if not wanted:
        warn_if_stale(run, workspace)
    with in_use(run.store.root), Display(run.out) as display:
        exported = write(run.context, workspace, wanted, file, display, run.workers)
    _tell_exported(run, file, exported)


def _tell_exported(run: Run, file: Path, exported: "Exported") -> None:
    packs, fetched = plural(len(exported.packs), "pack"), exported.fetched
    parts = [human(exported.stored), f"{human(fetched.size)} fetched" if fetched else "nothing fetched"]
    parts += [f"signed by the index {' and '.join(exported.indexes)}"] if exported.indexes else []
    told = f"{plural(exported.instances, 'instance')} ({human(exported.size)}) of {packs}"
    run.out.say(f"Exported {told} to {file}: {', '.join(parts)}")
    run.out.document(
        {
            "file": str(file),
            "size": exported.stored,
            "packs": [{"name": str(pack.name), "version": str(pack.version)} for pack in exported.packs],
            "instances": exported.instances,
            "contents": exported.contents,
            "bytes": exported.size,
            "indexes": list(exported.indexes),
            "fetched": {"bytes": fetched.size if fetched else 0, "requests": fetched.requests if fetched else 0},
        }
    )


@click.command("import")
@click.argument("file", type=_PATH, metavar="FILE")
@common
def import_(run: Run, file: Path) -> None:
    """Take the packs of an exported file into the store.

    Checks the file as a whole, then every byte as if a mirror had sent it. What an index signed is trusted only where
    the project file, `--index` or `--root` names its root, or this machine knows it already. Installs nothing into a
    project: `zoopkg install --frozen --offline` does, by its zoo.lock.
    """
    from zoopkg.airgap.importing import Importer
    from zoopkg.airgap.reading import ExportFile
    from zoopkg.airgap.roots import trusted_roots
    from zoopkg.cli.progress import Display
    from zoopkg.install.context import now
    from zoopkg.store.registry import Project, Registry
    from zoopkg.store.usage import in_use

    workspace = Workspace.find(run.directory)
    export_file = ExportFile(file)
    with in_use(run.store.root), Display(run.out) as display:
        roots = trusted_roots(run.context, workspace)
        imported = Importer(export_file, run.store, roots, display, run.workers).run(now)
        if workspace.lock_text is not None:  # so that `store gc` keeps what this lock pins until it is installed
            Registry(run.store.root).note(Project.at(workspace.root, workspace.root / "zoo"))
    _tell_imported(run, file, imported)


def _tell_imported(run: Run, file: Path, imported: "Imported") -> None:
    (contents, size), (new, new_size) = imported.contents, imported.new
    named = ", ".join(f"{pack.name.short} {pack.version}" for pack in imported.packs[:_MOST_NAMED])
    more = f" and {len(imported.packs) - _MOST_NAMED:,} more" if len(imported.packs) > _MOST_NAMED else ""
    came = f"{new:,} of {contents:,} contents ({human(new_size)} of {human(size)})"
    run.out.say(f"Imported {named or 'no packs'}{more} from {file}: {came} are new to the store")
    run.out.say(f"`zoopkg install --frozen --offline` installs what a {LOCK} pins of it")
    run.out.document(
        {
            "file": str(file),
            "packs": [{"name": str(pack.name), "version": str(pack.version)} for pack in imported.packs],
            "contents": contents,
            "bytes": size,
            "new": {"contents": new, "bytes": new_size},
            "indexes": [_index_document(each) for each in imported.indexes],
        }
    )


def _index_document(signed: "Signed") -> dict[str, Any]:
    return {
        "name": signed.index,
        "trusted": signed.trusted,
        "behind": signed.behind,
        "expired": {role: f"{when:%Y-%m-%d}" for role, when in signed.expired.items()},
    }
