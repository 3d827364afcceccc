"""The maintainers' changes within a namespace, each staged for signatures: a release, a yanked one, withdrawals.

Nothing here reaches a client before `publisher.publish`. Signing is `signing`, whole namespaces are `ceremony`.
"""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from zoopkg.errors import NotOnMirrorsError, PolicyError, UsageError, explaining
from zoopkg.index import roles, staging
from zoopkg.index.blobs import check_release, copy_blob
from zoopkg.index.entry import PackEntry
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import read_keys
from zoopkg.index.revoked import refuse_withdrawn
from zoopkg.index.roles import Dates
from zoopkg.index.signing import Status, sign_role, status_of
from zoopkg.model.frame import decompressed
from zoopkg.model.manifest import ManifestReader
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, Release, Revocations
from zoopkg.model.version import Version


def add(idx: Path, entry: PackEntry, blobs: Path, keys: Path | None, dates: Dates) -> Status:
    """Stage a release, after checking its blobs and copying them into the index folder.

    Adding the same again changes nothing. The same content with another layout or other texts replaces these alone.

    Args:
        idx: the index folder.
        entry: the release, as `pack.json` states it.
        blobs: the folder where the pack was built; bundles of earlier releases may lie in the index already.
        keys: sign with these right away, or None.
        dates: when this is, and how long the namespace's metadata is good for, 182 days by custom.

    Raises:
        UsageError: the index has no such namespace.
        PolicyError: this version exists with other content, or has one that was withdrawn.
        IntegrityError: a blob is not what the release says.
        NotOnMirrorsError: a blob is missing.
    """
    folder = IndexFolder(idx)
    require_namespace(folder, entry.name.namespace)
    with folder.lock():
        folder.tidy()
        before = staging.record(folder, entry.name)
        after = _with_entry(before, entry)
        withdrawn = Revocations.union(withdrawals(folder).values())
        refuse_withdrawn([(f"{entry.name} {entry.release.version}", entry.release.content)], withdrawn.manifests)
        for _, path in check_release(entry, (blobs, idx), withdrawn.instances):
            copy_blob(path, idx)
        if before is None or after.encode() != before.encode():
            _stage_record(folder, after, dates)
        return _signed(folder, keys)


def require_namespace(folder: IndexFolder, namespace: str) -> None:
    """Refuse a namespace that the index does not have.

    Raises:
        UsageError: names those that it has.
    """
    known = [roles.role_namespace(role) for role in folder.delegated()]
    if namespace not in known:
        has = ", ".join(filter(None, known)) or "none"
        raise UsageError(f"the index in '{folder.path}' has no namespace '{namespace}'", hint=f"It has: {has}.")


def _with_entry(before: Record | None, entry: PackEntry) -> Record:
    release = entry.release
    others: tuple[Release, ...] = ()
    if before is not None:
        others = tuple(each for each in before.releases if each.version != release.version)
        if (earlier := before.release(release.version)) is not None:
            if earlier.content != release.content:
                raise PolicyError(
                    f"{entry.name} {release.version} is in the index with other content, {earlier.content}",
                    hint="A version never changes; give the new content a new version.",
                )
            release = replace(
                release, published=earlier.published, yanked=earlier.yanked, deprecated=earlier.deprecated
            )
    return Record(entry.name, entry.texts, others).with_release(release)


def _stage_record(folder: IndexFolder, record: Record, dates: Dates) -> None:
    path = roles.record_target(record.name.namespace, record.name.name)
    staging.edit_namespace(folder, record.name.namespace, dates, {path: record.encode()})


def _signed(folder: IndexFolder, keys: Path | None) -> Status:
    ring = read_keys(keys)
    for role in folder.staged_roles():
        sign_role(folder, role, ring)
    return status_of(folder)


def yank(idx: Path, name: PackName, version: Version, reason: str, dates: Dates) -> Status:
    """Stage that a version should not be chosen any more, with the reason; an empty reason takes that back.

    Raises:
        UsageError: the index has no such version.
        PolicyError: what is to be taken back is a withdrawal, which is for good.
    """
    folder = IndexFolder(idx)
    require_namespace(folder, name.namespace)
    with folder.lock():
        folder.tidy()
        record = staging.record(folder, name)
        release = record.release(version) if record else None
        if record is None or release is None:
            raise UsageError(f"the index in '{idx}' has no {name} {version}")
        if not reason:
            _refuse_withdrawn_release(folder, name, release)
        kept = tuple(each if each is not release else replace(each, yanked=reason) for each in record.releases)
        _stage_record(folder, replace(record, releases=kept), dates)
        return status_of(folder)


def _refuse_withdrawn_release(folder: IndexFolder, name: PackName, release: Release) -> None:
    withdrawn = Revocations.union(withdrawals(folder).values())
    why = withdrawn.manifests.get(release.content)
    if why is None and withdrawn.instances and release.yanked:
        path = folder.path / release.manifest.name
        with explaining(f"read '{path}'"):
            data = path.read_bytes() if path.is_file() else None
        if data is None:
            raise NotOnMirrorsError(
                f"whether {name.short} {release.version} has something withdrawn is not known without its manifest",
                hint=f"Copy {path.name} into '{folder.path}' first.",
            )
        reader = ManifestReader(decompressed(data, f"'{path}'"), str(path), release.content)
        why = next((withdrawn.instances[each.digest] for each in reader if each.digest in withdrawn.instances), None)
    if why is not None:
        raise PolicyError(
            f"{name.short} {release.version} was withdrawn, or has what was: {why}",
            hint="A withdrawal is for good; release a version without it.",
        )


def withdrawals(folder: IndexFolder) -> dict[str, Revocations]:
    """What each namespace has withdrawn in the next state."""
    namespaces = [namespace for role in folder.delegated() if (namespace := roles.role_namespace(role))]
    return {namespace: _withdrawn(folder, namespace) for namespace in namespaces}


def _withdrawn(folder: IndexFolder, namespace: str) -> Revocations:
    path = roles.revoked_target(namespace)
    data = staging.document(folder, roles.namespace_role(namespace), path)
    return Revocations.decode(data, path) if data else Revocations({}, {})


def withdraw(
    folder: IndexFolder, namespace: str, withdrawn: Revocations, records: Iterable[Record], dates: Dates
) -> None:
    """Stage all that a namespace has withdrawn from now on, and the records that this changes, in one edit.

    What is as it should be already is not staged again. For whoever holds the folder's lock.
    """
    role = roles.namespace_role(namespace)
    documents = {roles.record_target(each.name.namespace, each.name.name): each.encode() for each in records}
    documents[roles.revoked_target(namespace)] = withdrawn.encode()
    changes = {path: data for path, data in documents.items() if staging.document(folder, role, path) != data}
    if changes:
        staging.edit_namespace(folder, namespace, dates, changes)


def revoke(idx: Path, namespace: str, withdrawn: Revocations, dates: Dates) -> Status:
    """Stage that manifests or instances were withdrawn, beside those withdrawn before, and nothing else.

    For a whole withdrawal, with neighbours repacked, see `zoopkg.pack.withdraw`.

    Raises:
        UsageError: the index has no such namespace.
    """
    folder = IndexFolder(idx)
    require_namespace(folder, namespace)
    with folder.lock():
        folder.tidy()
        withdraw(folder, namespace, Revocations.union([_withdrawn(folder, namespace), withdrawn]), (), dates)
        return status_of(folder)
