"""The files of a pack as a tree of folders, which a manifest does not have. Reads nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from zoopkg.model.instance import Instance


@dataclass(frozen=True, slots=True)
class Tree:
    """Files and folders by their paths.

    Attributes:
        files: each file.
        folders: the paths of what lies in each folder, sorted; the top is the empty path.
    """

    files: Mapping[str, Instance]
    folders: Mapping[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, instances: Iterable[Instance]) -> Self:
        """The tree that these files make."""
        files = {each.path: each for each in instances}
        folders: dict[str, set[str]] = {"": set()}
        for path in files:
            child = path
            while child:
                folder = child.rpartition("/")[0]
                known = folder in folders
                folders.setdefault(folder, set()).add(child)
                if known:
                    break
                child = folder
        return cls(files, {folder: sorted(children) for folder, children in folders.items()})
