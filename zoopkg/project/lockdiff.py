"""What differs between two locks: packs that came, went or moved, and what the project asks for. Pure.

Dates, sizes and where bytes lie are not compared: a pack is the same where its version, content and index are.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Version, compatibility
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedPack

Move = tuple[LockedPack, LockedPack]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a project asks of a pack in one lock and in the other, None where it does not ask for it."""

    name: PackName
    before: Need | None
    after: Need | None


@dataclass(frozen=True, slots=True)
class LockDiff:
    """What differs from one lock to another; each part is sorted by name.

    Attributes:
        added: packs that only the second has.
        removed: packs that only the first has.
        moved: packs at another version; or at the same with other content or from another index, which is suspicious.
        asked: what the project asks for differently.
    """

    added: tuple[LockedPack, ...]
    removed: tuple[LockedPack, ...]
    moved: tuple[Move, ...]
    asked: tuple[Asked, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.moved or self.asked)


def diff_locks(before: Lock, after: Lock) -> LockDiff:
    """What differs from one lock to another."""
    added: list[LockedPack] = []
    removed: list[LockedPack] = []
    moved: list[Move] = []
    for name in sorted({pack.name for pack in (*before.packs, *after.packs)}):
        old, new = _unlike(before.versions(name), after.versions(name))
        pairs = _pairs(old, new)
        moved += pairs
        removed += [pack for pack in old if pack not in {each for each, _ in pairs}]
        added += [pack for pack in new if pack not in {each for _, each in pairs}]
    return LockDiff(tuple(added), tuple(removed), tuple(moved), tuple(_asked(before, after)))


def mismatches(lock: Lock, needs: Mapping[PackName, Need]) -> Iterator[str]:
    """A clause for each pack that a lock is for otherwise than a project asks for it."""
    for name in sorted({*lock.roots, *needs}):
        root, need = lock.roots.get(name), needs.get(name)
        if root is None:
            yield f"{name.short} is not locked"
        elif need is None:
            yield f"{name.short} is locked and not asked for any more"
        elif root.need != need:
            yield f"{name.short} is locked for {root.need} and asked for as {need}"


def _identity(pack: LockedPack) -> tuple[Version, Digest, str]:
    return pack.version, pack.content, pack.index


def _unlike(old: Iterable[LockedPack], new: Iterable[LockedPack]) -> tuple[list[LockedPack], list[LockedPack]]:
    """The versions of a pack without those that both locks have."""
    both = {_identity(pack) for pack in old} & {_identity(pack) for pack in new}
    return [p for p in old if _identity(p) not in both], [p for p in new if _identity(p) not in both]


def _pairs(old: list[LockedPack], new: list[LockedPack]) -> list[Move]:
    """Which version became which: first those that may stand in for one another, then the others in their order."""
    pairs: list[Move] = []
    for kind in {compatibility(pack.version) for pack in old}:
        pairs += zip(_of_kind(old, kind), _of_kind(new, kind), strict=False)
    old_left = [pack for pack in old if pack not in {each for each, _ in pairs}]
    new_left = [pack for pack in new if pack not in {each for _, each in pairs}]
    pairs += zip(old_left, new_left, strict=False)
    return sorted(pairs, key=lambda pair: pair[0].version)


def _of_kind(packs: Iterable[LockedPack], kind: str) -> list[LockedPack]:
    return [pack for pack in packs if compatibility(pack.version) == kind]


def _asked(before: Lock, after: Lock) -> Iterable[Asked]:
    for name in sorted({*before.roots, *after.roots}):
        old, new = before.roots.get(name), after.roots.get(name)
        if (old and old.need) != (new and new.need):
            yield Asked(name, old.need if old else None, new.need if new else None)
