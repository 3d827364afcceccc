"""The maintainers' changes to an index as a whole, each staged for signatures: a new one, namespaces, mirrors, keys.

`releases` has the changes within a namespace. Nothing here reaches a client before `publisher.publish`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tuf.api.metadata import DelegatedRole, Delegations, Root, Targets

from zoopkg.errors import UsageError
from zoopkg.index import publisher, roles, staging
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import KeyRing, keygen, read_keys
from zoopkg.index.roles import Dates, RoleKeys
from zoopkg.index.signing import Status, sign_role, status_of
from zoopkg.model.names import DEFAULT_NAMESPACE
from zoopkg.model.record import MirrorList, Revocations


def init(  # noqa: PLR0913  (all but three have defaults that are right)
    idx: Path,
    keys: Path,
    dates: Dates,
    *,
    namespace: str = DEFAULT_NAMESPACE,
    signers: Mapping[str, RoleKeys] | None = None,
    mirrors: Sequence[str] = (),
) -> Status:
    """Make an empty index with one namespace; published at once where the keys at hand suffice, else staged.

    Args:
        idx: the folder to make it in.
        keys: a folder of keys; where it has none, one is made for each name in `signers`.
        dates: when this is, and how long all metadata is good for.
        namespace: the one to begin with.
        signers: for each role, key names and threshold; by default one key a role, named like it.
        mirrors: URL templates for blobs.

    Raises:
        UsageError: there is an index already, a key is missing, or a name or threshold cannot be.
        PolicyError: the timestamp would last too long.
    """
    folder = IndexFolder(idx, new=True)
    if folder.final(roles.ROOT) is not None:
        raise UsageError(f"'{idx}' holds an index already")
    if not roles.is_namespace(namespace):
        raise UsageError(f"'{namespace}' is not a namespace's name")
    role = roles.namespace_role(namespace)
    wanted = {name: RoleKeys((name,)) for name in (*roles.TOP_LEVEL, role)} | dict(signers or {})
    ring = _ring(keys, wanted)
    with folder.lock():
        staging.edit_root(folder, dates, lambda root: _all_roles(root, wanted, ring))
        documents = {roles.MIRRORS_TARGET: MirrorList(tuple(mirrors)).encode()}
        staging.edit(folder, roles.TARGETS, dates, changes=documents)
        _delegate(folder, namespace, wanted[role], ring, dates)
        for each in folder.staged_roles():
            sign_role(folder, each, ring)
        present = status_of(folder)
    if present.short or not _can_publish(folder, ring):
        return present
    return publisher.publish(idx, keys, dates)


def _ring(keys: Path, wanted: Mapping[str, RoleKeys]) -> KeyRing:
    names = sorted({name for role in wanted.values() for name in role.names})
    if not any(keys.glob("*.pub.json")):
        for name in names:
            keygen(keys, name)
    ring = read_keys(keys)
    if missing := [name for name in names if name not in ring.public]:
        raise UsageError(
            f"'{keys}' has no public key {', '.join(missing)}", hint="`index keygen` makes one; or copy its .pub.json."
        )
    for role, each in wanted.items():
        if not 1 <= each.threshold <= len(set(each.names)):
            raise UsageError(f"{role} cannot ask for {each.threshold} of {len(set(each.names))} keys")
    return ring


def _all_roles(root: Root, wanted: Mapping[str, RoleKeys], ring: KeyRing) -> None:
    for role in roles.TOP_LEVEL:
        root.roles[role].threshold = wanted[role].threshold
        for name in wanted[role].names:
            root.add_key(ring.public[name], role)


def _can_publish(folder: IndexFolder, ring: KeyRing) -> bool:
    online = (folder.root().signed.get_delegated_role(role) for role in (roles.SNAPSHOT, roles.TIMESTAMP))
    return all(sum(keyid in ring.signers for keyid in role.keyids) >= role.threshold for role in online)


def delegate(idx: Path, namespace: str, signers: RoleKeys, keys: Path, dates: Dates) -> Status:
    """Stage a new namespace with its keys, empty at first; the top-level targets and its own role want signatures.

    Raises:
        UsageError: no name for a namespace, it exists, or a key is missing.
    """
    folder = IndexFolder(idx)
    role = roles.namespace_role(namespace)
    if not roles.is_namespace(namespace) or role in folder.delegated():
        raise UsageError(f"'{namespace}' cannot be a new namespace of '{idx}': it exists, or is no name for one")
    ring = _ring(keys, {role: signers})
    with folder.lock():
        folder.tidy()
        _delegate(folder, namespace, signers, ring, dates)
        return status_of(folder)


def _delegate(folder: IndexFolder, namespace: str, signers: RoleKeys, ring: KeyRing, dates: Dates) -> None:
    role = roles.namespace_role(namespace)

    def add(targets: Targets) -> None:
        if targets.delegations is None:
            targets.delegations = Delegations({}, {})
        assert targets.delegations.roles is not None
        targets.delegations.roles[role] = DelegatedRole(
            role, [], signers.threshold, terminating=True, paths=[f"{namespace}/*"]
        )
        for name in signers.names:
            targets.add_key(ring.public[name], role)

    staging.edit(folder, roles.TARGETS, dates, also=add)
    empty = {roles.revoked_target(namespace): Revocations({}, {}).encode()}
    staging.edit_namespace(folder, namespace, dates, empty)


def set_mirrors(idx: Path, mirrors: Sequence[str], dates: Dates) -> Status:
    """Stage another list of mirrors."""
    folder = IndexFolder(idx)
    with folder.lock():
        folder.tidy()
        changes = {roles.MIRRORS_TARGET: MirrorList(tuple(mirrors)).encode()}
        staging.edit(folder, roles.TARGETS, dates, changes=changes)
        return status_of(folder)


def renew(idx: Path, role: str, dates: Dates) -> Status:
    """Stage the next version of root, targets or a namespace's role with a later date and nothing else changed.

    Raises:
        UsageError: no such role, or one that `publisher.refresh` renews.
    """
    folder = IndexFolder(idx)
    with folder.lock():
        folder.tidy()
        if role == roles.ROOT:
            staging.edit_root(folder, dates, lambda _: None)
        elif role == roles.TARGETS or role in folder.delegated():
            staging.edit(folder, role, dates)
        else:
            raise UsageError(f"'{role}' is no role that is signed by hand", hint="`index refresh` renews the others.")
        return status_of(folder)


def rotate(idx: Path, role: str, signers: RoleKeys, keys: Path, dates: Dates) -> Status:
    """Stage other keys for a role: a new root (signed by old and new root keys), or new targets for a namespace.

    The role's own metadata is staged anew where it must be signed by the new keys.

    Raises:
        UsageError: no such role, or a key is missing.
    """
    folder = IndexFolder(idx)
    ring = _ring(keys, {role: signers})
    with folder.lock():
        folder.tidy()
        if role in roles.TOP_LEVEL:
            staging.edit_root(folder, dates, lambda root: _replace_keys(root, role, signers, ring))
        elif role in folder.delegated():
            staging.edit(
                folder,
                roles.TARGETS,
                dates,
                also=lambda targets: _replace_keys(targets, role, signers, ring),
            )
        else:
            raise UsageError(f"the index in '{idx}' has no role '{role}'")
        if role == roles.TARGETS or role not in roles.TOP_LEVEL:
            staging.edit(folder, role, dates)
        return status_of(folder)


def _replace_keys(delegator: Root | Targets, role: str, signers: RoleKeys, ring: KeyRing) -> None:
    for keyid in list(delegator.get_delegated_role(role).keyids):
        delegator.revoke_key(keyid, role)
    for name in signers.names:
        delegator.add_key(ring.public[name], role)
    delegator.get_delegated_role(role).threshold = signers.threshold
