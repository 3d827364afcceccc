"""`store dir|size|gc|clean|verify`: this machine's store of instances, looked at and made smaller."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click

from zoopkg.cli.common import Run, common, option
from zoopkg.cli.output import table
from zoopkg.model.text import human, plural

if TYPE_CHECKING:
    from zoopkg.install.needed import Needs
    from zoopkg.store.gc import Item, Plan
    from zoopkg.store.registry import Project

_MOST_PACKS = 20
_YES = option("--yes", is_flag=True, help="Remove it; without, only tell.")


@click.group()
def store() -> None:
    """Look at this machine's store, and make it smaller."""


@store.command("dir")
@common
def dir_(run: Run) -> None:
    """Print the store's folder."""
    run.out.path(str(run.context.store_path), {"store": str(run.context.store_path)})


@store.command()
@common
def size(run: Run) -> None:
    """Count the store's instances and their bytes."""
    sizes = [entry.stat(follow_symlinks=False).st_size for _, entry in run.store.all_objects()]
    total = sum(sizes)
    run.out.result(
        f"{plural(len(sizes), 'instance')}, {human(total)}, in {run.context.store_path}",
        {"store": str(run.context.store_path), "instances": len(sizes), "bytes": total},
    )


@store.command()
@_YES
@option("--min-age", type=click.IntRange(0), default=60, metavar="MINUTES", help="Keep what changed so lately.")
@common
def gc(run: Run, yes: bool, min_age: int) -> None:
    """Tell what no project needs any more, or remove it.

    Contents, manifests and layouts that no zoo.lock on this machine pins and no data folder holds. Removes them with
    `--yes`. What was withdrawn counts as needed by nobody, though a zoo.lock pins it. Projects are known since their
    last install. Where one of them cannot be read, a lock with a merge conflict in it for instance, nothing is removed,
    and the exit code is 1.
    """
    _remove(run, yes=yes, min_age=min_age, everything=False)


@store.command()
@_YES
@common
def clean(run: Run, yes: bool) -> None:
    """Tell what can be fetched again, or remove it.

    Which is all contents, manifests and layouts, but for what data folders of symbolic links lead to. Removes it with
    `--yes`. What is trusted of indexes stays.
    """
    _remove(run, yes=yes, min_age=0, everything=True)


def _remove(run: Run, *, yes: bool, min_age: int, everything: bool) -> None:
    import time

    from zoopkg.cli.progress import Display
    from zoopkg.install.needed import needs_of, origins
    from zoopkg.install.withdrawn import known_to
    from zoopkg.store.gc import collect, make_plan
    from zoopkg.store.registry import Registry
    from zoopkg.store.usage import alone

    registry = Registry(run.store.root)
    with alone(run.store.root) if yes else nullcontext():
        if yes:
            run.store.recover()
        known = known_to(run.context)
        needs = needs_of(run.store, registry.projects(), known=known, linked_only=everything)
        plan = make_plan(run.store, needs.needed, now=time.time(), min_age=min_age * 60)
        came_with = origins(run.store, plan.waste)
        if yes:
            with Display(run.out) as display:
                display.begin("Removing", sum(item.size for item in plan.waste))
                collect(plan.waste, display.advance)
            for project in needs.vanished:
                registry.forget(project)
    if not everything and plan.waste and not (needs.living or needs.vanished):
        run.out.warn("this store knows of no project: run `zoopkg install` in those that you use, then ask again")
    document = {
        "store": str(run.store.root),
        "projects": _projects(needs.living),
        "vanished": _projects(needs.vanished),
        "unneeded": _sums(plan.waste),
        "withdrawn": _sums(_withdrawn(plan, needs)) | {"held_in": _projects(needs.holding)},
        "packs": {name: _sums(items) for name, items in came_with.items()},
        "young": _sums(plan.young),
        "kept": plan.kept,
        "removed": yes,
    }
    lines = [*_lines(plan, needs, everything=everything), *_origin_lines(came_with)]
    run.out.result([*lines, _verdict(plan, yes=yes)], document)


