"""A pack, or the part of it that a filter leaves, as a sequence of its DICOM instances. Installs nothing."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import overload

from zoopkg.api.groups import Series, Study, series_of, studies_of
from zoopkg.api.instance import Instance
from zoopkg.api.instances import Instances, together
from zoopkg.install.access import Opened
from zoopkg.model import instance as model
from zoopkg.model.citation import apa
from zoopkg.model.cited import Cited
from zoopkg.model.selection import select
from zoopkg.model.text import human, plural
from zoopkg.model.where import Where

_DICOM = frozenset(("dicom", "dicomdir"))
_Value = str | int | bool | Sequence[str | int | bool] | None


class Pack(Instances):
    """One version of a pack: its DICOM instances sorted by path, and its other files by `files` and `path`.

    Get one by `zoopkg.load`. `pack[5]` and `pack[:5]` are instances of the sequence; `pack[PATH]` is `instance(PATH)`.

    Args:
        opened: the pack.
        files: those of its files that the filters leave.
        filters: what it was narrowed by.
    """

    def __init__(self, opened: Opened, files: Sequence[model.Instance], filters: tuple[Where, ...] = ()) -> None:
        super().__init__(opened, [entry for entry in files if entry.facets.get("kind") in _DICOM])
        self._files = files
        self._filters = filters

    @property
    def name(self) -> str:
        """With its namespace: `zoo/ct-basic`."""
        return str(self._opened.pack.name)

    @property
    def version(self) -> str:
        """As `MAJOR.MINOR.PATCH`."""
        return str(self._opened.pack.version)

    @property
    def license(self) -> str:
        """The SPDX expression for the pack; instances may state their own."""
        return self._opened.header.license

    @property
    def content(self) -> str:
        """The identity of the whole pack: the digest of its manifest."""
        return str(self._opened.pack.content)

    @property
    def locked(self) -> bool:
        """Whether the project's lock says that it is this version."""
        return self._opened.locked

    @cached_property
    def citation(self) -> str:
        """How to cite it, in the style that `zoopkg cite` prints by default. Asks the index what it says of the pack.

        Raises:
            ZooError: the index cannot be asked.
        """
        pack, header, record = self._opened.pack, self._opened.header, self._opened.record()
        cited = Cited(
            pack.name.short, self.version, self.content, self.license, authors=header.authors, sources=header.source
        )
        if record is not None:
            texts, release = record.texts, record.release(pack.version)
            published = release.published if release else ""
            cited = replace(
                cited, summary=texts.summary, published=published, url=texts.discussion, wish=texts.citation
            )
        return apa([cited]).rstrip("\n")

    @overload
    def __getitem__(self, index: int | str) -> Instance: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Instance]: ...
    def __getitem__(self, index: int | str | slice) -> Instance | Sequence[Instance]:
        return self.instance(index) if isinstance(index, str) else super().__getitem__(index)

    @property
    def files(self) -> tuple[Instance, ...]:
        """All files that are selected, DICOM or not, sorted by path."""
        return together(self._opened, self._files)

    def instance(self, path: str) -> Instance:
        """The file of the pack at a path, selected or not, DICOM or not.

        Raises:
            UsageError: there is none; names the nearest.
        """
        return Instance(self._opened, self._opened.instance(path))

    def path(self, path: str) -> Path:
        """The read-only file in the store that has the bytes of the file at a path of the pack; fetched if need be.

        Raises:
            UsageError: there is none; names the nearest.
            ZooError: as `Instance.file`.
        """
        return self.instance(path).file

    def fetch(self) -> None:
        """Have the bytes of all files that are selected in the store, now; raises what `Instance.file` raises."""
        self._opened.bring(self._files)

    def where(self, **facets: _Value) -> "Pack":
        """The part that a filter leaves: `pack.where(modality="CT", rows=">=512", path="phantom/**")`.

        Keys and values are those of `docs/formats/where.md`; None is null. What is narrowed already must meet both
        filters. Of a file set (a DICOMDIR and its files) all stay when one does. What nothing meets leaves none.

        Raises:
            UsageError: a key or a value is unknown.
        """
        where = Where.of(**facets)
        return Pack(self._opened, select(self._files, where, self.license), (*self._filters, where)) if where else self

    @cached_property
    def studies(self) -> tuple[Study, ...]:
        """The instances by Study Instance UID, in the order of their first file; those that state none come last."""
        return studies_of(self._opened, self._entries)

    @cached_property
    def series(self) -> tuple[Series, ...]:
        """The instances by Series Instance UID, in the order of their first file; those that state none come last."""
        return series_of(self._opened, self._entries)

    @property
    def _filter(self) -> str:
        from zoopkg.model.where_told import told  # noqa: PLC0415  (csv and importlib.resources: 7 ms)

        return f" where {' '.join(map(told, self._filters))}" if self._filters else ""

    def __repr__(self) -> str:
        others = len(self._files) - len(self)
        counts = plural(len(self), "DICOM instance") + (f", {plural(others, 'other file')}" if others else "")
        size = human(sum(entry.size for entry in self._files))
        return f"<Pack {self.name} {self.version}{self._filter}: {counts}, {size}, {self.license}>"

    def _repr_html_(self) -> str:
        from zoopkg.api.html import page  # noqa: PLC0415  (for notebooks only)

        return page(self)
