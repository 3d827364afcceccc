"""Requirements mean what Cargo says they mean (The Cargo Book, "Specifying Dependencies"), pre-releases included."""

import re

import pytest
from hypothesis import example, given
from strategies import law, requirement_texts, short, versions

from zoopkg.errors import UsageError
from zoopkg.model.version import Requirement, Version, parse_version

# As that page tabulates them: the requirement, the first version that it allows, the first that it no longer allows.
CARGO = [
    ("1.2.3", "1.2.3", "2.0.0"),
    ("1.2", "1.2.0", "2.0.0"),
    ("1", "1.0.0", "2.0.0"),
    ("0.2.3", "0.2.3", "0.3.0"),
    ("0.2", "0.2.0", "0.3.0"),
    ("0.0.3", "0.0.3", "0.0.4"),
    ("0.0", "0.0.0", "0.1.0"),
    ("0", "0.0.0", "1.0.0"),
    ("^1.2.3", "1.2.3", "2.0.0"),
    ("^0.2.3", "0.2.3", "0.3.0"),
    ("~1.2.3", "1.2.3", "1.3.0"),
    ("~1.2", "1.2.0", "1.3.0"),
    ("~1", "1.0.0", "2.0.0"),
    ("~0.0.3", "0.0.3", "0.1.0"),
    ("*", "0.0.0", None),
    (">=1.2.0", "1.2.0", None),
    (">1", "2.0.0", None),
    (">1.2", "1.3.0", None),
    ("<2", "0.0.0", "2.0.0"),
    ("<1.2", "0.0.0", "1.2.0"),
    ("<=1", "0.0.0", "2.0.0"),
    ("<=1.2", "0.0.0", "1.3.0"),
    ("=1.2.3", "1.2.3", "1.2.4"),
    ("=1.2", "1.2.0", "1.3.0"),
    ("=1", "1.0.0", "2.0.0"),
    (">=1,<3", "1.0.0", "3.0.0"),
    (">=1.2, <1.5", "1.2.0", "1.5.0"),
]
GRID = [
    Version(major, minor, patch)
    for major in range(5)
    for minor in (0, 1, 2, 3, 4, 5, 9)
    for patch in (0, 1, 2, 3, 4, 9)
]


@pytest.mark.parametrize(("text", "first", "past"), CARGO)
def test_the_tables_of_cargo(text: str, first: str, past: str | None) -> None:
    requirement = Requirement.parse(text)
    low, high = parse_version(first), parse_version(past) if past else None
    for version in GRID:
        assert requirement.allows(version) == (low <= version and (high is None or version < high)), version


@pytest.mark.parametrize(
    ("text", "allowed", "refused"),
    [
        ("*", [], ["1.0.0-rc.1"]),
        ("^1", [], ["1.0.0-rc.1", "1.5.0-rc.1", "2.0.0-rc.1"]),
        (">=1.0.0, <2", [], ["1.5.0-rc.1", "2.0.0-rc.1"]),
        ("^1.2.3-rc.1", ["1.2.3-rc.1", "1.2.3-rc.2", "1.2.3", "1.9.0"], ["1.2.3-beta", "1.2.4-rc.1", "2.0.0-rc.1"]),
        ("~1.2.3-rc.1", ["1.2.3-rc.1", "1.2.9"], ["1.2.4-rc.1", "1.3.0"]),
        ("=1.2.3-rc.1", ["1.2.3-rc.1"], ["1.2.3-rc.2", "1.2.3"]),
        (">1.2.3-rc.1", ["1.2.3-rc.2", "1.2.3", "4.0.0"], ["1.2.3-rc.1", "1.2.4-rc.1"]),
        ("<=1.2.3-rc.1", ["1.2.3-rc.1", "1.2.2"], ["1.2.3", "1.2.3-rc.2", "1.2.2-rc.1"]),
        (">=2.0.0-a, <2.0.0", ["2.0.0-rc.1"], ["2.0.0", "1.9.9"]),
        ("^0.0.3-rc.1", ["0.0.3-rc.1", "0.0.3"], ["0.0.4", "0.0.4-rc.1"]),
    ],
)
def test_a_prerelease_is_allowed_only_where_one_of_its_numbers_is_named(
    text: str, allowed: list[str], refused: list[str]
) -> None:
    requirement = Requirement.parse(text)
    assert [version for version in allowed if not requirement.allows(parse_version(version))] == []
    assert [version for version in refused if requirement.allows(parse_version(version))] == []


def _naively(text: str, version: Version) -> bool:
    """What a requirement allows, told once more from the equivalences that Cargo's semver library documents."""
    if text == "*":
        return version.prerelease is None
    parts = [re.fullmatch(r"([\^~<>=]*)([0-9.]+)(?:-(.*))?", part.strip()) for part in text.split(",")]
    numbers = (version.major, version.minor, version.patch)
    named = {tuple(map(int, part[2].split("."))) for part in parts if part and part[3]}
    if version.prerelease and numbers not in named:
        return False
    return all(_part_naively(part[1] or "^", list(map(int, part[2].split("."))), part[3], version) for part in parts)


def _part_naively(operator: str, wanted: list[int], prerelease: str | None, version: Version) -> bool:
    def past(kept: int) -> Version:
        """The first version whose leading numbers are larger."""
        numbers = [*wanted[: kept - 1], wanted[kept - 1] + 1]
        return Version(*numbers, *[0] * (3 - kept))

    low = Version(*wanted, *[0] * (3 - len(wanted)), prerelease)
    kept = len(wanted)
    changed = next((i for i, number in enumerate(wanted, 1) if number), kept)
    return {
        "^": low <= version < past(changed),
        "~": low <= version < past(min(kept, 2)),
        "=": version == low if kept == 3 else low <= version < past(kept),
        ">": version > low if kept == 3 else version >= past(kept),
        "<=": version <= low if kept == 3 else version < past(kept),
        ">=": version >= low,
        "<": version < low,
    }[operator]


@law
@given(requirement_texts, versions)
@example("^0.0", Version(0, 0, 3))
@example("<1, ^1.0.0-rc", Version(1, 0, 0, "rc"))
def test_a_requirement_allows_what_a_naive_reading_allows(text: str, version: Version) -> None:
    assert Requirement.parse(text).allows(version) == _naively(text, version)


@law
@given(requirement_texts)
def test_a_requirement_reads_back(text: str) -> None:
    requirement = Requirement.parse(text)
    assert Requirement.parse(str(requirement)) == requirement


@law
@given(versions, versions)
def test_exactly_allows_one_version_alone(version: Version, other: Version) -> None:
    assert Requirement.exactly(version).allows(other) == (version == other)


def test_the_written_form_is_normal() -> None:
    assert str(Requirement.parse(" 1 ")) == "^1"
    assert str(Requirement.parse(">= 1,< 3")) == ">=1, <3"
    assert Requirement.parse("1.2") == Requirement.parse("^ 1.2")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ",",
        "1,",
        "latest",
        "1.x",
        "1.*",
        "*, <2",
        "==1",
        "!=1",
        "^^1",
        "1 2",
        "01",
        "1.2-rc",
        "1.2.3+build",
        "1.2.3-01",
        f"^{2**53}",
        "^1\N{ARABIC-INDIC DIGIT THREE}",
        "1," * 150 + "1",
        "1" * 500,
    ],
    ids=short,
)
def test_what_is_no_requirement(text: str) -> None:
    with pytest.raises(UsageError, match="is not a version") as caught:
        Requirement.parse(text)
    assert caught.value.hint
