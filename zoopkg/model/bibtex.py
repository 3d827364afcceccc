"""Citations of packs for BibTeX. Every text is escaped, for BibTeX to read it and for LaTeX to print it."""

import re
from collections.abc import Mapping, Sequence

from zoopkg.model.cited import Cited, credit, line

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# A brace counts for BibTeX even where TeX takes it for a character, so that only pairs may stand in a value.
_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{c: f"\\{c}" for c in "&%$#_"},
}
_NOT_IN_URL = re.compile(r"[^!-\[\]_a-z~]")


def tex(text: str) -> str:
    """A text as LaTeX has to read it to print it."""
    return "".join(_TEX.get(c, c) for c in line(text))


def bibtex(cited: Sequence[Cited]) -> str:
    """An entry `@misc` for every pack, and for every source of one."""
    entries = []
    for each in cited:
        key = f"{each.name.replace('/', ':')}:{each.version}"
        fields = {
            "author": " and ".join(f"{{{tex(author)}}}" for author in each.authors),
            "title": f"{{{tex(each.title)}}}",
            "year": each.published[:4],
            "version": tex(each.version),
            "howpublished": "Data set",
            "url": _tex_url(each.url),
            "note": tex(each.note),
        }
        month = f"  month = {_MONTHS[each.date[1] - 1]},\n" if each.date else ""
        entries.append(_entry(key, fields, month))
        for number, source in enumerate(each.sources, 1):
            fields = {
                "title": f"{{{tex(source.name)}}}",
                "howpublished": "Data set",
                "url": _tex_url(source.url),
                "note": tex(credit(source)),
            }
            entries.append(_entry(f"{key}:source{number}", fields))
    return "\n".join(entries)


def _entry(key: str, fields: Mapping[str, str], more: str = "") -> str:
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{lines}{more}}}\n"


def _tex_url(url: str) -> str:
    """A URL, which LaTeX reads letter by letter, but for what BibTeX would count or a URL cannot hold."""
    return _NOT_IN_URL.sub(lambda found: "".join(f"%{byte:02X}" for byte in found[0].encode()), line(url))
