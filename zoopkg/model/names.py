"""Names of packs and paths of instances: what is allowed, and which two would be one file somewhere.

A path is refused when any common file system would refuse it, change it, or let it leave its folder. Touches no disk.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from zoopkg.errors import FormatError, UsageError

DEFAULT_NAMESPACE = "zoo"
MAX_NAME = 64
MAX_PART_BYTES = 200
MAX_PATH_BYTES = 1000

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RESERVED = frozenset(
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
    + [f"{device}{n}" for device in ("com", "lpt") for n in "0123456789¹²³"]
)
_BAD_CHARACTER = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"|?*\\]')
# A path of this shape needs no closer look: ASCII, no part ends badly, none is short or begins like a reserved name.
_PLAIN_PART = r"(?!(?i:con|prn|aux|nul|com\d|lpt\d))[A-Za-z0-9_+=,-][A-Za-z0-9_+=,.-]{0,98}[A-Za-z0-9_+=,-]"
_PLAIN = re.compile(rf"{_PLAIN_PART}(?:/{_PLAIN_PART}){{0,8}}")


@dataclass(frozen=True, slots=True, order=True)
class PackName:
    """The name of a pack within its namespace: `zoo/ct-basic`, or `ct-basic` for short."""

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """A pack's name, with or without its namespace.

        Raises:
            UsageError: not a name.
        """
        namespace, slash, name = text.rpartition("/")
        namespace = namespace if slash else DEFAULT_NAMESPACE
        for part in (namespace, name):
            if len(part) > MAX_NAME or not _NAME.fullmatch(part) or part in _RESERVED:
                raise UsageError(
                    f"'{text[:200]}' is not a pack name",
                    hint="A name is lower-case letters, digits and single hyphens, such as ct-basic or zoo/ct-basic.",
                )
        return cls(namespace, name)

    @property
    def short(self) -> str:
        """The name as people write it: without the default namespace."""
        return self.name if self.namespace == DEFAULT_NAMESPACE else str(self)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def check_path(path: str) -> str:
    """The path, if it is a relative path of forward slashes that is safe and the same on every common file system.

    Raises:
        FormatError: says what is wrong with it.
    """
    if _PLAIN.fullmatch(path):
        return path
    if fault := _fault(path):
        raise FormatError(f"the path {path[:200]!r} {fault}", hint="Rename the file, then build again.")
    return path


def _fault(path: str) -> str:
    if not path or path.startswith("/"):
        return "must be relative and not empty"
    try:
        encoded = path.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if len(encoded) > MAX_PATH_BYTES:
        return f"is longer than {MAX_PATH_BYTES} bytes"
    if not unicodedata.is_normalized("NFC", path):
        return "is not in Unicode normal form C (NFC)"
    if bad := _BAD_CHARACTER.search(path):
        return f"holds the character {bad[0]!r}, which not every file system takes"
    return next((fault for part in path.split("/") if (fault := _part_fault(part))), "")


def _part_fault(part: str) -> str:
    if part in ("", ".", ".."):
        return "has a part that is empty, '.' or '..'"
    if len(part.encode()) > MAX_PART_BYTES:
        return f"has a part over {MAX_PART_BYTES} bytes"
    if part[-1] in ". ":
        return "has a part that ends in a dot or a space"
    if part.partition(".")[0].rstrip(" ").casefold() in _RESERVED:
        return f"has the part {part!r}, a name that Windows reserves"
    if any(unicodedata.category(c) in ("Cf", "Co", "Cs", "Zl", "Zp") for c in part):
        return "holds an invisible or private character"
    return ""


def collision_key(path: str) -> str:
    """What two paths have in common when some file system takes them for one: casefold and NFKC."""
    if path.isascii():
        return path.lower()
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


class PathSet:
    """Paths seen so far, to notice two that are one file somewhere, or a file that is another's folder."""

    def __init__(self) -> None:
        self._files: dict[str, str] = {}
        self._folders: dict[str, str] = {}

    def add(self, path: str) -> None:
        """Take one more path.

        Raises:
            FormatError: it collides with an earlier one.
        """
        key = collision_key(path)
        earlier = self._files.get(key) or self._folders.get(key)
        folder = key
        while not earlier and (cut := folder.rfind("/")) > 0 and (folder := folder[:cut]) not in self._folders:
            earlier = self._files.get(folder)
            self._folders[folder] = path
        if earlier:
            raise FormatError(
                f"the paths {earlier!r} and {path!r} are one file on some file systems",
                hint="Rename one of the two, then build again.",
            )
        self._files[key] = path
