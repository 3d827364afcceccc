"""What the verbs of `index` share: flags, where keys and passphrases are from, how an index's state is told."""

import os
import sys
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zoopkg.cli.common import Run, names
from zoopkg.errors import UsageError, explaining
from zoopkg.install.context import now

if TYPE_CHECKING:
    from zoopkg.index.keys import KeySource
    from zoopkg.index.roles import Dates, RoleKeys
    from zoopkg.index.signing import Status

F = TypeVar("F", bound=Callable[..., Any])

PATH = click.Path(path_type=Path)
IDX = click.argument("idx", type=PATH, metavar="IDX")
PUBLIC_KEYS = click.option("--keys", type=PATH, default=None, metavar="DIR", help="The folder with new public keys.")
SIGNERS = click.option("--signers", default=None, metavar="N:KEY,…", help="N of these keys must sign.")
DAYS = click.option(
    "--expires",
    "days",
    type=click.IntRange(1),
    default=None,
    metavar="DAYS",
    help="Let the new metadata be good for so long, instead of the custom.",
)
STARTER = click.option("--starter", is_flag=True, help="The index ships in a release; let its timestamp last.")
_PASSPHRASE = "ZOOPKG_KEY_PASSPHRASE"  # noqa: S105  (the name of the variable)
PASSPHRASE_FILE = click.option(
    "--passphrase-file", type=PATH, default=None, metavar="FILE", help="A file with the passphrase or PIN of the keys."
)


def signing_keys(command: F) -> F:
    """Give a command the flags that say where private keys are; `key_source` reads them."""
    for add in (
        PASSPHRASE_FILE,
        click.option(
            "--key", "key", multiple=True, metavar="KEY", help="A PEM file, env:NAME, or a URI, hsm:2 say (repeatable)."
        ),
        click.option("--keys", type=PATH, default=None, metavar="DIR", help="The folder with the keys."),
    ):
        command = add(command)
    return command


def key_source(
    keys: Path | None, key: tuple[str, ...], passphrase_file: Path | None, *, needed: bool = True
) -> "KeySource":
    """The private keys that the flags name.

    Raises:
        UsageError: none is named, and they are needed.
    """
    from zoopkg.index.keys import KeySource

    require_folder(keys)
    if needed and keys is None and not key:
        raise UsageError("no keys are named to sign with", hint="Name a folder of keys with --keys, or one with --key.")
    return KeySource(keys, key, asker(passphrase_file))


def require_folder(keys: Path | None) -> None:
    """Refuse a folder of keys that is none.

    Raises:
        UsageError: it is not there, or a file.
    """
    if keys is None or keys.is_dir():
        return
    if keys.exists():
        raise UsageError(f"'{keys}' of --keys is not a folder", hint="A single key is named with --key.")
    raise UsageError(f"there is no folder of keys '{keys}'", hint="`index keygen NAME --keys DIR` makes a key in one.")


def signed_where_named(idx: Path, status: "Status", keys: dict[str, Any]) -> "Status":
    """How the index stands once what was staged was signed with the keys that the flags name, if they name any."""
    from zoopkg.index import signing

    source = key_source(**keys, needed=False)
    return signing.sign_if_able(idx, source) if status.staged and (source.folder or source.keys) else status


def asker(passphrase_file: Path | None) -> Callable[[str], str]:
    """Gets secrets from the file that was named, else from the environment, else from who sits at the terminal.

    What was told once is not asked for again.
    """
    known: dict[str, str] = {}

    def ask(what: str) -> str:
        if what not in known:
            known[what] = _written(passphrase_file) or _asked(what)
        return known[what]

    return ask


def _written(passphrase_file: Path | None) -> str:
    if passphrase_file is None:
        return os.environ.get(_PASSPHRASE, "")
    with explaining(f"read {passphrase_file}"):
        return passphrase_file.read_text(encoding="utf-8").rstrip("\r\n")


