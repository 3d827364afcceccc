"""Whether the keys that a role states are as many as they seem: one key under two ids would meet a threshold of two.

Clients count key ids, so this is for those who sign and publish. Verifies no signature.
"""

from collections.abc import Iterable, Iterator, Mapping

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from securesystemslib.exceptions import Error as SslibError
from securesystemslib.signer import Key, SSlibKey
from tuf.api.metadata import Role, Root, Targets

from zoopkg.errors import IntegrityError
from zoopkg.index.keys import key_name
from zoopkg.model.text import printable


def key_faults(keyids: Iterable[str], keys: Mapping[str, Key]) -> Iterator[str]:
    """What is wrong with the keys of a role: those that are one and the same, and those that are not spelt as usual."""
    seen: dict[bytes, str] = {}
    for keyid in dict.fromkeys(keyids):
        key = keys.get(keyid)
        if key is None:
            continue
        name = printable(key_name(key))
        try:
            material, usual = _material(key)
        except (ValueError, TypeError, KeyError, UnsupportedAlgorithm, SslibError):
            yield f"the key {name} is none that can be read"
            continue
        if material in seen:
            yield f"the keys {seen[material]} and {name} are one and the same"
        elif not usual:
            yield f"the key {name} is not spelt as `index keygen` spells it"
        seen.setdefault(material, name)


def _material(key: Key) -> tuple[bytes, bool]:
    """The public key itself, and whether it is spelt as usual; hexadecimal digits may be capitals, for instance."""
    if not isinstance(key, SSlibKey):
        raise TypeError(key.keytype)
    crypto = key._crypto_key()  # noqa: SLF001  (its one way to the key itself)
    usual = SSlibKey.from_crypto(crypto, scheme=key.scheme).keyval["public"].strip()
    material = crypto.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return material, usual == key.keyval["public"].strip()


def refuse_twins(signed: Root | Targets) -> None:
    """Refuse to sign metadata by which one key counts as two.

    Raises:
        IntegrityError: says which, and in which role.
    """
    for role, keys in _delegated(signed):
        for fault in key_faults(role[1].keyids, keys):
            raise IntegrityError(f"of {printable(role[0])}, {fault}", hint="Do not sign; ask for a key of their own.")


def _delegated(signed: Root | Targets) -> Iterator[tuple[tuple[str, Role], Mapping[str, Key]]]:
    if isinstance(signed, Root):
        yield from ((each, signed.keys) for each in signed.roles.items())
    elif signed.delegations:
        yield from ((each, signed.delegations.keys) for each in (signed.delegations.roles or {}).items())
