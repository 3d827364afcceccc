"""`index add`, `sign`, `merge`, `publish`, `refresh`: from a built pack to what clients see."""

from pathlib import Path
from typing import Any

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.indexing import (
    DAYS,
    IDX,
    PATH,
    STARTER,
    dates,
    document,
    key_source,
    show_short,
    signed_where_named,
    signing_keys,
    standing,
    warn_of_dropped,
)
from zoopkg.cli.standing import show_table, warn_of_dates
from zoopkg.errors import FormatError, PolicyError, UsageError, explaining


@click.command()
@IDX
@click.argument("built", type=PATH, metavar="OUT")
@signing_keys
@click.option("--allow-unreviewed", is_flag=True, help="Add a pack that nobody has reviewed.")
@DAYS
@common
def add(run: Run, idx: Path, built: Path, allow_unreviewed: bool, days: int | None, **keys: Any) -> None:
    """Stage what `zoopkg pack build` made.

    Checks its blobs, copies them, and writes the record to be signed.
    """
    from zoopkg.index import entry as entries
    from zoopkg.index import releases

    path = built / entries.FILE_NAME
    if not path.is_file():
        raise UsageError(f"{built} holds no built pack", hint=f"Run `zoopkg pack build DIR -o {built}` first.")
    with explaining(f"read {path}"):
        data = path.read_bytes()
    try:
        entry = entries.PackEntry.decode(data, str(path))
    except FormatError as error:
        raise UsageError(error.message, hint="Build the pack again.") from error
    if not entry.release.reviewers and not allow_unreviewed:
        raise PolicyError(
            f"nobody has reviewed {entry.name.short} {entry.release.version}",
            hint="Pass --allow-unreviewed for tests and private indexes.",
        )
    before = standing(idx)
    status = releases.add(idx, entry, built, None, dates(days))
    what = f"{entry.name.short} {entry.release.version}"
    already = f"{what} is {'staged' if status.staged else 'published'} in {idx} already"
    run.out.say(already if status == before else f"Staged {what} in {idx}")
    status = signed_where_named(idx, status, keys)
    warn_of_dropped(run, before, status)
    show_short(run, idx, status)


@click.command()
@IDX
@signing_keys
@click.option("--only", "only", multiple=True, metavar="ROLE", help="Sign for this role alone (repeatable).")
@common
def sign(run: Run, idx: Path, only: tuple[str, ...], **keys: Any) -> None:
    """Add signatures to what is staged.

    In the index, or in a copy of its `staged` folder on an offline machine. `index show` tells first what that means.
    """
    from zoopkg.index import signing

    show_table(run, idx, signing.sign(idx, key_source(**keys), only or None))


@click.command()
@IDX
@click.argument("other", type=PATH, metavar="COPY")
@common
def merge(run: Run, idx: Path, other: Path) -> None:
    """Bring home the signatures from a signed copy.

    From a copy of the `staged` folder that was signed elsewhere.
    """
    from zoopkg.index import signing

    before = standing(idx)
    status = signing.merge(idx, other)
    if status == before:
        run.out.warn(f"{other} brought no new signature")
    show_table(run, idx, status)


@click.command()
@IDX
@signing_keys
@DAYS
@STARTER
@common
def publish(run: Run, idx: Path, days: int | None, starter: bool, **keys: Any) -> None:
    """Sign what is staged, and publish it.

    With the keys at hand; refuses what lacks signatures. Where nothing is staged, it renews snapshot and timestamp.
    """
    from zoopkg.index import publisher
    from zoopkg.index.folder import IndexFolder

    staged = IndexFolder(idx).staged_roles()
    status = publisher.publish(idx, key_source(**keys), dates(days, starter=starter))
    run.out.say(f"Published {idx}" if staged else f"Nothing is staged in {idx}; renewed its snapshot and timestamp")
    warn_of_dates(run, idx, status)
    show_short(run, idx, status)


@click.command()
@IDX
@signing_keys
@click.option(
    "--if-within", "within", type=click.IntRange(0), default=None, metavar="DAYS", help="Only if one expires so soon."
)
@DAYS
@STARTER
@common
def refresh(run: Run, idx: Path, within: int | None, days: int | None, starter: bool, **keys: Any) -> None:
    """Renew snapshot and timestamp.

    With nothing else changed: what is staged stays so. For a job that runs every day; it warns of what its keys cannot
    renew.
    """
    from zoopkg.index import publisher, signing

    renewed = publisher.refresh(idx, key_source(**keys), dates(days, starter=starter), within)
    status = renewed or signing.status(idx)
    run.out.say(f"Refreshed {idx}" if renewed else f"{idx} needs no refreshing yet")
    warn_of_dates(run, idx, status)
    run.out.document({**document(idx, status), "refreshed": renewed is not None})
