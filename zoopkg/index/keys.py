"""Signing keys in folders, a private and a public part each. Makes them, reads them, never overwrites one.

`NAME.pem` is the private key, encrypted or not, for its owner's eyes alone; where `NAME.uri` stands in its place, it
tells by a URI which token or service holds it. `NAME.pub.json` is what others need to put the key into metadata: TUF's
public key with the name by which people know it.
"""

import hashlib
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from securesystemslib.exceptions import Error as SslibError
from securesystemslib.formats import encode_canonical
from securesystemslib.signer import Key, Signer, SSlibKey

from zoopkg.errors import UsageError, ZooError, explaining
from zoopkg.index.files import read_file, write_file
from zoopkg.index.private import Ask, is_encrypted, new_private, read_private, require_usable
from zoopkg.index.signers import MAX_KEY, Sealed, at_uri, open_key, public_at
from zoopkg.model import canonical
from zoopkg.model.fields import Fields

NAME_FIELD = "x-zoopkg-name"
_PRIVATE, _URI, _PUBLIC = ".pem", ".uri", ".pub.json"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys at hand: those that others may sign with, by name, and those that can sign here, by key id."""

    public: dict[str, Key]
    signers: dict[str, Signer]

    def open(self) -> None:
        """Open the signers that would be opened when they first sign, so that it fails now if it does.

        Raises:
            UsageError, ZooError: one cannot be opened.
        """
        for signer in self.signers.values():
            if isinstance(signer, Sealed):
                signer.open()


@dataclass(frozen=True, slots=True)
class KeySource:
    """Where keys are.

    Attributes:
        folder: a folder of keys, or None.
        keys: single keys, each a PEM file, `env:NAME` or a URI.
        ask: for passphrases and PINs; None where there is nobody to be asked.
    """

    folder: Path | None = None
    keys: tuple[str, ...] = ()
    ask: Ask | None = None

    def __str__(self) -> str:
        """What to call them in errors."""
        named = [str(self.folder)] if self.folder else []
        return " or ".join(f"'{each}'" for each in (*named, *self.keys)) or "no key"


def keygen(folder: Path, name: str, passphrase: str | None = None) -> Path:
    """Make a new key, ed25519; returns the file with its public part.

    Args:
        folder: made if it is not there, for its owner alone; where it has no `.gitignore`, one keeps private keys out
            of version control.
        name: of the key, by which people know it: a role, or a person and a role.
        passphrase: encrypts the private part.

    Raises:
        UsageError: the name is none for a file, or such a key exists.
        ZooError: it cannot be written.
    """
    _prepare(folder, name)
    pem, public = new_private(passphrase)
    _create(folder / (name + _PRIVATE), pem)
    return write_public(folder, name, public)


def import_key(folder: Path, name: str, uri: str, ask: Ask | None) -> Path:
    """Take up a key that a token or a service holds; returns the file with its public part.

    The URI is written beside it, so that the folder's key can sign.

    Raises:
        UsageError: as for `keygen`; or what the URI leads to cannot tell its public key.
        ZooError: it does not answer.
    """
    _prepare(folder, name)
    exact, public = public_at(uri, ask)
    _create(folder / (name + _URI), exact.encode() + b"\n")
    return write_public(folder, name, public)


def _prepare(folder: Path, name: str) -> None:
    if not name or name.startswith(".") or not all(c.isalnum() or c in "-_." for c in name):
        raise UsageError(f"'{name}' cannot name a key", hint="Use letters, digits, hyphens, dots, underscores.")
    if any((folder / (name + suffix)).exists() for suffix in (_PRIVATE, _URI, _PUBLIC)):
        raise UsageError(f"'{folder}' has a key '{name}' already", hint="A key is never overwritten; choose a name.")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignored = "*.pem\n" if any(folder.iterdir()) else "*\n"  # it may be a folder with other files, a project even
        with suppress(FileExistsError), (folder / ".gitignore").open("x") as ignore:
            ignore.write(ignored)
    except OSError as error:
        raise ZooError(f"'{folder}' cannot be made: {error.strerror}") from error


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


def write_public(folder: Path, name: str, public: Key) -> Path:
    """Write the public part of a key by its name; returns the file."""
    path = folder / (name + _PUBLIC)
    write_file(path, canonical.encode({**public.to_dict(), NAME_FIELD: name}) + b"\n")
    return path


def read_keys(source: KeySource | Path | None, known: Iterable[Key] = ()) -> KeyRing:
    """The keys in a folder, and single ones that are named beside it; none where there is no folder.

    Args:
        source: where they are.
        known: the keys that one of which only the URI is known may be.

    Raises:
        UsageError: a file is not a key, a private key does not fit its public part, or nothing is where a key is named.
    """
    source = source if isinstance(source, KeySource) else KeySource(source)
    folder, ask = source.folder, source.ask
    public = public_keys(folder)
    signers = [
        *(_signer(path, public.get(path.name.removesuffix(_PRIVATE)), ask) for path in _files(folder, _PRIVATE)),
        *(_elsewhere(path, public.get(path.name.removesuffix(_URI)), ask) for path in _files(folder, _URI)),
        *(open_key(key, known, ask) for key in source.keys),
    ]
    return KeyRing(public, {signer.public_key.keyid: signer for signer in signers})


def public_keys(folder: Path | None) -> dict[str, Key]:
    """The public keys in a folder by name; private ones are not looked at.

    Raises:
        UsageError: a file is not a public key.
    """
    return {path.name.removesuffix(_PUBLIC): read_public(path) for path in _files(folder, _PUBLIC)}


def _files(folder: Path | None, suffix: str) -> list[Path]:
    if folder is None:
        return []
    with explaining(f"read '{folder}'"):
        try:
            return [folder / name for name in sorted(os.listdir(folder)) if name.endswith(suffix)]
        except FileNotFoundError:
            return []


def read_public(path: Path) -> Key:
    """The public key in a `NAME.pub.json`.

    Raises:
        UsageError: it is none, or one that indexes do not take.
    """
    document = f"'{path}'"
    data = read_file(path, MAX_KEY) or b""
    try:
        fields = Fields(canonical.decode(data.removesuffix(b"\n"), document, MAX_KEY), document)
        public = fields.inner("keyval").text("public", limit=MAX_KEY)
        scheme = fields.text("scheme")
        crypto = (
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
            if scheme == "ed25519"
            else load_pem_public_key(public.encode())
        )
        key = SSlibKey.from_crypto(crypto, scheme=scheme)
        key.unrecognized_fields[NAME_FIELD] = fields.text(NAME_FIELD, limit=100)
    except (ZooError, ValueError, UnsupportedAlgorithm, SslibError) as error:
        raise UsageError(f"{document} is not a public key", hint="`index keygen` makes one.") from error
    require_usable(key, document)
    return key


def _signer(path: Path, public: Key | None, ask: Ask | None) -> Signer:
    data = read_file(path, MAX_KEY) or b""

    def opened() -> Signer:
        signer = read_private(data, f"'{path}'", ask)
        if public is not None and public.keyid != signer.public_key.keyid:
            raise UsageError(f"'{path}' does not fit the public key beside it")
        return signer

    # Only a key that is to sign is worth asking somebody for a passphrase.
    return opened() if public is None or not is_encrypted(data) else Sealed(public, opened, f"'{path}'")


def _elsewhere(path: Path, public: Key | None, ask: Ask | None) -> Signer:
    if public is None:
        raise UsageError(f"'{path}' has no public key beside it", hint="`index keygen --from-uri` writes both.")
    uri = (read_file(path, MAX_KEY) or b"").decode(errors="replace").strip()
    return at_uri(uri, public, ask)


def fingerprint(key: Key) -> str:
    """The id that a key has by its content: SHA-256, hexadecimal. Metadata may state another one."""
    value = {"keytype": key.keytype, "scheme": key.scheme, "keyval": key.keyval}
    return hashlib.sha256((encode_canonical(value) or "").encode()).hexdigest()


def key_name(key: Key) -> str:
    """The name by which people know a key, else the beginning of its id."""
    name = key.unrecognized_fields.get(NAME_FIELD)
    return name if isinstance(name, str) and name.isprintable() else key.keyid[:12]
