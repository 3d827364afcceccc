"""From what a person asks for to what the project file is to say: its needs, and what it asks for then.

Touches no file. An index is asked for one thing alone: the newest version of a pack that was named without one.
"""

from collections.abc import Mapping
from dataclasses import replace

from zoopkg.errors import NoResolutionError, UsageError
from zoopkg.install.indexes import Indexes
from zoopkg.install.wishes import Change
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.model.where import Where
from zoopkg.project.file import IndexEntry, Need, ProjectFile


def new_needs(change: Change, project: ProjectFile, indexes: Indexes) -> dict[PackName, Need]:
    """What the project file does not say yet; a bare name keeps what it says, or takes the newest as @latest.

    Raises:
        UsageError: one pack is asked for in two ways.
        NoResolutionError: there is no newest version.
    """
    needs: dict[PackName, Need] = {}
    for spec in change.specs:
        known = project.packs.get(spec.name)
        requirement = spec.requirement
        if requirement is None:
            requirement = known.requirement if known and not spec.latest else newest(spec.name, indexes)
        need = Need(
            requirement,
            change.where if change.where is not None else known.where if known else Where.ALL,
            change.group if change.group is not None else known.group if known else "",
        )
        if needs.setdefault(spec.name, need) != need:
            raise UsageError(
                f"{spec.name.short} is asked for as {needs[spec.name].requirement} and as {requirement}",
                hint="Leave one of them out.",
            )
    return {name: need for name, need in needs.items() if project.packs.get(name) != need}


def newest(name: PackName, indexes: Indexes) -> Requirement:
    """What allows the newest version of a pack that was released and not yanked, and what is compatible with it.

    Raises:
        NoResolutionError: the index has no such pack, or no such version of it.
    """
    from zoopkg.install.locking import IndexCatalog  # noqa: PLC0415  (a warm install resolves nothing)

    catalog = IndexCatalog(indexes)
    candidates = catalog.candidates(name)
    if candidates is None:
        raise NoResolutionError(catalog.absent(name), hint=catalog.meant(name))
    released = [each.version for each in candidates if not each.yanked and not each.version.prerelease]
    if not released:
        raise NoResolutionError(
            f"the index '{indexes.serving(name.namespace)}' has no version of {name} that was released and not yanked",
            hint=f"`zoopkg info {name.short}` lists what there is.",
        )
    return Requirement.parse(f"^{max(released)}")


def changed_project(
    project: ProjectFile, change: Change, needs: Mapping[PackName, Need], index: IndexEntry | None, file: str
) -> ProjectFile:
    """What the project asks for once the change is made.

    Args:
        project: what it asks for now.
        change: says what is removed.
        needs: what the project file does not say yet.
        index: to be named in it.
        file: its name, for messages.

    Raises:
        UsageError: what is to be removed is not there.
    """
    for name in change.removed:
        if name not in project.packs:
            named = ", ".join(sorted(each.short for each in project.packs)) or "no packs"
            raise UsageError(f"{file} does not ask for {name.short}", hint=f"It asks for {named}.")
    packs = {name: need for name, need in {**project.packs, **needs}.items() if name not in change.removed}
    return replace(project, packs=packs, indexes={**project.indexes, **({index.name: index} if index else {})})
