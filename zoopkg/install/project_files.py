"""The files of a project as a change leaves them: the project file, the root of an index that is new to it, the lock.

Decides about no version. Takes nobody's comments away, and writes over no file that is not known to be the project's.
"""

import os
from collections.abc import Mapping

from zoopkg.errors import PolicyError, explaining
from zoopkg.install.wishes import Change, Locked
from zoopkg.install.workspace import Workspace
from zoopkg.model.names import PackName
from zoopkg.project.edit import edit
from zoopkg.project.file import IndexEntry, Need, ProjectFile
from zoopkg.store.flush import replace_file


def refuse_overwriting(workspace: Workspace, entry: IndexEntry, root: bytes) -> None:
    """Refuse to put an index's root where a file lies that is not known to be that index's.

    Raises:
        PolicyError: there is such a file.
    """
    path = workspace.root / entry.root
    if entry.name in workspace.project.indexes or not os.path.lexists(path):
        return
    with explaining(f"read {path}"):
        same = path.is_file() and path.read_bytes() == root
    if not same:
        raise PolicyError(
            f"{path} is in the way: the root of the index would be kept there", hint="Move it away, then try again."
        )


def write(workspace: Workspace, change: Change, locked: Locked, index: tuple[IndexEntry, bytes] | None) -> None:
    """Write the project file and the lock, where they are to be different.

    Args:
        workspace: the project as it was when the change was decided about.
        change: for the words in which a person asked for it.
        locked: what the files are to say.
        index: to be named in the project file, with its root.
    """
    text = workspace.text
    if locked.changed or change.removed or index:
        edited = _edited(workspace, change, locked.changed, index[0] if index else None)
        text = edited.encode()
        # What is written must say what was meant, whatever the file looked like before.
        again = ProjectFile.parse(text, workspace.file.name, pyproject=workspace.is_pyproject)
        assert again is not None
        assert again.packs == locked.project.packs
    if index:
        path = workspace.root / index[0].root
        with explaining(f"write {path}"):
            replace_file(path, index[1])
    workspace.write(text, locked.lock.encode())


def _edited(workspace: Workspace, change: Change, changed: Mapping[PackName, Need], index: IndexEntry | None) -> str:
    spelled = dict.fromkeys(changed, change.spelled) if change.where is not None else {}
    return edit(
        workspace.text.decode("utf-8-sig"),
        pyproject=workspace.is_pyproject,
        packs=changed,
        spelled=spelled,
        removed=change.removed,
        index=index,
    )
