"""Signers that are elsewhere than in a key folder's PEM files: hardware tokens, key management services, variables.

A key is named by a PEM file, `env:NAME`, or a URI of securesystemslib: `hsm:2`, `awskms:alias/zoo`, `gcpkms:…`. What
each of these takes to work (a library, credentials, a driver) is securesystemslib's to say. Makes no keys.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qsl, urlsplit

from securesystemslib.exceptions import UnsupportedLibraryError
from securesystemslib.signer import (
    SIGNER_FOR_URI_SCHEME,
    AWSSigner,
    AzureSigner,
    GCPSigner,
    HSMSigner,
    Key,
    Signature,
    Signer,
    SSlibKey,
    VaultSigner,
)

from zoopkg.errors import UsageError, ZooError
from zoopkg.index.files import read_file
from zoopkg.index.private import Ask, read_private, require_usable
from zoopkg.model.text import printable

MAX_KEY = 64 << 10

_VARIABLE = "env:"
_FILE = "file2:"
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+(?=:)")  # two letters at least: one is a drive of Windows
_NEVER = {"file2", "gnupg"}  # a PEM file is read here; the format takes no keys of GnuPG


class Sealed(Signer):
    """A signer that is opened when it first signs: that may ask for a passphrase, or go to a network.

    Args:
        public_key: its public part.
        opened: opens it.
        where: what to call it in errors.
    """

    def __init__(self, public_key: Key, opened: Callable[[], Signer], where: str) -> None:
        self._public_key = public_key
        self._opened = opened
        self._where = where
        self._signer: Signer | None = None

    @property
    def public_key(self) -> Key:
        """The public part, which is known without opening anything."""
        return self._public_key

    def open(self) -> Signer:
        """The signer itself, opened now if it was not.

        Raises:
            UsageError: the private key does not fit the public one, or the passphrase does not open it.
            ZooError: whatever holds the private key refused.
        """
        with _told(self._where):
            self._signer = self._signer or self._opened()
        return self._signer

    def sign(self, payload: bytes) -> Signature:
        """The signature, once it has been verified by the public key.

        Raises:
            UsageError, ZooError: as for `open`.
        """
        signer = self.open()
        with _told(self._where):
            signature = signer.sign(payload)
            self._public_key.verify_signature(Signature(self._public_key.keyid, signature.signature), payload)
        return Signature(self._public_key.keyid, signature.signature)

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, *_: object) -> NoReturn:
        """There is no URI of such a signer.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(priv_key_uri)


@contextmanager
def _told(where: str) -> Iterator[None]:
    try:
        yield
    except ZooError:
        raise
    except UnsupportedLibraryError as error:
        scheme = where.strip("'").partition(":")[0]
        raise ZooError(
            f"the key {where} needs a library that is not installed: {error}",
            hint=f"python -m pip install 'securesystemslib[{'vault' if scheme == 'hashivault' else scheme}]'",
        ) from error
    except Exception as error:  # each of a dozen libraries has its own
        why = printable(str(error) or type(error).__name__, 300)
        raise ZooError(f"the key {where} cannot be used: {why}") from error


def open_key(text: str, known: Iterable[Key], ask: Ask | None) -> Signer:
    """The signer of a key that is named by a PEM file, `env:NAME` or a URI.

    Args:
        text: how it is named.
        known: the public keys that it may be.
        ask: for a passphrase or a PIN.

    Raises:
        UsageError: there is no such file or variable, it holds no key, or nothing here may be signed by this key.
        ZooError: what the URI leads to does not answer.
    """
    if text.startswith(_VARIABLE):
        name = text.removeprefix(_VARIABLE)
        value = os.environ.get(name, "")
        if not value:
            raise UsageError(f"the environment variable '{printable(name)}', which should hold a key, is not set")
        return read_private(value.encode(), f"the key in the environment variable {name}", ask)
    if is_uri(text):
        return _at(text, list(known), ask)
    path = Path(text.removeprefix(_FILE))
    if path.is_dir():
        raise UsageError(f"'{path}' is a folder, and no key", hint="A folder of keys is named with --keys.")
    data = read_file(path, MAX_KEY)
    if data is None:
        raise UsageError(f"there is no key '{path}'", hint="A key is a PEM file, env:NAME or a URI such as hsm:2.")
    return read_private(data, f"'{path}'", ask)


