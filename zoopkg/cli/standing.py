"""`index status` and `index show`: how an index stands, and what those who sign are asked to sign."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from zoopkg.cli.common import Run, common, names
from zoopkg.cli.indexing import IDX, days_left, document
from zoopkg.cli.output import show_error, table
from zoopkg.errors import UsageError, ZooError
from zoopkg.install.context import now
from zoopkg.model.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from zoopkg.index.review import RoleReview
    from zoopkg.index.signing import RoleStatus, Status


@click.command()
@IDX
@click.option(
    "--fail-within", type=click.IntRange(0), default=None, metavar="DAYS", help="Fail if people must sign so soon."
)
@common
def status(run: Run, idx: Path, fail_within: int | None) -> None:
    """Show what is signed, what is staged, and what expires when.

    Each role's version, expiry and signatures. Warns of what is about to expire: within 30 days what people sign,
    within 2 what a job renews. With --fail-within it ends with exit code 1 then, for a job that looks every day.
    """
    from zoopkg.index import signing

    present = signing.status(idx)
    show_table(run, idx, present)
    if any(role.staged for role in present.roles):
        run.out.say(f"`zoopkg index show {idx}` tells what is to be signed")
    if fail_within is not None and (due := present.due(now(), fail_within)):
        told = names(f"{each.role} {_when(each)}" for each in due)
        show_error(ZooError(f"the index '{idx}' is about to expire: {told}", hint=_remedy(idx, due[0])))
        click.get_current_context().exit(1)  # the document is printed already, and a script reads one


def show_table(run: Run, idx: Path, present: "Status") -> None:
    """Print a table of roles, and warn of those that expire."""
    moment = now()
    rows = [["role", "version", "expires", "left", "signed by", "lacks", "state"]]
    rows += [
        [
            role.role,
            str(role.version),
            f"{role.expires:%Y-%m-%d}",
            _left(role.expires, moment),
            names(role.signed) or "-",
            f"{role.missing} of {names(role.unsigned)}" if role.missing else "-",
            "staged" if role.staged else "published",
        ]
        for role in present.roles
    ]
    staged = [f"staged: {names(present.staged)}"] if present.staged else []
    run.out.result([*table(rows), *staged], document(idx, present))
    warn_of_dates(run, idx, present)


def warn_of_dates(run: Run, idx: Path, present: "Status") -> None:
    """Warn of what clients will soon trust no more, the soonest first."""
    for role in present.due(now()):
        run.out.warn(f"{role.role} {_when(role)}. {_remedy(idx, role)}")


def _when(role: "RoleStatus") -> str:
    assert role.until is not None
    left = days_left(role.until, now())
    word = "expired" if left < 0 else f"expires within {plural(left + 1, 'day')}"
    return f"{word}, {role.until:%Y-%m-%d %H:%M} UTC"


def _left(expires: "datetime", moment: "datetime") -> str:
    left = days_left(expires, moment)
    return "expired" if left < 0 else plural(left, "day")


def _remedy(idx: Path, role: "RoleStatus") -> str:
    from zoopkg.index.roles import is_signed_by_hand

    if role.staged:
        return "Its next version is staged: sign and publish it."
    if is_signed_by_hand(role.role):
        return f"Run `zoopkg index renew {idx} {role.role}`, then sign and publish."
    return f"Run `zoopkg index refresh {idx}` with its key."


@click.command()
@IDX
@common
def show(run: Run, idx: Path) -> None:
    """Show what signing the staged state would change.

    In the index, or in a copy of its `staged` folder: packs and versions with the digests of their blobs, withdrawals,
    keys, thresholds, namespaces, mirrors. Lines that begin with `!` should not be there. With --root, what is published
    must follow from that root.
    """
    from zoopkg.index.files import read_file
    from zoopkg.index.location import MAX_ROOT
    from zoopkg.index.review import review

    file = run.context.root_file
    root = read_file(file, MAX_ROOT) if file else None
    if file and root is None:
        raise UsageError(f"there is no root file '{file}'")
    roles = review(idx, root)
    value = [
        {
            "role": each.role,
            "version": each.version,
            "before": each.before,
            "expires": each.expires.isoformat(),
            "changes": [{"text": change.text, "details": list(change.details)} for change in each.changes],
        }
        for each in roles
    ]
    run.out.result(list(_lines(roles)) or f"Nothing is staged in {idx}", value)


def _lines(roles: "Sequence[RoleReview]") -> "Iterator[str]":
    for each in roles:
        after = f"after {each.before}" if each.before else "the first"
        yield f"{each.role} {each.version}, {after}, good until {each.expires:%Y-%m-%d}"
        for change in each.changes:
            yield f"  {change.text}"
            yield from (f"      {detail}" for detail in change.details)
        if not each.changes:
            yield "  nothing changes but its date, or who signs it"
