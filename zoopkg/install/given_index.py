"""The index that the command line names, by URL or folder: how the project file would name it.

Writes nothing, and decides about no namespace: see `zoopkg.install.indexes`.
"""

import os
import re
from pathlib import Path

from zoopkg.errors import UsageError
from zoopkg.index import starter
from zoopkg.index.location import is_folder, is_url, locate
from zoopkg.install.index_clients import IndexClients
from zoopkg.project.file import IndexEntry, ProjectFile
from zoopkg.transport.shorthand import template_of
from zoopkg.transport.urls import redacted

_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")


def given_index(
    text: str, root_file: Path | None, project: ProjectFile, folder: Path, clients: IndexClients
) -> IndexEntry:
    """The project's own entry for an index that it names already, else a new one, which the clients then know.

    Args:
        text: a URL, a short name for one, or a folder.
        root_file: the index's root, where it is known.
        project: may name the index.
        folder: the project's.
        clients: one of them is asked for the namespaces of a new index.

    Raises:
        UsageError: it is neither, or lacks a root.
        ZooError: the index cannot be asked, or is not to be trusted.
    """
    if not is_url(text) and not is_folder(text):
        known = ", ".join((starter.NAME, *project.indexes))
        raise UsageError(f"'{redacted(text)}' is no index that is known, no URL and no folder", hint=f"Known: {known}.")
    url = template_of(text) or text if is_url(text) else _portable(Path(text), folder)
    entries = [entry for entry in project.indexes.values() if entry.url == url]
    if entries and root_file is None:
        return entries[0]  # with the namespaces that it was given: it may have taken more since
    location = locate(text, root_file)
    for same in entries:
        if same.root_sha256 == location.root_sha256:
            return same
    name = _new_name(text, project)
    clients.add(name, location)
    return IndexEntry(name, url, clients.client(name).namespaces(), location.root_sha256, f"{name}-root.json")


def _portable(index: Path, folder: Path) -> str:
    """The folder of an index as the project file names it: relative where the user named it so."""
    if index.is_absolute():
        return index.as_posix()
    return Path(os.path.relpath(index.absolute(), folder)).as_posix()


def _new_name(text: str, project: ProjectFile) -> str:
    place = redacted(text).partition(":")[2] if is_url(text) else Path(text).absolute().name
    base = _NOT_IN_NAME.sub("-", place.lower()).strip("-")
    base = base or "index"
    taken = {starter.NAME, *project.indexes}
    return next(name for n in range(1, 1000) if (name := base if n == 1 else f"{base}-{n}") not in taken)
