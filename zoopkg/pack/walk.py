"""The files of a pack's folder: which there are, and which must not be. Reads names and kinds, no bytes."""

import os
from collections.abc import Iterator
from pathlib import Path

from zoopkg.errors import UsageError, ZooError, explaining
from zoopkg.model.names import PathSet, check_path
from zoopkg.pack.recipe import Recipe

DESCRIPTIONS = frozenset(("pack.toml", "README.md", "review.toml"))


def walk(folder: Path, recipe: Recipe) -> list[str]:
    """The paths of a pack's files relative to its folder, sorted, parts joined by `/`.

    Raises:
        UsageError: a path that not every system takes, two that collide, a link that leaves the folder, something
            that is no file, or no file at all.
    """
    with explaining(f"read the folder {folder}"):
        root = folder.resolve(strict=True)
        paths = sorted(path for path in _files(root, "", recipe) if path not in DESCRIPTIONS)
    seen = PathSet()
    for path in paths:
        try:
            check_path(path)
            seen.add(path)
        except ZooError as error:
            raise UsageError(f"{folder}: {error.message}", hint=error.hint) from error
    if not paths:
        raise UsageError(f"{folder} holds no file for a pack", hint="Put the files beside pack.toml, then build again.")
    return paths


def _files(root: Path, below: str, recipe: Recipe) -> Iterator[str]:
    with os.scandir(root / below) as entries:
        for entry in entries:
            path = f"{below}{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                if not recipe.excludes(path):
                    yield from _files(root, f"{path}/", recipe)
            elif recipe.includes(path):
                _check_kind(entry, path, root)
                yield path


def _check_kind(entry: os.DirEntry[str], path: str, root: Path) -> None:
    if entry.is_symlink():
        target = os.path.realpath(entry.path)  # unlike Path.resolve, it takes a link to itself
        if root not in Path(target).parents:
            raise UsageError(
                f"{root / path} is a symbolic link that leaves the folder",
                hint="Put a copy of the file in its place.",
            )
        if not os.path.exists(target):
            raise UsageError(f"{root / path} is a symbolic link to nothing", hint="Take it out of the folder.")
    if not entry.is_file():  # of what is no link, the folder itself tells
        raise UsageError(f"{root / path} is neither a file nor a folder", hint="Take it out of the folder.")
