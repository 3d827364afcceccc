"""The files of a pack as its manifest tells of them, for `info --files`. Fetches none of them."""

from collections.abc import Sequence
from typing import Any

from zoopkg.cli.output import table
from zoopkg.model.facets import facet_of
from zoopkg.model.instance import Instance
from zoopkg.model.text import human, printable
from zoopkg.model.uids import keyword_of


def file_lines(instances: Sequence[Instance]) -> list[str]:
    """A line for each: path, size, kind, modality, transfer syntax, rows x columns, defects."""
    paths = [printable(each.path) for each in instances]
    width = max(map(len, paths), default=0)
    return table([[path.ljust(width), *_told(each)] for path, each in zip(paths, instances, strict=True)])


def _told(instance: Instance) -> list[str]:
    facets = instance.facets
    rows, columns = facets.get("rows"), facets.get("columns")
    uid, defects = facets.get("transfer_syntax"), facet_of(facets, "defects")
    shown = [
        str(facets.get("kind", "")),
        str(facets.get("modality") or ""),
        keyword_of(str(uid)) if uid else "",
        f"{rows} x {columns}" if rows and columns else "",
        ", ".join(defects) if isinstance(defects, list | tuple) else "",
    ]
    return [human(instance.size), *map(printable, shown)]


def file_document(instance: Instance, pack_license: str) -> dict[str, Any]:
    """The same and all other facets that are not null, for a script."""
    return {
        "path": instance.path,
        "digest": str(instance.digest),
        "bytes": instance.size,
        "license": instance.license or pack_license,
        "note": instance.note,
        "facets": dict(instance.facets),
    }
