"""zoo.toml and pyproject.toml: what a project may ask for, and every mistake told in one sentence with its place."""

import re
from pathlib import Path

import pytest

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.model.where import Where
from zoopkg.project.file import IndexEntry, Need, ProjectFile

SHA256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
EXAMPLE = Path(__file__).parents[1] / "examples" / "zoo-1.toml"
INDEX = f"url = 'u'\nroot-sha256 = '{SHA256}'\n"


def parse(text: str, *, pyproject: bool = False) -> ProjectFile | None:
    return ProjectFile.parse(text.encode(), "zoo.toml", pyproject=pyproject)


def test_the_frozen_example() -> None:
    project = ProjectFile.parse(EXAMPLE.read_bytes(), "zoo.toml", pyproject=False)
    assert project is not None
    assert project.packs == {
        PackName("zoo", "ct-basic"): Need(Requirement.parse("^1")),
        PackName("zoo", "phantoms"): Need(Requirement.parse("~1.2")),
        PackName("hospital", "knees"): Need(Requirement.parse(">=2, <4")),
    }
    url = "https://zoo.hospital.example/"
    entry = IndexEntry("hospital", url, ("hospital", "clinic"), SHA256, "hospital-root.json")
    assert project.indexes == {"hospital": entry}


def test_an_empty_project() -> None:
    assert parse("") == ProjectFile()
    assert parse("[packs]") == ProjectFile()


def test_pyproject_has_the_same_under_its_own_table() -> None:
    text = EXAMPLE.read_text()
    moved = text.replace("[packs]", "[tool.zoopkg.packs]").replace("[indexes.", "[tool.zoopkg.indexes.")
    assert parse(f"[project]\nname = 'x'\n{moved}", pyproject=True) == parse(text)


@pytest.mark.parametrize("text", ["", "[project]\nname = 'x'", "tool = 3", "[tool.ruff]\nx = 1"])
def test_a_pyproject_without_that_table_asks_for_nothing(text: str) -> None:
    assert parse(text, pyproject=True) is None


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("[pack]\n", "zoo.toml has the unknown key 'pack'", "Did you mean 'packs'?"),
        ("packs = 3", "'packs' of zoo.toml must be an object", ""),
        ("packs = ['ct']", "'packs' of zoo.toml must be an object", ""),
        ("[packs]\nct = 1", "'packs.ct' of zoo.toml must be a string", ""),
        ("[packs]\nct = 'one'", "'ct' in [packs] of zoo.toml: 'one' is not a version requirement", "Write ^1"),
        ("[packs]\nCT = '1'", "'packs.CT' of zoo.toml is wrong: 'CT' is not a pack name", ""),
        ("[packs]\nct = {}", "'packs.ct.version' of zoo.toml is missing", ""),
        ("[packs]\nct = { version = 1 }", "'packs.ct.version' of zoo.toml must be a string", ""),
        ("[packs]\nct = { versio = '1' }", "'ct' in [packs] of zoo.toml has the unknown key 'versio'", "Did you mean"),
        ("[packs]\nct = '1'\n'zoo/ct' = '2'", "asks for zoo/ct twice", ""),
        ("indexes = 3", "'indexes' of zoo.toml must be an object", ""),
        ("[indexes]\nx = 3", "'indexes.x' of zoo.toml must be an object", ""),
        ("[indexes.x]\n", "'indexes.x.root-sha256' of zoo.toml is missing", ""),
        ("[indexes.x]\nroot-sha256 = 'ab'", "'indexes.x.root-sha256' of zoo.toml must be 64 hexadecimal digits", ""),
        (f"[indexes.x]\nroot-sha256 = '{SHA256}'", "'indexes.x.url' of zoo.toml is missing", ""),
        (f"[indexes.x]\n{INDEX}names = []", "[indexes.x] of zoo.toml has the unknown key 'names'", "Did you mean"),
        (f"[indexes.x]\n{INDEX}namespaces = 'zoo'", "'indexes.x.namespaces' of zoo.toml must be a list", ""),
        (f"[indexes.'../x']\n{INDEX}", "'../x' is not a name for an index", ""),
        (
            f"[indexes.x]\n{INDEX}namespaces = ['a', 'b']\n[indexes.y]\n{INDEX}namespaces = ['b']",
            "the indexes x and y both claim the namespace b",
            "Take it out",
        ),
    ],
)
def test_mistakes(text: str, why: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert why in re.sub(r" \(line \d+\)", "", caught.value.message)
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("value", ["3", "'packs'", "['packs']", "true"])
def test_the_table_in_pyproject_must_be_one(value: str) -> None:
    with pytest.raises(UsageError, match=re.escape("[tool.zoopkg] must be a table")):
        parse(f"[tool]\nzoopkg = {value}", pyproject=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# top\n\n[packs]\nct = '1'\nmr = 'one'\n", 5),
        ("[packs]\nct = '1'\n[packs.mr]\nversion = 'one'\n", 3),
        ("[packs]\n\"hospital/knees\" = { version = '1', wher = 3 }\n", 2),
        ("packs.ct = '1'\npacks.mr = 'one'\n", 2),
        (f"[indexes.x]\n{INDEX}namespaces = ['a']\n\n[indexes.y]\n{INDEX}namespaces = ['a']\n", 6),
        ("[packs]\nct = '1'\n\n[pakcs]\n", 4),
        ("[packs]\nct = { version = '^1', where = { modalty = 'CT' } }\n", 2),
        ("[packs]\nct = { version = '^1', group = 'A b' }\n", 2),
    ],
)
def test_a_mistake_is_told_with_its_line(text: str, line: int) -> None:
    with pytest.raises(UsageError, match=re.escape(f"zoo.toml (line {line})")):
        parse(text)
    if text.startswith("packs."):  # which means something else below [project]
        return
    moved = re.sub(
        r"^\[(?=packs|indexes|pakcs)",
        "[tool.zoopkg.",
        re.sub("^packs", "tool.zoopkg.packs", text, flags=re.MULTILINE),
        flags=re.MULTILINE,
    )
    with pytest.raises(UsageError, match=re.escape(f"(line {line + 2})")):
        parse(f"[project]\nname = 'x'\n{moved}", pyproject=True)


def test_filters_and_groups() -> None:
    where = "{ transfer_syntax = ['JPEG2000Lossless'], defects = 'none' }"
    text = f"[packs]\nmr = {{ version = '^2.1', where = {where}, group = 'nightly' }}"
    project = parse(text)
    assert project is not None
    wanted = Where.of(transfer_syntax="1.2.840.10008.1.2.4.90", defects="none")
    assert project.packs == {PackName("zoo", "mr"): Need(Requirement.parse("^2.1"), wanted, "nightly")}
