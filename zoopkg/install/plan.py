"""What an install has to do: a pure comparison of what the lock wants with what the project's folder has.

No disk here: the caller says what each pack contains, what zoopkg put into the folder before, and what of that is
still as it was put.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from zoopkg.model.digest import Digest


@dataclass(frozen=True, slots=True)
class Wanted:
    """A content that a path of the data folder is to have."""

    digest: Digest
    size: int


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference between a data folder and what it should be.

    Attributes:
        link: paths that are free, with the content to put there.
        replace: paths that hold another content of zoopkg's.
        remove: paths that hold a content of zoopkg's and are no longer wanted.
        keep: how many paths are right already.
        edited: paths that zoopkg filled and someone changed since: they stay as they are.
        foreign: wanted paths where something lies that zoopkg did not put there: they must be moved away first.
    """

    link: Mapping[str, Wanted]
    replace: Mapping[str, Wanted]
    remove: tuple[str, ...]
    keep: int
    edited: tuple[str, ...]
    foreign: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.link or self.replace or self.remove)


def make_plan(
    wanted: Mapping[str, Wanted],
    owned: Collection[str],
    found: Mapping[str, Digest | None],
    *,
    unsure: Collection[str] = (),
    relink: bool = False,
) -> Plan:
    """Compare what is wanted with what is there.

    Args:
        wanted: every path that the data folder is to have, and its content.
        owned: the paths that zoopkg filled before.
        found: of all these, the paths where something lies: the content if it is as zoopkg puts it there, else None.
        unsure: of the owned paths, those that only an install that was cut off meant to fill: what else lies there
            counts as somebody's own.
        relink: put right files there once more, since the way to link them changed.
    """
    link: dict[str, Wanted] = {}
    replace: dict[str, Wanted] = {}
    edited: list[str] = []
    foreign: list[str] = []
    for path, want in wanted.items():
        if path not in found:
            link[path] = want
        elif found[path] is None:
            (edited if path in owned and path not in unsure else foreign).append(path)
        elif relink or found[path] != want.digest:
            replace[path] = want
    gone = [path for path in owned if path not in wanted and path in found]
    return Plan(
        link=link,
        replace=replace,
        remove=tuple(sorted(path for path in gone if found[path] is not None)),
        keep=len(wanted) - len(link) - len(replace) - len(edited) - len(foreign),
        edited=tuple(sorted(edited + [path for path in gone if found[path] is None and path not in unsure])),
        foreign=tuple(sorted(foreign)),
    )
