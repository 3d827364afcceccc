"""Changes to a project, from the words of the command line, and told back to a person."""

from collections.abc import Container, Iterator, Sequence

from zoopkg.install.wishes import Change, Locked
from zoopkg.install.workspace import Workspace
from zoopkg.model.names import PackName
from zoopkg.model.version import Spec
from zoopkg.model.where import Where, as_table
from zoopkg.project.file import check_group
from zoopkg.project.lock import Lock, LockedPack


def change_of(specs: Sequence[str], where: Sequence[str] = (), groups: Sequence[str] = ()) -> Change:
    """The change that `install` and `add` ask for."""
    return Change(
        specs=[Spec.parse(spec) for spec in specs],
        where=Where.parse(where) if where else None,
        spelled=as_table(where),
        group=check_group(groups[0]) if specs and groups else None,
    )


def changes_told(before: Workspace, locked: Locked, *, dry_run: bool = False) -> Iterator[str]:
    """A line for every need that is new, different or gone since it was locked, then one for every pin that moved."""
    old = None if before.has_conflict else before.lock
    needs = before.project.packs if old is None else {name: root.need for name, root in old.roots.items()}
    changed = {name: root.need for name, root in locked.lock.roots.items() if needs.get(name) != root.need}
    for name, need in changed.items():
        pack = locked.lock.root(name)
        version = f"({pack.version})" if pack else ""
        if name not in needs:
            yield f"{'Would add' if dry_run else 'Added'} {name.short} {need} {version}"
        else:
            verb = "Would change" if dry_run else "Changed"
            yield f"{verb} {name.short} from {needs[name]} to {need} {version}"
    for name in needs:
        if name not in locked.lock.roots:
            yield f"{'Would remove' if dry_run else 'Removed'} {name.short}{_why_kept(name, locked.lock)}"
    if old is not None:
        yield from _moves(old, locked.lock, changed, dry_run=dry_run)


def _why_kept(name: PackName, lock: Lock) -> str:
    """Who still requires a pack that the project asks for no more."""
    users = sorted({each.name.short for pack in lock.versions(name) for each in lock.packs if _requires(each, pack)})
    return f"; it stays, since {' and '.join(users)} require{'s' if len(users) == 1 else ''} it" if users else ""


def _requires(user: LockedPack, pack: LockedPack) -> bool:
    return f"{pack.name}@{pack.version}" in user.requires


def _moves(before: Lock, after: Lock, told: Container[PackName], *, dry_run: bool) -> Iterator[str]:
    """The pins that moved by themselves: what is asked for differently was told already."""
    for name in sorted({pack.name for pack in before.packs} | {pack.name for pack in after.packs}):
        old = [str(pack.version) for pack in before.versions(name)]
        new = [str(pack.version) for pack in after.versions(name)]
        if old and new and old != new and name not in told:
            yield f"{'Would update' if dry_run else 'Updated'} {name.short} {', '.join(old)} -> {', '.join(new)}"
