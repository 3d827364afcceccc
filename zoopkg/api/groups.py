"""Studies and series: instances of a pack by their UIDs. What a series is in space, `geometry` tells."""

from collections.abc import Iterable, Sequence
from functools import cached_property

from zoopkg.api.geometry import Duplicate, Gap, duplicates, gaps, in_order
from zoopkg.api.instances import Instances
from zoopkg.api.slices import Slice, slices_of
from zoopkg.api.volume import Volume, volume_of
from zoopkg.install.access import Opened
from zoopkg.model import instance as model


class _OfOneUid(Instances):
    def __init__(self, opened: Opened, entries: Sequence[model.Instance], uid: str | None) -> None:
        super().__init__(opened, entries)
        self.uid = uid


class Series(_OfOneUid):
    """The instances of a pack with one Series Instance UID (PS3.3 section C.7.3), sorted by path.

    Attributes:
        uid: the Series Instance UID; None for instances that state none.
    """

    @cached_property
    def slices(self) -> tuple[Slice, ...]:
        """Its images in space: by orientation, by position along the normal, by Instance Number, by path.

        Frames of enhanced multi-frame images are slices of their own. Images that state no position come last, and
        instances that are no images are left out. Reads headers, once.

        Raises:
            GeometryError: pydicom cannot read a header.
            ZooError: as `Instance.file`.
        """
        return in_order(slice_ for instance in self for slice_ in slices_of(instance))

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Neighbouring slices whose distance is not the usual one; raises what `slices` raises."""
        return gaps(self.slices)

    @property
    def duplicates(self) -> tuple[Duplicate, ...]:
        """Slices at one place, and instances of one SOP Instance UID with different contents; raises as `slices`."""
        return duplicates(self.slices)

    def volume(self, *, allow_gaps: bool = False) -> Volume:
        """Its slices as one array of modality values, and where that lies in the patient. Needs numpy.

        Args:
            allow_gaps: fill missing slices with NaN, where they are whole ones and no more than there are.

        Raises:
            GeometryError: the slices make no volume; says why.
            ZooError: numpy is not installed; or as `Instance.file`. What pydicom raises for pixels that it cannot
                decode passes as it is.
        """
        return volume_of(self._named, self.slices, allow_gaps=allow_gaps)

    @property
    def _named(self) -> str:
        return f"the series {self.uid}" if self.uid else "what states no series"

    def __repr__(self) -> str:
        return f"<Series {self.uid}: {len(self):,} instance{'' if len(self) == 1 else 's'}>"


class Study(_OfOneUid):
    """The instances of a pack with one Study Instance UID (PS3.3 section C.7.2), sorted by path.

    Attributes:
        uid: the Study Instance UID; None for instances that state none.
    """

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """Its instances by Series Instance UID, in the order of their first file; those that state none come last."""
        return series_of(self._opened, self._entries)

    def __repr__(self) -> str:
        return f"<Study {self.uid}: {len(self):,} instance{'' if len(self) == 1 else 's'}, {len(self.series)} series>"


def studies_of(opened: Opened, entries: Iterable[model.Instance]) -> tuple[Study, ...]:
    """Instances by study."""
    return tuple(Study(opened, some, uid) for uid, some in _by_uid(entries, "study"))


def series_of(opened: Opened, entries: Iterable[model.Instance]) -> tuple[Series, ...]:
    """Instances by series."""
    return tuple(Series(opened, some, uid) for uid, some in _by_uid(entries, "series"))


def _by_uid(entries: Iterable[model.Instance], facet: str) -> list[tuple[str | None, list[model.Instance]]]:
    groups: dict[str | None, list[model.Instance]] = {}
    for entry in entries:
        uid = entry.facets.get(facet)
        groups.setdefault(uid if isinstance(uid, str) else None, []).append(entry)
    return sorted(groups.items(), key=lambda group: group[0] is None)
