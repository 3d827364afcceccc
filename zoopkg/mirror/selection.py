"""Which releases some specs select, with those that they require, directly or through others. Pure.

Every version that a spec allows, yanked ones too, since locks may name them; a mirror resolves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from zoopkg.errors import NoResolutionError
from zoopkg.model.blob import Blob
from zoopkg.model.names import PackName
from zoopkg.model.record import Record
from zoopkg.model.version import Spec, Version


@dataclass(frozen=True, slots=True)
class Copied:
    """What copying needs to know of a release."""

    version: Version
    manifest: Blob
    layout: Blob
    requires: tuple[str, ...]
    yanked: bool

    @classmethod
    def all_of(cls, record: Record) -> tuple[Self, ...]:
        """Every release of a record, oldest version first."""
        return tuple(cls(r.version, r.manifest, r.layout, r.requires, bool(r.yanked)) for r in record.releases)


def selected(packs: Mapping[PackName, Sequence[Copied]], specs: Sequence[Spec]) -> list[Copied]:
    """The releases to copy: all of them where there are no specs.

    Raises:
        NoResolutionError: the index has no such pack, or no such version.
    """
    if not specs:
        return [release for releases in packs.values() for release in releases]
    found: dict[tuple[PackName, Version], Copied] = {}
    for spec in specs:
        chosen = _allowed(packs, spec)
        if not chosen:
            what = "version" if spec.name in packs else "pack"
            raise NoResolutionError(f"the index has no {what} {_told(spec)}", hint="`zoopkg info NAME` lists versions.")
        _add(found, packs, spec.name, chosen)
    return list(found.values())


def _add(
    found: dict[tuple[PackName, Version], Copied],
    packs: Mapping[PackName, Sequence[Copied]],
    name: PackName,
    releases: Iterable[Copied],
) -> None:
    """Add releases and all that they require; what other indexes serve is theirs."""
    waiting = [(name, release) for release in releases]
    while waiting:
        name, release = waiting.pop()
        if (name, release.version) in found:
            continue
        found[name, release.version] = release
        for spec in map(Spec.parse, release.requires):
            waiting += [(spec.name, each) for each in _allowed(packs, spec)]


def _allowed(packs: Mapping[PackName, Sequence[Copied]], spec: Spec) -> list[Copied]:
    releases = packs.get(spec.name, ())
    if spec.latest:
        return [release for release in releases if not (release.yanked or release.version.prerelease)][-1:]
    return [each for each in releases if spec.requirement is None or spec.requirement.allows(each.version)]


def _told(spec: Spec) -> str:
    return f"{spec.name.short} {spec.requirement or ('latest' if spec.latest else '')}".strip()
