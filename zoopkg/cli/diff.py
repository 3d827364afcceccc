"""`diff`: what differs between two versions of a pack, or between two locks. Shows it; finding it is pure."""

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.told import counts_told, manifest_of, need_document, pack_document, published, title
from zoopkg.errors import NoResolutionError, UsageError, ZooError, explaining
from zoopkg.install.workspace import LOCK, Workspace
from zoopkg.model.instance import Instance
from zoopkg.model.manifest import Header
from zoopkg.model.manifest_diff import ManifestDiff, diff_manifests, summary
from zoopkg.model.text import human, plural, printable
from zoopkg.model.version import Spec
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack
from zoopkg.project.lockdiff import LockDiff, diff_locks

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes

_STDIN = "-"
_MAX_LOCK = 16 << 20


@dataclass(frozen=True, slots=True)
class _Versions:
    """Two versions, and what differs between them."""

    old: LockedPack
    new: LockedPack
    headers: tuple[Header, Header]
    diff: ManifestDiff

    def __bool__(self) -> bool:
        old, new = self.headers
        return bool(self.diff) or (old.license, old.requires) != (new.license, new.requires)


@click.command()
@click.argument("one", metavar="A")
@click.argument("other", metavar="[B]", required=False)
@common
def diff(run: Run, one: str, other: str | None) -> None:
    """Show what differs between two versions, or two locks.

    Two versions, each a SPEC; the locked version of a pack and another one, where A is the only SPEC; or two locks,
    each a file, or `-` for standard input.

    Instances are added, removed, changed (one path, other bytes), renamed (one content, another path) or described
    otherwise (other facets, license or note); `--verbose` lists each. The exit code is 0 either way.
    """
    workspace = Workspace.find(run.directory)
    locks = [_is_lock(text) for text in (one, other) if text is not None]
    if not any(locks):
        indexes = run.context.indexes(workspace)
        _tell_versions(run, _compared(run, indexes, *_two(indexes, workspace, one, other)))
        return
    if other is None or not all(locks):
        raise UsageError(
            "a lock is compared with another lock", hint=f"For instance: git show HEAD:{LOCK} | zoopkg diff - {LOCK}"
        )
    if one == other == _STDIN:
        raise UsageError("standard input can be only one of two locks", hint="Name a file for the other one.")
    _tell_locks(run, workspace, diff_locks(_read(run, one), _read(run, other)))


def _is_lock(text: str) -> bool:
    """Whether a lock is meant and not a pack, whose name has no dot and begins with a letter or a digit."""
    return text == _STDIN or ("@" not in text and ("." in text or os.path.isabs(text)))


def _read(run: Run, text: str) -> Lock:
    if text == _STDIN:
        data = sys.stdin.buffer.read(_MAX_LOCK + 1)
    else:
        path = run.directory / text
        with explaining(f"read {path}"):
            try:
                with path.open("rb") as file:
                    data = file.read(_MAX_LOCK + 1)
            except FileNotFoundError as error:
                raise UsageError(f"there is no file {path}", hint="Name two versions, or two locks.") from error
    if len(data) > _MAX_LOCK:
        raise UsageError(f"{text} is larger than {_MAX_LOCK} bytes, and no lock is")
    return Lock.decode(data, "standard input" if text == _STDIN else text)


def _two(indexes: "Indexes", workspace: Workspace, one: str, other: str | None) -> tuple[LockedPack, LockedPack]:
    """The two versions that are meant; of one spec, first the locked version."""
    lock = None if workspace.has_conflict else workspace.lock
    if other is not None:
        return _version(indexes, lock, Spec.parse(one)), _version(indexes, lock, Spec.parse(other))
    spec = Spec.parse(one)
    pack = lock.pack(spec.name) if lock else None
    if pack is None:
        raise NoResolutionError(
            f"no version of {spec.name.short} is locked here", hint="Name two: zoopkg diff NAME@1.0.0 NAME@1.1.0"
        )
    return pack, _version(indexes, None, spec)


def _version(indexes: "Indexes", lock: Lock | None, spec: Spec) -> LockedPack:
    """The version that a spec means: the locked one if it will do, else what the index has."""
    if lock and (locked := lock.meant(spec)):
        return locked
    record, release = published(indexes, spec)
    return LockedPack.of(record.name, release, indexes.serving(record.name.namespace))


def _compared(run: Run, indexes: "Indexes", old: LockedPack, new: LockedPack) -> _Versions:
    before, after = manifest_of(run, indexes, old), manifest_of(run, indexes, new)
    return _Versions(old, new, (before.header, after.header), diff_manifests(before, after))


def _tell_versions(run: Run, found: _Versions) -> None:
    lines = [_heading(found.old, found.new), *_lines(found, verbose=run.out.verbose)]
    run.out.result(lines if found else [], _document(found))
    if not found:
        run.out.say(f"{title(found.old)} and {title(found.new)} have the same {plural(found.diff.same, 'instance')}")


