"""Globs: the same answers as the standard library's where it has them, paths by examples, and no glob takes long."""

import fnmatch
import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.model.globs import Globs, is_glob

patterns = st.text("ab*?[]-!", max_size=8).filter(lambda text: "[!]" not in text)


@law
@given(st.lists(patterns, max_size=4), st.text("ab[]-!", max_size=8))
def test_any_of_several_as_fnmatch_has_it(globs, text):
    wanted = any(re.match(fnmatch.translate(glob), text) for glob in globs)
    assert Globs(globs).match(text) == wanted


def test_every_short_glob_as_fnmatch_has_it():
    texts = ["".join(text) for n in range(4) for text in product("ab", repeat=n)]
    for glob in ("".join(letters) for n in range(5) for letters in product("ab*?", repeat=n)):
        matcher, wanted = Globs([glob]), re.compile(fnmatch.translate(glob))
        assert [matcher.match(text) for text in texts] == [wanted.match(text) is not None for text in texts], glob


@pytest.mark.parametrize(
    ("glob", "met", "unmet"),
    [
        ("*", ["a", "a.dcm"], ["a/b", "/"]),
        ("*.dcm", ["a.dcm", ".dcm"], ["a/b.dcm", "a.dcm/b"]),
        ("**", ["a", "a/b/c"], []),
        ("**.dcm", ["a.dcm", "a/b.dcm"], ["a/b"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax", "a/bx", "x/a"]),
        ("**/**/x", ["x", "a/x", "a/b/x"], ["ax"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab", "b/a/c"]),
        ("a/**/b", ["a/b", "a/c/b", "a/c/d/b"], ["acb", "a/cb", "ab"]),
        ("**/*", ["a", "a/b"], []),
        ("a**b", ["ab", "a/b", "axb"], ["a/bc"]),
        ("a?b", ["acb"], ["a/b", "ab"]),
        ("a[/x]b", ["axb"], ["a/b"]),
        ("a[!x]b", ["ayb"], ["a/b", "axb"]),
        ("IM[0-9][0-9]", ["IM07"], ["IM7", "IMa7"]),
    ],
)
def test_paths(glob, met, unmet):
    matcher = Globs([glob], path=True)
    assert [text for text in met if not matcher.match(text)] == []
    assert [text for text in unmet if matcher.match(text)] == []


def test_each_wildcard_can_be_written_as_a_set():
    assert [Globs([f"[{c}]"]).match(c) for c in "*?[!"] == [True] * 4
    assert not any(Globs([f"[{c}]"]).match("a") for c in "*?[!")


def test_what_is_a_glob():
    assert all(map(is_glob, ["*", "a?", "[ab]", "["]))
    assert not any(map(is_glob, ["", "a", "a]", "!a", "1.2.840"]))


def test_no_glob_takes_exponential_time():
    """A matcher that tries again for each star would not be done with these before the sun is cold."""
    text = "a" * 20_000
    assert not Globs(["*a" * 100 + "*b"]).match(text)
    assert not Globs(["**/a" * 100 + "/b"], path=True).match("a/" * 5000 + "a")
    assert Globs(["*a" * 100]).match(text)


def test_many_globs_are_tried_at_once():
    globs = Globs([f"*{n}*a*a*a*b" for n in range(1000)])
    assert not globs.match("a1" * 500)
    assert globs.match("a1" * 500 + "aaab")


def test_more_characters_than_are_remembered():
    globs = Globs(["*[!a]"])
    assert globs.match("".join(map(chr, range(0x4E00, 0x4E00 + 3000))))
