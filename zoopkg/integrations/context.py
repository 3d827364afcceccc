"""Settings for code that runs within another program: from arguments and variables, warnings go to the log."""

from dataclasses import replace
from pathlib import Path
from typing import TypedDict

from zoopkg.install.context import Context
from zoopkg.install.progress import Logged


class Settings(TypedDict, total=False):
    """What arguments may say; where they say nothing, ZOOPKG_ variables do.

    Attributes:
        directory: where to look for the project.
        store: the store's folder.
        index: another index, by name, URL or folder.
        root: the root file to trust that index by.
        offline: whether the network is ruled out.
    """

    directory: str | None
    store: str | None
    index: str | None
    root: str | None
    offline: bool | None


LOGGED = Logged()
_warn = LOGGED.warn  # one object, so that equal settings make equal contexts


def context(settings: Settings) -> Context:
    """The context for these settings; equal as long as they, the variables and the working folder are.

    Raises:
        UsageError: a variable has a value that means nothing.
    """
    root, store, directory = (settings.get(name) for name in ("root", "store", "directory"))
    said = Context.from_environment(
        _warn,
        directory=_path(directory),
        store_root=_path(store),
        index=settings.get("index"),
        root_file=_path(root),
        offline=settings.get("offline"),
    )
    return replace(said, directory=said.directory.absolute())


def _path(text: object) -> Path | None:
    return None if text is None else Path(str(text))
