"""Finishing a merge: one project file of both sides, and the pins of both, for the lock to be made anew."""

from dataclasses import replace

from zoopkg.errors import UsageError, ZooError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.names import PackName
from zoopkg.project.conflict import BY_HAND, conflict_line, sides, union
from zoopkg.project.file import IndexEntry, Need, ProjectFile
from zoopkg.project.lock import Lock, LockedPack
from zoopkg.project.toml import line_of

_KEEP_ONE = "Keep one of them by hand, then run `zoopkg lock`."


def mended(workspace: Workspace) -> tuple[Workspace, tuple[LockedPack, ...] | None]:
    """The project with no conflict in its file, and what both sides of its lock pin; None where nothing is to mend.

    Where the sides pin different versions of one pack, the resolver takes the newer one, if it will do.

    Raises:
        UsageError: the sides of the project file ask for different things, which a person must decide.
    """
    if not workspace.has_conflict:
        return workspace, None
    text = _project_text(workspace)
    pins: dict[tuple[object, object], LockedPack] = {}
    data = workspace.lock_text or b""
    for side in sides(data, LOCK) if data else ():
        for pack in Lock.decode(side).packs:
            pins.setdefault((pack.name, pack.version), pack)
    return replace(workspace, text=text), tuple(pins.values())


def _project_text(workspace: Workspace) -> bytes:
    name = workspace.file.name
    number = conflict_line(workspace.text)
    if not number:
        return workspace.text
    if workspace.is_pyproject:  # what else is in it is not for zoopkg to merge
        raise UsageError(f"{name}, line {number}: a merge left both sides of a conflict in it", hint=BY_HAND)
    meant = _united(workspace.text, name)
    text = union(workspace.text, name)
    try:
        if ProjectFile.parse(text, name, pyproject=False) != meant:
            raise UsageError("what their lines make together is not what they say apart")
    except ZooError as error:
        raise UsageError(
            f"{name}, line {number}: the sides of this conflict cannot both hold: {error.message}",
            hint=BY_HAND,
        ) from error
    return text


def _united(text: bytes, file: str) -> ProjectFile:
    """A project that asks for what either side of a conflict asks for.

    Raises:
        UsageError: they say different things of one pack or index; names the first line of it.
    """
    packs: dict[PackName, Need] = {}
    indexes: dict[str, IndexEntry] = {}
    for side in sides(text, file):
        project = ProjectFile.parse(side, file, pyproject=False) or ProjectFile()
        for name, need in project.packs.items():
            if (other := packs.setdefault(name, need)) != need:
                line = max(line_of(text, ("packs", spelled)) for spelled in (name.short, str(name)))
                what = f"ask for {name.short} as {other} and as {need}"
                raise UsageError(f"{file}, line {line}: the two sides {what}", hint=_KEEP_ONE)
        for key, index in project.indexes.items():
            if indexes.setdefault(key, index) != index:
                line = line_of(text, ("indexes", key))
                raise UsageError(f"{file}, line {line}: the two sides name different indexes {key}", hint=_KEEP_ONE)
    return ProjectFile(packs, indexes)
