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


def read_all_revocations(states: Path) -> Revocations:
    """What is known to be withdrawn from any of the indexes whose folders lie in one.

    Raises:
        ZooError: as `read_revocations`.
    """
    known = [read_revocations(state) for state in sorted(states.glob("*"))]
    return Revocations(
        {digest: reason for each in known for digest, reason in each.manifests.items()},
        {digest: reason for each in known for digest, reason in each.instances.items()},
    )


def remember_revocations(state: Path, namespace: str, verified: bytes) -> None:
    """Keep a namespace's `_revoked.json`, of bytes that the index's signatures vouch for."""
    path = state / f"{_PREFIX}{namespace}{_SUFFIX}"
    if read_file(path, MAX_RECORD) != verified:
        write_file(path, verified)
