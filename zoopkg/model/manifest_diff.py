"""What differs between two manifests, as streams of instances sorted by path. Reads none, and shows nothing.

Holds only what differs, so that two versions of a million instances each are compared in little memory.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby

from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance

Pair = tuple[Instance, Instance]

SUMMARISED = ("modality", "transfer_syntax", "kind", "defects")
"""The facets that tell at a glance what some instances are."""


@dataclass(frozen=True, slots=True)
class ManifestDiff:
    """What differs from one version to another; each part is sorted by path, the pairs by the first one's.

    Attributes:
        added: instances that only the second has.
        removed: instances that only the first has.
        changed: one path, other bytes.
        renamed: one content, another path.
        described: one path and content, other facets, license or note.
        same: how many are in both just so.
    """

    added: tuple[Instance, ...] = ()
    removed: tuple[Instance, ...] = ()
    changed: tuple[Pair, ...] = ()
    renamed: tuple[Pair, ...] = ()
    described: tuple[Pair, ...] = ()
    same: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.renamed or self.described)


def diff_manifests(before: Iterable[Instance], after: Iterable[Instance]) -> ManifestDiff:
    """What differs from one version to another.

    Args:
        before: its instances, sorted by path, each path once.
        after: likewise.
    """
    added, removed, changed, described, same = [], [], [], [], 0
    for old, new in _side_by_side(before, after):
        if old is None or new is None:
            added += [new] if new else []
            removed += [old] if old else []
        elif old.digest != new.digest:
            changed.append((old, new))
        elif old != new:
            described.append((old, new))
        else:
            same += 1
    renamed = _renamed(removed, added)
    gone, come = {old.path for old, _ in renamed}, {new.path for _, new in renamed}
    return ManifestDiff(
        tuple(each for each in added if each.path not in come),
        tuple(each for each in removed if each.path not in gone),
        tuple(changed),
        tuple(renamed),
        tuple(described),
        same,
    )


def _side_by_side(
    before: Iterable[Instance], after: Iterable[Instance]
) -> Iterator[tuple[Instance | None, Instance | None]]:
    """What each path has in one and in the other."""
    both = merge(_marked(before, 0), _marked(after, 1), key=lambda item: item[0])
    for _, group in groupby(both, key=lambda item: item[0]):
        found = {side: instance for _, side, instance in group}
        yield found.get(0), found.get(1)


def _marked(instances: Iterable[Instance], side: int) -> Iterator[tuple[str, int, Instance]]:
    return ((each.path, side, each) for each in instances)


def _renamed(removed: Iterable[Instance], added: Iterable[Instance]) -> list[Pair]:
    """Of what went and what came, the pairs of one content; where several have it, in the order of their paths."""
    gone: dict[Digest, list[Instance]] = defaultdict(list)
    come: dict[Digest, list[Instance]] = defaultdict(list)
    for each in removed:
        gone[each.digest].append(each)
    for each in added:
        come[each.digest].append(each)
    pairs = [pair for digest in gone if digest in come for pair in zip(gone[digest], come[digest], strict=False)]
    return sorted(pairs, key=lambda pair: pair[0].path)


def summary(instances: Iterable[Instance]) -> Mapping[str, Mapping[str, int]]:
    """For each summarised facet, each value that some of these instances have and how many do, the commonest first."""
    counts: dict[str, Counter[str]] = {facet: Counter() for facet in SUMMARISED}
    for instance in instances:
        for facet, counter in counts.items():
            value = instance.facets.get(facet)
            counter.update([value] if isinstance(value, str) else value if isinstance(value, list) else ())
    return {
        facet: dict(sorted(counter.items(), key=lambda item: (-item[1], item[0])))
        for facet, counter in counts.items()
        if counter
    }
