"""The maintainers' changes within a namespace, each staged for signatures: a release, a yanked one, withdrawals.

Nothing here reaches a client before `publisher.publish`. Signing is `signing`, whole namespaces are `ceremony`.
"""

from dataclasses import replace
from pathlib import Path

from zoopkg.errors import PolicyError, UsageError
from zoopkg.index import roles, staging
from zoopkg.index.blobs import check_release, copy_blob
from zoopkg.index.entry import PackEntry
from zoopkg.index.folder import IndexFolder
from zoopkg.index.keys import read_keys
from zoopkg.index.roles import Dates
from zoopkg.index.signing import Status, sign_role, status_of
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
        PolicyError: this version exists with other content.
        IntegrityError: a blob is not what the release says.
        NotOnMirrorsError: a blob is missing.
    """
    folder = IndexFolder(idx)
    _require_namespace(folder, entry.name.namespace)
    with folder.lock():
        folder.tidy()
        before = staging.record(folder, entry.name)
        after = _with_entry(before, entry)
        for _, path in check_release(entry, (blobs, idx)):
            copy_blob(path, idx)
        if before is None or after.encode() != before.encode():
            _stage_record(folder, after, dates)
        return _signed(folder, keys)


def _require_namespace(folder: IndexFolder, namespace: str) -> None:
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
    """
    folder = IndexFolder(idx)
    _require_namespace(folder, name.namespace)
    with folder.lock():
        folder.tidy()
        record = staging.record(folder, name)
        release = record.release(version) if record else None
        if record is None or release is None:
            raise UsageError(f"the index in '{idx}' has no {name} {version}")
        kept = tuple(each if each is not release else replace(each, yanked=reason) for each in record.releases)
        _stage_record(folder, replace(record, releases=kept), dates)
        return status_of(folder)


def revoke(idx: Path, namespace: str, withdrawn: Revocations, dates: Dates) -> Status:
    """Stage that manifests or instances were withdrawn, beside those withdrawn before.

    Raises:
        UsageError: the index has no such namespace.
    """
    folder = IndexFolder(idx)
    _require_namespace(folder, namespace)
    with folder.lock():
        folder.tidy()
        path = roles.revoked_target(namespace)
        data = staging.document(folder, roles.namespace_role(namespace), path)
        before = Revocations.decode(data, path) if data else Revocations({}, {})
        after = Revocations({**before.manifests, **withdrawn.manifests}, {**before.instances, **withdrawn.instances})
        staging.edit_namespace(folder, namespace, dates, {path: after.encode()})
        return status_of(folder)
