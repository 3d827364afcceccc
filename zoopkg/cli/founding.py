"""`index init` and `index keygen`: a new index, and the keys that sign it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, names
from zoopkg.cli.indexing import (
    DAYS,
    IDX,
    PASSPHRASE_FILE,
    PATH,
    STARTER,
    asker,
    dates,
    new_passphrase,
    role_keys,
    show_short,
    warn_of_files,
)
from zoopkg.errors import UsageError

if TYPE_CHECKING:
    from zoopkg.index.roles import RoleKeys

_KEYS = click.option("--keys", type=PATH, required=True, metavar="DIR", help="The folder with the keys.")


@click.command()
@IDX
@_KEYS
@click.option("--namespace", default="zoo", show_default=True, help="The namespace to begin with.")
@click.option("--root-keys", type=click.IntRange(1, 50), default=None, metavar="M", help="M people hold keys of root.")
@click.option(
    "--threshold",
    type=click.IntRange(1, 50),
    default=None,
    metavar="N",
    help="N of them must sign for root, targets and the namespace.",
    show_default="more than half",
)
@click.option("--role", "roles", multiple=True, metavar="ROLE=N:KEY,…", help="N of these keys sign for a role.")
@click.option("--template", "templates", multiple=True, metavar="URL", help="A mirror to name in mirrors.json.")
@PASSPHRASE_FILE
@DAYS
@STARTER
@common
def init(run: Run, idx: Path, keys: Path, namespace: str, roles: tuple[str, ...], **more: Any) -> None:
    """Make a new, empty index.

    With new keys, where the key folder has none; else with the keys there. One key a role, or with --root-keys one a
    person and one that is online. Published at once where the keys at hand suffice, else staged.
    """
    from zoopkg.index import ceremony, founding

    signers = dict(_role(text) for text in roles)
    present = sorted(path.name.removesuffix(".pub.json") for path in keys.glob("*.pub.json"))
    several = more["root_keys"] is not None or more["threshold"] is not None
    if several:
        signers = founding.signers(present, namespace, signers, more["root_keys"], more["threshold"])
    made = dates(more["days"], starter=more["starter"])
    status = ceremony.init(
        idx,
        keys,
        made,
        namespace=namespace,
        signers=signers,
        mirrors=more["templates"],
        apart=several,
        ask=asker(more["passphrase_file"]),
    )
    warn_of_files(run, ceremony.get_mirrors(idx))
    run.out.say(f"Made the index {idx} with the namespace {namespace}; keep the private keys in {keys} secret")
    if several and not present:
        apart = [path.name for path in sorted(keys.iterdir()) if path.is_dir()]
        run.out.say(
            f"The folders {names(apart)} in {keys} hold a private key each: move every one to another person or drawer,"
            " for two keys that lie together are as good as one"
        )
    show_short(run, idx, status)


def _role(text: str) -> tuple[str, "RoleKeys"]:
    role, equals, rest = text.partition("=")
    if not (role and equals):
        raise UsageError(f"'{text}' is not ROLE=N:KEY,KEY", hint="For instance: root=2:alice,bob,carol")
    return role, role_keys(rest, f"--role {role}")


@click.command()
@click.argument("name")
@_KEYS
@click.option("--encrypt", is_flag=True, help="Encrypt the private key with a passphrase, which is asked for.")
@PASSPHRASE_FILE
@click.option("--from-uri", "uri", default=None, metavar="URI", help="Take up the key that a token or service holds.")
@common
def keygen(run: Run, name: str, keys: Path, encrypt: bool, passphrase_file: Path | None, uri: str | None) -> None:
    """Make one key.

    `NAME.pem`, which never leaves its machine, and `NAME.pub.json` for the others. With --from-uri, `NAME.uri` takes
    the place of the first.
    """
    from zoopkg.index.keys import fingerprint, import_key, read_public
    from zoopkg.index.keys import keygen as make

    if uri is not None and encrypt:
        raise UsageError("the key that a token or service holds is not here to be encrypted", hint="Drop --encrypt.")
    if uri is not None:
        public = import_key(keys, name, uri, asker(passphrase_file))
        made = f"Took up the key {name} of {uri}; give {public} to the index's maintainers"
    else:
        public = make(keys, name, new_passphrase(name, passphrase_file) if encrypt else None)
        made = f"Made the key {name}; give {public} to the index's maintainers, and keep the rest of {keys} secret"
    run.out.say(made)
    key = fingerprint(read_public(public))
    run.out.say(f"Its id begins with {key[:12]}: tell them that by another way")
    run.out.document({"name": name, "public": str(public), "id": key})
