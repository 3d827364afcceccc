"""One instance of a pack: what the manifest says of it at no cost, and its bytes once they are asked for.

Decodes nothing itself: data sets and pixels are pydicom's, and so are the errors that broken files raise.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias

from zoopkg.errors import explaining
from zoopkg.install.access import Opened
from zoopkg.model import instance as model
from zoopkg.model.facets import FACETS, facet_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydicom import FileDataset

Facet: TypeAlias = str | int | bool | tuple[str, ...] | None
"""The value of a facet, None where it is null."""


class Batch:
    """Instances whose bytes are fetched in one go, as soon as one of them is needed.

    Args:
        opened: the pack.
        entries: the instances, as the manifest has them.
    """

    def __init__(self, opened: Opened, entries: Sequence[model.Instance]) -> None:
        self._opened = opened
        self._entries = entries
        self._lock = Lock()
        self._brought = False

    def bring(self) -> None:
        """Have the bytes in the store; only the first call looks.

        Raises:
            ZooError: they are not there and cannot be fetched.
        """
        with self._lock:
            if not self._brought:
                self._opened.bring(self._entries)
                self._brought = True


class Instance:
    """One file of a pack, normally one DICOM SOP instance. Get one from a `Pack`; two are equal if pack and path are.

    Args:
        opened: the pack.
        entry: the instance, as the manifest has it.
        batch: what to fetch along with it; by default it comes alone.
    """

    def __init__(self, opened: Opened, entry: model.Instance, batch: Batch | None = None) -> None:
        self._opened = opened
        self._entry = entry
        self._batch = batch

    @property
    def path(self) -> str:
        """Where it lies in the pack, parts joined by `/`."""
        return self._entry.path

    @property
    def digest(self) -> str:
        """The BLAKE3-256 of its bytes, `b3:` and 64 hexadecimal digits."""
        return str(self._entry.digest)

    @property
    def size(self) -> int:
        """In bytes."""
        return self._entry.size

    @property
    def license(self) -> str:
        """An SPDX expression: its own, else the pack's."""
        return self._entry.license or self._opened.header.license

    @property
    def note(self) -> str:
        """What the pack's maintainers say this file is for, or empty."""
        return self._entry.note

    @cached_property
    def facets(self) -> Mapping[str, Facet]:
        """Every facet of `docs/formats/facets.md` by its name, None where it is null. Read-only; fetches nothing."""
        return MappingProxyType({name: self._facet(name) for name in FACETS})

    def _facet(self, name: str) -> Facet:
        value = facet_of(self._entry.facets, name)
        return value if value is None or isinstance(value, str | int) else tuple(value)

    @property
    def file(self) -> Path:
        """The file in the store with its bytes, fetched now if they are not there.

        Read-only, without a name of its own, and shared by all projects of this machine: copy it before you edit.

        Raises:
            NotOnMirrorsError: no mirror has it.
            OfflineError: it would need the network.
            IntegrityError: no mirror has it right.
        """
        if self._batch is not None:
            self._batch.bring()
        self._opened.bring([self._entry])
        return self._opened.path(self._entry)

    def open(self) -> BinaryIO:
        """Its bytes as a file open for reading; raises what `file` raises."""
        path = self.file
        with explaining(f"read {self.path} in the store"):
            return path.open("rb")

    def dataset(self, **options: Any) -> "FileDataset":
        """The data set, read by `pydicom.dcmread` with these options.

        A file without preamble (PS3.10 section 7.1) is read with `force=True` unless `force` is among the options.
        What pydicom raises for a broken file passes as it is; else raises what `file` raises.
        """
        from pydicom import dcmread  # noqa: PLC0415  (takes half a second, which whoever looks at facets saves)

        return dcmread(self.file, **{"force": self.facets["preamble"] == "none", **options})

    @property
    def pixel_array(self) -> "NDArray[np.generic]":
        """The stored values, decoded by pydicom, as `dataset().pixel_array`; nothing is kept."""
        return self.dataset().pixel_array

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Instance):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        return hash(self._identity)

    @property
    def _identity(self) -> tuple[bytes, str]:
        return self._opened.pack.content.raw, self.path

    def __repr__(self) -> str:
        facets = self.facets
        shape = f"{facets['rows']} x {facets['columns']}" if facets["rows"] and facets["columns"] else ""
        frames = f"{facets['frames']} frames" if facets["frames"] not in {None, 1} else ""
        kind = facets["modality"] or facets["kind"]
        told = [str(each) for each in (kind, shape, frames, f"{self.size:,} bytes") if each]
        return f"<Instance {self.path}: {', '.join(told)}>"
