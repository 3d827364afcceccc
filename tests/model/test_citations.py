"""Every format of a citation holds what it was given, whatever characters that has, by the format's own rules."""

import json
import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import large_law as law

from zoopkg.model.bibtex import bibtex, tex
from zoopkg.model.cff import cff
from zoopkg.model.citation import FORMATS, apa, csl
from zoopkg.model.cited import Cited, line
from zoopkg.model.manifest import Source

SPECIAL = '\\{}%&$#_~^"@,\n\t:-|<>\u2028\ufeff\uffff😀'
words = st.text(st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from(SPECIAL)), max_size=30)
some = words.filter(lambda text: bool(line(text)))
days = st.one_of(st.just(""), st.dates(date(1990, 1, 1)).map(str))
names = st.sampled_from(["ct-basic", "hospital/mr-brain"])
sources = st.builds(Source, some, st.sampled_from(["MIT", "MIT AND CC0-1.0", "LicenseRef-x"]), words, words)
packs = st.builds(
    Cited,
    names,
    st.sampled_from(["1.0.0", "2.1.3-rc.1"]),
    st.just(f"b3:{'0' * 64}"),
    st.sampled_from(["", "MIT", "MIT OR CC0-1.0"]),
    words,
    days,
    st.one_of(words, st.just("https://example.org/a_b%20c?d=e&f#g~h")),
    words,
    st.lists(some, max_size=3).map(tuple),
    st.lists(sources, max_size=2).map(tuple),
)
some_packs = st.lists(packs, max_size=3)

_FROM_TEX = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
    r"\textless{}": "<",
    r"\textgreater{}": ">",
    r"\textbar{}": "|",
    **{f"\\{c}": c for c in "&%$#_"},
}
_SPECIAL = re.compile("|".join(map(re.escape, _FROM_TEX)))


def from_tex(text: str) -> str:
    left = _SPECIAL.sub("", text)
    assert not set(left) & set("\\{}%&$#_~^"), "a character is not escaped"
    return _SPECIAL.sub(lambda found: _FROM_TEX[found[0]], text)


def entries(text: str) -> list[dict[str, str]]:
    """A .bib file as BibTeX takes it apart: braces count, whatever stands before them."""
    found, at = [], 0
    while at < len(text):
        head = re.compile(r"@misc\{([^\s,{}]+),\n").match(text, at)
        assert head, text[at : at + 80]
        entry, at = {"key": head[1]}, head.end()
        while field := re.compile(r"  (\w+) = ").match(text, at):
            value, at = _value(text, field.end())
            assert field[1] not in entry
            entry[field[1]] = value
        assert text.startswith("}\n", at), text[at : at + 80]
        at += 2
        at += text.startswith("\n", at)
        found.append(entry)
    return found


def _value(text: str, start: int) -> tuple[str, int]:
    if text[start] != "{":
        end = text.index(",", start)
        return text[start:end], end + 2
    depth, at = 0, start
    while True:
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
        if not depth:
            break
    assert text.startswith(",\n", at)
    return text[start + 1 : at - 1], at + 2


@law
@given(words)
def test_tex_says_what_it_was_given(text: str) -> None:
    assert from_tex(tex(text)) == line(text)


@law
@given(some_packs)
def test_bibtex_holds_what_it_was_given(cited: list[Cited]) -> None:
    read = iter(entries(bibtex(cited)))
    for pack in cited:
        entry = next(read)
        assert from_tex(entry["title"][1:-1]) == pack.title
        assert from_tex(entry["note"]) == pack.note
        assert entry.get("year", "") == pack.published[:4]
        assert ("month" in entry) is bool(pack.published)
        authors = re.findall(r"(?:^| and )(\{(?:[^{}]|\{\})*\})", entry.get("author", ""))
        assert [from_tex(author[1:-1]) for author in authors] == [line(author) for author in pack.authors]
        assert not set(entry.get("url", "")) & set("{}\\ \n")
        for source in pack.sources:
            entry = next(read)
            assert from_tex(entry["title"][1:-1]) == line(source.name)
            assert from_tex(entry["note"]).startswith(f"License: {source.license}")
    assert next(read, None) is None


def test_a_url_stays_as_it_is() -> None:
    url = "https://example.org/a_b%20c?d=e&f#g~h"
    assert entries(bibtex([Cited("x", "1.0.0", "b3:0", url=url)]))[0]["url"] == url


@law
@given(some_packs)
def test_csl_items_have_what_they_must(cited: list[Cited]) -> None:
    items = json.loads(csl(cited))
    assert len(items) == sum(1 + len(pack.sources) for pack in cited)
    known = {"id", "type", "title", "author", "issued", "version", "URL", "note", "custom"}
    for item in items:
        assert {"id", "type", "title"} <= item.keys() <= known
        assert item["type"] == "dataset"
        assert all(author.keys() == {"literal"} for author in item.get("author", []))
        assert all(len(date) == 3 for date in item.get("issued", {}).get("date-parts", []))
    packs = [item for item in items if "custom" in item]
    assert [item["title"] for item in packs] == [pack.title for pack in cited]
    assert [item["custom"]["content"] for item in packs] == [pack.content for pack in cited]


@law
@given(some_packs.filter(bool))
def test_cff_is_yaml_with_what_it_was_given(cited: list[Cited]) -> None:
    yaml = pytest.importorskip("yaml")
    document = yaml.safe_load(cff(cited))
    assert {"cff-version", "message", "title", "authors"} <= document.keys()
    assert document["authors"]
    own = [document] if len(cited) == 1 else document["references"][: len(cited)]
    assert [each["title"] for each in own] == [pack.title for pack in cited]
    assert [each["abstract"] for each in own] == [pack.note for pack in cited]
    for pack, each in zip(cited, own, strict=True):
        authors = dict.fromkeys(map(line, pack.authors)) or [f"The maintainers of {pack.name}"]
        assert list(authors) == list(dict.fromkeys(author["name"] for author in each["authors"]))
        assert each.get("date-released", "") == pack.published
    credited = {reference["title"] for reference in document.get("references", [])}
    assert {line(source.name) for pack in cited for source in pack.sources} <= credited
    for reference in document.get("references", []):
        assert {"type", "title", "authors"} <= reference.keys()
        assert " " not in reference.get("license", "")


@law
@given(some_packs)
def test_apa_is_a_paragraph_each(cited: list[Cited]) -> None:
    paragraphs = apa(cited).split("\n\n") if cited else []
    assert len(paragraphs) == len(cited)
    for pack, paragraph in zip(cited, paragraphs, strict=True):
        assert f"{pack.title} (Version {pack.version}) [Data set]." in paragraph
        assert (pack.published[:4] or "n.d.") in paragraph
        assert len(paragraph.strip().split("\n")) == 1 + len(pack.sources)


def test_an_example() -> None:
    source = Source("A set", "MIT", "https://example.org", "Copyright (c) 2008-2020 Ann Other and others")
    url, authors = "https://zoo.example", ("A. B.", "C")
    pack = Cited("ct-basic", "1.2.0", "b3:00", "MIT", "Slices", "2026-01-31", url, "", authors, (source,))
    assert apa([pack]) == (
        "A. B., & C. (2026, January 31). ct-basic: Slices (Version 1.2.0) [Data set]."
        " License: MIT. Content: b3:00. https://zoo.example\n"
        "  Source: A set. License: MIT. Copyright (c) 2008-2020 Ann Other and others. https://example.org\n"
    )
    assert '- name: "Ann Other and others"' in cff([pack])
    assert sorted(FORMATS) == ["apa", "bibtex", "cff", "csl-json"]
