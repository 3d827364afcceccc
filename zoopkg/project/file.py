"""zoo.toml, or `[tool.zoopkg]` of pyproject.toml: which packs a project asks for, and from which indexes.

Text to values, and edits that keep a person's comments and order. Reads no file but by the text it is given.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.fields import Fields
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.project.toml import parse_toml, refuse_unknown_keys

if TYPE_CHECKING:
    from tomlkit.items import Table

FILE_NAME = "zoo.toml"
PYPROJECT = "pyproject.toml"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_INDEX_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


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

    packs: Mapping[PackName, Requirement] = field(default_factory=dict)
    indexes: Mapping[str, IndexEntry] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes, document: str, *, pyproject: bool) -> Self | None:
        """The project in a text; None where a pyproject.toml has no `[tool.zoopkg]`.

        Raises:
            UsageError: a mistake in it, told with its place.
        """
        table = parse_toml(data, document)
        if pyproject:
            tool = table.get("tool", {})
            if not isinstance(tool, dict) or "zoopkg" not in tool:
                return None
            table = tool["zoopkg"]
        try:
            return cls._from_table(table, document)
        except ZooError as error:
            raise UsageError(error.message, hint=error.hint) from error

    @classmethod
    def _from_table(cls, table: Any, document: str) -> Self:
        if not isinstance(table, dict):
            raise UsageError(f"{document}: [tool.zoopkg] must be a table")
        refuse_unknown_keys(table, ("packs", "indexes"), document)
        packs: dict[PackName, Requirement] = {}
        for name, text, where in _pack_items(table, document):
            if name in packs:
                raise UsageError(f"{where} asks for {name} twice")
            try:
                packs[name] = Requirement.parse(text)
            except UsageError as error:
                raise UsageError(f"{where}: {error.message}", hint=error.hint) from error
        indexes = Fields(table.get("indexes", {}), document, "indexes.")
        entries = {name: IndexEntry.from_fields(name, indexes.inner(name)) for name in sorted(indexes.keys())}
        _check_claims(entries, document)
        return cls(packs, entries)


def _pack_items(table: Mapping[str, Any], document: str) -> list[tuple[PackName, str, str]]:
    packs = Fields(table.get("packs", {}), document, "packs.")
    items = []
    for key in sorted(packs.keys()):
        where = f"{key!r} in [packs] of {document}"
        value = packs.raw(key)
        if isinstance(value, dict):
            refuse_unknown_keys(value, ("version",), where)
            text = packs.inner(key).text("version")
        else:
            text = packs.text(key)
        items.append((packs.parsed_key(key, PackName.parse), text, where))
    return items


def _check_claims(entries: Mapping[str, IndexEntry], document: str) -> None:
    """A namespace belongs to exactly one index, or a stranger could answer for it (dependency confusion)."""
    claimed: dict[str, str] = {}
    for entry in entries.values():
        if not _INDEX_NAME.fullmatch(entry.name):
            raise UsageError(f"{document}: {entry.name!r} is not a name for an index (lower case, digits, hyphens)")
        for namespace in entry.namespaces:
            other = claimed.setdefault(namespace, entry.name)
            if other != entry.name:
                raise UsageError(
                    f"{document}: the indexes {other} and {entry.name} both claim the namespace {namespace}",
                    hint="Take it out of the namespaces of one of them.",
                )


def edit(
    text: str,
    *,
    pyproject: bool,
    packs: Mapping[PackName, Requirement],
    index: IndexEntry | None = None,
) -> str:
    """The text with these packs (and this index) written into it; everything else stays as its author left it.

    Raises:
        UsageError: what they would make together is no project file, or its tables are not written as tables.
    """
    document = PYPROJECT if pyproject else FILE_NAME
    try:
        edited = _edited(text, pyproject=pyproject, packs=packs, index=index)
    except ValueError as error:  # tomlkit puts no table into an inline one
        raise UsageError(
            f"{document} cannot be edited: {error}", hint="Write [packs] and [indexes] as tables of their own."
        ) from error
    ProjectFile.parse(edited.encode(), document, pyproject=pyproject)
    return edited


def _edited(
    text: str, *, pyproject: bool, packs: Mapping[PackName, Requirement], index: IndexEntry | None = None
) -> str:
    import tomlkit  # noqa: PLC0415  (50 ms that only an edit pays)

    document = tomlkit.parse(text)
    table: Any = document
    for part in ("tool", "zoopkg") if pyproject else ():
        table = _subtable(table, part)
    written = _subtable(table, "packs") if packs else None
    for name, requirement in packs.items():
        assert written is not None
        key = next((key for key in written if PackName.parse(key) == name), name.short)
        if isinstance(written.get(key), Mapping):
            written[key]["version"] = str(requirement)
        else:
            written[key] = str(requirement)
    if index:
        entry = tomlkit.table()
        entry["url"] = index.url
        entry["namespaces"] = list(index.namespaces)
        entry["root-sha256"] = index.root_sha256
        if index.root != f"{index.name}-root.json":
            entry["root"] = index.root
        _subtable(table, "indexes")[index.name] = entry
    return tomlkit.dumps(document)


def _subtable(table: Any, key: str) -> "Table":
    import tomlkit  # noqa: PLC0415

    if key not in table:
        table[key] = tomlkit.table(is_super_table=key in ("tool", "indexes"))
    found: Table = table[key]
    return found
