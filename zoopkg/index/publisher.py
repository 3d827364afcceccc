"""Makes what is staged the index's next state: signs, refuses what lacks signatures, writes in order.

A crash at any point leaves the old state valid or the new one, since clients see only what the timestamp leads to;
publishing again completes the new one. A new root is seen as soon as it is there, so it comes last, after a state that
is valid by the keys of the root before it, too, wherever these are at hand; so are later states, for mirrors that have
not seen that root yet (docs/adr/0012-root-last.md).
"""

from collections.abc import Container, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tuf.api.metadata import Metadata, MetaFile, Role, Root, Snapshot, Timestamp

from zoopkg.errors import PolicyError, UsageError
from zoopkg.index import roles
from zoopkg.index.complete import refuse_incomplete
from zoopkg.index.fetcher import MAX_METADATA
from zoopkg.index.files import read_file, write_file
from zoopkg.index.folder import IndexFolder, parse, published_name
from zoopkg.index.keys import KeyRing, KeySource, key_name, read_keys
from zoopkg.index.roles import Dates
from zoopkg.index.signing import Status, add_signatures, entitled, known_keys, shortfall, sign_role, status_of

_HASHES = ["sha256"]


def publish(idx: Path, keys: KeySource | Path | None, dates: Dates) -> Status:
    """Sign what is staged with the keys at hand, then make it the index's next state.

    Args:
        idx: the index folder.
        keys: the keys of snapshot and timestamp at least.
        dates: how long the new snapshot and timestamp are good for; 14 and 7 days by custom.

    Raises:
        PolicyError: a role lacks signatures, or has expired while it waited; or the timestamp would last over 30 days.
        NotOnMirrorsError: a blob of a release that is new is not in the folder.
        IntegrityError: one key is stated as two, or a record stands in the place of another pack's.
        UsageError: this is a travelling copy, or a key cannot be read.
        ZooError: a token or a service that holds a key refused.
    """
    folder = _to_publish(idx, dates)
    ring = read_keys(keys, known_keys(folder))
    with folder.lock():
        folder.tidy()
        for role in folder.staged_roles():
            sign_role(folder, role, ring)
        _refuse_unsigned(folder)
        _refuse_expired(folder, dates.now)
        refuse_incomplete(folder)
        _write(folder, ring, dates)
        folder.clear()
        return status_of(folder)


def refresh(idx: Path, keys: KeySource | Path | None, dates: Dates, within: int | None = None) -> Status | None:
    """Renew snapshot and timestamp of what is published; what is staged stays so.

    Args:
        idx: the index folder.
        keys: the keys of snapshot and timestamp.
        dates: how long the new ones are good for; 14 and 7 days by custom.
        within: only if one of the two expires within so many days; by default in any case.

    Returns:
        how the index stands then, or None where it was not time yet.

    Raises:
        UsageError, PolicyError, ZooError: as for `publish`; PolicyError also where nothing is published yet.
    """
    folder = _to_publish(idx, dates).without_staged()
    if folder.final(roles.TIMESTAMP) is None:
        raise PolicyError(f"nothing is published in '{idx}' yet", hint="Use `index publish`.")
    ring = read_keys(keys, known_keys(folder))
    with folder.lock():
        for role in (roles.SNAPSHOT, roles.TIMESTAMP):  # that they are the right ones must show before they are needed
            _require(folder, role, folder.root().signed.get_delegated_role(role), ring.signers)
        if within is not None and min(_online_expiries(folder)) > dates.now + timedelta(days=within):
            return None
        _write(folder, ring, dates)
        return status_of(folder)


def _to_publish(idx: Path, dates: Dates) -> IndexFolder:
    if (dates.days or 0) > roles.MAX_TIMESTAMP_DAYS and not dates.starter:
        raise PolicyError(
            f"a timestamp that lasts {dates.days} days would hide withdrawals for as long;"
            f" {roles.MAX_TIMESTAMP_DAYS} are the most",
            hint="Only an index that ships inside a release may last longer: --starter.",
        )
    folder = IndexFolder(idx)
    if folder.travels:
        raise UsageError(
            f"'{idx}' is a copy of what is staged, and no index", hint="Take it back, and `index merge` it there."
        )
    return folder


def _online_expiries(folder: IndexFolder) -> list[datetime]:
    return [role.expires for role in status_of(folder).roles if role.role in (roles.SNAPSHOT, roles.TIMESTAMP)]


def _write(folder: IndexFolder, ring: KeyRing, dates: Dates) -> None:
    for name, data in list(_next_state(folder, ring, dates)):  # all of it is made before any of it is written
        if read_file(folder.path / name, MAX_METADATA) != data:
            write_file(folder.path / name, data)


