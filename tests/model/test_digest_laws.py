"""Digests: known answers of BLAKE3, the two written forms, and what is refused."""

import pytest
from hypothesis import given
from strategies import digests, law, short

from zoopkg.errors import FormatError
from zoopkg.model.digest import Digest

EMPTY = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"  # the BLAKE3 test vectors, length 0
ONE_ZERO = "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"  # length 1


def test_known_answers() -> None:
    assert Digest.of(b"").hex == EMPTY
    assert Digest.of(b"\0").hex == ONE_ZERO
    assert Digest.of(memoryview(b"\0")) == Digest.of(b"\0")


@law
@given(digests)
def test_both_written_forms_read_back(digest: Digest) -> None:
    assert Digest.parse(str(digest)) == digest
    assert Digest.from_hex(digest.hex) == digest
    assert str(digest) == f"b3:{digest.hex}"


@law
@given(digests, digests)
def test_digests_sort_as_their_text(one: Digest, other: Digest) -> None:
    assert (one < other) == (str(one) < str(other))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "b3:",
        EMPTY,
        f"B3:{EMPTY}",
        f"b3:{EMPTY.upper()}",
        f"b3:{EMPTY[:-1]}",
        f"b3:{EMPTY}0",
        f"b3:{EMPTY}\n",
        f" b3:{EMPTY}",
        f"b3:{EMPTY[:-1]}g",
        f"b3:{EMPTY[:-1]}\N{ARABIC-INDIC DIGIT THREE}",
        f"sha256:{EMPTY}",
    ],
    ids=short,
)
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(FormatError, match="is not a digest"):
        Digest.parse(text)


def test_a_refusal_quotes_little_of_what_it_refuses() -> None:
    with pytest.raises(FormatError) as caught:
        Digest.parse("x" * 10_000)
    assert len(caught.value.message) < 200
