"""What `--index URL|DIR` and `--root FILE` mean: the root bytes to trust, and the URLs to ask. Verifies nothing."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from zoopkg.errors import UsageError
from zoopkg.index.files import read_file
from zoopkg.index.roles import TIMESTAMP_FILE
from zoopkg.transport.file import url_of
from zoopkg.transport.shorthand import is_short, template_of
from zoopkg.transport.urls import redacted

MAX_ROOT = 512_000
_FIRST_ROOT = "1.root.json"
_SCHEMES = ("http://", "https://", "file://")


@dataclass(frozen=True, slots=True)
class Location:
    """An index to use: where all trust in it starts, and where its mirrors are."""

    root: bytes
    urls: tuple[str, ...]

    @property
    def root_sha256(self) -> str:
        """Which root this is; the trusted state of an index lies under this name."""
        return hashlib.sha256(self.root).hexdigest()


def is_url(text: str) -> bool:
    """Whether an index is given by its URL, or by a short name for one (see `zoopkg.transport.shorthand`)."""
    return text.startswith(_SCHEMES) or is_short(text)


def is_folder(text: str) -> bool:
    """Whether an index is given by its folder, existing or meant: a name has no separators."""
    return not is_url(text) and ("/" in text or "\\" in text or text in (".", "..") or Path(text).is_dir())


def locate(text: str, root: Path | None = None) -> Location:
    """The index at a URL or in a folder; a folder that holds its own root needs no other.

    Args:
        text: a URL, a template with `{digest}`, a short name for one, or a folder.
        root: the file of the root to trust it by.

    Raises:
        UsageError: no such folder, no index in it, or no root to trust it by.
    """
    if is_url(text):
        if root is None:
            raise UsageError(
                f"the index {redacted(text)} needs a root to be trusted by",
                hint="Get its root file from its maintainers, then add --root FILE.",
            )
        return Location(read_root(root), (template_of(text) or text,))
    folder = Path(text)
    if not folder.is_dir():
        raise UsageError(f"'{redacted(text)}' is neither an index that is known, nor a URL, nor a folder")
    if not (folder / TIMESTAMP_FILE).is_file():
        raise UsageError(
            f"the folder '{text}' holds no published index", hint="`zoopkg index publish` writes its timestamp.json."
        )
    if root is None and not (folder / _FIRST_ROOT).is_file():
        raise UsageError(
            f"the index in '{text}' does not hold its root, {_FIRST_ROOT}",
            hint="Get the root file from its maintainers, then add --root FILE.",
        )
    return Location(read_root(root or folder / _FIRST_ROOT), (url_of(folder),))


def read_root(path: Path) -> bytes:
    """The bytes of a root file that a person names.

    Raises:
        UsageError: there is no such file.
    """
    data = read_file(path, MAX_ROOT)
    if data is None:
        raise UsageError(f"there is no root file '{path}'")
    return data
