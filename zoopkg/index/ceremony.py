"""The maintainers' changes to an index as a whole, each staged for signatures: a new one, namespaces, mirrors, keys.

`releases` has the changes within a namespace. Nothing here reaches a client before `publisher.publish`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from securesystemslib.signer import Key
from tuf.api.metadata import DelegatedRole, Delegations, Root, Targets

from zoopkg.errors import UsageError
from zoopkg.index import founding, publisher, roles, staging
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import KeyRing, KeySource, key_name, keygen, public_keys, read_keys
from zoopkg.index.private import Ask
from zoopkg.index.roles import Dates, RoleKeys
from zoopkg.index.signing import Status, known_keys, sign_role, staged_metadata, status_of
from zoopkg.index.twins import refuse_twins
from zoopkg.model.names import DEFAULT_NAMESPACE
from zoopkg.model.record import MAX_MIRRORS, MirrorList, Revocations
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.shorthand import template_of


def init(  # noqa: PLR0913  (all but three have defaults that are right)
    idx: Path,
    keys: Path,
    dates: Dates,
    *,
    namespace: str = DEFAULT_NAMESPACE,
    signers: Mapping[str, RoleKeys] | None = None,
    mirrors: Sequence[str] = (),
    apart: bool = False,
    ask: Ask | None = None,
) -> Status:
    """Make an empty index with one namespace; published at once where the keys at hand suffice, else staged.

    Args:
        idx: the folder to make it in.
        keys: a folder of keys; where it has none, one is made for each name in `signers`.
        dates: when this is, and how long all metadata is good for.
        namespace: the one to begin with.
        signers: for each role, key names and threshold; by default one key a role, named like it.
        mirrors: URL templates for blobs.
        apart: the keys that are made for other roles than snapshot and timestamp get a folder each.
        ask: for the passphrases of keys that are encrypted.

    Raises:
        UsageError: there is an index already, a key is missing, or a name or threshold cannot be.
        PolicyError: the timestamp would last too long.
    """
    folder = IndexFolder(idx, new=True)
    if folder.final(roles.ROOT) is not None and (folder.published(roles.ROOT) or _is_whole(folder)):
        raise UsageError(f"'{idx}' holds an index already")
    if not roles.is_namespace(namespace):
        raise UsageError(f"'{namespace}' is not a namespace's name")
    templates = _templates(mirrors)
    role = roles.namespace_role(namespace)
    wanted = {name: RoleKeys((name,)) for name in (*roles.TOP_LEVEL, role)} | dict(signers or {})
    if unknown := sorted(wanted.keys() - {*roles.TOP_LEVEL, role}):
        has = ", ".join((*roles.TOP_LEVEL, role))
        raise UsageError(f"'{unknown[0]}' is no role of an index that begins with {namespace}", hint=f"It has: {has}.")
    for name, each in wanted.items():
        _require_threshold(name, len(set(each.names)), each.threshold)
    source = replace(_founders_keys(keys, wanted, apart=apart), ask=ask)
    ring = read_keys(source)
    ring.open()
    chosen = {name: _named(ring.public, each.names, keys) for name, each in wanted.items()}
    with folder.lock():
        folder.clear()  # what an init that was cut off has left
        staging.edit_root(folder, dates, lambda root: _all_roles(root, wanted, chosen))
        documents = {roles.MIRRORS_TARGET: MirrorList(templates).encode()}
        staging.edit(folder, roles.TARGETS, dates, changes=documents)
        _delegate(folder, namespace, chosen[role], wanted[role].threshold, dates)
        for staged in folder.staged_roles():
            sign_role(folder, staged, ring)
        present = status_of(folder)
    if present.short or not _can_publish(folder, ring):
        return present
    return publisher.publish(idx, source, dates)


def _is_whole(folder: IndexFolder) -> bool:
    """Whether all of a new index is staged, and not what an `init` that was cut off has left."""
    return bool(folder.delegated()) and set(folder.staged_roles()) == {roles.ROOT, roles.TARGETS, *folder.delegated()}


def _founders_keys(keys: Path, wanted: Mapping[str, RoleKeys], *, apart: bool) -> KeySource:
    """The keys in a folder; made first where it has none."""
    if any(keys.glob("*.pub.json")):
        return KeySource(keys)
    if apart:
        return founding.make_keys(keys, wanted)
    for name in sorted({name for role in wanted.values() for name in role.names}):
        keygen(keys, name)
    return KeySource(keys)


def _named(public: Mapping[str, Key], names: Sequence[str], keys: Path | None) -> list[Key]:
    if missing := [name for name in names if name not in public]:
        where = f"'{keys}' has" if keys else "the index has"
        raise UsageError(
            f"{where} no public key {', '.join(missing)}", hint="`index keygen` makes one; or copy its .pub.json."
        )
    found: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if (other := found.setdefault(public[name].keyid, name)) != name:
            raise UsageError(f"{other} and {name} are one and the same key", hint="Each needs a key of their own.")
    return [public[name] for name in names]


def _require_threshold(role: str, keys: int, threshold: int) -> None:
    if not 1 <= threshold <= keys:
        raise UsageError(f"{role} cannot ask for {threshold} of {keys} keys")


def _all_roles(root: Root, wanted: Mapping[str, RoleKeys], chosen: Mapping[str, Sequence[Key]]) -> None:
    for role in roles.TOP_LEVEL:
        root.roles[role].threshold = wanted[role].threshold
        for key in chosen[role]:
            root.add_key(key, role)


def _can_publish(folder: IndexFolder, ring: KeyRing) -> bool:
    online = (folder.root().signed.get_delegated_role(role) for role in (roles.SNAPSHOT, roles.TIMESTAMP))
    return all(sum(keyid in ring.signers for keyid in role.keyids) >= role.threshold for role in online)


def delegate(idx: Path, namespace: str, signers: RoleKeys, keys: Path | None, dates: Dates) -> Status:
    """Stage a new namespace with its keys, empty at first; the top-level targets and its own role want signatures.

    Args:
        idx: the index folder.
        namespace: the new one.
        signers: the names of its keys, and how many must sign.
        keys: the folder with the public parts of those that the index does not know yet.
        dates: when this is.

    Raises:
        UsageError: no name for a namespace, it exists, or a key is missing.
    """
    folder = IndexFolder(idx)
    role = roles.namespace_role(namespace)
    if not roles.is_namespace(namespace) or role in folder.delegated():
        raise UsageError(f"'{namespace}' cannot be a new namespace of '{idx}': it exists, or is no name for one")
    chosen = _chosen(folder, role, signers, keys)
    with folder.lock():
        folder.tidy()
        _delegate(folder, namespace, chosen, signers.threshold, dates)
        return status_of(folder)


def _chosen(folder: IndexFolder, role: str, signers: RoleKeys, keys: Path | None) -> list[Key]:
    """The keys by these names, those in the folder of keys before those that the index knows."""
    _require_threshold(role, len(set(signers.names)), signers.threshold)
    return _named(_by_name(folder) | public_keys(keys), signers.names, keys)


def _by_name(folder: IndexFolder) -> dict[str, Key]:
    return {key_name(key): key for key in known_keys(folder)}


def _delegate(folder: IndexFolder, namespace: str, keys: Sequence[Key], threshold: int, dates: Dates) -> None:
    role = roles.namespace_role(namespace)

    def add(targets: Targets) -> None:
        if targets.delegations is None:
            targets.delegations = Delegations({}, {})
        assert targets.delegations.roles is not None
        targets.delegations.roles[role] = DelegatedRole(role, [], threshold, terminating=True, paths=[f"{namespace}/*"])
        for key in keys:
            targets.add_key(key, role)
        refuse_twins(targets)

    staging.edit(folder, roles.TARGETS, dates, also=add)
    empty = {roles.revoked_target(namespace): Revocations({}, {}).encode()}
    staging.edit_namespace(folder, namespace, dates, empty)


def get_mirrors(idx: Path) -> tuple[str, ...]:
    """The URL templates of the mirrors that the next state names."""
    data = staging.document(IndexFolder(idx), roles.TARGETS, roles.MIRRORS_TARGET)
    return MirrorList.decode(data, "the list of mirrors").templates if data else ()


def set_mirrors(idx: Path, mirrors: Sequence[str], dates: Dates) -> Status:
    """Stage another list of mirrors, as URL templates or in short, which readers' machines may not understand.

    Raises:
        UsageError: one is no template that others can read, is named twice, or they are over a hundred.
    """
    templates = _templates(mirrors)
    folder = IndexFolder(idx)
    with folder.lock():
        folder.tidy()
        changes = {roles.MIRRORS_TARGET: MirrorList(templates).encode()}
        staging.edit(folder, roles.TARGETS, dates, changes=changes)
        return status_of(folder)


def _templates(mirrors: Sequence[str]) -> tuple[str, ...]:
    """The mirrors as the index names them, to machines that know nothing of this one."""
    templates = tuple(template_of(each) or each for each in mirrors)
    for each in templates:
        Mirror.parse(each)
        if not each.lower().startswith(("https://", "http://", "file:///")):
            raise UsageError(
                f"the mirror '{each}' is a folder of this machine, which no other would find",
                hint="Name a URL, or file:///… for a share that is mounted at the same place everywhere.",
            )
    if len(set(templates)) < len(templates) or len(templates) > MAX_MIRRORS:
        raise UsageError(f"an index names {MAX_MIRRORS} mirrors at most, each once")
    return templates


def renew(idx: Path, role: str, dates: Dates) -> Status:
    """Stage the next version of root, targets or a namespace's role with a later date and nothing else changed.

    What is staged already, and lasts, stays as it is with its signatures, unless other dates are asked for.

    Raises:
        UsageError: no such role, or one that `publisher.refresh` renews.
    """
    folder = IndexFolder(idx)
    if role in (roles.SNAPSHOT, roles.TIMESTAMP):
        raise UsageError(f"'{role}' is no role that is signed by hand", hint="`index refresh` renews it.")
    _delegator(folder, role)
    with folder.lock():
        folder.tidy()
        if dates.days is not None or not _lasts(folder, role, dates):
            _stage_anew(folder, role, dates)
        return status_of(folder)


def _lasts(folder: IndexFolder, role: str, dates: Dates) -> bool:
    """Whether a role is staged already with a date that is far enough away."""
    if folder.staged_file(role) is None:
        return False
    until: datetime = staged_metadata(folder, role).signed.expires
    return until > dates.now + timedelta(days=roles.notice_days(role))


def _stage_anew(folder: IndexFolder, role: str, dates: Dates) -> None:
    if role == roles.ROOT:
        staging.edit_root(folder, dates, lambda _: None, renew=True)
    else:
        staging.edit(folder, role, dates, renew=True)


def rotate(idx: Path, role: str, signers: RoleKeys, keys: Path | None, dates: Dates) -> Status:
    """Stage other keys for a role: a new root (signed by old and new root keys), or new targets for a namespace.

    The role's own metadata is staged anew where it must be signed by the new keys.

    Args:
        idx: the index folder.
        role: whose keys are to change.
        signers: the names of all its keys, old ones that stay included, and how many must sign.
        keys: the folder with the public parts of those that the index does not know yet.
        dates: when this is.

    Raises:
        UsageError: no such role, or a key is missing.
    """
    folder = IndexFolder(idx)
    _delegator(folder, role)
    return _rotate(folder, role, _chosen(folder, role, signers, keys), signers.threshold, dates)


def amend(  # noqa: PLR0913  (each says another thing about the role)
    idx: Path,
    role: str,
    keys: Path | None,
    dates: Dates,
    *,
    add: Sequence[str] = (),
    remove: Sequence[str] = (),
    threshold: int | None = None,
) -> Status:
    """Stage a few other keys for a role, or another threshold: as `rotate`, by what is to change.

    Args:
        idx: the index folder.
        role: whose keys are to change.
        keys: the folder with the public parts of those that the index does not know yet.
        dates: when this is.
        add: names of keys.
        remove: names of keys.
        threshold: how many must sign from now on; by default as many as so far.

    Raises:
        UsageError: no such role or key, or fewer keys than must sign.
    """
    folder = IndexFolder(idx)
    delegator = _delegator(folder, role)
    present = delegator.get_delegated_role(role)
    before = [delegator.get_key(keyid) for keyid in present.keyids]
    if strangers := sorted(set(remove) - {key_name(key) for key in before}):
        has = ", ".join(sorted(map(key_name, before)))
        raise UsageError(f"{strangers[0]} does not sign for {role}", hint=f"Those who do: {has}.")
    kept = [key for key in before if key_name(key) not in remove]
    new = _named(_by_name(folder) | public_keys(keys), add, keys)
    chosen = list({key.keyid: key for key in (*kept, *new)}.values())
    wanted = threshold or present.threshold
    _require_threshold(role, len(chosen), wanted)
    return _rotate(folder, role, chosen, wanted, dates)


def _delegator(folder: IndexFolder, role: str) -> Root | Targets:
    """Who says in the next state which keys sign for a role."""
    if role in roles.TOP_LEVEL:
        return folder.root().signed
    if role not in folder.delegated():
        has = ", ".join((*roles.TOP_LEVEL, *folder.delegated()))
        raise UsageError(f"the index in '{folder.path}' has no role '{role}'", hint=f"It has: {has}.")
    return folder.targets().signed


def _rotate(folder: IndexFolder, role: str, keys: Sequence[Key], threshold: int, dates: Dates) -> Status:
    with folder.lock():
        folder.tidy()
        if role in roles.TOP_LEVEL:
            changed = staging.edit_root(folder, dates, lambda root: _replace_keys(root, role, keys, threshold))
        else:
            changed = staging.edit(
                folder, roles.TARGETS, dates, also=lambda targets: _replace_keys(targets, role, keys, threshold)
            )
        by_itself = role == roles.TARGETS or role not in roles.TOP_LEVEL
        if changed and by_itself and folder.staged_file(role) is None:  # what is staged takes the new signatures as is
            staging.edit(folder, role, dates, renew=True)
        return status_of(folder)


def _replace_keys(delegator: Root | Targets, role: str, keys: Sequence[Key], threshold: int) -> None:
    present = delegator.get_delegated_role(role)
    if present.threshold == threshold and set(present.keyids) == {key.keyid for key in keys}:
        return
    for keyid in list(delegator.get_delegated_role(role).keyids):
        delegator.revoke_key(keyid, role)
    for key in keys:
        delegator.add_key(key, role)
    delegator.get_delegated_role(role).threshold = threshold
    refuse_twins(delegator)
