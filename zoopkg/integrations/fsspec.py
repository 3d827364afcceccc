"""`zoo://` paths for fsspec: packs as a read-only file system, listed from manifests, read one instance at a time.

Installs nothing, and knows nothing of DICOM. `docs/integrations.md` says what a path means.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, BinaryIO, ClassVar, NoReturn, Self

from fsspec import AbstractFileSystem  # type: ignore[import-untyped]  # it has no types

from zoopkg.errors import NoResolutionError, UsageError, explaining
from zoopkg.install.access import Access, Opened
from zoopkg.install.context import Context
from zoopkg.integrations.context import LOGGED, Settings, context
from zoopkg.integrations.tree import Tree
from zoopkg.model.instance import Instance
from zoopkg.model.names import DEFAULT_NAMESPACE
from zoopkg.model.selection import select
from zoopkg.model.version import Spec
from zoopkg.model.where import Where

Info = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Place:
    """What a path means: a pack as the path spells it, and a path within."""

    pack: str
    path: str

    @classmethod
    def of(cls, path: str) -> Self:
        """`NAME/…` and `NAME@VERSION/…` in the default namespace; `zoo/NAME/…` and `NAMESPACE/NAME@VERSION/…`."""
        parts = path.split("/")
        namespaced = "@" not in parts[0] and len(parts) > 1 and (parts[0] == DEFAULT_NAMESPACE or _is_spec(parts[1]))
        length = 2 if namespaced else 1
        return cls("/".join(parts[:length]), "/".join(parts[length:]))

    def spelled(self, path: str) -> str:
        """The whole path of another file of the pack."""
        return f"{self.pack}/{path}" if path else self.pack


def _is_spec(part: str) -> bool:
    try:
        return "@" in part and bool(Spec.parse(part))
    except UsageError:
        return False


class _Found:
    """A pack that was opened, and what a filter leaves of it."""

    def __init__(self, opened: Opened, where: Where) -> None:
        self.opened = opened
        self._where = where

    @cached_property
    def tree(self) -> Tree:
        """Its files."""
        return Tree.of(select(self.opened.instances, self._where, self.opened.header.license))


class ZooFileSystem(AbstractFileSystem):  # type: ignore[misc]  # as above
    """Packs by paths such as `zoo://ct-basic@1/real/CT_small.dcm`.

    Args:
        directory: where to look for the project; by default ZOOPKG_DIRECTORY, else the working directory.
        store: the folder that keeps bytes; by default ZOOPKG_STORE, else the platform's place for it.
        index: another index, by name, URL or folder; by default ZOOPKG_INDEX.
        root: the root file to trust that index by; by default ZOOPKG_ROOT.
        offline: whether the network is ruled out; by default what ZOOPKG_OFFLINE says.
        where: keep only what this filter leaves, in the words of `docs/formats/where.md`.
        options: of fsspec itself.

    Raises:
        UsageError: a key or a value of the filter is unknown.
    """

    protocol: ClassVar[str] = "zoo"
    root_marker: ClassVar[str] = ""
    local_file: ClassVar[bool] = True  # `fsspec.open_local` gets paths in the store

    def __init__(  # noqa: PLR0913  (the common flags of the command line)
        self,
        *,
        directory: str | None = None,
        store: str | None = None,
        index: str | None = None,
        root: str | None = None,
        offline: bool | None = None,
        where: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self._settings = Settings(directory=directory, store=store, index=index, root=root, offline=offline)
        self._where = Where.of(**(where or {}))
        self._found: dict[tuple[Context, str], _Found] = {}

    @classmethod
    def _strip_protocol(cls, path: Any) -> Any:
        if isinstance(path, list):
            return [cls._strip_protocol(each) for each in path]
        return str(path).removeprefix("zoo://").strip("/")

    # What is there

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """What lies in a folder, or the file itself; by the manifest alone.

        Raises:
            FileNotFoundError: there is nothing at the path.
        """
        path = self._strip_protocol(path)
        infos = self._tops() if not path else self._listed(_Place.of(path))
        return infos if detail else [info["name"] for info in infos]

    def info(self, path: str, **_: Any) -> Info:
        """Size, type, digest and facets of a file; by the manifest alone.

        Raises:
            FileNotFoundError: there is nothing at the path.
        """
        path = self._strip_protocol(path)
        if not path:
            return _folder("")
        place = _Place.of(path)
        return self._told(place, place.path)

    def exists(self, path: str, **_: Any) -> bool:
        """Whether there is something at a path; raises what `info` raises but FileNotFoundError."""
        try:
            self.info(path)
        except FileNotFoundError:
            return False
        return True

    def isfile(self, path: str) -> bool:
        """Whether there is a file at a path; raises what `info` raises but FileNotFoundError."""
        return self.exists(path) and bool(self.info(path)["type"] == "file")

    def isdir(self, path: str) -> bool:
        """Whether there is a folder at a path; raises what `info` raises but FileNotFoundError."""
        return self.exists(path) and bool(self.info(path)["type"] == "directory")

    def ukey(self, path: str) -> str:
        """The digest of a file, which changes whenever its bytes do."""
        return str(self._instance(path)[1].digest)

    def checksum(self, path: str) -> int:
        """The digest of a file as a number."""
        return int.from_bytes(self._instance(path)[1].digest.raw)

    def invalidate_cache(self, path: str | None = None) -> None:
        """Look packs up again: the project's lock may be another one now."""
        self._found.clear()
        super().invalidate_cache(path)

    def _tops(self) -> list[Info]:
        lock = Access(context(self._settings), LOGGED).workspace.lock
        return [_folder(f"{pack.name.short}@{pack.version}") for pack in lock.packs] if lock else []

    def _listed(self, place: _Place) -> list[Info]:
        tree = self._find(place).tree
        if place.path in tree.files:
            return [self._told(place, place.path)]
        if place.path not in tree.folders:
            raise _missing(place.spelled(place.path))
        return [self._told(place, path) for path in tree.folders[place.path]]

    def _told(self, place: _Place, path: str) -> Info:
        name, tree = place.spelled(path), self._find(place).tree
        entry = tree.files.get(path)
        if entry is not None:
            told = {"digest": str(entry.digest), "facets": dict(entry.facets)}
            return {"name": name, "size": entry.size, "type": "file", **told}
        if path not in tree.folders:
            raise _missing(name)
        return _folder(name)

    # Bytes

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **_: Any) -> bytes:
        """The bytes of a file, or a span of them; negative bounds count from its end."""
        opened, entry = self._instance(path)
        begin, stop, _step = slice(start, end).indices(entry.size)
        opened.bring([entry])
        with explaining(f"read {entry.path} in the store"), opened.path(entry).open("rb") as file:
            file.seek(begin)
            return file.read(max(0, stop - begin))

    def cat(self, path: Any, recursive: bool = False, on_error: str = "raise", **options: Any) -> Any:
        """The bytes of files, fetched in one go (see fsspec)."""
        self._bring_all(path, recursive=recursive)
        return super().cat(path, recursive=recursive, on_error=on_error, **options)

    def get(self, rpath: Any, lpath: Any, recursive: bool = False, **options: Any) -> None:
        """Copy files, fetched in one go, to local ones that may be edited (see fsspec)."""
        self._bring_all(rpath, recursive=recursive)
        super().get(rpath, lpath, recursive=recursive, **options)

    def _open(self, path: str, mode: str = "rb", **_: Any) -> BinaryIO:
        if mode != "rb":
            self._refuse(path)
        opened, entry = self._instance(path)
        opened.bring([entry])
        with explaining(f"read {entry.path} in the store"):
            return open(str(opened.path(entry)), "rb")  # a text, so that `name` of the file is one

    def _bring_all(self, path: Any, *, recursive: bool) -> None:
        """Fetch what is about to be read one by one; what is wrong with it shows then."""
        wanted: dict[str, tuple[_Found, list[Instance]]] = {}
        for each in self.expand_path(path, recursive=recursive):
            place = _Place.of(each)
            found = self._find(place) if each else None
            if found and place.path in found.tree.files:
                wanted.setdefault(place.pack, (found, []))[1].append(found.tree.files[place.path])
        for found, entries in wanted.values():
            found.opened.bring(entries)

    def _instance(self, path: str) -> tuple[Opened, Instance]:
        place = _Place.of(self._strip_protocol(path))
        found = self._find(place)
        entry = found.tree.files.get(place.path)
        if entry is None:
            if place.path in found.tree.folders:
                raise IsADirectoryError(errno.EISDIR, "is a folder", place.spelled(place.path))
            raise _missing(place.spelled(place.path))
        return found.opened, entry

    def _find(self, place: _Place) -> _Found:
        if not place.pack:
            raise IsADirectoryError(errno.EISDIR, "is a folder", "zoo://")
        here = context(self._settings)
        found = self._found.get((here, place.pack))
        if found is None:
            spec = Spec.parse(place.pack)
            try:
                found = _Found(Access(here, LOGGED).open(spec), self._where)
            except NoResolutionError as error:
                raise _missing(place.spelled(place.path), error.message) from error
            self._found[here, place.pack] = found
        return found

    # What would write

    def _refuse(self, path: Any, *_: Any, **__: Any) -> NoReturn:
        raise OSError(errno.EROFS, "zoo:// is read-only; get() makes copies to edit", path)

    mkdir = makedirs = rmdir = touch = rm = rm_file = _rm = cp_file = copy = mv = _refuse
    pipe_file = put_file = put = pipe = _refuse


def _folder(name: str) -> Info:
    return {"name": name, "size": 0, "type": "directory"}


def _missing(path: str, why: str = "no such file or folder in the pack") -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, why, f"zoo://{path}")
