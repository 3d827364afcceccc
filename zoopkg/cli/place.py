"""Where one file of a pack lies, or its folder, whether it is installed in the project or not.

What the project has is named where it lies; of what it lacks, one file is fetched into the store and used from there.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zoopkg.cli.common import Run, data_folder
from zoopkg.errors import FormatError, IntegrityError, NoResolutionError, UsageError, ZooError, explaining
from zoopkg.install.workspace import Workspace
from zoopkg.model.version import Spec

if TYPE_CHECKING:
    from zoopkg.install.access import Opened
    from zoopkg.install.parts import Part
    from zoopkg.model.instance import Instance


@dataclass(frozen=True, slots=True)
class Target:
    """What `NAME[@V][:FILE]` means; the file is empty for the whole pack."""

    text: str
    spec: Spec
    file: str

    @classmethod
    def parse(cls, text: str) -> "Target":
        """The target that a person wrote.

        Raises:
            UsageError: no pack name, or no path of a file.
        """
        from zoopkg.model.names import check_path

        spec, colon, file = text.partition(":")
        file = file.rstrip("/")
        if colon:
            try:
                check_path(file)
            except FormatError as error:
                raise UsageError(
                    error.message, hint="Name the file as the pack does, for instance ct-basic:real/CT_small.dcm."
                ) from error
        return cls(text, Spec.parse(spec), file)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a target lies, and what a script may want to know of it."""

    path: Path
    document: dict[str, Any]


@contextmanager
def located(run: Run, target: Target, dest: Path | None) -> Iterator[Place]:
    """Where a target lies: in the data folder, else, for a file, in the store."""
    workspace = Workspace.find(run.directory)
    data = data_folder(run, workspace.root, dest).absolute()
    if place := _in_folder(run, target, data):
        yield place
        return
    if not target.file:
        raise _not_installed(run, workspace, target.spec, data)
    with brought(run, target) as (opened, instance):
        checked(opened, instance)
        yield _of_store(opened, instance)


def described(run: Run, target: Target, opened: "Opened", instance: "Instance") -> dict[str, Any]:
    """What a script may want to know of a file that was brought: where it lies as `located` tells, and what it is."""
    known = _of_store(opened, instance).document
    here = _in_folder(run, target, data_folder(run, Workspace.find(run.directory).root, None).absolute())
    return known | here.document if here and here.document["version"] == known["version"] else known


def _in_folder(run: Run, target: Target, data: Path) -> Place | None:
    """Where a target lies in a data folder, if it is installed there."""
    part = _installed(data, target.spec)
    if part is None:
        return None
    place = data.joinpath(*part.folder.split("/"), *target.file.split("/"))
    _refuse_links(run, data, f"{part.folder}/{target.file}")
    if not os.path.lexists(place):
        return None
    name, version = str(part.pack.name), str(part.pack.version)
    return Place(place, {"path": str(place), "name": name, "version": version, "file": target.file, "installed": True})


def _installed(data: Path, spec: Spec) -> "Part | None":
    """The part of a data folder that a spec means: the project's own version if it will do, else the newest."""
    from zoopkg.install.parts import folder_beside, folder_of
    from zoopkg.install.state import StateFolder

    if spec.latest or not data.is_dir():
        return None
    own = folder_of(spec.name)
    parts = [
        part
        for part in StateFolder(data).read().placed
        if part.pack.name == spec.name
        and part.folder in (own, folder_beside(spec.name, part.pack.version))  # a stranger may have written it
        and (spec.requirement is None or spec.requirement.allows(part.pack.version))
    ]
    return max(parts, key=lambda part: (part.folder == own, part.pack.version), default=None)


def _refuse_links(run: Run, data: Path, relative: str) -> None:
    from zoopkg.install.tree import Tree

    Tree(data, run.store.objects).refuse_links([relative])


def _not_installed(run: Run, workspace: Workspace, spec: Spec, data: Path) -> ZooError:
    """Why there is no folder of a pack: it is not installed, or no index has it."""
    known = run.context.indexes(workspace).record(spec.name)
    if known is None:
        return NoResolutionError(
            f"no index of this project has a pack {spec.name}", hint="Check the spelling, or name an --index."
        )
    lock = None if workspace.has_conflict else workspace.lock
    root = lock.roots.get(spec.name) if lock else None
    group = f" --group {root.need.group}" if root and root.need.group else ""
    command = f"zoopkg install{group}" if root and spec.requirement is None else f"zoopkg install {_spelled(spec)}"
    return ZooError(
        f"{_spelled(spec)} is not installed in {data}",
        hint=f"Install it: {command}; or name one file of it: zoopkg path {_spelled(spec)}:FILE",
    )


def _spelled(spec: Spec) -> str:
    if spec.latest:
        return f"{spec.name.short}@latest"
    return spec.name.short if spec.requirement is None else f"{spec.name.short}@{spec.requirement}"


@contextmanager
def brought(run: Run, target: Target) -> "Iterator[tuple[Opened, Instance]]":
    """One file of a pack, in the store, where it stays meanwhile."""
    from zoopkg.cli.progress import Display
    from zoopkg.install.access import Access
    from zoopkg.store.usage import in_use

    with in_use(run.store.root):
        with Display(run.out) as display:
            opened = Access(run.context, display).open(target.spec)
            instance = opened.instance(target.file)
            opened.bring([instance])
        yield opened, instance


def checked(opened: "Opened", instance: "Instance") -> Path:
    """The file in the store, hashed now: the tripwire tells of accidents alone, and nobody looks at what is piped on.

    Raises:
        IntegrityError: it is wrong again as soon as it was fetched anew.
    """
    with explaining("read the store"):
        if not opened.supply.store.objects.check(instance.digest):
            opened.bring([instance])
            if not opened.supply.store.objects.check(instance.digest):
                raise IntegrityError(
                    f"{opened.path(instance)} changes while it is read", hint="Check the disk that the store is on."
                )
    return opened.path(instance)


def _of_store(opened: "Opened", instance: "Instance") -> Place:
    place = opened.path(instance)
    return Place(
        place,
        {
            "path": str(place),
            "name": str(opened.pack.name),
            "version": str(opened.pack.version),
            "file": instance.path,
            "installed": False,
            "digest": str(instance.digest),
            "bytes": instance.size,
        },
    )
