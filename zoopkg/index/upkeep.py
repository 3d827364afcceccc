"""What a maintainer should know of an index folder beside its documents: its roots, its dates, what is not listed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from tuf.api.metadata import Root, Targets

from zoopkg.index import roles
from zoopkg.index.folder import IndexFolder, parse
from zoopkg.index.signing import delegators, status_of


def root_gaps(idx: Path, trusted: bytes) -> Iterator[str]:
    """What is wrong with the chain of roots: a client goes from one to the next, and never past one that is missing."""
    first = parse(trusted, Root, roles.ROOT).signed.version
    there = {roles.file_version(path.name) for path in idx.glob(f"*.{roles.ROOT}.json")}
    missing = sorted(set(range(first + 1, max(there, default=first))) - there)
    if missing:
        yield f"{roles.metadata_file(roles.ROOT, missing[0])} is missing: who trusts an earlier root never gets past it"


def unlisted(idx: Path, namespace: str, listed: set[str]) -> Iterator[str]:
    """The records that a namespace signs, and that its catalog does not list; by the names of their packs."""
    role = roles.namespace_role(namespace)
    for path in parse(IndexFolder(idx).published(role), Targets, role).signed.targets:
        name = path.removesuffix(".json")
        if "/_" not in path and name not in listed:
            yield name


def dates(idx: Path, now: datetime) -> Iterator[tuple[str, str]]:
    """The roles that are to be renewed soon, and what waits for publication."""
    status = status_of(IndexFolder(idx))
    for role in status.roles:
        if role.staged:
            yield role.role, "is staged; what is published was checked"
        elif role.expires - now <= timedelta(days=roles.notice_days(role.role)):
            yield role.role, f"expires on {role.expires:%Y-%m-%d}"


def thresholds(idx: Path) -> Iterator[str]:
    """How many of which keys sign for each role."""
    folder = IndexFolder(idx)
    for name in (*roles.TOP_LEVEL, *folder.delegated()):
        role = delegators(folder, name)[0].get_delegated_role(name)
        yield f"{name}: {role.threshold} of {len(role.keyids)} keys sign for it"
