"""What differs between two states of an index's documents, in lines for whoever is asked to sign the later one.

Records, catalogs, withdrawals, mirrors. Nothing that differs is left out. Pure: documents in, lines out.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from zoopkg.errors import FormatError
from zoopkg.model import canonical
from zoopkg.model.names import PackName
from zoopkg.model.record import MirrorList, Record, Release, Revocations, catalog
from zoopkg.model.text import human, plural, printable

_MOST = 300


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs, and the digests that state it exactly."""

    text: str
    details: tuple[str, ...] = ()


def shown(value: object) -> str:
    """A value from a document on one line."""
    text = (
        value
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    )
    return printable(text.replace("\n", " ").strip(), _MOST)


def record_changes(before: Record | None, after: Record) -> Iterator[Change]:
    """What is new in the record of a pack, and what is different."""
    name = after.name.short
    old = {each.version: each for each in before.releases} if before else {}
    new = {each.version: each for each in after.releases}
    for version in sorted(new.keys() | old.keys()):
        what = f"{name} {version}"
        if version not in old:
            yield _added(what, new[version])
        elif version not in new:
            yield Change(f"- {what} is no longer listed", (f"content {old[version].content}",))
        else:
            yield from _field_changes(what, old[version].to_json(), new[version].to_json())
    yield from _field_changes(name, before.texts.to_json() if before else {}, after.texts.to_json())


def _added(what: str, release: Release) -> Change:
    size = f"{plural(release.instances, 'instance')}, {human(release.size)}, {printable(release.license, _MOST)}"
    reviewed = f"reviewed by {shown(', '.join(release.reviewers))}" if release.reviewers else "reviewed by nobody"
    details = (
        f"content  {release.content}",
        f"manifest {release.manifest.name}",
        f"layout   {release.layout.name}",
        *((f"requires {shown(', '.join(release.requires))}",) if release.requires else ()),
        *((f"yanked   {shown(release.yanked)}",) if release.yanked else ()),
    )
    return Change(f"+ {what}: {size}, {reviewed}", details)


def _field_changes(what: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for field in sorted(before.keys() | after.keys()):
        old, new = before.get(field), after.get(field)
        if field in {"yanked", "deprecated"} and old != new:
            yield Change(f"~ {what}: {field}, {shown(new)}" if new else f"~ {what}: no longer {field}")
        elif old != new and (old or new):
            values = [_brief(field, value) for value in (old, new) if value]
            sign = "~" if old and new else "+" if new else "-"
            yield Change(f"{sign} {what}: {field} {' -> '.join(values)}")


def _brief(field: str, value: Any) -> str:
    """A field's value; of a blob its digest."""
    return f"b3:{shown(value['b3'])}" if field in {"manifest", "layout"} else shown(value)


def catalog_changes(before: bytes | None, after: bytes, changed: Mapping[PackName, Record]) -> Iterator[Change]:
    """Where a catalog says of a pack something else than its record does, or than it did while the record stayed.

    Args:
        before: the catalog that is published.
        after: the one to be signed.
        changed: the records that change with it.
    """
    old, new = _entries(before), _entries(after)
    for name in sorted(old.keys() | new.keys()):
        record = next((each for each in changed.values() if str(each.name) == name), None)
        right = _entries(catalog({record.name: record}))[name] if record else old.get(name)
        if new.get(name) != right:
            yield Change(f"! the catalog does not say of {shown(name)} what its record says")


def _entries(data: bytes | None) -> dict[str, Any]:
    value = canonical.decode_loosely(data, "the catalog") if data else {}
    packs = value.get("packs", []) if isinstance(value, dict) else []
    if not isinstance(packs, list):
        raise FormatError("the catalog does not list packs")
    return {str(each.get("name")): each for each in packs if isinstance(each, dict)}


def revocation_changes(before: Revocations | None, after: Revocations) -> Iterator[Change]:
    """What is withdrawn, and what is no longer."""
    past = before or Revocations({}, {})
    for old, new, kind in (
        (past.manifests, after.manifests, "version"),
        (past.instances, after.instances, "instance"),
    ):
        for digest in sorted(old.keys() | new.keys(), key=str):
            if digest not in new:
                yield Change(f"- the {kind} {digest} is no longer withdrawn")
            elif new[digest] != old.get(digest):
                yield Change(f"+ withdrawn {kind} {digest}: {shown(new[digest])}")


def mirror_changes(before: MirrorList | None, after: MirrorList) -> Iterator[Change]:
    """Which mirrors are named, no longer named, or tried in another order."""
    old, new = before.templates if before else (), after.templates
    yield from (Change(f"- mirror {shown(each)}") for each in old if each not in new)
    yield from (Change(f"+ mirror {shown(each)}") for each in new if each not in old)
    if old and new and new[: len(old)] != old and list(new) != [each for each in old if each in new]:
        yield Change("~ mirrors are tried in this order:", tuple(map(shown, new)))
