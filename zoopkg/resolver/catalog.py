"""What the resolver asks of the world: the versions of a pack, and what they require. Holds the port, no adapter."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from zoopkg.model.names import PackName
from zoopkg.model.version import Spec, Version


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version that may be chosen.

    Attributes:
        version: of the pack.
        requires: what it requires; a spec without a requirement is met by any release.
        yanked: the reason why it should not be chosen any more, or empty.
    """

    version: Version
    requires: tuple[Spec, ...] = ()
    yanked: str = ""


class Catalog(Protocol):
    """What there is to choose from. It may be far away: only packs that the search touches are asked for."""

    def candidates(self, name: PackName) -> Sequence[Candidate] | None:
        """Every version of a pack in any order, or None where there is no such pack. Asked once for each name."""
        ...

    def absent(self, name: PackName) -> str:
        """For a pack that does not exist: who was asked, as part of a sentence ("the index 'zoo' has no pack x")."""
        ...

    def prefetch(self, names: Collection[PackName]) -> None:
        """A hint that these packs are likely to be asked for soon. Some may never be, and some may not exist.

        What goes wrong here is for `candidates` to tell, if it is asked at all.
        """
        ...
