"""Edits of a project file that keep a person's comments and order. Text to text; no disk."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName
from zoopkg.project.file import FILE_NAME, PYPROJECT, IndexEntry, Need, ProjectFile

if TYPE_CHECKING:
    from tomlkit.items import Table

Spelled = Mapping[str, list[str]]
"""A filter in the words of whoever asked for it, which the project file keeps."""


def edit(  # noqa: PLR0913  (what may change, each by its name)
    text: str,
    *,
    pyproject: bool,
    packs: Mapping[PackName, Need],
    spelled: Mapping[PackName, Spelled] | None = None,
    removed: Collection[PackName] = (),
    index: IndexEntry | None = None,
) -> str:
    """The text with some packs (and an index) written into it; everything else stays as its author left it.

    Args:
        text: the project file as it is.
        pyproject: whether it is a pyproject.toml.
        packs: what to ask for.
        spelled: the filters of these packs that changed, as they were asked for.
        removed: what not to ask for any more.
        index: an index to name.

    Raises:
        UsageError: what they would make together is no project file, or its tables are not written as tables.
    """
    document = PYPROJECT if pyproject else FILE_NAME
    try:
        edited = _edited(text, pyproject, packs, spelled or {}, removed, index)
    except (ValueError, TypeError) as error:  # tomlkit puts no table into an inline one, nor into what is none
        raise UsageError(
            f"{document} cannot be edited: {error}", hint="Write [packs] and [indexes] as tables of their own."
        ) from error
    ProjectFile.parse(edited.encode(), document, pyproject=pyproject)
    return edited


def _edited(  # noqa: PLR0913, PLR0917
    text: str,
    pyproject: bool,
    packs: Mapping[PackName, Need],
    spelled: Mapping[PackName, Spelled],
    removed: Collection[PackName],
    index: IndexEntry | None,
) -> str:
    import tomlkit  # noqa: PLC0415  (50 ms that only an edit pays)

    document = tomlkit.parse(text)
    table: Any = document
    for part in ("tool", "zoopkg") if pyproject else ():
        table = _subtable(table, part)
    if packs or removed:
        written = _subtable(table, "packs")
        for name, need in packs.items():
            _write_need(written, name, need, spelled.get(name))
        for name in removed:
            del written[_key(written, name)]
    if index:
        _subtable(table, "indexes")[index.name] = _index_table(index)
    return tomlkit.dumps(document)


def _key(table: Any, name: PackName) -> str:
    return next((key for key in table if PackName.parse(key) == name), name.short)


def _write_need(table: Any, name: PackName, need: Need, spelled: Spelled | None) -> None:
    import tomlkit  # noqa: PLC0415

    key = _key(table, name)
    if not isinstance(table.get(key), Mapping):
        if spelled is None and not need.group:
            table[key] = str(need.requirement)
            return
        table[key] = tomlkit.inline_table()
    entry = table[key]
    entry["version"] = str(need.requirement)
    if spelled is not None:
        where = tomlkit.inline_table()
        where.update({key: values[0] if len(values) == 1 else values for key, values in spelled.items()})
        entry["where"] = where
    if need.group:
        entry["group"] = need.group
    else:
        entry.pop("group", None)


def _index_table(index: IndexEntry) -> "Table":
    import tomlkit  # noqa: PLC0415

    entry = tomlkit.table()
    entry["url"] = index.url
    entry["namespaces"] = list(index.namespaces)
    entry["root-sha256"] = index.root_sha256
    if index.root != f"{index.name}-root.json":
        entry["root"] = index.root
    return entry


def _subtable(table: Any, key: str) -> "Table":
    import tomlkit  # noqa: PLC0415

    if key not in table:
        table[key] = tomlkit.table(is_super_table=key in ("tool", "indexes"))
    found: Table = table[key]
    return found
