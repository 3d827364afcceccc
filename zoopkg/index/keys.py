"""Signing keys in files, ed25519, a private and a public part each. Makes them, reads them, never overwrites one.

`NAME.pem` is the private key (PKCS #8, RFC 5958, not encrypted, for its owner's eyes alone); `NAME.pub.json` is what
others need to put the key into metadata: TUF's public key with the name by which people know it.
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from securesystemslib.exceptions import Error as SslibError
from securesystemslib.signer import CryptoSigner, Key, Signer, SSlibKey

from zoopkg.errors import UsageError, ZooError
from zoopkg.index.files import read_file, write_file
from zoopkg.model import canonical
from zoopkg.model.fields import Fields

NAME_FIELD = "x-zoopkg-name"
_PRIVATE, _PUBLIC = ".pem", ".pub.json"
_MAX_KEY = 64 << 10


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of a folder: those that others may sign with, by name, and those that can sign here, by key id."""

    public: dict[str, Key]
    signers: dict[str, Signer]


def keygen(folder: Path, name: str) -> Path:
    """Make a new key; returns the file with its public part.

    Args:
        folder: made if it is not there, for its owner alone; where it has no `.gitignore`, one keeps private keys out
            of version control.
        name: of the key, by which people know it: a role, or a person and a role.

    Raises:
        UsageError: the name is none for a file, or such a key exists.
        ZooError: it cannot be written.
    """
    if not name or name.startswith(".") or not all(c.isalnum() or c in "-_." for c in name):
        raise UsageError(f"'{name}' cannot name a key", hint="Use letters, digits, hyphens, dots, underscores.")
    private, public = folder / (name + _PRIVATE), folder / (name + _PUBLIC)
    if private.exists() or public.exists():
        raise UsageError(f"'{folder}' has a key '{name}' already", hint="A key is never overwritten; choose a name.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored = "*.pem\n" if any(folder.iterdir()) else "*\n"  # it may be a folder with other files, a project even
        with suppress(FileExistsError), (folder / ".gitignore").open("x") as ignore:
            ignore.write(ignored)
    except OSError as error:
        raise ZooError(f"'{folder}' cannot be made: {error.strerror}") from error
    signer = CryptoSigner.generate_ed25519()
    _create(private, signer.private_bytes)
    write_file(public, canonical.encode({**signer.public_key.to_dict(), NAME_FIELD: name}) + b"\n")
    return public


def _create(path: Path, data: bytes) -> None:
    """Write a file that was not there, readable by its owner alone from its first moment."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise ZooError(f"the key '{path}' cannot be written: {error.strerror}") from error


def read_keys(folder: Path | None) -> KeyRing:
    """The keys in a folder; none where there is no folder.

    Raises:
        UsageError: a file is not a key, or a private key does not fit its public part.
    """
    if folder is None:
        return KeyRing({}, {})
    public = {path.name.removesuffix(_PUBLIC): read_public(path) for path in sorted(folder.glob("*" + _PUBLIC))}
    signers = (_signer(path, public.get(path.name.removesuffix(_PRIVATE))) for path in sorted(folder.glob("*.pem")))
    return KeyRing(public, {signer.public_key.keyid: signer for signer in signers})


def read_public(path: Path) -> Key:
    """The public key in a `NAME.pub.json`.

    Raises:
        UsageError: it is none.
    """
    document = f"'{path}'"
    data = read_file(path, _MAX_KEY) or b""
    try:
        fields = Fields(canonical.decode(data.removesuffix(b"\n"), document, _MAX_KEY), document)
        raw = bytes.fromhex(fields.inner("keyval").text("public"))
        key = SSlibKey.from_crypto(Ed25519PublicKey.from_public_bytes(raw))
        key.unrecognized_fields[NAME_FIELD] = fields.text(NAME_FIELD, limit=100)
    except (ZooError, ValueError) as error:
        raise UsageError(f"{document} is not a public ed25519 key", hint="`index keygen` makes one.") from error
    return key


def _signer(path: Path, public: Key | None) -> Signer:
    try:
        private = load_pem_private_key(read_file(path, _MAX_KEY) or b"", None)
        signer = CryptoSigner(private)
    except (ValueError, TypeError, UnsupportedAlgorithm, SslibError) as error:
        raise UsageError(
            f"'{path}' is not a private key that can be read", hint="It must be PKCS #8 in PEM, not encrypted."
        ) from error
    if public is not None and public.keyid != signer.public_key.keyid:
        raise UsageError(f"'{path}' does not fit the public key beside it")
    return signer


def key_name(key: Key) -> str:
    """The name by which people know a key, else the beginning of its id."""
    name = key.unrecognized_fields.get(NAME_FIELD)
    return name if isinstance(name, str) and name.isprintable() else key.keyid[:12]
