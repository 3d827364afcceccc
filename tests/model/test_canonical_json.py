"""Canonical JSON: one value has one sequence of bytes, and every other one is refused with a FormatError."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import json_values, law, short

from zoopkg.errors import FormatError
from zoopkg.model.canonical import MAX_DEPTH, Json, decode, decode_loosely, encode

LIMIT = 1 << 20


@law
@given(json_values)
def test_what_was_encoded_decodes_to_the_same_value(value: Json) -> None:
    assert decode(encode(value), "it", LIMIT) == value


@law
@given(json_values)
def test_only_the_canonical_bytes_of_a_value_are_taken(value: Json) -> None:
    canonical = encode(value)
    for other in (
        json.dumps(value).encode(),
        json.dumps(value, indent=1).encode(),
        canonical + b" ",
        canonical + b"\n",
    ):
        if other != canonical:
            with pytest.raises(FormatError):
                decode(other, "it", LIMIT)


def test_the_form() -> None:
    value = {"b": [1, -2, True, None], "a": {"\N{SNOWMAN}": '"\\\n'}, "A": 2**53}
    assert encode(value) == '{"A":9007199254740992,"a":{"\u2603":"\\"\\\\\\n"},"b":[1,-2,true,null]}'.encode()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is not valid"),
        (b"{", "is not valid"),
        (b"nul", "is not valid"),
        (b"1 2", "is not valid"),
        (b"\xef\xbb\xbf1", "is not valid"),
        (b'"\xff"', "is not valid"),
        (b"NaN", "not an integer"),
        (b"Infinity", "not an integer"),
        (b"[-Infinity]", "not an integer"),
        (b"1.0", "not an integer"),
        (b"1e3", "not an integer"),
        (b"1E400", "not an integer"),
        (b"9" * 5000, "is not valid"),
        (b"-0", "not canonical"),
        (b'{"a":1,"a":2}', "not canonical"),
        (b'{"a":1,"a":1}', "not canonical"),
        (b'{"b":1,"a":2}', "not canonical"),
        (b"[1, 2]", "not canonical"),
        (b" 1", "not canonical"),
        (b"[]\n", "not canonical"),
        (b'"\\u0041"', "not canonical"),
        (b'"\\/"', "not canonical"),
        (b'"\\u00E9"', "not canonical"),
        (b'"\\ud83d\\ude00"', "not canonical"),
        (b'"\\ud800"', "lone surrogate"),
        (b'{"\\udfff":1}', "lone surrogate"),
    ],
    ids=short,
)
def test_what_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        decode(data, "the thing", LIMIT)


def test_a_lone_surrogate_cannot_be_written() -> None:
    with pytest.raises(FormatError, match="lone surrogate"):
        encode({"a": ["\ud800"]})


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"a":', b"}")])
def test_depth(opening: bytes, closing: bytes) -> None:
    def nested(depth: int) -> bytes:
        return opening * depth + b"0" + closing * depth

    decode(nested(MAX_DEPTH), "it", LIMIT)
    for depth in (MAX_DEPTH + 1, 900, 100_000):
        with pytest.raises(FormatError, match="nests"):
            decode(nested(depth), "it", LIMIT)
    with pytest.raises(FormatError, match="nests too deeply"):
        decode_loosely(nested(100_000), "it")


def test_size_is_checked_before_anything_is_parsed() -> None:
    assert decode(b"[1,2]", "it", 5) == [1, 2]
    with pytest.raises(FormatError, match="it has 5 bytes, over its limit of 4"):
        decode(b"[1,2]", "it", 4)
    with pytest.raises(FormatError, match="over its limit"):
        decode(b"[" * 100, "it", 99)


@law
@given(st.binary(max_size=60))
def test_any_bytes_decode_or_are_refused(data: bytes) -> None:
    try:
        value = decode(data, "it", LIMIT)
    except FormatError:
        return
    assert encode(value) == data


@law
@given(st.text('{}[]",:0123456789-.eEtrufalsn\\ud8 ', max_size=30))
def test_anything_like_json_decodes_or_is_refused(text: str) -> None:
    for reader in (lambda data: decode(data, "it", LIMIT), lambda data: decode_loosely(data, "it")):
        with contextlib.suppress(FormatError):
            reader(text.encode())
