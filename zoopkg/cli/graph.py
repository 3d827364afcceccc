"""`tree` and `why`: what requires what, as zoo.lock has it. Asks no index."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.completing import pack_names
from zoopkg.cli.told import identity, need_document, need_of, title, warn_if_stale
from zoopkg.errors import LockOutdatedError, NoResolutionError
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.names import PackName
from zoopkg.model.text import plural
from zoopkg.model.version import Spec
from zoopkg.project.graph import Branch, Graph, Way
from zoopkg.project.lock import Lock, LockedPack

_MOST_WAYS = 10
_UNICODE = ("│   ", "├── ", "└── ")
_ASCII = ("|   ", "|-- ", "`-- ")


@click.command()
@click.argument("spec", metavar="[NAME[@V]]", required=False, shell_complete=pack_names)
@common
def tree(run: Run, spec: str | None) -> None:
    """Show what the project asks for, and what that requires.

    Below each pack what it requires, at the locked versions; or the same from one pack on. `(*)` marks a pack whose own
    packs are shown further up. Reads zoo.lock alone.
    """
    workspace = Workspace.find(run.directory)
    lock = _lock(run, workspace)
    graph = Graph(lock)
    tops = graph.roots if spec is None else _named(lock, spec)
    document = {
        "roots": [_document(pack) | need_document(need_of(lock, pack)) for pack in tops],
        "packs": [
            _document(pack) | {"requires": [identity(each) for each in graph.required(pack)]}
            for pack in graph.reachable(tops)
        ],
    }
    run.out.result(_drawn(lock, graph.tree(tops)), document)
    if not tops:
        run.out.say(f"No packs are locked in {workspace.root}")


@click.command()
@click.argument("spec", metavar="NAME[@V]", shell_complete=pack_names)
@common
def why(run: Run, spec: str) -> None:
    """Show how the project comes to a pack.

    Every way from what the project asks for, the shortest first, ten at most. Reads zoo.lock alone. Exit code 4 if the
    pack is not in it.
    """
    workspace = Workspace.find(run.directory)
    lock = _lock(run, workspace)
    graph = Graph(lock)
    found = [(pack, *graph.ways(pack, _MOST_WAYS)) for pack in _named(lock, spec)]
    document = [
        _document(pack) | {"paths": [[identity(each) for each in way] for way in ways], "more": more}
        for pack, ways, more in found
    ]
    lines = [line for each in found for line in _explained(lock, workspace.file.name, *each)]
    run.out.result(lines, document)


def _lock(run: Run, workspace: Workspace) -> Lock:
    """The lock, an empty one where the project asks for nothing.

    Raises:
        LockOutdatedError: there is none, though the project asks for packs; or a merge left its marks in it.
    """
    if workspace.lock is None and workspace.project.packs:
        raise LockOutdatedError(f"there is no {LOCK} in {workspace.root}", hint="Run `zoopkg install`.")
    warn_if_stale(run, workspace)
    return workspace.lock or Lock((), {})


def _named(lock: Lock, text: str) -> list[LockedPack]:
    """The locked versions that a spec means.

    Raises:
        NoResolutionError: there is none.
    """
    spec = Spec.parse(text)
    versions = lock.versions(spec.name)
    if not versions:
        raise NoResolutionError(f"{LOCK} has no pack {spec.name.short}", hint=_nearest(spec.name, lock))
    wanted = [pack for pack in versions if spec.requirement is None or spec.requirement.allows(pack.version)]
    if not wanted:
        there = " and ".join(str(pack.version) for pack in versions)
        raise NoResolutionError(f"{LOCK} has no {spec.name.short} {spec.requirement}", hint=f"It has {there}.")
    return wanted


def _nearest(name: PackName, lock: Lock) -> str:
    from difflib import get_close_matches

    if not lock.packs:
        return "Nothing is locked here yet."
    near = get_close_matches(name.short, sorted({pack.name.short for pack in lock.packs}), 1)
    return f"Did you mean {near[0]}?" if near else "`zoopkg list` shows what it has."


def _document(pack: LockedPack) -> dict[str, Any]:
    return {"name": str(pack.name), "version": str(pack.version)}


def _drawn(lock: Lock, branches: Iterable[Branch]) -> Iterator[str]:
    beam, fork, corner = _shapes()
    repeats = False
    for branch in branches:
        text = title(branch.pack)
        if branch.last:
            *above, last = branch.last
            lead = "".join("    " if each else beam for each in above) + (corner if last else fork)
            text = lead + text
        elif need := need_of(lock, branch.pack):
            text += f" ({need})"
        repeats = repeats or branch.repeated
        yield text + (" (*)" if branch.repeated else "")
    if repeats:
        yield "(*) what it requires is shown further up"


def _shapes() -> tuple[str, str, str]:
    """What to draw with: not every code page of Windows has lines."""
    try:
        "".join(_UNICODE).encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return _ASCII
    return _UNICODE


def _explained(lock: Lock, file: str, pack: LockedPack, ways: Sequence[Way], more: int) -> Iterator[str]:
    yield title(pack)
    for way in ways:
        need = need_of(lock, way[0])
        asked = f"{title(way[0])} ({need})" if need else title(way[0])
        yield "  " + " -> ".join([file, asked, *map(title, way[1:])])
    if more == _MOST_WAYS * 10:
        yield f"  and {more} more ways at least"
    elif more:
        yield f"  and {plural(more, 'more way')}"
    elif not ways:
        yield "  nothing asks for it any more; `zoopkg lock` drops it"
