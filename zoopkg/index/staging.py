"""The next state of an index, in its `staged` folder: metadata without signatures, and the targets that it states.

`edit` is what every change comes down to. Knows what a namespace's documents are; asks for no keys, publishes nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy

from tuf.api.metadata import Metadata, Root, TargetFile, Targets

from zoopkg.index import roles
from zoopkg.index.folder import IndexFolder
from zoopkg.index.roles import Dates
from zoopkg.model.names import PackName
from zoopkg.model.record import Record, catalog

_HASHES = ["sha256"]


def _unchanged(_: Targets) -> None:
    """Make no change beside that of targets and date."""


def edit(  # noqa: PLR0913  (all but three have defaults that are right)
    folder: IndexFolder,
    role: str,
    dates: Dates,
    *,
    changes: Mapping[str, bytes] | None = None,
    also: Callable[[Targets], None] = _unchanged,
    renew: bool = False,
) -> bool:
    """Stage the next version of the top-level targets or of a namespace; an edit that is staged already is built upon.

    Args:
        folder: the index.
        role: `targets` or `ns-NAME`.
        dates: when this is, and how long the metadata is good for.
        changes: the new bytes of target paths.
        also: what else to change in the metadata.
        renew: stage it even where nothing but the date changes, which drops what signatures it has.

    Returns:
        whether there was something to stage.
    """
    before = folder.targets(role).signed if folder.final(role) else None
    signed = deepcopy(before) if before else Targets()
    for path, data in (changes or {}).items():
        target = TargetFile.from_data(path, data, _HASHES)
        if signed.targets.get(path) != target:
            folder.stage_target(path, data)
            signed.targets[path] = target
    also(signed)
    if signed == before and not renew:
        return False
    signed.version = _next_version(folder, role, signed.version)
    signed.expires = dates.expiry(role)
    folder.stage(role, Metadata(signed))
    return True


def edit_namespace(folder: IndexFolder, namespace: str, dates: Dates, changes: Mapping[str, bytes]) -> None:
    """Stage changed documents of a namespace, and the catalog that follows from them."""
    role = roles.namespace_role(namespace)
    found = {record.name: record for record in records(folder, namespace)} if folder.final(role) else {}
    for path, data in changes.items():
        if not path.rpartition("/")[2].startswith("_"):
            record = Record.decode(data, path)
            found[record.name] = record
    edit(folder, role, dates, changes={**changes, roles.catalog_target(namespace): catalog(found)})


def edit_root(folder: IndexFolder, dates: Dates, also: Callable[[Root], None], *, renew: bool = False) -> bool:
    """Stage the next version of the root, as `edit` does."""
    before = folder.root().signed if folder.final(roles.ROOT) else None
    signed = deepcopy(before) if before else Root(consistent_snapshot=True)
    also(signed)
    if signed == before and not renew:
        return False
    signed.version = _next_version(folder, roles.ROOT, signed.version)
    signed.expires = dates.expiry(roles.ROOT)
    folder.stage(roles.ROOT, Metadata(signed))
    return True


def _next_version(folder: IndexFolder, role: str, version: int) -> int:
    """One past what is published; the first and what is staged already stay as they are."""
    return version + 1 if folder.published(role) and not folder.staged_file(role) else version


def record(folder: IndexFolder, name: PackName) -> Record | None:
    """A pack's record in the next state."""
    path = roles.record_target(name.namespace, name.name)
    data = document(folder, roles.namespace_role(name.namespace), path)
    return None if data is None else Record.decode(data, f"the record of {name}")


def records(folder: IndexFolder, namespace: str) -> Iterator[Record]:
    """All records of a namespace in the next state."""
    for path, target in folder.targets(roles.namespace_role(namespace)).signed.targets.items():
        if not path.rpartition("/")[2].startswith("_"):
            yield Record.decode(folder.target(target), f"the record {path}")


def document(folder: IndexFolder, role: str, path: str) -> bytes | None:
    """The bytes of a target in the next state, or None where the role does not list it."""
    target = folder.targets(role).signed.targets.get(path) if folder.final(role) else None
    return None if target is None else folder.target(target)
