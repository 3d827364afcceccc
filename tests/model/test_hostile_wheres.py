"""Filters from a project that means harm: each is refused in one clear sentence, or done with in little time."""

import pytest
from wheres import an_instance

from zoopkg.errors import UsageError
from zoopkg.model.where import Where

LONG = "x" * 200_000


@pytest.mark.parametrize(
    "item",
    [
        LONG,
        LONG + "=1",
        "modality=" + LONG,
        "modality=" + "," * 200_000,
        "modality=" + "a," * 100_000 + "a",
        "modality=" + "!" * 200_000,
        "modality=" + "!" * 900,
        "rows=" + "9" * 200_000,
        "rows>=" + "9" * 900,
        "bytes=" + " " * 900 + "x",
        "transfer_syntax=" + "J" * 1000,
        "transfer_syntax=" + "*J" * 500,
        "=" * 200_000,
        "<" * 200_000,
    ],
    ids=lambda item: item[:20],
)
def test_a_long_item_is_refused_in_a_short_message(item):
    with pytest.raises(UsageError) as error:
        Where.parse([item])
    assert len(error.value.message) < 400
    assert len(error.value.hint) < 1000


def test_many_values_are_refused_however_they_come():
    values = [f"A{n}" for n in range(1001)]
    for make in (
        lambda: Where.parse(f"modality={value}" for value in values),
        lambda: Where.parse(["modality=" + ",".join(values)]),
        lambda: Where.of(modality=values),
        lambda: Where.from_toml({"modality": values[:600], "Modality": values[600:]}, "zoo.toml"),
    ):
        with pytest.raises(UsageError, match=r"(has 1001|more than 1000) values of modality"):
            make()


def test_a_value_that_folding_makes_too_long_is_refused_at_once():
    assert Where.of(model="ß" * 500).to_toml() == {"model": ["ss" * 500]}
    with pytest.raises(UsageError, match="longer than 1000"):
        Where.of(model="ß" * 501)


def test_patterns_are_bounded_together():
    globs = [f"*{n}*a*a*a*b" for n in range(1000)]
    where = Where.of(manufacturer=globs, path=globs)
    assert not where.matches(an_instance("a" * 200, manufacturer="a" * 64_000))
    with pytest.raises(UsageError, match="patterns of path"):
        Where.of(path=["a" * 100 + f"{n}*" for n in range(200)])


def test_stars_do_not_multiply():
    where = Where.parse(["manufacturer=" + "*a" * 400 + "*b", "manufacturer=" + "[ab]*" * 150 + "c"])
    assert not where.matches(an_instance(manufacturer="a" * 10_000))


def test_what_is_remembered_of_values_is_bounded():
    where = Where.of(manufacturer="*9")
    kept = [where.matches(an_instance(manufacturer=str(n))) for n in range(10_000)]
    assert kept == [n % 10 == 9 for n in range(10_000)]
    assert len(where._tests[0][1].__self__._known) <= 4096
