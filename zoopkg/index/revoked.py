"""The withdrawals that this machine last verified, one plain file a namespace, for every mode that asks no index.

Kept beside the trusted metadata. `--frozen` and `--offline` read it; only the client writes it, after verification.
Never imports tuf: a warm install must not pay for it.
"""

from pathlib import Path

from zoopkg.index.files import read_file, write_file
from zoopkg.model.digest import Digest
from zoopkg.model.record import MAX_RECORD, Revocations

_PREFIX, _SUFFIX = "revoked-", ".json"


def read_revocations(state: Path, namespace: str | None = None) -> Revocations:
    """What is known to be withdrawn: of one namespace, or of all that this index has. None known is no error.

    Raises:
        FormatError: a file was damaged.
        ZooError: a file cannot be read.
    """
    manifests: dict[Digest, str] = {}
    instances: dict[Digest, str] = {}
    for path in sorted(state.glob(f"{_PREFIX}{namespace or '*'}{_SUFFIX}")):
        data = read_file(path, MAX_RECORD)
        if data is not None:
            known = Revocations.decode(data, f"'{path}'")
            manifests.update(known.manifests)
            instances.update(known.instances)
    return Revocations(manifests, instances)


def remember_revocations(state: Path, namespace: str, verified: bytes) -> None:
    """Keep a namespace's `_revoked.json`, of bytes that the index's signatures vouch for."""
    path = state / f"{_PREFIX}{namespace}{_SUFFIX}"
    if read_file(path, MAX_RECORD) != verified:
        write_file(path, verified)
