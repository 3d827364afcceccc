"""`index withdraw` and `index prune`: what was published and must not be, out of an index and out of its folder."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, names
from zoopkg.cli.indexing import DAYS, IDX, dates, say_short, signed_where_named, signing_keys
from zoopkg.errors import UsageError
from zoopkg.model.text import human, plural, printable

if TYPE_CHECKING:
    from zoopkg.index.signing import Status
    from zoopkg.pack.prune import Pruning, Useless
    from zoopkg.pack.withdraw import Share, Withdrawal
    from zoopkg.transport.mirrors import Mirrors

_SHOWN = 20


@click.command()
@IDX
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("--reason", required=True, metavar="TEXT", help="One line that says why; everyone reads it.")
@click.option("--namespace", "namespaces", multiple=True, metavar="NS", help="Stage it in this namespace (repeatable).")
@signing_keys
@click.option("--dry-run", is_flag=True, help="Show what it comes to, and stage nothing.")
@DAYS
@common
def withdraw(
    run: Run,
    idx: Path,
    targets: tuple[str, ...],
    reason: str,
    namespaces: tuple[str, ...],
    dry_run: bool,
    days: int | None,
    **keys: Any,
) -> None:
    """Stage the withdrawal of releases, files or contents.

    A TARGET is a release (`demo@1.0.0`), a file of a release (`demo@1.0.0:a/b.dcm`, or `demo:a/b.dcm` where it is the
    same in all versions), or a content (`b3:…`). A content is withdrawn wherever it is, under whatever path. Shows
    which packs have it; what lies in one bundle with it is bundled anew. Once this is signed and published, clients
    refuse it, from a lock, too; `zoopkg index prune` then deletes its bytes from the folder.

    Stages it in the namespaces of the packs that are named, and for a content in all that have it; the owners of others
    are named, and have to do the same.
    """
    from zoopkg.cli.progress import Display
    from zoopkg.index.folder import IndexFolder
    from zoopkg.pack.holdings import Holdings, changing
    from zoopkg.pack.repack import Repacker
    from zoopkg.pack.targets import Target
    from zoopkg.pack.withdraw import Request, Stage, plan_withdrawal, stage

    request = Request(tuple(map(Target.parse, targets)), _reason(reason), namespaces)
    mirrors = _mirrors(run, idx)
    if dry_run:
        plan = plan_withdrawal(Holdings.of(IndexFolder(idx), mirrors.fetch), request)
        _tell(run, idx, plan)
        run.out.document(_document(idx, plan))
        return
    with changing(idx, mirrors.fetch) as (folder, holdings), Display(run.out) as display:
        plan = plan_withdrawal(holdings, request)
        _tell(run, idx, plan)
        repacker = Repacker(idx, run.context.opener, mirrors, display, run.workers)
        status = stage(plan, holdings, Stage(folder, repacker, dates(days)))
    status = signed_where_named(idx, status, keys)
    _tell_staged(run, idx, status)
    run.out.document(_document(idx, plan) | {"staged": list(status.staged)})


def _reason(text: str) -> str:
    """A reason as the index may state it: one line, fit for every terminal."""
    from zoopkg.pack.withdraw import MAX_REASON

    if not text.strip() or printable(text) != text or len(text) > MAX_REASON:
        raise UsageError(f"--reason must be one line of 1 to {MAX_REASON} characters")
    return text.strip()


def _mirrors(run: Run, idx: Path) -> "Mirrors":
    from zoopkg.pack.holdings import mirrors_of
    from zoopkg.transport.mirror import Mirror

    return mirrors_of(idx, map(Mirror.parse, run.context.mirrors), run.context.opener, run.out.warn)


def _tell(run: Run, idx: Path, plan: "Withdrawal") -> None:
    for line in _lines(idx, plan):
        run.out.say(line)


def _lines(idx: Path, plan: "Withdrawal") -> Iterator[str]:
    yield f"To be withdrawn: {plan.reason}"
    for held in plan.wholes:
        yield f"  {held}, as a whole: {plural(held.release.instances, 'instance')} ({human(held.release.size)})"
    for digest in sorted(plan.contents):
        holders = [holder for holder in plan.holders if holder.digest == digest]
        yield f"  {digest}" + (f" ({human(holders[0].size)})" if holders else "")
        shown = holders[:_SHOWN]
        yield from (f"    {holder.held}: {', '.join(holder.paths[:3])}" for holder in shown)
        if len(holders) > len(shown):
            yield f"    and {plural(len(holders) - len(shown), 'more release')}"
    for share in plan.shares:
        yield from _share_lines(share)
    for namespace in plan.elsewhere:
        having = names(sorted({str(each.held) for each in plan.holders if each.held.name.namespace == namespace}))
        targets = " ".join(str(digest) for digest in sorted(plan.contents))
        yield f"{having} has it, too: the owners of {namespace} have to take it out of their bundles:"
        yield f"  zoopkg index withdraw {idx} {targets} --namespace {namespace} --reason …"


def _share_lines(share: "Share") -> Iterator[str]:
    if share.yanked:
        yield f"Passed over from now on: {names(share.yanked)}"
    if share.staying:
        yield f"Not withdrawn, since other releases have them: {plural(share.staying, 'content')} of these"
    sizes = share.repacking.sizes
    if share.repacking.affected:
        anew = f"{plural(len(sizes), 'content')} ({human(sum(sizes.values()))})"
        yield f"Bundled anew: {anew}, with new layouts for {names(each.held for each in share.repacking.affected)}"
    if share.dead:
        kinds = [blob.kind for blob in share.dead]
        told = names(plural(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))
        yield f"Needed no more once it is published: {told} ({human(sum(blob.size for blob in share.dead))})"


def _tell_staged(run: Run, idx: Path, status: "Status") -> None:
    if not status.staged:
        run.out.say(f"All of it is withdrawn in {idx} already")
        return
    run.out.say(f"Staged in {idx}. Next: `zoopkg index publish`, then `zoopkg index prune {idx}`")
    say_short(run, status)


def _document(idx: Path, plan: "Withdrawal") -> dict[str, Any]:
    return {
        "index": str(idx),
        "reason": plan.reason,
        "releases": [{"name": str(held.name), "version": str(held.release.version)} for held in plan.wholes],
        "contents": [str(digest) for digest in sorted(plan.contents)],
        "holders": [
            {
                "name": str(holder.held.name),
                "version": str(holder.held.release.version),
                "digest": str(holder.digest),
                "paths": list(holder.paths),
            }
            for holder in plan.holders
        ],
        "namespaces": [
            {
                "namespace": share.namespace,
                "yanked": list(map(str, share.yanked)),
                "repacked": {
                    "contents": len(share.repacking.sizes),
                    "bytes": sum(share.repacking.sizes.values()),
                    "layouts": [str(each.held) for each in share.repacking.affected],
                },
                "unneeded": [blob.name for blob in share.dead],
            }
            for share in plan.shares
        ],
        "elsewhere": list(plan.elsewhere),
    }


@click.command()
@IDX
@click.option("--unreferenced", is_flag=True, help="Also what holds nothing withdrawn, and no release needs.")
@click.option("--yes", is_flag=True, help="Delete it; without, only tell.")
@common
def prune(run: Run, idx: Path, unreferenced: bool, yes: bool) -> None:
    """Tell what withdrawn bytes still lie in an index folder, or delete them.

    Bundles that hold something withdrawn, and what leads to them, once no published layout needs them. Refuses while
    something is staged. With `--unreferenced` also all other blobs that no release needs; a lock that names such a
    layout then has to ask the index for today's. Mirrors follow when they are synchronised.
    """
    from zoopkg.pack.holdings import changing
    from zoopkg.pack.prune import delete, plan_pruning, refuse_staged

    with changing(idx, _mirrors(run, idx).fetch) as (folder, holdings):
        refuse_staged(folder)
        pruning = plan_pruning(holdings, unreferenced=unreferenced)
        if yes:
            delete(pruning)
    lines = [*_useless_lines(pruning), _verdict(pruning, yes=yes)]
    run.out.result(
        lines,
        {
            "index": str(idx),
            "useless": [{"name": each.path.name, "bytes": each.size, "why": str(each.why)} for each in pruning.useless],
            "kept": [{"name": name, "needed_by": str(held)} for name, held in pruning.kept],
            "removed": yes,
        },
    )


def _useless_lines(pruning: "Pruning") -> Iterator[str]:
    from zoopkg.pack.prune import Why

    told = {
        Why.WITHDRAWN: "With something withdrawn in them",
        Why.LEADING: "Leading to these",
        Why.UNNEEDED: "Needed by no release",
    }
    for why, words in told.items():
        if some := [each for each in pruning.useless if each.why is why]:
            yield f"{words}: {_told(some)}"
    for name, held in pruning.kept:
        yield f"Kept with something withdrawn in it, since {held} needs it (`zoopkg index withdraw` repacks): {name}"


def _told(some: "list[Useless]") -> str:
    kinds = [each.kind for each in some]
    counts = names(plural(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))
    return f"{counts} ({human(sum(each.size for each in some))})"


def _verdict(pruning: "Pruning", *, yes: bool) -> str:
    if not pruning.useless:
        return "Nothing to delete"
    size = human(sum(each.size for each in pruning.useless))
    return f"Deleted {size}" if yes else f"This would delete {size}. Nothing is deleted yet: add --yes to do it"
