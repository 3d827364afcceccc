"""The pages say what the code does: the keys, the keywords, the types, the limits, and the normal forms shown."""

import re
import tomllib
from pathlib import Path

import pytest

from zoopkg.model.facets import ABSENT, FACETS, KEYWORDS, LISTS, FacetType
from zoopkg.model.uids import known_uids
from zoopkg.model.where import KEYS, MAX_VALUES, Where
from zoopkg.model.where_values import MAX_GLOBS, MAX_VALUE

FORMATS = Path(__file__).parents[2] / "docs" / "formats"
PAGE = (FORMATS / "where.md").read_text(encoding="utf-8")
FACETS_TABLE = re.findall(
    r"^\| `(\w+)` \| ([\w ]+?) \|",
    (FORMATS / "facets.md").read_text(encoding="utf-8").split("## Table")[1],
    re.MULTILINE,
)
TYPES = {
    "code": {FacetType.CODE},
    "text": {FacetType.TEXT},
    "UID": {FacetType.UID, FacetType.NAMED_UID},
    "boolean": {FacetType.BOOLEAN},
    "string": {FacetType.WORD},
    "list of strings": {FacetType.WORD, FacetType.CODE},
} | {name: {FacetType.NUMBER} for name in ("number", "u16", "integer")}


def test_the_facets_are_those_of_their_page_with_their_types():
    assert [name for name, _ in FACETS_TABLE] == list(FACETS)
    assert [name for name, kind in FACETS_TABLE if FACETS[name] not in TYPES[kind]] == []
    assert {name for name, kind in FACETS_TABLE if kind == "list of strings"} == LISTS
    assert {name for name, kind in FACETS.items() if kind is FacetType.NAMED_UID} == {
        row.facet for row in known_uids().values()
    }
    assert ABSENT.keys() <= FACETS.keys()


def test_the_keys_and_keywords_are_listed():
    keys = re.findall(r"^\| `(\w+)` \|", PAGE.split("## Keys")[1].split("##")[0], re.MULTILINE)
    assert sorted([*FACETS, *keys]) == list(KEYS)
    assert set(re.findall(r"`(\w+)`", PAGE.split("Keywords: ")[1].split("##")[0])) == set(KEYWORDS)


@pytest.mark.parametrize("keyword", KEYWORDS)
def test_a_keyword_is_one_of_dicom(keyword):
    from pydicom.datadict import tag_for_keyword

    assert tag_for_keyword(keyword) is not None


ROWS = re.findall(r"^\| `([^`]+)` \| `(\w+ = .+)` \|$", PAGE, re.MULTILINE)


def test_the_normal_forms_shown():
    assert len(ROWS) == 5
    for item, normal in ROWS:
        assert Where.parse([item]).to_toml() == tomllib.loads(normal)


def test_the_three_ways_shown_are_one():
    items = re.findall(r"--where '?([^ `']+)", PAGE.split("| command line")[1].split("\n")[0])
    table = tomllib.loads(re.search(r"`(where = .+)`", PAGE)[1])["where"]
    assert Where.parse(items) == Where.from_toml(table, "zoo.toml")
    assert Where.of(**table) == eval(re.search(r"`(Where\.of.+)`", PAGE)[1], {"Where": Where})


def test_the_limits():
    for limit in (MAX_VALUES, MAX_VALUE, MAX_GLOBS):
        assert f"{limit:,}" in PAGE
