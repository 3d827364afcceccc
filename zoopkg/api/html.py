"""A pack in a notebook: a table of its series, with thumbnails. Every text is escaped: packs come from anywhere.

Never raises for what a pack holds, or for bytes that cannot be had: what cannot be shown is left out.
"""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from zoopkg.api.groups import Series
from zoopkg.api.thumbnails import MAX_BYTES, thumbnail
from zoopkg.model.text import printable
from zoopkg.model.uids import keyword_of

if TYPE_CHECKING:
    from zoopkg.api.instance import Instance
    from zoopkg.api.pack import Pack

MAX_SERIES = 50
MAX_THUMBNAILS = 12
_HEAD = ("", "first file", "instances", "modality", "rows x columns", "transfer syntax", "defects")


def page(pack: "Pack") -> str:
    """The pack as HTML, complete in itself."""
    series = pack.series
    left = f"<p>and {len(series) - MAX_SERIES} more series</p>" if len(series) > MAX_SERIES else ""
    return f"<div><p><b>{_text(repr(pack)[1:-1])}</b></p>{_table(series[:MAX_SERIES])}{left}</div>"


def _table(series: Sequence[Series]) -> str:
    """A row for each series, after its picture; columns that have nothing to tell are left out."""
    rows = [[picture, *map(_text, _row(each))] for each, picture in zip(series, _pictures(series), strict=True)]
    told = [index for index in range(len(_HEAD)) if any(row[index] for row in rows)]
    body = "".join(f"<tr>{_cells('td', (row[index] for index in told))}</tr>" for row in rows)
    head = _cells("th", (_HEAD[index] for index in told))
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>" if rows else ""


def _pictures(series: Iterable[Series]) -> list[str]:
    """A picture of the middle of each series, as long as there is room for more; else nothing."""
    room, pictures = MAX_THUMBNAILS, []
    for each in series:
        instance = _shown(each) if room else None
        pictures.append(_picture(instance) if instance else "")
        room -= instance is not None
    return pictures


def _shown(series: Series) -> "Instance | None":
    middle = series[len(series) // 2]
    return middle if middle.size <= MAX_BYTES and middle.facets["rows"] else None


def _picture(instance: "Instance") -> str:
    png = thumbnail(instance)
    if png is None:
        return ""
    source = f"data:image/png;base64,{base64.b64encode(png).decode()}"
    told = _text(instance.path)
    return f'<img src="{source}" title="{told}" alt="{told}" style="max-width:none;max-height:72px">'


def _row(series: Series) -> list[object]:
    first = series[0]
    return [
        first.path,
        len(series),
        _values(each.facets["modality"] for each in series),
        _values(f"{each.facets['rows']}\u00d7{each.facets['columns']}" for each in series if each.facets["rows"]),
        _values(keyword_of(str(uid)) for each in series if (uid := each.facets["transfer_syntax"])),
        _values(defect for each in series if isinstance(found := each.facets["defects"], tuple) for defect in found),
    ]


def _values(values: Iterable[object]) -> str:
    """The different values, those that are null left out, and no more than three."""
    told = sorted({str(value) for value in values if value is not None})
    return ", ".join([*told[:3], "…"] if len(told) > 3 else told)


def _cells(tag: str, values: Iterable[str]) -> str:
    """Cells of what is HTML already; to the left, each by itself, since notebooks push them to the right."""
    return "".join(f'<{tag} style="text-align:left">{value}</{tag}>' for value in values)


def _text(value: object) -> str:
    return escape(printable(str(value), 120))
