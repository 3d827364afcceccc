"""Which indexes this machine trusts already, by the SHA-256 of the root that a person once named. Asks none of them."""

import hashlib
import os
import re
from pathlib import Path

from zoopkg.errors import UsageError, explaining
from zoopkg.index import starter
from zoopkg.index.location import is_folder, is_url, locate, read_root
from zoopkg.install.context import Context
from zoopkg.install.workspace import Workspace

_SHA256 = re.compile(r"[0-9a-f]{64}")


def trusted_roots(context: Context, workspace: Workspace) -> frozenset[str]:
    """The roots that the project file or the command line names, or that the store has a state for.

    A state is kept under the root that somebody named for it, and serves nobody who names another. The index that ships
    with zoopkg is none of them: its folder is asked at every use, and must not be behind what is trusted of it.

    Raises:
        UsageError: the command line names an index or a root that is not there.
    """
    named = {entry.root_sha256 for entry in workspace.project.indexes.values()}
    found = named | _of_store(context.store.root / "index") | _given(context, workspace)
    return frozenset(found - {locate(str(starter.starter_folder())).root_sha256})


def _of_store(states: Path) -> set[str]:
    with explaining(f"read the store {states.parent}"):
        return {name for name in os.listdir(states) if _SHA256.fullmatch(name)}


def _given(context: Context, workspace: Workspace) -> set[str]:
    roots = {hashlib.sha256(read_root(context.root_file)).hexdigest()} if context.root_file else set()
    index = context.index
    indexes = workspace.project.indexes
    if index is None or index == starter.NAME or index in indexes or index in (each.url for each in indexes.values()):
        return roots
    if not (is_url(index) or is_folder(index)):
        known = ", ".join((starter.NAME, *indexes))
        raise UsageError(f"'{index}' is no index that is known, no URL and no folder", hint=f"Known: {known}.")
    return roots | {locate(index, context.root_file).root_sha256}
