"""`index …`: the signing ceremony, each step on an index folder whose staged part can travel to an offline machine."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, names
from zoopkg.cli.output import table
from zoopkg.errors import FormatError, PolicyError, UsageError, explaining
from zoopkg.install.context import now

if TYPE_CHECKING:
    from collections.abc import Callable

    from zoopkg.index.roles import Dates, RoleKeys
    from zoopkg.index.signing import Status

_PATH = click.Path(path_type=Path)
_IDX = click.argument("idx", type=_PATH, metavar="IDX")
_KEYS = click.option("--keys", type=_PATH, required=True, metavar="DIR", help="The folder with the keys.")
_MAYBE_KEYS = click.option("--keys", type=_PATH, default=None, metavar="DIR", help="Sign with the keys in this folder.")
_DAYS = click.option(
    "--expires",
    "days",
    type=click.IntRange(1),
    default=None,
    metavar="DAYS",
    help="Let the new metadata be good for so long, instead of the custom.",
)
_STARTER = click.option("--starter", is_flag=True, help="The index ships in a release; let its timestamp last.")


@click.group()
def index() -> None:
    """Make, sign and publish an index (for maintainers)."""


@index.command()
@_IDX
@_KEYS
@click.option("--namespace", default="zoo", show_default=True, help="The namespace to begin with.")
@click.option("--role", "role_keys", multiple=True, metavar="ROLE=N:KEY,…", help="N of these keys sign for a role.")
@click.option("--template", "templates", multiple=True, metavar="URL", help="A mirror to name in mirrors.json.")
@_DAYS
@_STARTER
@common
def init(run: Run, idx: Path, keys: Path, namespace: str, role_keys: tuple[str, ...], **more: Any) -> None:
    """Make a new, empty index.

    With new keys, one a role, where the key folder has none; else with the keys there. Published at once where the keys
    at hand suffice, else staged.
    """
    from zoopkg.index import ceremony

    signers = dict(_role_keys(text) for text in role_keys)
    dates = _dates(more["days"], starter=more["starter"])
    status = ceremony.init(idx, keys, dates, namespace=namespace, signers=signers, mirrors=more["templates"])
    run.out.say(f"Made the index {idx} with the namespace {namespace}; keep the private keys in {keys} secret")
    _show_short(run, idx, status)


def _role_keys(text: str) -> tuple[str, "RoleKeys"]:
    from zoopkg.index.roles import RoleKeys

    role, equals, rest = text.partition("=")
    threshold, colon, keys = rest.partition(":")
    if not (role and equals and colon and keys) or not threshold.isdigit():
        raise UsageError(f"'{text}' is not ROLE=N:KEY,KEY", hint="For instance: root=2:alice,bob,carol")
    return role, RoleKeys(tuple(keys.split(",")), int(threshold))


@index.command()
@click.argument("name")
@_KEYS
@common
def keygen(run: Run, name: str, keys: Path) -> None:
    """Make one key.

    `NAME.pem`, which never leaves its machine, and `NAME.pub.json` for the others.
    """
    from zoopkg.index.keys import keygen as make

    public = make(keys, name)
    run.out.say(f"Made the key {name}; give {public} to the index's maintainers, and keep the rest of {keys} secret")
    run.out.document({"name": name, "public": str(public)})


@index.command()
@_IDX
@click.argument("built", type=_PATH, metavar="OUT")
@_MAYBE_KEYS
@click.option("--allow-unreviewed", is_flag=True, help="Add a pack that nobody has reviewed.")
@_DAYS
@common
def add(run: Run, idx: Path, built: Path, keys: Path | None, allow_unreviewed: bool, days: int | None) -> None:
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
    status = releases.add(idx, entry, built, keys, _dates(days))
    what = f"{entry.name.short} {entry.release.version}"
    run.out.say(f"Staged {what} in {idx}" if status.staged else f"{what} is published in {idx} already")
    _show_short(run, idx, status)


@index.command()
@_IDX
@_KEYS
@click.option("--only", "only", multiple=True, metavar="ROLE", help="Sign for this role alone (repeatable).")
@common
def sign(run: Run, idx: Path, keys: Path, only: tuple[str, ...]) -> None:
    """Add signatures to what is staged.

    In the index, or in a copy of its `staged` folder on an offline machine.
    """
    from zoopkg.index import signing

    _show(run, idx, signing.sign(idx, keys, only or None))


@index.command()
@_IDX
@click.argument("other", type=_PATH, metavar="COPY")
@common
def merge(run: Run, idx: Path, other: Path) -> None:
    """Bring home the signatures from a signed copy.

    From a copy of the `staged` folder that was signed elsewhere.
    """
    from zoopkg.index import signing

    _show(run, idx, signing.merge(idx, other))


@index.command()
@_IDX
@common
def status(run: Run, idx: Path) -> None:
    """Show what is signed and what is staged.

    Each role's version, expiry and signatures, and what is staged.
    """
    from zoopkg.index import signing

    _show(run, idx, signing.status(idx))


@index.command()
@_IDX
@_KEYS
@_DAYS
@_STARTER
@common
def publish(run: Run, idx: Path, keys: Path, days: int | None, starter: bool) -> None:
    """Sign what is staged, and publish it.

    With the keys at hand; refuses what lacks signatures. Where nothing is staged, it renews snapshot and timestamp.
    """
    from zoopkg.index import publisher

    idle = f"Nothing is staged in {idx}; renewed its snapshot and timestamp"
    _issue(run, idx, publisher.publish, keys, _dates(days, starter=starter), idle)


@index.command()
@_IDX
@_KEYS
@_DAYS
@_STARTER
@common
def refresh(run: Run, idx: Path, keys: Path, days: int | None, starter: bool) -> None:
    """Renew snapshot and timestamp.

    With nothing else changed; refuses if something is staged.
    """
    from zoopkg.index import publisher

    _issue(run, idx, publisher.refresh, keys, _dates(days, starter=starter), f"Refreshed {idx}")


def _issue(
    run: Run, idx: Path, issue: "Callable[[Path, Path, Dates], Status]", keys: Path, dates: "Dates", idle: str
) -> None:
    """Issue snapshot and timestamp, and tell what that published; `idle` is said where nothing was staged."""
    from zoopkg.index.folder import IndexFolder

    staged = IndexFolder(idx).staged_roles()
    status = issue(idx, keys, dates)
    run.out.say(f"Published {idx}" if staged else idle)
    _show_short(run, idx, status)


@index.command()
@_IDX
@common
def verify(run: Run, idx: Path) -> int:
    """Check an index folder as a client would.

    Hashes every blob that it names, too. Exit code 5 if something is wrong.
    """
    from zoopkg.index import verify as checks

    findings = checks.verify(idx, now(), run.context.root_file)
    lines = [f"{finding.what}: {finding.why}" for finding in findings]
    run.out.result(lines or f"{idx} is right", [{"what": f.what, "why": f.why} for f in findings])
    return 5 if findings else 0


def _dates(days: int | None, *, starter: bool = False) -> "Dates":
    from zoopkg.index.roles import Dates

    return Dates(now(), days, starter)


def _show_short(run: Run, idx: Path, status: "Status") -> None:
    for role in status.short:
        run.out.say(f"{role.role} lacks {role.missing} more of the signatures of {names(role.unsigned)}")
    run.out.document(_document(idx, status))


def _show(run: Run, idx: Path, status: "Status") -> None:
    rows = [["role", "version", "expires", "signed by", "lacks", "state"]]
    rows += [
        [
            role.role,
            str(role.version),
            _day(role.expires),
            names(role.signed) or "-",
            str(role.missing) if role.missing else "-",
            "staged" if role.staged else "published",
        ]
        for role in status.roles
    ]
    staged = [f"staged: {names(status.staged)}"] if status.staged else []
    run.out.result([*table(rows), *staged], _document(idx, status))


def _document(idx: Path, status: "Status") -> dict[str, Any]:
    return {
        "index": str(idx),
        "staged": list(status.staged),
        "roles": [
            {
                "role": role.role,
                "version": role.version,
                "expires": role.expires.isoformat(),
                "signed": list(role.signed),
                "unsigned": list(role.unsigned),
                "missing": role.missing,
                "staged": role.staged,
            }
            for role in status.roles
        ],
    }


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
