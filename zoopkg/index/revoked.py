"""The withdrawals that this machine last verified, one plain file a namespace, for every mode that asks no index.

Kept beside the trusted metadata. `--frozen` and `--offline` read it; only the client writes it, after verification.
Never imports tuf: a warm install must not pay for it.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from zoopkg.errors import PolicyError
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
    known = []
    for path in sorted(state.glob(f"{_PREFIX}{namespace or '*'}{_SUFFIX}")):
        data = read_file(path, MAX_RECORD)
        if data is not None:
            known.append(Revocations.decode(data, f"'{path}'"))
    return Revocations.union(known)


def read_all_revocations(states: Path, namespace: str | None = None) -> Revocations:
    """What is known to be withdrawn from any of the indexes whose folders lie in one, by all namespaces or by one.

    Raises:
        ZooError: as `read_revocations`.
    """
    return Revocations.union(read_revocations(state, namespace) for state in sorted(states.glob("*")))


def refuse_withdrawn(contents: Iterable[tuple[str, Digest]], withdrawn: Mapping[Digest, str]) -> None:
    """Refuse to bring back what was withdrawn.

    Args:
        contents: each with what to call it.
        withdrawn: what was withdrawn, each with its reason.

    Raises:
        PolicyError: names the first that was.
    """
    for what, digest in contents if withdrawn else ():
        if digest in withdrawn:
            raise PolicyError(
                f"{what} was withdrawn: {withdrawn[digest]}",
                hint="Take it out of the pack; a withdrawal is for good, whatever the version.",
            )


def remember_revocations(state: Path, namespace: str, verified: bytes) -> None:
    """Keep a namespace's `_revoked.json`, of bytes that the index's signatures vouch for."""
    path = state / f"{_PREFIX}{namespace}{_SUFFIX}"
    if read_file(path, MAX_RECORD) != verified:
        write_file(path, verified)
