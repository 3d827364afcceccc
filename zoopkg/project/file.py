"""zoo.toml, or `[tool.zoopkg]` of pyproject.toml: which packs a project asks for, and from which indexes.

Text to values, and edits that keep a person's comments and order. Reads no file but by the text it is given.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.fields import Fields
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.model.where import Where
from zoopkg.project.conflict import BY_HAND, JOIN, refuse_conflict
from zoopkg.project.toml import line_of, parse_toml, refuse_unknown_keys

FILE_NAME = "zoo.toml"
PYPROJECT = "pyproject.toml"
MAX_PACKS = 10_000
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Need:
    """What a project asks of a pack.

    Attributes:
        requirement: which versions will do.
        where: which of its instances are wanted; all of them by default.
        group: it is installed only where this group is asked for; always, if empty.
    """

    requirement: Requirement
    where: Where = Where.ALL
    group: str = ""

    @classmethod
    def from_fields(cls, key: str, fields: Fields, where: str) -> Self:
        """The need in a value of [packs]: a requirement, or a table."""
        if not isinstance(fields.raw(key), dict):
            return cls(_requirement(fields.text(key), where))
        inner = fields.inner(key)
        refuse_unknown_keys(dict.fromkeys(inner.keys()), ("version", "where", "group"), where)
        wanted = Where.from_toml(inner.raw("where"), where) if "where" in inner else Where.ALL
        group = inner.parsed("group", check_group) if "group" in inner else ""
        return cls(_requirement(inner.text("version"), where), wanted, group)

    def __str__(self) -> str:
        from zoopkg.model.where_told import told  # noqa: PLC0415  (csv and importlib.resources: 7 ms)

        words = [str(self.requirement)]
        words += [f"where {told(self.where):.200}"] if self.where else []
        words += [f"in the group {self.group}"] if self.group else []
        return " ".join(words)


def _requirement(text: str, where: str) -> Requirement:
    try:
        return Requirement.parse(text)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error


def check_group(name: str) -> str:
    """The name, if it may be that of a group; the empty one stands for no group.

    Raises:
        UsageError: it may not.
    """
    if name and not _NAME.fullmatch(name):
        raise UsageError(f"{name[:100]!r} is not a name for a group", hint="Use lower case, digits and hyphens.")
    return name


def check_index(name: str) -> str:
    """The name, if it may be that of an index.

    Raises:
        UsageError: it may not.
    """
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name[:100]!r} is not a name for an index (lower case, digits, hyphens)")
    return name


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """An index that the project names.

    Attributes:
        url: its URL, or a folder relative to the project file.
        namespaces: what it serves; no other index may.
        root_sha256: of the root metadata that trust starts from.
        root: the file that holds that root, relative to the project file.
    """

    name: str
    url: str
    namespaces: tuple[str, ...]
    root_sha256: str
    root: str

    @classmethod
    def from_fields(cls, name: str, fields: Fields) -> Self:
        """The index in a table of the project file."""
        where = f"[indexes.{name}] of {fields.document}"
        refuse_unknown_keys(dict.fromkeys(fields.keys()), ("url", "namespaces", "root-sha256", "root"), where)
        digest = fields.text("root-sha256")
        if not _SHA256.fullmatch(digest):
            raise fields.fail("root-sha256", "must be 64 hexadecimal digits")
        namespaces = fields.texts("namespaces")
        return cls(name, fields.text("url"), namespaces, digest, fields.text("root", default=f"{name}-root.json"))


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """What a project asks for."""

    packs: Mapping[PackName, Need] = field(default_factory=dict)
    indexes: Mapping[str, IndexEntry] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes, document: str, *, pyproject: bool) -> Self | None:
        """The project in a text; None where a pyproject.toml has no `[tool.zoopkg]`.

        Raises:
            LockOutdatedError: Git left the two sides of a merge in it.
            UsageError: a mistake in it, told with its place.
        """
        refuse_conflict(data, document, BY_HAND if pyproject else JOIN)
        table = parse_toml(data, document)
        if pyproject:
            tool = table.get("tool", {})
            if not isinstance(tool, dict) or "zoopkg" not in tool:
                return None
            table = tool["zoopkg"]
        prefix = ("tool", "zoopkg") if pyproject else ()
        try:
            return cls._from_table(table, document)
        except _MistakeError as mistake:
            line = line_of(data, (*prefix, *mistake.path))
        try:
            return cls._from_table(table, f"{document} (line {line})" if line else document)
        except _MistakeError as mistake:
            raise UsageError(mistake.message, hint=mistake.hint) from mistake

    @classmethod
    def _from_table(cls, table: Any, document: str) -> Self:
        with _at():
            if not isinstance(table, dict):
                raise UsageError(f"{document}: [tool.zoopkg] must be a table")
        for key in table:
            with _at(key):
                refuse_unknown_keys([key], ("packs", "indexes"), document)
        packs: dict[PackName, Need] = {}
        with _at("packs"):
            fields = Fields(table.get("packs", {}), document, "packs.")
            if len(fields.keys()) > MAX_PACKS:
                raise UsageError(f"{document} asks for {len(fields.keys())} packs, over the limit of {MAX_PACKS}")
        for key in sorted(fields.keys()):
            with _at("packs", key):
                name, where = fields.parsed_key(key, PackName.parse), f"{key!r} in [packs] of {document}"
                if name in packs:
                    raise UsageError(f"{where} asks for {name} twice")
                packs[name] = Need.from_fields(key, fields, where)
        return cls(packs, _indexes(table, document))


class _MistakeError(UsageError):
    """A mistake in a project file, and the keys that lead to it."""

    def __init__(self, path: tuple[str, ...], error: ZooError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.path = path


@contextmanager
def _at(*path: str) -> Iterator[None]:
    """Note where in the file a mistake is."""
    try:
        yield
    except ZooError as error:
        raise _MistakeError(path, error) from error


def _indexes(table: Mapping[str, Any], document: str) -> dict[str, IndexEntry]:
    """The indexes. A namespace belongs to exactly one, or a stranger could answer for it (dependency confusion)."""
    with _at("indexes"):
        fields = Fields(table.get("indexes", {}), document, "indexes.")
    entries: dict[str, IndexEntry] = {}
    claimed: dict[str, str] = {}
    for name in sorted(fields.keys()):
        with _at("indexes", name):
            entries[name] = IndexEntry.from_fields(name, fields.inner(name))
            _claim(claimed, entries[name], document)
    return entries


def _claim(claimed: dict[str, str], entry: IndexEntry, document: str) -> None:
    try:
        check_index(entry.name)
    except UsageError as error:
        raise UsageError(f"{document}: {error.message}") from error
    for namespace in entry.namespaces:
        other = claimed.setdefault(namespace, entry.name)
        if other != entry.name:
            raise UsageError(
                f"{document}: the indexes {other} and {entry.name} both claim the namespace {namespace}",
                hint="Take it out of the namespaces of one of them.",
            )
