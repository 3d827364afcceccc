"""Transfer syntaxes and SOP classes by keyword and name, from a table that is frozen with the form of filters.

The facts are those of PS3.6 table A-1, retired rows included; `uids.csv` holds them, and is read when first needed.
What a keyword stands for must be the same in every lock, so rows are neither changed nor added within a version.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files

from zoopkg.errors import UsageError
from zoopkg.model.globs import Globs, is_glob
from zoopkg.model.text import printable

_WILD = frozenset("0123456789.*?[]!-")


@dataclass(frozen=True, slots=True)
class KnownUid:
    """A row of the table.

    Attributes:
        facet: the facet that has such UIDs, `transfer_syntax` or `sop_class`.
    """

    uid: str
    keyword: str
    name: str
    facet: str


@cache
def known_uids() -> Mapping[str, KnownUid]:
    """The whole table by UID."""
    text = files("zoopkg.model").joinpath("uids.csv").read_text(encoding="utf-8")
    return {row["uid"]: KnownUid(**row) for row in csv.DictReader(text.splitlines())}


def keyword_of(uid: str) -> str:
    """The keyword of a UID, or the UID itself where the table has none."""
    known = known_uids().get(uid)
    return known.keyword if known else uid


def uids_named(text: str, facet: str) -> list[str]:
    """The UIDs that a UID, a keyword, a name, or a glob over keywords and names stands for, sorted.

    What consists of digits, dots and wildcards alone stays as it is: it means UIDs, private ones among them.

    Raises:
        UsageError: no UID of this facet has such a keyword or name.
    """
    if _WILD.issuperset(text):
        return [text]
    rows = [row for row in known_uids().values() if row.facet == facet]
    folded = text.lower()
    found = [row.uid for row in rows if folded in {row.keyword.lower(), row.name.lower()}]
    if not found and is_glob(text):
        globs = Globs([folded])
        found = [row.uid for row in rows if globs.match(row.keyword.lower()) or globs.match(row.name.lower())]
    if not found:
        keywords = {row.keyword.lower(): row.keyword for row in rows}
        near = [keywords[key] for key in get_close_matches(folded[:80], keywords, n=3, cutoff=0.5)]
        raise UsageError(
            f"'{printable(text, 80)}' is the name of no {facet.replace('_', ' ')}",
            hint=f"Near it are {', '.join(near)}." if near else "Write a UID, or a keyword as PS3.6 has them.",
        )
    return sorted(found)