def is_uri(text: str) -> bool:
    """Whether a key is named by a URI that leads out of the file system.

    Raises:
        UsageError: it looks like one, and is of no scheme that can be used.
    """
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[0] == "file2" or Path(text).exists():
        return False
    usable = sorted(SIGNER_FOR_URI_SCHEME.keys() - _NEVER)
    if scheme[0] not in usable:
        raise UsageError(f"no key can be used by '{printable(text, 60)}'", hint=f"Known: env, {', '.join(usable)}.")
    return True


def _at(uri: str, known: list[Key], ask: Ask | None) -> Signer:
    """The signer at a URI, as the known key that it is."""
    if urlsplit(uri).scheme in _IMPORTS:
        keyid = public_at(uri, ask)[1].keyid
        fitting = [key for key in known if key.keyid == keyid]
    else:  # those of this scheme do not tell which key they hold
        fitting = [key for key in known if _takes(uri, key, ask)]
    if len(fitting) != 1:
        raise UsageError(f"the key '{uri}' is none of those that may sign here", hint="`index status` tells whose may.")
    return at_uri(uri, fitting[0], ask)


def _takes(uri: str, key: Key, ask: Ask | None) -> bool:
    try:
        Signer.from_priv_key_uri(uri, key, ask)
    except (ValueError, UnsupportedLibraryError):
        return False
    return True


def at_uri(uri: str, public: Key, ask: Ask | None) -> Signer:
    """The signer at a URI, whose public part is known; opened when it first signs."""
    return Sealed(public, lambda: Signer.from_priv_key_uri(uri, public, ask), f"'{uri}'")


def public_at(uri: str, ask: Ask | None) -> tuple[str, SSlibKey]:
    """What a token or a service says of the key that a URI leads to: the exact URI, and the public key.

    Raises:
        UsageError: those of this scheme do not tell, or it is a key that indexes do not take.
        ZooError: it does not answer.
    """
    scheme = urlsplit(uri).scheme
    if scheme not in _IMPORTS:
        raise UsageError(
            f"'{printable(uri, 60)}' cannot tell its public key", hint=f"These can: {', '.join(_IMPORTS)}."
        )
    with _told(f"'{uri}'"):
        exact, key = _IMPORTS[scheme](uri, ask)
    require_usable(key, f"'{uri}'")
    return exact, key


def _from_token(uri: str, ask: Ask | None) -> tuple[str, SSlibKey]:
    parts = urlsplit(uri)
    label = dict(parse_qsl(parts.query)).get("label")
    return HSMSigner.import_(int(parts.path) if parts.path else None, label, ask)


def _from_azure(uri: str) -> tuple[str, SSlibKey]:
    """By `azurekms://VAULT.vault.azure.net/keys/NAME/VERSION`."""
    parts = urlsplit(uri)
    return AzureSigner.import_(parts.netloc.partition(".")[0], parts.path.split("/")[2])


_IMPORTS: dict[str, Callable[[str, Ask | None], tuple[str, SSlibKey]]] = {
    "hsm": _from_token,
    "awskms": lambda uri, _: AWSSigner.import_(urlsplit(uri).path),
    "gcpkms": lambda uri, _: GCPSigner.import_(urlsplit(uri).path),
    "azurekms": lambda uri, _: _from_azure(uri),
    "hashivault": lambda uri, _: VaultSigner.import_(urlsplit(uri).path.partition("/")[0]),
}