def _refuse_unsigned(folder: IndexFolder) -> None:
    offline = [role for role in status_of(folder).short if role.role not in (roles.SNAPSHOT, roles.TIMESTAMP)]
    if offline:
        raise PolicyError(
            f"'{folder.path}' cannot be published yet: {shortfall(offline)}",
            hint="Have it signed with `index sign`, here or on a copy of its 'staged' folder.",
        )


def _refuse_expired(folder: IndexFolder, now: datetime) -> None:
    for role in status_of(folder).roles:
        if role.staged and role.expires <= now:
            raise PolicyError(
                f"{role.role} {role.version} expired on {role.expires:%Y-%m-%d} while it waited in '{folder.path}'",
                hint=f"`index renew {folder.path} {role.role}` gives it a later date; then have it signed anew.",
            )


def _next_state(folder: IndexFolder, ring: KeyRing, dates: Dates) -> Iterator[tuple[str, bytes]]:
    """The files of the next state in the order in which they must appear."""
    members: dict[str, tuple[int, bytes]] = {}
    for role in (*folder.delegated(), roles.TARGETS):
        signed = folder.targets(role).signed
        if role in folder.staged_roles():
            for target in signed.targets.values():
                yield published_name(target), folder.target(target)
        members[role] = (signed.version, folder.final(role) or b"")
        yield roles.metadata_file(role, signed.version), members[role][1]
    snapshot = _snapshot(folder, members, dates)
    snapshot_data = _signed(folder, roles.SNAPSHOT, snapshot, ring)
    yield roles.metadata_file(roles.SNAPSHOT, snapshot.version), snapshot_data
    timestamp = _timestamp(folder, snapshot.version, snapshot_data, dates)
    root = roles.metadata_file(roles.ROOT, folder.root().signed.version), folder.final(roles.ROOT) or b""
    last = roles.TIMESTAMP_FILE, _signed(folder, roles.TIMESTAMP, timestamp, ring)
    yield from (last, root) if folder.published(roles.ROOT) else (root, last)


def _snapshot(folder: IndexFolder, members: dict[str, tuple[int, bytes]], dates: Dates) -> Snapshot:
    present = folder.published(roles.SNAPSHOT)
    version = parse(present, Snapshot, roles.SNAPSHOT).signed.version + 1 if present else 1
    meta = {f"{role}.json": MetaFile.from_data(number, data, _HASHES) for role, (number, data) in members.items()}
    return Snapshot(version=version, expires=dates.expiry(roles.SNAPSHOT), meta=meta)


def _timestamp(folder: IndexFolder, version: int, snapshot: bytes, dates: Dates) -> Timestamp:
    present = folder.published(roles.TIMESTAMP)
    number = parse(present, Timestamp, roles.TIMESTAMP).signed.version + 1 if present else 1
    meta = MetaFile.from_data(version, snapshot, _HASHES)
    return Timestamp(version=number, expires=dates.expiry(roles.TIMESTAMP), snapshot_meta=meta)


def _signed(folder: IndexFolder, role: str, signed: Snapshot | Timestamp, ring: KeyRing) -> bytes:
    metadata: Metadata[Any] = Metadata(signed)
    add_signatures(metadata, dict.fromkeys((*entitled(folder, role), *_replaced(folder, role))), ring)
    result = folder.root().signed.get_verification_result(role, metadata.signed_bytes, metadata.signatures)
    _require(folder, role, folder.root().signed.get_delegated_role(role), result.signed)
    return metadata.to_bytes()


def _replaced(folder: IndexFolder, role: str) -> list[str]:
    """The keys of a role by the root before the one in force."""
    before = folder.roots()[-2:-1]
    return [keyid for data in before for keyid in parse(data, Root, roles.ROOT).signed.get_delegated_role(role).keyids]


def _require(folder: IndexFolder, role: str, delegated: Role, signing: Container[str]) -> None:
    """Refuse to go on without signatures, or keys at hand, for the threshold of a role that is not staged."""
    lacking = [keyid for keyid in delegated.keyids if keyid not in signing]
    missing = delegated.threshold - (len(delegated.keyids) - len(lacking))
    if missing > 0:
        keys = folder.root().signed.keys
        names = ", ".join(sorted(key_name(keys[keyid]) for keyid in lacking))
        raise PolicyError(
            f"'{folder.path}' cannot be published here: {role} lacks {missing} of {names}",
            hint="Name the keys with --keys or --key.",
        )