def _asked(what: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError(f"{what} is wanted", hint=f"Use a terminal, --passphrase-file FILE, or set {_PASSPHRASE}.")
    return str(click.prompt(what[:1].upper() + what[1:], hide_input=True, err=True))


def new_passphrase(name: str, passphrase_file: Path | None) -> str:
    """A passphrase for a new key; asked for twice where a person types it.

    Raises:
        UsageError: it is empty, or nobody can be asked.
    """
    written = _written(passphrase_file)
    if not written and passphrase_file is None and sys.stdin.isatty():
        written = click.prompt(f"New passphrase of {name}", hide_input=True, confirmation_prompt=True, err=True)
    return written or _asked("a passphrase for the new key")


def role_keys(text: str, flag: str) -> "RoleKeys":
    """What `N:KEY,KEY` means.

    Raises:
        UsageError: it is not of this form.
    """
    from zoopkg.index.roles import RoleKeys

    threshold, colon, keys = text.partition(":")
    if not (colon and keys and all(keys.split(","))) or not (threshold.isascii() and threshold.isdigit()):
        raise UsageError(f"'{text}' of {flag} is not N:KEY,KEY", hint="For instance 2:ann,bo,cy: two of these three.")
    return RoleKeys(tuple(keys.split(",")), int(threshold))


def dates(days: int | None, *, starter: bool = False) -> "Dates":
    """When this is, by this machine's clock, and how long what is made is good for."""
    from zoopkg.index.roles import Dates

    return Dates(now(), days, starter)


def standing(idx: Path) -> "Status":
    """How an index stands before a verb changes it."""
    from zoopkg.index import signing

    return signing.status(idx)


def show_staged(run: Run, idx: Path, before: "Status", status: "Status", what: str, **more: Any) -> None:
    """Tell what a verb staged, what signatures that drops and lacks, and where to go on."""
    if status == before:
        run.out.say(f"Nothing is staged anew: {idx} has it so already")
    else:
        run.out.say(f"Staged {what}; `zoopkg index show {idx}` tells what is to be signed")
    warn_of_dropped(run, before, status)
    say_short(run, status)
    run.out.document({**document(idx, status), **more})


def warn_of_dropped(run: Run, before: "Status", status: "Status") -> None:
    """Warn of signatures that were collected for what is staged no more."""
    earlier = {role.role: role for role in before.roles if role.staged}
    for role in status.roles:
        past = earlier.get(role.role)
        lost = sorted(set(past.signed) - set(role.signed)) if past and past.digest != role.digest else []
        if lost:
            run.out.warn(f"this drops the signatures of {names(lost)} on {role.role}; have it signed anew")


def show_short(run: Run, idx: Path, status: "Status") -> None:
    """Tell which roles lack signatures, and how the index stands."""
    say_short(run, status)
    run.out.document(document(idx, status))


def say_short(run: Run, status: "Status") -> None:
    """Tell people which roles lack signatures."""
    for role in status.short:
        run.out.say(f"{role.role} lacks {role.missing} more of the signatures of {names(role.unsigned)}")


def document(idx: Path, status: "Status") -> dict[str, Any]:
    """How an index stands, for a script."""
    moment = now()
    return {
        "index": str(idx),
        "staged": list(status.staged),
        "due": [role.role for role in status.due(moment)],
        "roles": [
            {
                "role": role.role,
                "version": role.version,
                "expires": role.expires.isoformat(),
                "days": days_left(role.expires, moment),
                "signed": list(role.signed),
                "unsigned": list(role.unsigned),
                "missing": role.missing,
                "staged": role.staged,
            }
            for role in status.roles
        ],
    }


def warn_of_files(run: Run, mirrors: Iterable[str]) -> None:
    """Warn of mirrors that only those machines reach on which a folder is mounted at the same place."""
    for each in mirrors:
        if each.startswith("file:"):
            run.out.warn(f"the mirror {each} is a folder, which other machines have only where it is mounted")


def days_left(expires: datetime, moment: datetime) -> int:
    """Whole days until then, negative afterwards."""
    return (expires - moment).days
