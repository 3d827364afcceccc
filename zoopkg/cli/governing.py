"""`index delegate`, `rotate`, `renew`, `mirrors`, `yank`: changes that are staged, for those who hold keys to sign."""

from pathlib import Path

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.indexing import (
    DAYS,
    IDX,
    PUBLIC_KEYS,
    SIGNERS,
    dates,
    require_folder,
    role_keys,
    show_staged,
    standing,
    warn_of_files,
)
from zoopkg.errors import UsageError


@click.command()
@IDX
@click.argument("namespace")
@PUBLIC_KEYS
@SIGNERS
@DAYS
@common
def delegate(run: Run, idx: Path, namespace: str, keys: Path | None, signers: str | None, days: int | None) -> None:
    """Stage a new namespace, signed for by keys of its own.

    Takes signatures of the holders of targets, and of the namespace's.
    """
    from zoopkg.index import ceremony

    if signers is None:
        raise UsageError(f"who signs for {namespace} is not said", hint="For instance --signers 2:ann,bo,cy")
    require_folder(keys)
    before = standing(idx)
    status = ceremony.delegate(idx, namespace, role_keys(signers, "--signers"), keys, dates(days))
    show_staged(run, idx, before, status, f"the namespace {namespace}")


@click.command()
@IDX
@click.argument("role")
@PUBLIC_KEYS
@SIGNERS
@click.option("--add", "added", multiple=True, metavar="KEY", help="A key more (repeatable).")
@click.option("--remove", "removed", multiple=True, metavar="KEY", help="A key less (repeatable).")
@click.option("--threshold", type=click.IntRange(1), default=None, metavar="N", help="So many must sign.")
@DAYS
@common
def rotate(
    run: Run,
    idx: Path,
    role: str,
    keys: Path | None,
    signers: str | None,
    added: tuple[str, ...],
    removed: tuple[str, ...],
    threshold: int | None,
    days: int | None,
) -> None:
    """Stage other keys for a role.

    All of them with --signers, or a few with --add and --remove. Keys of the four top-level roles are in root, which
    takes signatures by the old root keys and the new; those of namespaces are in targets. Keys that the index knows
    need not be in the folder.
    """
    from zoopkg.index import ceremony

    if (signers is None) == (not added and not removed and threshold is None):
        raise UsageError(
            "say either all keys or what changes about them", hint="--signers 2:ann,bo,cy or --remove cy --add dee"
        )
    require_folder(keys)
    before = standing(idx)
    if signers is not None:
        status = ceremony.rotate(idx, role, role_keys(signers, "--signers"), keys, dates(days))
    else:
        status = ceremony.amend(idx, role, keys, dates(days), add=added, remove=removed, threshold=threshold)
    show_staged(run, idx, before, status, f"other keys for {role}")


@click.command()
@IDX
@click.argument("role")
@DAYS
@common
def renew(run: Run, idx: Path, role: str, days: int | None) -> None:
    """Stage a later date for root, targets or a namespace.

    With nothing else changed. `index refresh` renews snapshot and timestamp.
    """
    from zoopkg.index import ceremony

    before = standing(idx)
    status = ceremony.renew(idx, role, dates(days))
    show_staged(run, idx, before, status, f"a later date for {role}")


@click.command()
@IDX
@click.option("--template", "templates", multiple=True, metavar="URL", help="A mirror's template (repeatable).")
@click.option("--none", "nothing", is_flag=True, help="Name no mirror any more.")
@DAYS
@common
def mirrors(run: Run, idx: Path, templates: tuple[str, ...], nothing: bool, days: int | None) -> None:
    """Stage the signed list of mirrors; without a template, show it.

    The list replaces the one before. Clients try the mirrors of blobs in this order, and the index's own place last.
    """
    from zoopkg.index import ceremony

    if templates and nothing:
        raise UsageError("there are mirrors to be named, and none", hint="Drop --none or --template.")
    if not templates and not nothing:
        present = ceremony.get_mirrors(idx)
        run.out.result(list(present) or f"{idx} names no mirrors", {"index": str(idx), "mirrors": list(present)})
        return
    before = standing(idx)
    status = ceremony.set_mirrors(idx, templates, dates(days))
    staged = ceremony.get_mirrors(idx)
    warn_of_files(run, staged)
    show_staged(run, idx, before, status, "the mirrors", mirrors=list(staged))


@click.command()
@IDX
@click.argument("pack", metavar="NAME@VERSION")
@click.option("--reason", default="", metavar="TEXT", help="Why nobody should choose it.")
@click.option("--undo", is_flag=True, help="Let it be chosen again.")
@DAYS
@common
def yank(run: Run, idx: Path, pack: str, reason: str, undo: bool, days: int | None) -> None:
    """Stage that a version should not be chosen any more.

    Locks that pin it install it still, with a warning that gives the reason. What must not be installed at all is
    withdrawn instead.
    """
    from zoopkg.index import releases
    from zoopkg.model.names import PackName
    from zoopkg.model.version import parse_version

    name, at, version = pack.rpartition("@")
    if not at:
        raise UsageError(f"'{pack}' is not NAME@VERSION", hint=f"Say which version: {pack}@1.0.0")
    if bool(reason.strip()) == undo:
        raise UsageError("a version is yanked with a --reason, or taken back with --undo")
    if not reason.strip().isprintable():
        raise UsageError("the reason must be one line of text", hint="Everyone whose lock has this version reads it.")
    what = f"{PackName.parse(name).short} {parse_version(version)}"
    before = standing(idx)
    status = releases.yank(idx, PackName.parse(name), parse_version(version), reason.strip(), dates(days))
    show_staged(run, idx, before, status, f"that {what} is {'not yanked any more' if undo else 'yanked'}")
