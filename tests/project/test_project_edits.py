"""Edits of a project file: what was asked for is there afterwards, and every comment and line of its author, too."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law, needs, pack_names

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.model.where import Where
from zoopkg.project.edit import Spelled, edit
from zoopkg.project.file import IndexEntry, Need, ProjectFile

CT, MR = PackName("zoo", "ct"), PackName("zoo", "mr")
ONE, TWO = Need(Requirement.parse("^1")), Need(Requirement.parse("^2"))
SHA256 = "ab" * 32
INDEX = IndexEntry("hospital", "https://zoo.hospital.example/", ("hospital",), SHA256, "hospital-root.json")
OTHER = f"url = 'u'\nnamespaces = ['clinic']\nroot-sha256 = '{SHA256}'\n"


def test_comments_and_order_stay() -> None:
    text = "# top\n[packs]  # ours\nmr = '1' # why\n# between\nct = { version = '1' } # small\n\n[indexes.x]\n" + OTHER
    assert edit(text, pyproject=False, packs={MR: TWO, CT: TWO}) == text.replace("'1'", '"^2"')


def test_what_is_new_comes_last_in_its_table() -> None:
    text = "# top\n[packs]\nmr = '1'\n"
    expected = (
        "# top\n[packs]\nmr = '1'\nct = \"^2\"\n\n[indexes.hospital]\n"
        f'url = "https://zoo.hospital.example/"\nnamespaces = ["hospital"]\nroot-sha256 = "{SHA256}"\n'
    )
    assert edit(text, pyproject=False, packs={CT: TWO}, index=INDEX) == expected


def test_a_new_file() -> None:
    assert edit("", pyproject=False, packs={PackName("hospital", "knees"): ONE}) == '[packs]\n"hospital/knees" = "^1"\n'


def test_a_pack_is_found_by_either_of_its_names() -> None:
    assert edit('[packs]\n"zoo/ct" = "1"\n', pyproject=False, packs={CT: TWO}) == '[packs]\n"zoo/ct" = "^2"\n'


ZOO_TOML = {
    "empty": "",
    "only a comment": "# nothing yet\n",
    "no line feed at the end": "[packs]\na = '1'",
    "CRLF": "[packs]\r\na = '1'\r\n",
    "an inline table": "packs = { a = '1' } # x\n",
    "dotted keys": "packs.a = '1'\n",
    "a table for a pack": "[packs.ct]\nversion = '1' # why\n",
    "an index before": f"[indexes.x]\n{OTHER}\n# packs\n[packs]\na = '1'\n",
    "only an index": f"[indexes.x]\n{OTHER}",
    "the same index": f"[indexes.hospital]\n{OTHER}",
}
PYPROJECT = {
    "empty": "",
    "no tool": "[project]\nname = 'x'\n",
    "another tool": "[tool.ruff]\nline-length = 99\n[project]\nname = 'x'\n[tool.mypy]\nstrict = true\n",
    "between others": "[tool.ruff]\nx = 1\n[tool.zoopkg.packs]\na = '1'\n[tool.mypy]\ny = 1\n",
    "first": "[tool.zoopkg.packs]\na = '1'\n[project]\nname = 'x'\n[tool.ruff]\nx = 1\n",
    "in two places": f"[tool.zoopkg.packs]\na = '1'\n[other]\nz = 1\n[tool.zoopkg.indexes.x]\n{OTHER}",
    "a dotted tool": "tool.ruff.x = 1\n",
    "a table for tool": "[tool]\n[tool.ruff]\nx = 1\n",
}
TEXTS = [pytest.param(text, False, id=f"zoo.toml: {name}") for name, text in ZOO_TOML.items()]
TEXTS += [pytest.param(text, True, id=f"pyproject.toml: {name}") for name, text in PYPROJECT.items()]


def parse(text: str, *, pyproject: bool) -> ProjectFile:
    return ProjectFile.parse(text.encode(), "it", pyproject=pyproject) or ProjectFile()


def others(text: str, *, pyproject: bool) -> dict[str, Any]:
    """What of a file is none of zoopkg's business."""
    table = tomllib.loads(text)
    if not pyproject:
        return {}
    tools = {key: value for key, value in table.pop("tool", {}).items() if key != "zoopkg"}
    return table | tools


