"""Placing an object in a project: reflink where the file system can, else hard link, else copy.

What a pair of folders can do is probed once, with a file of its own. A file that lies in a project is only ever whole:
copies are written beside and renamed.
"""

import errno
import itertools
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from zoopkg.errors import UsageError
from zoopkg.store.objects import FIXED_NS

_FICLONE = 0x40049409  # ioctl_ficlone(2)
_READ_ONLY, _EDITABLE = 0o444, 0o644
_RACES = 100


class LinkMode(StrEnum):
    """How files of a project share their bytes with the store."""

    AUTO = "auto"
    REFLINK = "reflink"
    HARDLINK = "hardlink"
    SYMLINK = "symlink"
    COPY = "copy"


class Linker:
    """Places objects in a project by one mode.

    Args:
        mode: what the user chose; `auto` takes the first of reflink, hard link and copy that works here.
        source: a folder on the store's file system.
        scratch: a folder on the project's file system, for copies on their way.

    Raises:
        UsageError: the chosen mode does not work between these two folders.
    """

    def __init__(self, mode: LinkMode, source: Path, scratch: Path) -> None:
        self._scratch = str(scratch)
        self._numbers = itertools.count()
        self._mode = mode if mode is LinkMode.COPY else self._probe(mode, source)
        self._bits = _EDITABLE if mode is LinkMode.COPY else _READ_ONLY
        self._place: Callable[[str, str], None] = {
            LinkMode.REFLINK: self._reflink,
            LinkMode.HARDLINK: self._hardlink,
            LinkMode.SYMLINK: _symlink,
            LinkMode.COPY: self._copy,
        }[self._mode]

    @property
    def mode(self) -> LinkMode:
        """The mode that is used, never `auto`."""
        return self._mode

    def place(self, source: str, target: str) -> None:
        """Put an object at a path that is free.

        Raises:
            FileExistsError: it is not free.
            OSError: what else the system refuses.
        """
        self._place(source, target)

    def replace(self, source: str, target: str) -> None:
        """Put an object at a path, over what is there."""
        temporary = self._temporary()
        self._place(source, temporary)
        os.replace(temporary, target)
        # rename(2) does nothing where both names are hard links to one file, and the temporary one stays.
        with suppress(FileNotFoundError):
            os.unlink(temporary)

    def _temporary(self) -> str:
        return f"{self._scratch}{os.sep}{os.getpid()}-{next(self._numbers)}"

    def _probe(self, mode: LinkMode, source: Path) -> LinkMode:
        ladder = [LinkMode.REFLINK, LinkMode.HARDLINK] if mode is LinkMode.AUTO else [mode]
        probe = source / f".probe-{os.getpid()}"
        try:
            probe.write_bytes(b"zoopkg")
        except OSError:
            return self._unprobed(mode)
        try:
            for candidate in ladder:
                if self._works(candidate, str(probe)):
                    return candidate
        finally:
            probe.unlink(missing_ok=True)
        if mode is LinkMode.AUTO:
            return LinkMode.COPY
        raise UsageError(
            f"the link mode {mode} does not work between {source} and {self._scratch}",
            hint="Leave out --link-mode, or choose copy.",
        )

    @staticmethod
    def _unprobed(mode: LinkMode) -> LinkMode:
        """A store that cannot be written to is not probed: its objects are copied, unless the user says otherwise."""
        return LinkMode.COPY if mode is LinkMode.AUTO else mode

    def _works(self, mode: LinkMode, probe: str) -> bool:
        target = self._temporary()
        try:
            match mode:
                case LinkMode.REFLINK:
                    _clone(probe, target)
                case LinkMode.HARDLINK:
                    os.link(probe, target)
                case _:
                    os.symlink(probe, target)
        except OSError:
            return False
        finally:
            with suppress(FileNotFoundError):
                os.unlink(target)
        return True

    def _hardlink(self, source: str, target: str) -> None:
        try:
            _link(source, target)
        except OSError as error:
            if error.errno != errno.EMLINK:
                raise
            self._copy(source, target)  # a file system allows so many links to one file, and an object may need more

    def _reflink(self, source: str, target: str) -> None:
        self._through(target, lambda temporary: _clone(source, temporary))

    def _copy(self, source: str, target: str) -> None:
        import shutil  # noqa: PLC0415  (bz2 and lzma come with it, which hard links save)

        self._through(target, lambda temporary: shutil.copyfile(source, temporary))

    def _through(self, target: str, write: Callable[[str], object]) -> None:
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        temporary = self._temporary()
        try:
            write(temporary)
            os.chmod(temporary, os.stat(temporary).st_mode & self._bits)  # what the umask denied stays denied
            os.utime(temporary, ns=(FIXED_NS, FIXED_NS))
            os.replace(temporary, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(temporary)
            raise


def _link(source: str, target: str) -> None:
    """link(2); again where another session put the same object there just then, which leaves the old inode nameless."""
    for _ in range(_RACES):
        with suppress(FileNotFoundError):
            os.link(source, target)
            return
        os.stat(source)  # there it is; else this says what is missing
    os.link(source, target)


def _symlink(source: str, target: str) -> None:
    os.symlink(source, target)


def _clone(source: str, target: str) -> None:
    """Share the blocks of a file with a new one (FICLONE: btrfs, xfs, bcachefs)."""
    if sys.platform != "linux":
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP), target)
    import fcntl  # noqa: PLC0415  (absent on Windows)

    with open(source, "rb") as read, open(target, "xb") as write:
        fcntl.ioctl(write.fileno(), _FICLONE, read.fileno())
