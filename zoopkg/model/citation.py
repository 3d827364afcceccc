"""Citations of packs as texts: as APA's style has them, CSL-JSON, and by name every format that there is.

Pure: whoever calls knows the packs. Every format escapes free text by its own rules.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zoopkg.model.bibtex import bibtex
from zoopkg.model.cff import cff
from zoopkg.model.cited import Cited, credit, line

_MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def apa(cited: Sequence[Cited]) -> str:
    """A paragraph each, after the style of the American Psychological Association (7th edition, data sets)."""
    return "\n\n".join(_apa(each) for each in cited) + "\n" if cited else ""


def _apa(cited: Cited) -> str:
    title = f"{cited.title} (Version {cited.version}) [Data set]."
    when = f"({_apa_date(cited)})."
    authors = _listed([line(author) for author in cited.authors])
    words = [f"{authors.rstrip('.')}. {when} {title}" if authors else f"{title} {when}", cited.note, line(cited.url)]
    sources = [f"  Source: {line(s.name)}. {credit(s)}. {line(s.url)}".rstrip() for s in cited.sources]
    return "\n".join([" ".join(word for word in words if word), *sources])


def _apa_date(cited: Cited) -> str:
    if not cited.date:
        return "n.d."
    year, month, day = cited.date
    return f"{year}, {_MONTH_NAMES[month - 1]} {day}"


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])}, & {names[-1]}" if len(names) > 1 else "".join(names)


def csl(cited: Sequence[Cited]) -> str:
    """A list of items of the type `dataset` (CSL-JSON 1.0.2): every pack, and every source of one."""
    items: list[dict[str, Any]] = []
    for each in cited:
        key = f"{each.name}@{each.version}"
        items.append(
            {
                "id": key,
                "type": "dataset",
                "title": each.title,
                **({"author": [{"literal": line(author)} for author in each.authors]} if each.authors else {}),
                **({"issued": {"date-parts": [list(each.date)]}} if each.date else {}),
                "version": each.version,
                **({"URL": line(each.url)} if each.url else {}),
                "note": each.note,
                "custom": {"content": each.content, "license": each.license},
            }
        )
        for number, source in enumerate(each.sources, 1):
            items.append(
                {
                    "id": f"{key}#source{number}",
                    "type": "dataset",
                    "title": line(source.name),
                    **({"URL": line(source.url)} if source.url else {}),
                    "note": credit(source),
                }
            )
    return json.dumps(items, indent=2, ensure_ascii=False) + "\n"


FORMATS: Mapping[str, Callable[[Sequence[Cited]], str]] = {
    "apa": apa,
    "bibtex": bibtex,
    "csl-json": csl,
    "cff": cff,
}
