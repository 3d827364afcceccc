"""Versions: semantic versioning 2.0.0 without build metadata, and its order."""

import itertools

import pytest
from hypothesis import given
from strategies import law, short, versions

from zoopkg.errors import UsageError
from zoopkg.model.version import Version, parse_version

# https://semver.org, item 11
ASCENDING = [
    "0.0.1",
    "0.9.0",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.1",
    "1.2.0",
    "1.10.0",
    "2.0.0",
]


@law
@given(versions)
def test_a_version_reads_back(version: Version) -> None:
    assert parse_version(str(version)) == version


def test_the_order_is_that_of_the_standard() -> None:
    for low, high in itertools.combinations(map(parse_version, ASCENDING), 2):
        assert low < high


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1.2",
        "1.2.3.4",
        "v1.2.3",
        "1.2.3 ",
        "1.2.3\n",
        "01.2.3",
        "1.02.3",
        "1.2.3-",
        "1.2.3-01",
        "1.2.3-a..b",
        "1.2.3+build",
        "1.2.3-a_b",
        "-1.2.3",
        "1\N{ARABIC-INDIC DIGIT THREE}.0.0",
        "1.0.0-\N{ARABIC-INDIC DIGIT THREE}",
        f"1.2.{2**53}",
        f"1.2.3-{'a' * 100}",
        "9" * 5000,
    ],
    ids=short,
)
def test_what_is_no_version(text: str) -> None:
    with pytest.raises(UsageError, match="is not a version") as caught:
        parse_version(text)
    assert caught.value.hint
    assert len(caught.value.message) < 200


def test_the_longest_version_can_be_asked_for() -> None:
    from zoopkg.model.version import Requirement

    version = parse_version(f"1.0.0-{'a' * 94}")
    assert Requirement.exactly(version).allows(version)
