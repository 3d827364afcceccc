"""Private keys as bytes: PEM, encrypted or not, or the seed of an ed25519 key; into a signer and back. Reads no file.

PEM is PKCS #8 (RFC 5958); encrypted with what the cryptography library calls its best (PBES2 with AES-256, RFC 8018).
"""

import base64
import binascii
from collections.abc import Callable

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from securesystemslib.exceptions import Error as SslibError
from securesystemslib.signer import CryptoSigner, SSlibKey

from zoopkg.errors import UsageError

Ask = Callable[[str], str]
"""Gets a secret from whoever or whatever has it: called with what is wanted, `the passphrase of 'ann.pem'`."""

SCHEMES = {"ed25519": "ed25519", "ecdsa-sha2-nistp256": "ecdsa", "rsassa-pss-sha256": "rsa"}
"""How a key of an index may sign, by the names of the TUF specification, and the type of key that it takes."""

_MIN_RSA = 2048
_SEED = 32


def new_private(passphrase: str | None) -> tuple[bytes, SSlibKey]:
    """A new ed25519 key: PEM, encrypted where there is a passphrase, and the public key."""
    private = Ed25519PrivateKey.generate()
    protection = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection)
    return pem, SSlibKey.from_crypto(private.public_key())


def is_encrypted(data: bytes) -> bool:
    """Whether it takes a passphrase to read this PEM."""
    return b"ENCRYPTED" in data


def read_private(data: bytes, where: str, ask: Ask | None) -> CryptoSigner:
    """The signer in a PEM or a base64 seed.

    Args:
        data: the PEM or seed; never shown in an error.
        where: what to call it.
        ask: for the passphrase, or None where there is nobody to be asked.

    Raises:
        UsageError: it is neither, of a kind that an index takes no signatures of, or the passphrase does not open it.
    """
    try:
        signer = CryptoSigner(_decrypted(data, where, ask) if b"-----BEGIN" in data else _from_seed(data))
    except (ValueError, TypeError, UnsupportedAlgorithm, SslibError) as error:
        if is_encrypted(data):
            raise UsageError(f"the passphrase does not open {where}") from error
        raise UsageError(
            f"{where} is not a private key that can be read", hint="It must be PKCS #8 in PEM, encrypted or not."
        ) from None  # what the library says of it may show some of it
    require_usable(signer.public_key, where)
    return signer


def _decrypted(data: bytes, where: str, ask: Ask | None) -> PrivateKeyTypes:
    if not is_encrypted(data):
        return load_pem_private_key(data, None)
    if ask is None:
        raise UsageError(f"{where} is encrypted, and nobody can be asked for its passphrase")
    return load_pem_private_key(data, ask(f"the passphrase of {where}").encode())


def _from_seed(data: bytes) -> Ed25519PrivateKey:
    try:
        seed = base64.b64decode(data.strip(), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(seed) != _SEED:
        raise ValueError("not a seed")
    return Ed25519PrivateKey.from_private_bytes(seed)


def require_usable(key: SSlibKey, where: str) -> None:
    """Refuse a key that clients of an index would not verify signatures by.

    Raises:
        UsageError: its scheme is none of `SCHEMES`, or it is too short.
    """
    if SCHEMES.get(key.scheme) != key.keytype:
        known = ", ".join(SCHEMES)
        raise UsageError(f"{where} is a key for {key.scheme}, and indexes take {known}")
    crypto = key._crypto_key()  # noqa: SLF001  (its one way to the key itself)
    if isinstance(crypto, RSAPublicKey) and crypto.key_size < _MIN_RSA:
        raise UsageError(f"{where} is an RSA key of {crypto.key_size} bits, and {_MIN_RSA} are the least")
