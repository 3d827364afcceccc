"""Instances of one pack as a sequence: what packs, studies and series have in common. It says what is fetched when."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from zoopkg.api.errors import extra
from zoopkg.api.instance import Batch, Facet, Instance
from zoopkg.install.access import Opened
from zoopkg.model import instance as model


class Instances(Sequence[Instance]):
    """Some DICOM instances of a pack, in the order of the pack.

    Args:
        opened: the pack.
        entries: the instances, as the manifest has them.
    """

    def __init__(self, opened: Opened, entries: Sequence[model.Instance]) -> None:
        self._opened = opened
        self._entries = entries

    @cached_property
    def _batch(self) -> Batch:
        return Batch(self._opened, self._entries)

    def fetch(self) -> None:
        """Have the bytes of all in the store, now.

        Raises:
            NotOnMirrorsError: no mirror has some.
            OfflineError: it would need the network.
            IntegrityError: no mirror has some right.
        """
        self._opened.bring(self._entries)

    def table(self) -> list[dict[str, Facet]]:
        """A row for each instance: path, size in bytes, digest, license, and every facet, None where it is null."""
        return [
            {
                "path": each.path,
                "bytes": each.size,
                "digest": each.digest,
                "license": each.license,
                **each.facets,
            }
            for each in self
        ]

    def dataframe(self) -> Any:
        """The table as a `pandas.DataFrame`.

        Raises:
            ZooError: pandas is not installed.
        """
        return extra("pandas", "dataframe()", "pandas").DataFrame(self.table())

    def __len__(self) -> int:
        return len(self._entries)

    @overload
    def __getitem__(self, index: int) -> Instance: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Instance]: ...
    def __getitem__(self, index: int | slice) -> Instance | Sequence[Instance]:
        if isinstance(index, slice):
            return together(self._opened, self._entries[index])
        return Instance(self._opened, self._entries[index])

    def __iter__(self) -> Iterator[Instance]:
        return (Instance(self._opened, entry, self._batch) for entry in self._entries)


def together(opened: Opened, entries: Sequence[model.Instance]) -> tuple[Instance, ...]:
    """Instances of which the first that is needed brings all."""
    batch = Batch(opened, entries)
    return tuple(Instance(opened, entry, batch) for entry in entries)
