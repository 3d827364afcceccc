"""A data source for pydicom: `get_testdata_file` finds what the project of the working directory has installed.

It never touches the network, makes no store, and finds nothing where anything is amiss: pydicom goes on as without it.
Imports are where there is a lock, since pydicom makes one of every source there is.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoopkg.install.access import Access, Opened
    from zoopkg.install.context import Context
    from zoopkg.model.instance import Instance
    from zoopkg.project.lock import LockedPack

_DATASET = 0
_LOCK = "zoo.lock"


class Installed:
    """What pydicom asks of a data source (see `pydicom.data.data_manager`)."""

    def __init__(self) -> None:
        self._known: tuple[Context, bytes | None] | None = None
        self._packs: list[Opened] = []

    def get_path(self, name: str, dtype: int = _DATASET) -> str:
        """The file in the store for a file name, for the end of a path, or for `PACK:PATH`.

        Raises:
            ValueError: there is none, as pydicom wants to be told.
        """
        try:
            found = next(self._named(name), None) if dtype == _DATASET else None
        except Exception as error:  # pydicom asks on behalf of tests that may know nothing of zoopkg
            raise ValueError(f"zoopkg cannot tell whether it has {name}: {error}") from error
        if found is None:
            raise ValueError(f"no installed pack has {name}")
        return found

    def get_paths(self, pattern: str, dtype: int = _DATASET) -> list[str]:
        """The files in the store of all instances without defects whose path or file name meets a glob."""
        try:
            return list(self._meeting(pattern)) if dtype == _DATASET else []
        except Exception:  # noqa: BLE001  (as above)
            return []

    def _named(self, name: str) -> Iterator[str]:
        pack, colon, path = name.partition(":")
        if not colon:
            return self._files(lambda each: f"/{each.path}".endswith(f"/{name}"))
        from zoopkg.model.version import Spec  # noqa: PLC0415

        spec = Spec.parse(pack)
        return self._files(
            lambda each: each.path == path,
            lambda pack: pack.name == spec.name and (not spec.requirement or spec.requirement.allows(pack.version)),
        )

    def _meeting(self, pattern: str) -> Iterator[str]:
        from zoopkg.model.globs import Globs  # noqa: PLC0415

        globs = Globs([pattern], path=True)

        def meets(each: "Instance") -> bool:
            whole = not each.facets.get("defects")
            return whole and (globs.match(each.path) or globs.match(each.path.rpartition("/")[2]))

        return self._files(meets)

    def _files(
        self, wanted: "Callable[[Instance], bool]", of: "Callable[[LockedPack], bool]" = lambda _: True
    ) -> Iterator[str]:
        """The files of the instances that are wanted, of packs that are, as far as they are in the store."""
        for opened in self._installed():
            holds = opened.supply.store.objects.holds
            for each in opened.instances if of(opened.pack) else ():
                if each.facets.get("kind") == "dicom" and wanted(each) and holds(each.digest, each.size):
                    yield str(opened.path(each))

    def _installed(self) -> "list[Opened]":
        """The packs of the project of the working directory, read again when its lock is another one."""
        here = Path(os.environ.get("ZOOPKG_DIRECTORY", "").strip() or ".").absolute()
        if not any((folder / _LOCK).is_file() for folder in (here, *here.parents)):
            return []
        from zoopkg.install.access import Access  # noqa: PLC0415
        from zoopkg.integrations.context import LOGGED, Settings, context  # noqa: PLC0415

        settings = context(Settings(offline=True))
        if not settings.store_path.is_dir():
            return []
        access = Access(settings, LOGGED)
        known = settings, access.workspace.lock_text
        if known != self._known:
            lock = access.workspace.lock
            packs = sorted(lock.packs, key=lambda pack: (pack.name, pack != lock.pack(pack.name))) if lock else []
            opened = [_opened(settings, access, pack) for pack in packs]
            self._packs, self._known = [each for each in opened if each], known
        return self._packs


def _opened(settings: "Context", access: "Access", pack: "LockedPack") -> "Opened | None":
    """A locked pack, where its manifest is in the store and it was not withdrawn."""
    from zoopkg.errors import ZooError  # noqa: PLC0415
    from zoopkg.model.blob import BlobKind  # noqa: PLC0415
    from zoopkg.model.version import Requirement, Spec  # noqa: PLC0415

    if settings.store.blob(BlobKind.MANIFEST, pack.manifest) is None:
        return None
    try:
        return access.open(Spec(pack.name, Requirement.parse(f"={pack.version}")), frozen=True)
    except ZooError:
        return None