def _projects(projects: "Iterable[Project]") -> list[dict[str, str]]:
    return [{"project": str(each.root), "data": str(each.data)} for each in projects]


def _sums(items: "Iterable[Item]") -> dict[str, int]:
    listed = list(items)
    objects = [item for item in listed if item.kind is None]
    return {
        "instances": len(objects),
        "bytes": sum(item.size for item in objects),
        "documents": len(listed) - len(objects),
        "freed": sum(item.freed for item in listed),
    }


def _withdrawn(plan: "Plan", needs: "Needs") -> "list[Item]":
    """The contents that projects still pin, and that go all the same."""
    return [item for item in plan.waste if item.kind is None and item.digest in needs.withdrawn]


def _told(items: "Sequence[Item]") -> str:
    objects = [item.size for item in items if item.kind is None]
    return f"{plural(len(objects), 'instance')} ({human(sum(objects))}), {_documents(len(items) - len(objects))}"


def _documents(count: int) -> str:
    return "1 manifest or layout" if count == 1 else f"{count:,} manifests and layouts"


def _lines(plan: "Plan", needs: "Needs", *, everything: bool) -> Iterator[str]:
    if everything:
        yield f"Can be fetched again: {_told(plan.waste)}"
        for project in needs.linked:
            yield f"Kept, since its files are symbolic links into the store: what {project.data} has"
    else:
        projects = plural(len(needs.living), "project")
        yield f"Needed by none of {projects}: {_told(plan.waste)}"
    if withdrawn := _withdrawn(plan, needs):
        yield f"Of these, withdrawn, though projects here pin them: {_told(withdrawn)}"
    for project in needs.holding:
        links = "symbolic links to it, which lead nowhere without the store" if project in needs.linked else "its files"
        yield f"Withdrawn data is in {project.data}: {links}; another version takes it away (zoopkg update)"
    for project in needs.vanished:
        yield f"{'Nothing is installed in' if project.root.is_dir() else 'No longer there:'} {project.root}"
    if plan.young:
        yield f"Kept, since it is young: {_told(plan.young)}"


def _origin_lines(came_with: "dict[str, list[Item]]") -> Iterator[str]:
    known = sorted((name for name in came_with if name), key=lambda name: -len(came_with[name]))
    shown = known[:_MOST_PACKS]
    rest = [item for name, items in came_with.items() if name not in shown for item in items]
    rows = [(name, came_with[name]) for name in shown] + ([("others", rest)] if rest else [])
    for line in table([[name, plural(len(items), "instance"), human(_size(items))] for name, items in rows]):
        yield f"  {line}"


def _size(items: "Iterable[Item]") -> int:
    return sum(item.size for item in items)


def _verdict(plan: "Plan", *, yes: bool) -> str:
    if not plan.waste:
        return "Nothing to remove"
    freed = human(sum(item.freed for item in plan.waste))
    linked = sum(item.size for item in plan.waste if not item.freed)
    still = f"; {human(linked)} stay in use by hard links in projects" if linked else ""
    if yes:
        return f"Removed, and {freed} freed{still}"
    return f"This would free {freed}{still}. Nothing is removed yet: add --yes to do it"


@store.command()
@common
def verify(run: Run) -> int:
    """Hash every instance in the store.

    Removes those that are wrong; the next install fetches them again. Exit code 5 if any was.
    """
    from zoopkg.cli.progress import Display
    from zoopkg.store.audit import audit

    run.store.recover()
    with Display(run.out) as display:
        result = audit(run.store, run.workers, display)
    lines = [f"{digest}: wrong, and removed" for digest in result.removed]
    verdict = f"{plural(result.checked, 'instance')} ({human(result.size)}) checked, {len(result.removed):,} wrong"
    run.out.result(
        [*lines, verdict],
        {"checked": result.checked, "bytes": result.size, "removed": [str(digest) for digest in result.removed]},
    )
    return 5 if result.removed else 0
