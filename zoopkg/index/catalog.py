"""The catalog of a namespace as the index signs it: what search needs to know of each pack. Reads it; no tuf, no I/O.

`zoopkg.model.record.catalog` writes it. Version 1: the first.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from zoopkg.model import canonical
from zoopkg.model.fields import Fields
from zoopkg.model.manifest import check_schema
from zoopkg.model.names import PackName
from zoopkg.model.record import MAX_SUMMARY
from zoopkg.model.version import Version, parse_version

MAX_CATALOG = 64 << 20
_SCHEMA = 1
_SUGGESTIONS = 3


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A pack, by its newest release that is not yanked.

    Attributes:
        versions: every release that is not yanked, oldest first; empty where all are, and then the rest is, too.
        facets: for each facet worth searching by, each value and how many instances have it.
        size: the bytes of all instances.
    """

    name: PackName
    summary: str
    keywords: tuple[str, ...]
    versions: tuple[Version, ...]
    license: str = ""
    instances: int = 0
    size: int = 0
    facets: Mapping[str, Mapping[str, int]] | None = None


def decode_catalog(data: bytes, document: str) -> tuple[CatalogEntry, ...]:
    """The packs that a catalog lists.

    Raises:
        FormatError: the format is broken, or newer than this zoopkg.
    """
    fields = Fields(canonical.decode(data, document, MAX_CATALOG), document)
    check_schema(fields, "catalog", _SCHEMA)
    return tuple(_entry(item) for item in fields.each("packs", limit=1_000_000))


def _entry(fields: Fields) -> CatalogEntry:
    newest = "license" in fields
    return CatalogEntry(
        name=fields.parsed("name", PackName.parse),
        summary=fields.text("summary", limit=MAX_SUMMARY),
        keywords=fields.texts("keywords"),
        versions=tuple(parse_version(version) for version in fields.texts("versions")),
        license=fields.text("license", default=""),
        instances=fields.integer("instances") if newest else 0,
        size=fields.integer("bytes") if newest else 0,
        facets=_facets(fields.inner("facets")) if newest else None,
    )


def _facets(fields: Fields) -> dict[str, dict[str, int]]:
    counts = {facet: fields.inner(facet) for facet in sorted(fields.keys())}
    return {facet: {value: each.integer(value) for value in sorted(each.keys())} for facet, each in counts.items()}


def near_names(name: PackName, catalog: Iterable[CatalogEntry]) -> list[str]:
    """The packs that someone may have meant by a name that there is not, the nearest first, three at most."""
    known = {entry.name.name: entry.name.short for entry in catalog if entry.versions}
    return [known[each] for each in get_close_matches(name.name, known, _SUGGESTIONS)]


def spelling_hint(name: PackName, catalog: Iterable[CatalogEntry]) -> str:
    """What to try next where there is no pack of this name."""
    near = near_names(name, catalog)
    return f"Did you mean {' or '.join(near)}?" if near else "Check the spelling, or name an --index."
