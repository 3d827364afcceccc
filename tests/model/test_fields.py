"""Reading untrusted mappings: what each getter refuses, and that the message names the place."""

import re
from collections.abc import Callable

import pytest

from zoopkg.errors import FormatError
from zoopkg.model.fields import MAX_INTEGER, Fields
from zoopkg.model.version import parse_version


def fields(**value: object) -> Fields:
    return Fields({"releases": [{}, value]}, "zoo/ct-basic")


def at(value: Fields) -> Fields:
    """The second of its releases."""
    return list(value.each("releases"))[1]


REFUSED: list[tuple[dict[str, object], Callable[[Fields], object], str]] = [
    ({}, lambda f: f.text("a"), "is missing"),
    ({"a": None}, lambda f: f.text("a"), "must be a string"),
    ({"a": 1}, lambda f: f.text("a"), "must be a string"),
    ({"a": "xyz"}, lambda f: f.text("a", limit=2), "is longer than 2 characters"),
    ({"a": "x\x1b[2J"}, lambda f: f.text("a"), "holds a control character"),
    ({"a": "x\x9b"}, lambda f: f.text("a"), "holds a control character"),
    ({"a": "x\r"}, lambda f: f.text("a"), "holds a control character"),
    ({}, lambda f: f.integer("a"), "is missing"),
    ({"a": "1"}, lambda f: f.integer("a"), "must be a whole number"),
    ({"a": True}, lambda f: f.integer("a"), "must be a whole number"),
    ({"a": 1.0}, lambda f: f.integer("a"), "must be a whole number"),
    ({"a": -1}, lambda f: f.integer("a"), f"must lie between 0 and {MAX_INTEGER}, and is -1"),
    ({"a": 2**53}, lambda f: f.integer("a"), "must lie between"),
    ({"a": 8}, lambda f: f.integer("a", low=9, high=10), "must lie between 9 and 10, and is 8"),
    ({"a": {}}, lambda f: f.sequence("a"), "must be a list"),
    ({"a": "xyz"}, lambda f: f.texts("a"), "must be a list"),
    ({"a": None}, lambda f: f.texts("a"), "must be a list"),
    ({"a": [1, 2, 3]}, lambda f: f.sequence("a", limit=2), "has more than 2 items"),
    ({"a": []}, lambda f: f.inner("a"), "must be an object"),
    ({}, lambda f: f.inner("a"), "is missing"),
    ({"a": "1.2"}, lambda f: f.parsed("a", parse_version), "is wrong: '1.2' is not a version"),
]


@pytest.mark.parametrize(("value", "get", "why"), REFUSED)
def test_a_refusal_names_its_place(value: dict[str, object], get: Callable[[Fields], object], why: str) -> None:
    with pytest.raises(FormatError, match="^" + re.escape(f"'releases[1].a' of zoo/ct-basic {why}")):
        get(at(fields(**value)))


def test_a_refusal_within_a_list_names_the_item() -> None:
    with pytest.raises(FormatError, match=re.escape("'releases[1].a[2]' of zoo/ct-basic must be a string")):
        at(fields(a=["x", "y", 3])).texts("a")
    with pytest.raises(FormatError, match=re.escape("'releases[1].a[1]' of zoo/ct-basic must be an object")):
        list(at(fields(a=[{}, 3])).each("a"))
    with pytest.raises(FormatError, match=re.escape("'releases[1].a.b.c' of zoo/ct-basic is missing")):
        at(fields(a={"b": {}})).inner("a").inner("b").text("c")
    with pytest.raises(
        FormatError, match=re.escape("'releases[1].a.b' of zoo/ct-basic is wrong: 'b' is not a version")
    ):
        at(fields(a={"b": 1})).inner("a").parsed_key("b", parse_version)


def test_the_document_itself_must_be_an_object() -> None:
    for value in (None, [], "x", 3):
        with pytest.raises(FormatError, match=r"^zoo/ct-basic must be an object$"):
            Fields(value, "zoo/ct-basic")


def test_what_is_read() -> None:
    inner = at(fields(a="x\n\ty", n=MAX_INTEGER, list=["x"], one={"two": 2}, v="1.2.3"))
    assert inner.text("a") == "x\n\ty"
    assert inner.text("b", default="z") == "z"
    assert inner.integer("n") == MAX_INTEGER
    assert inner.texts("list") == ("x",)
    assert inner.texts("none") == ()
    assert list(inner.each("none")) == []
    assert inner.inner("one").integer("two") == 2
    assert inner.parsed("v", parse_version).patch == 3
    assert inner.keys() == {"a", "n", "list", "one", "v"}
    assert "a" in inner
    assert "b" not in inner
    assert inner.without("a").keys() == {"n", "list", "one", "v"}
