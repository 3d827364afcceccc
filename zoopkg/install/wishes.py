"""What is wanted of a project, and what came of it: the values that `zoopkg.install.sync` takes and gives.

No disk, no index, and no decisions.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Spec
from zoopkg.model.where import Where
from zoopkg.project.edit import Spelled
from zoopkg.project.file import Need, ProjectFile
from zoopkg.project.lock import Lock

if TYPE_CHECKING:
    from zoopkg.install.install import Report
    from zoopkg.install.parts import Part
    from zoopkg.model.blob import Blob


@dataclass(frozen=True, slots=True)
class Change:
    """What a person wants to be different in a project.

    Attributes:
        specs: packs to ask for.
        where: which of their instances; None leaves what the project file says.
        spelled: the same in the person's own words.
        group: where they belong; None leaves what the project file says.
        removed: packs not to ask for any more.
        upgraded: packs whose pins do not count; None means all of them.
    """

    specs: Sequence[Spec] = ()
    where: Where | None = None
    spelled: Spelled = field(default_factory=dict)
    group: str | None = None
    removed: Sequence[PackName] = ()
    upgraded: Collection[PackName] | None = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be different."""
        return not (self.specs or self.removed or self.upgraded is None or self.upgraded)


@dataclass(frozen=True, slots=True)
class Wish:
    """How the lock may be treated, and what of it to install.

    Attributes:
        locked: fail where the lock does not match the project file.
        frozen: use the lock as it is, and ask no index.
        groups: install what belongs to these groups, too.
    """

    locked: bool = False
    frozen: bool = False
    groups: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock that serves the project, and what came of making it.

    Attributes:
        project: what the project asks for now.
        blobs: what an index told of the lock's manifests and layouts, by digest.
        changed: the needs that the project file did not say before.
    """

    lock: Lock
    project: ProjectFile
    blobs: "Mapping[Digest, Blob]" = field(default_factory=dict)
    changed: Mapping[PackName, Need] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync came to: the report of the install, what is installed, and the lock that says so."""

    report: "Report"
    parts: "tuple[Part, ...]"
    locked: Locked
