"""What a signature on the staged state would mean: each staged role compared with what is published of it.

What is called published is verified first, since a travelling copy says so itself. Nothing that would be signed is left
out: whatever this module does not know it names as unknown. Signs nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from securesystemslib.signer import Key
from tuf.api.exceptions import RepositoryError
from tuf.api.metadata import DelegatedRole, Metadata, Role, Root, Targets

from zoopkg.errors import IntegrityError, UsageError
from zoopkg.index import roles
from zoopkg.index.differences import (
    Change,
    catalog_changes,
    mirror_changes,
    record_changes,
    revocation_changes,
    shown,
)
from zoopkg.index.folder import IndexFolder, parse
from zoopkg.index.keys import NAME_FIELD, fingerprint, key_name
from zoopkg.index.twins import key_faults
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Revocations

_ID = 12
_ANEW = "Do not sign; take a fresh copy of what is staged, and ask whoever sent this one."


@dataclass(frozen=True, slots=True)
class RoleReview:
    """A staged role.

    Attributes:
        before: the version that is published, 0 where none is.
        expires: until when the signature is good.
        changes: all that differs from what is published.
    """

    role: str
    version: int
    before: int
    expires: datetime
    changes: tuple[Change, ...]


def review(idx: Path, root: bytes | None = None) -> tuple[RoleReview, ...]:
    """What signing the staged state would change, root first.

    Args:
        idx: an index folder, or a travelling copy of its `staged`.
        root: a root that the reader trusts; what is published must follow from it.

    Raises:
        UsageError: there is no index in this folder.
        IntegrityError: what is called published is not signed, does not follow from `root`, or bytes are missing.
    """
    folder = IndexFolder(idx)
    if folder.published(roles.ROOT) is not None:
        _verify_published(folder, root)
    elif any(folder.published(role) is not None for role in folder.staged_roles()):
        raise IntegrityError(f"'{idx}' has no root by which what it calls published counts", hint=_ANEW)
    elif root is not None:
        raise UsageError(f"nothing is published in '{idx}' that a root could vouch for", hint="Leave out --root.")
    return tuple(_role(folder, role) for role in folder.staged_roles())


def _verify_published(folder: IndexFolder, trusted: bytes | None) -> None:
    chain = [parse(data, Root, roles.ROOT) for data in folder.roots()]
    root = parse(trusted, Root, roles.ROOT) if trusted else chain[0]
    try:
        if root.signed.version > chain[-1].signed.version:
            raise IntegrityError(f"'{folder.path}' is older than the root that it should follow from")
        for each in chain:
            if each.signed.version == root.signed.version and each.signed_bytes != root.signed_bytes:
                raise IntegrityError(f"'{folder.path}' has another root {root.signed.version} than the one to trust")
            if each.signed.version > root.signed.version:
                root.signed.verify_delegate(roles.ROOT, each.signed_bytes, each.signatures)
                each.signed.verify_delegate(roles.ROOT, each.signed_bytes, each.signatures)
                root = each
        targets = parse(folder.published(roles.TARGETS), Targets, roles.TARGETS)
        root.signed.verify_delegate(roles.TARGETS, targets.signed_bytes, targets.signatures)
        for role in targets.signed.delegations.roles or () if targets.signed.delegations else ():
            if (data := folder.published(role)) is not None:
                metadata = parse(data, Targets, role)
                targets.signed.verify_delegate(role, metadata.signed_bytes, metadata.signatures)
    except RepositoryError as error:
        raise IntegrityError(
            f"what '{folder.path}' calls published is not signed by those who may: {error}",
            hint="Do not sign; ask whoever sent it.",
        ) from error


def _role(folder: IndexFolder, role: str) -> RoleReview:
    kind: Any = Root if role == roles.ROOT else Targets
    present = folder.published(role)
    before: Metadata[Any] | None = parse(present, kind, role) if present else None
    after: Metadata[Any] = parse(folder.final(role), kind, role)
    old = before.signed if before else None
    lines = _root(old, after.signed) if role == roles.ROOT else _targets(folder, role, old, after.signed)
    left_out = folder.left_out(role)
    changes = (
        *((Change(f"! {left_out}, so that changes may be hidden"),) if left_out else ()),
        *lines,
        *_unknown("the metadata", after.signed.unrecognized_fields),
    )
    return RoleReview(role, after.signed.version, old.version if old else 0, after.signed.expires, changes)


def _unknown(where: str, fields: Mapping[str, Any]) -> Iterator[Change]:
    for field, value in fields.items():
        yield Change(f"! {where} has the unknown field {shown(field)}: {shown(value)}")


def _root(before: Root | None, after: Root) -> Iterator[Change]:
    for name, role in sorted(after.roles.items()):
        old = before.roles.get(name) if before else None
        yield from _signers(name, old, before.keys if before else {}, role, after.keys)
    if not after.consistent_snapshot:
        yield Change("! clients would be told that files are not named by version")


def _targets(folder: IndexFolder, role: str, before: Targets | None, after: Targets) -> Iterator[Change]:
    yield from _delegations(before, after)
    old = before.targets if before else {}
    catalog = roles.catalog_target(roles.role_namespace(role) or "")
    changed = [path for path, target in after.targets.items() if old.get(path) != target]
    records: dict[PackName, Record] = {}
    for path in sorted(changed, key=lambda path: (path == catalog, path)):  # the catalog last: it follows from records
        yield from _unknown(shown(path), after.targets[path].unrecognized_fields)
        kind = _kind(role, path)
        if kind is None:
            yield Change(f"! the unknown document {shown(path)}, {shown(after.targets[path].hashes)}")
            continue
        past = folder.published_target(old[path]) if path in old else None
        if path in old and past is None:
            yield Change(f"! {path} replaces one that did not come along, so all of it is shown")
        data = folder.target(after.targets[path])
        if kind is Record:
            records[PackName.parse(path.removesuffix(".json"))] = Record.decode(data, path)
        yield from _document(kind, path, past, data, records)
    for path in sorted(old.keys() - after.targets.keys()):
        yield Change(f"- {shown(path)} is no longer listed")


def _document(
    kind: type[object], path: str, past: bytes | None, data: bytes, records: Mapping[PackName, Record]
) -> Iterator[Change]:
    if kind is Record:
        after = Record.decode(data, path)
        if path != roles.record_target(after.name.namespace, after.name.name):
            yield Change(f"! {path} is the record of another pack, {after.name}")
        yield from record_changes(Record.decode(past, path) if past else None, after)
    elif kind is Revocations:
        yield from revocation_changes(Revocations.decode(past, path) if past else None, Revocations.decode(data, path))
    elif kind is MirrorList:
        yield from mirror_changes(MirrorList.decode(past, path) if past else None, MirrorList.decode(data, path))
    else:
        yield from catalog_changes(past, data, records)


def _kind(role: str, path: str) -> type[object] | None:
    """What document a role may list under this path; None where it may list none."""
    namespace = roles.role_namespace(role)
    if namespace is None:
        return MirrorList if path == roles.MIRRORS_TARGET else None
    known = {roles.catalog_target(namespace): dict, roles.revoked_target(namespace): Revocations}
    if path in known:
        return known[path]
    try:
        name = PackName.parse(path.removesuffix(".json"))
    except UsageError:
        return None
    return Record if path == roles.record_target(namespace, name.name) else None


def _delegations(before: Targets | None, after: Targets) -> Iterator[Change]:
    old, new = _delegated(before), _delegated(after)
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield Change(f"- {shown(name)} is no longer a role: what it signed counts no more")
            continue
        role, past = new[name], old.get(name)
        yield from _signers(shown(name), past, _keys(before), role, _keys(after))
        namespace = roles.role_namespace(name)
        expected = DelegatedRole(name, role.keyids, role.threshold, terminating=True, paths=[f"{namespace}/*"])
        if role != expected or not roles.is_namespace(namespace or ""):
            yield Change(f"! {shown(name)} is not delegated as a namespace is: {shown(role.to_dict())}")
    if after.delegations and after.delegations.succinct_roles:
        yield Change("! delegates to hash bins, which no index has")


def _delegated(targets: Targets | None) -> dict[str, DelegatedRole]:
    return dict(targets.delegations.roles or {}) if targets and targets.delegations else {}


def _keys(targets: Targets | None) -> Mapping[str, Key]:
    return targets.delegations.keys if targets and targets.delegations else {}


def _signers(
    name: str, before: Role | None, old_keys: Mapping[str, Key], after: Role, new_keys: Mapping[str, Key]
) -> Iterator[Change]:
    """Who may sign for a role, and how many must, where that changes."""
    if before is None:
        yield Change(f"+ {name}: {after.threshold} of {_names(after.keyids, new_keys)}")
    else:
        gone = [keyid for keyid in before.keyids if keyid not in after.keyids]
        come = [keyid for keyid in after.keyids if keyid not in before.keyids]
        if gone:
            yield Change(f"- {name}: no longer {_names(gone, old_keys)}")
        if come:
            yield Change(f"+ {name}: from now on {_names(come, new_keys)}")
        if before.threshold != after.threshold:
            yield Change(f"~ {name}: {after.threshold} must sign, not {before.threshold}")
    yield from (Change(f"! {name}: {fault}") for fault in key_faults(after.keyids, new_keys))
    yield from _key_changes(name, [keyid for keyid in after.keyids if keyid in new_keys], old_keys, new_keys)


def _key_changes(
    name: str, keyids: Iterable[str], old_keys: Mapping[str, Key], new_keys: Mapping[str, Key]
) -> Iterator[Change]:
    for keyid in keyids:
        key = new_keys[keyid]
        if keyid != fingerprint(key):
            yield Change(f"! {name}: the key {shown(keyid)} is not what its id says; it is {fingerprint(key)}")
        elif keyid in old_keys and key_name(old_keys[keyid]) != key_name(key):
            yield Change(f"~ {name}: the key {keyid[:_ID]} is called {key_name(key)} from now on")
        others = {field: value for field, value in key.unrecognized_fields.items() if field != NAME_FIELD}
        yield from _unknown(f"the key {shown(keyid)[:_ID]}", others)


def _names(keyids: Iterable[str], keys: Mapping[str, Key]) -> str:
    """Keys by name and the beginning of the id, since anybody may give a key any name."""
    return ", ".join(
        f"{key_name(keys[each])} ({shown(each)[:_ID]})" if each in keys else shown(each) for each in keyids
    )
