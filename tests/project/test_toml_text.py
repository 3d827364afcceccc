"""TOML that people or Git may have mangled: capped before it is parsed, and every mistake with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law, short

from zoopkg.errors import UsageError
from zoopkg.project.toml import MAX_TOML, parse_toml, refuse_unknown_keys


def test_what_is_read() -> None:
    assert parse_toml(b"\xef\xbb\xbfa = 1\r\nb = 'x'\n", "it") == {"a": 1, "b": "x"}


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"a = ", "it is not valid TOML: .*end of document"),
        (b"a = 1\nb = x\n", "it is not valid TOML: .*line 2"),
        (b"a = 1\na = 2\n", "it is not valid TOML: .*line 2"),
        (b"<<<<<<< ours\na = 1\n", "it is not valid TOML: .*line 1"),
        (b"a = 1\n\nb = '\xff'\n", "it, line 3: not UTF-8"),
        (b"a = " + b"1" * 5000, "it is not valid TOML"),
        (b"a = 2026-13-45", "it is not valid TOML"),
        (b"a = " + b"[" * 100_000, "it nests too deeply"),
        (b"a = " + b"{b=" * 100_000, "it nests too deeply"),
        (b"#" * (MAX_TOML + 1), "over the limit of"),
        (b"a" + b".a" * 5000 + b" = 1", "it, line 1: more dots than an honest file has"),
        (b"\n".join(b"a%d" % n + b".a" * 400 + b" = 1" for n in range(1000)), "more dots than an honest file has"),
        (b"\n".join(b"[a%d" % n + b".a" * 400 + b"]" for n in range(1000)), "more dots than an honest file has"),
    ],
    ids=short,
)
def test_what_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_toml(data, "it")


def test_many_uids_in_one_line_are_honest() -> None:
    uids = [f"1.2.840.10008.1.2.4.{n}" for n in range(50, 110)]
    line = "where = [" + ", ".join(f'"{uid}"' for uid in uids) + "]\n"
    assert parse_toml(line.encode(), "it") == {"where": uids}


@law
@given(st.text("ab.=[]{}'\"\n #1-:T\\u", max_size=40))
def test_anything_like_toml_is_read_or_refused(text: str) -> None:
    try:
        value = parse_toml(text.encode(), "it")
    except UsageError:
        return
    assert isinstance(value, dict)


def test_an_unknown_key_is_told_with_the_nearest_known_one() -> None:
    refuse_unknown_keys({"name": 1}, ("name", "version"), "[pack]")
    with pytest.raises(UsageError, match=r"^\[pack\] has the unknown key 'verison'\n") as caught:
        refuse_unknown_keys({"name": 1, "verison": 2}, ("name", "version"), "[pack]")
    assert caught.value.hint == "Did you mean 'version'?"
    with pytest.raises(UsageError) as caught:
        refuse_unknown_keys({"qqq": 1}, ("name", "version"), "[pack]")
    assert caught.value.hint == "Known keys: name, version."
