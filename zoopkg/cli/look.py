"""`list`: what zoo.lock pins, and what the project wants of it. Asks no index."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common, names
from zoopkg.cli.output import table
from zoopkg.cli.told import (
    identity,
    need_document,
    need_of,
    pack_document,
    reasons_told,
    title,
    warn_if_stale,
    withdrawals,
)
from zoopkg.install.workspace import Workspace
from zoopkg.model.text import human, plural, printable
from zoopkg.model.where_told import told

if TYPE_CHECKING:
    from zoopkg.install.parts import Part
    from zoopkg.project.graph import Graph
    from zoopkg.project.lock import Lock, LockedPack


@click.command("list")
@common
def list_(run: Run) -> None:
    """List the packs that zoo.lock pins.

    Version, instances, bytes, license; then the filter and the group of what the project asks for, and of the others
    who requires them, with the folder of a version that lies beside another one; and, as far as this machine knows, why
    a pack was withdrawn.
    """
    from zoopkg.project.graph import Graph

    workspace = Workspace.find(run.directory)
    warn_if_stale(run, workspace)
    lock = workspace.lock
    packs = sorted(lock.packs, key=lambda pack: (pack.name, pack.version)) if lock else ()
    if lock is None or not packs:
        run.out.result([], [])
        run.out.say(f"No packs are locked in {workspace.root}")
        return
    graph, parts = Graph(lock), _parts(lock)
    withdrawn = withdrawals(run, workspace, parts.values())
    rows = [_row(lock, pack, parts.get(pack), graph, withdrawn.get(pack, "")) for pack in packs]
    documents = [
        _pack_document(lock, pack, parts.get(pack), graph) | {"withdrawn": withdrawn.get(pack, "")} for pack in packs
    ]
    run.out.result(table(rows), documents)


def _parts(lock: "Lock") -> "Mapping[LockedPack, Part]":
    """Where each pack goes when every group is installed, and how much of it."""
    from zoopkg.install.parts import parts_of

    groups = {root.need.group for root in lock.roots.values()} - {""}
    return {part.pack: part for part in parts_of(lock, groups)}


def _row(lock: "Lock", pack: "LockedPack", part: "Part | None", graph: "Graph", withdrawn: str) -> list[str]:
    size = [plural(pack.instances, "instance"), human(pack.size)]
    remark = "; ".join(filter(None, [*reasons_told(withdrawn, "", ""), _remark(lock, pack, part, graph)]))
    return [pack.name.short, str(pack.version), *size, printable(pack.license), remark]


def _remark(lock: "Lock", pack: "LockedPack", part: "Part | None", graph: "Graph") -> str:
    """What is special about a pack in this project."""
    need, requiring = need_of(lock, pack), names(map(title, graph.requiring(pack)))
    words = []
    if need and need.group:
        words.append(f"in the group {need.group}")
    if need and need.where:
        whole = f", yet whole for {requiring}" if part and not part.where else ""
        words.append(f"where {told(need.where)}{whole}")
    if need is None:
        words.append(f"required by {requiring}" if requiring else "nothing asks for it any more")
    if part and part.folder.rpartition("/")[2] != pack.name.name:
        words.append(f"in {part.folder}")
    return "; ".join(words)


def _pack_document(lock: "Lock", pack: "LockedPack", part: "Part | None", graph: "Graph") -> dict[str, Any]:
    need = need_of(lock, pack)
    return {
        **pack_document(pack),
        "license": pack.license,
        "requires": list(pack.requires),
        "required_by": [identity(each) for each in graph.requiring(pack)],
        "direct": need is not None,
        **need_document(need),
        "folder": part.folder if part else None,
    }
