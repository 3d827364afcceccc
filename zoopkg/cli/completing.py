"""What a shell offers while a person types: packs, their files after `NAME:`, groups, and keys of filters.

Asks no index and changes nothing; where anything is missing or broken, nothing is offered. Imported by verbs at
start-up, so that what it needs comes in only when a shell asks.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from zoopkg.install.workspace import Workspace
    from zoopkg.project.lock import Lock, LockedPack


def pack_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The packs that the project's lock pins, without those that are on the line already."""
    lock = _lock(context)
    given = {value for values in context.params.values() if isinstance(values, tuple) for value in values}
    names = sorted({pack.name.short for pack in lock.packs} - given) if lock else []
    return [name for name in names if name.startswith(incomplete)]


def known_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The packs of the indexes that this machine trusts, as far as it knows them now."""
    from zoopkg.index.known import known_packs

    try:
        names = sorted(name.short for name in known_packs(_store(context) / "index"))
    except OSError:
        return []
    return [name for name in names if name.startswith(incomplete)]


def group_names(context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The groups of the project file."""
    from zoopkg.errors import ZooError

    try:
        groups = {need.group for need in _workspace(context).project.packs.values()} - {""}
    except ZooError:
        return []
    return [group for group in sorted(groups) if group.startswith(incomplete)]


def where_keys(_context: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
    """The keys of filters, each with its `=`."""
    from zoopkg.model.where import KEYS

    return [f"{key}=" for key in KEYS if key.startswith(incomplete)]


def packs_and_files(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Packs, and files of the one that is meant already."""
    return _targets(context, parameter, incomplete, alone=True)


def files_of_packs(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Files of packs; of more than one pack, their names with a colon."""
    return _targets(context, parameter, incomplete, alone=False)


def _targets(context: click.Context, parameter: click.Parameter, incomplete: str, *, alone: bool) -> list[str]:
    spec, colon, _ = incomplete.partition(":")
    names = [spec] if colon else pack_names(context, parameter, incomplete)
    if len(names) != 1:
        return names if alone else [f"{name}:" for name in names]
    files = [text for file in _files(context, names[0]) if (text := f"{names[0]}:{file}").startswith(incomplete)]
    return [*names, *files] if alone and not colon else files


def _workspace(context: click.Context) -> "Workspace":
    from zoopkg.install.workspace import Workspace

    return Workspace.find(Path(context.params.get("directory") or os.environ.get("ZOOPKG_DIRECTORY") or "."))


def _store(context: click.Context) -> Path:
    from zoopkg.store.places import default_root

    root = context.params.get("store_root") or os.environ.get("ZOOPKG_STORE")
    return Path(root) if root else default_root()


def _lock(context: click.Context) -> "Lock | None":
    from zoopkg.errors import ZooError

    try:
        return _workspace(context).lock
    except ZooError:
        return None


def _files(context: click.Context, spec: str) -> Iterator[str]:
    from zoopkg.errors import ZooError
    from zoopkg.model.version import Spec

    lock = _lock(context)
    try:
        wanted = Spec.parse(spec)
        requirement = wanted.requirement
        packs = lock.versions(wanted.name) if lock else ()
        allowed = [pack for pack in packs if requirement is None or requirement.allows(pack.version)]
        if allowed:
            yield from _paths(context, allowed[-1])
    except ZooError:
        return


def _paths(context: click.Context, pack: "LockedPack") -> Iterator[str]:
    from zoopkg.install.contents import read_manifest
    from zoopkg.model.blob import BlobKind
    from zoopkg.store.store import Store

    store = _store(context)
    if (store / "version").is_file():
        manifest = Store.open(store).blob(BlobKind.MANIFEST, pack.manifest)
        if manifest is not None:
            yield from (path for path, _, _ in read_manifest(manifest, pack).contents())