@pytest.mark.parametrize(("text", "pyproject"), TEXTS)
@pytest.mark.parametrize("index", [None, INDEX])
def test_an_edit_adds_what_it_should_and_nothing_else(text: str, pyproject: bool, index: IndexEntry | None) -> None:
    before = parse(text, pyproject=pyproject)
    edited = edit(text, pyproject=pyproject, packs={CT: TWO, MR: ONE}, index=index)
    after = parse(edited, pyproject=pyproject)
    assert after.packs == {**before.packs, CT: TWO, MR: ONE}
    assert after.indexes == {**before.indexes} | ({"hospital": INDEX} if index else {})
    assert others(edited, pyproject=pyproject) == others(text, pyproject=pyproject)
    assert edit(edited, pyproject=pyproject, packs={CT: TWO, MR: ONE}, index=index) == edited


@law
@given(st.dictionaries(pack_names, needs, max_size=3), st.dictionaries(pack_names, needs, max_size=3))
def test_the_last_edit_wins(first: dict[PackName, Need], second: dict[PackName, Need]) -> None:
    text = edit("# kept\n", pyproject=False, packs=first, spelled=spelled(first))
    text = edit(text, pyproject=False, packs=second, spelled=spelled(second))
    assert text.startswith("# kept\n")
    assert parse(text, pyproject=False).packs == first | second


@law
@given(st.dictionaries(pack_names, needs, min_size=1, max_size=3), st.data())
def test_what_is_removed_is_gone_and_the_rest_stays(packs: dict[PackName, Need], data: st.DataObject) -> None:
    removed = data.draw(st.lists(st.sampled_from(sorted(packs)), unique=True))
    text = edit("", pyproject=False, packs=packs, spelled=spelled(packs))
    left = parse(edit(text, pyproject=False, packs={}, removed=removed), pyproject=False).packs
    assert left == {name: need for name, need in packs.items() if name not in removed}


def spelled(packs: Mapping[PackName, Need]) -> dict[PackName, Spelled]:
    return {name: need.where.to_toml() for name, need in packs.items()}


def test_a_filter_is_kept_in_the_words_it_was_asked_in() -> None:
    need = Need(Requirement.parse("^2"), Where.parse(["transfer_syntax=JPEG2000*"]), "nightly")
    text = edit(
        "[packs]\nct = '1' # why\n", pyproject=False, packs={CT: need}, spelled={CT: {"transfer_syntax": ["JPEG2000*"]}}
    )
    assert text == '[packs]\nct = {version = "^2", where = {transfer_syntax = "JPEG2000*"}, group = "nightly"} # why\n'
    assert edit(text, pyproject=False, packs={CT: replace(need, requirement=ONE.requirement)}) == text.replace(
        "^2", "^1"
    )
    assert edit(text, pyproject=False, packs={}, removed=[CT]) == "[packs]\n"


def test_an_index_that_would_claim_what_another_has_is_refused() -> None:
    text = f"[indexes.x]\n{OTHER.replace('clinic', 'hospital')}"
    with pytest.raises(UsageError, match="both claim the namespace hospital"):
        edit(text, pyproject=False, packs={}, index=INDEX)


@pytest.mark.parametrize(
    ("text", "pyproject"),
    [
        ("tool = { ruff = { x = 1 } }\n", True),
        ("[tool]\nzoopkg = { packs = { a = '1' } }\n", True),
        ("indexes.x = { url = 'u', namespaces = ['q'], root-sha256 = '" + SHA256 + "' }\npacks.a = '1'\n", False),
    ],
)
def test_a_file_that_cannot_be_edited_is_left_alone(text: str, pyproject: bool) -> None:
    with pytest.raises(UsageError):
        edit(text, pyproject=pyproject, packs={CT: ONE}, index=INDEX)