def _heading(old: LockedPack, new: LockedPack) -> str:
    return f"{title(old)} -> {new.version if old.name == new.name else title(new)}"


def _lines(found: _Versions, *, verbose: bool) -> Iterator[str]:
    """What differs between two versions, indented; with each path if there is to be more of it."""
    diff = found.diff
    for what, sign, some in (("added", "+", diff.added), ("removed", "-", diff.removed)):
        if some:
            yield f"  {len(some):,} {what} ({human(sum(each.size for each in some))}){_facets(some)}"
            yield from (f"    {sign} {printable(each.path)}" for each in some if verbose)
    for what, pairs in (("changed", diff.changed), ("described otherwise", diff.described)):
        if pairs:
            yield f"  {len(pairs):,} {what}{_facets(new for _, new in pairs)}"
            yield from (f"    ~ {printable(old.path)}" for old, _ in pairs if verbose)
    if diff.renamed:
        yield f"  {len(diff.renamed):,} renamed"
        yield from (f"    {printable(old.path)} -> {printable(new.path)}" for old, new in diff.renamed if verbose)
    before, after = found.headers
    if before.license != after.license:
        yield f"  license {printable(before.license)} -> {printable(after.license)}"
    for sign, these, those in (("+", after, before), ("-", before, after)):
        yield from (f"  requires {sign} {printable(each)}" for each in these.requires if each not in those.requires)
    yield f"  {diff.same:,} the same"


def _facets(instances: Iterable[Instance]) -> str:
    told = [f"{facet} {counts_told(facet, counts, 3)}" for facet, counts in summary(instances).items()]
    return f": {'; '.join(told)}" if told else ""


def _document(found: _Versions) -> dict[str, Any]:
    diff = found.diff
    pairs = {"changed": diff.changed, "described": diff.described, "renamed": diff.renamed}
    changed = [new for _, new in diff.changed]
    return {
        "from": _side(found.old, found.headers[0]),
        "to": _side(found.new, found.headers[1]),
        "added": [_instance(each) for each in diff.added],
        "removed": [_instance(each) for each in diff.removed],
        **{what: [{"from": _instance(a), "to": _instance(b)} for a, b in some] for what, some in pairs.items()},
        "same": diff.same,
        "summary": {"added": summary(diff.added), "removed": summary(diff.removed), "changed": summary(changed)},
    }


def _side(pack: LockedPack, header: Header) -> dict[str, Any]:
    return {
        "name": str(pack.name),
        "version": str(pack.version),
        "content": str(pack.content),
        "instances": header.count,
        "bytes": header.size,
        "license": header.license,
        "requires": list(header.requires),
    }


def _instance(instance: Instance) -> dict[str, Any]:
    return {"path": instance.path, "digest": str(instance.digest), "bytes": instance.size}


def _tell_locks(run: Run, workspace: Workspace, found: LockDiff) -> None:
    indexes = run.context.indexes(workspace) if found.moved else None
    moved = [(old, new, _content(run, indexes, old, new)) for old, new in found.moved if indexes]
    lines = [f"+ {title(pack)}" for pack in found.added] + [f"- {title(pack)}" for pack in found.removed]
    for old, new, inside in moved:
        lines += [f"~ {_heading(old, new)}", *_inside(old, new, inside, verbose=run.out.verbose)]
    lines += [f"? {each.name.short}: {_asked(each.before)} -> {_asked(each.after)}" for each in found.asked]
    document = {
        "added": [pack_document(pack) for pack in found.added],
        "removed": [pack_document(pack) for pack in found.removed],
        "moved": [
            {"from": pack_document(old), "to": pack_document(new), "diff": _document(inside) if inside else None}
            for old, new, inside in moved
        ],
        "asked": [
            {"name": str(each.name), "from": _need(each.before), "to": _need(each.after)} for each in found.asked
        ],
    }
    run.out.result(lines, document)
    if not found:
        run.out.say("The two locks are for the same packs")


def _content(run: Run, indexes: "Indexes", old: LockedPack, new: LockedPack) -> _Versions | None:
    """What differs between the contents of two locked versions, None where a manifest cannot be had."""
    try:
        return _compared(run, indexes, old, new)
    except ZooError as error:
        run.out.warn(f"what differs in {_heading(old, new)} is not known: {error.message}")
        return None


def _inside(old: LockedPack, new: LockedPack, inside: _Versions | None, *, verbose: bool) -> Iterator[str]:
    if old.index != new.index:
        yield f"  from the index {new.index} instead of {old.index}"
    if old.version == new.version and old.content != new.content:
        yield "  other content under the same version, which an honest index never has"
    if inside:
        yield from _lines(inside, verbose=verbose)


def _asked(need: Need | None) -> str:
    return str(need) if need else "not asked for"


def _need(need: Need | None) -> dict[str, Any] | None:
    return need_document(need) if need else None
