"""What a person's words find in a pack, and what counts more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law, texts

from zoopkg.model.names import PackName
from zoopkg.model.search import Fit, fit, words_of

FACETS = {
    "modality": {"MR": 3},
    "transfer_syntax": {"1.2.840.10008.1.2.4.90": 2, "1.2.3.4": 1},
    "sop_class": {"1.2.840.10008.5.1.4.1.1.4": 3},
    "body_part": {"HEAD": 1},
}


def of(query: str, name: str = "brain-phantom") -> Fit | None:
    summary = "Sagittal slices of a lopsided Straße, with projections"
    return fit(words_of([query]), PackName.parse(name), ["T2", "dual echo"], summary, FACETS)


@pytest.mark.parametrize(
    "query",
    [
        "brain", "BRAIN", "phantom", "hant", "brain-ph", "zoo/brain", "t2", "dual", "echo", "mr", "Head", "jpeg2000",
        "JPEG2000Lossless", "lossless", "1.2.840.10008.1.2.4.90", "1.2.3.4", "mrimagestorage", "sagittal", "strasse",
        "brain t2", "sagittal brain mr", "",
    ],
)  # fmt: skip
def test_found(query: str) -> None:
    assert of(query) is not None


@pytest.mark.parametrize("query", ["liver", "brain liver", "ct", "ai", "jpegls", "1.2.3.4.5", "mr-brain"])
def test_not_found(query: str) -> None:
    assert of(query) is None


def test_a_short_word_must_begin_one() -> None:
    assert of("ct") is None  # though "projections" has it
    assert of("pro") is not None
    assert of("cti") is not None


def test_name_before_keyword_before_facet_before_summary() -> None:
    ranks = [of("brain"), of("t2"), of("head"), of("sagittal")]
    assert None not in ranks
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == 4


def test_the_whole_before_its_beginning_before_its_middle() -> None:
    ranks = [of("brain", "brain"), of("brain", "brain-phantom"), of("rain", "brain-phantom")]
    assert ranks == [(0, 0), (0, 1), (0, 2)]


def test_words() -> None:
    assert words_of(["MR  brain", "mr"]) == ("mr", "brain")
    assert words_of([]) == ()


@law
@given(texts, st.lists(texts, max_size=3))
def test_every_word_of_a_text_is_found_in_it(summary: str, keywords: list[str]) -> None:
    name = PackName("zoo", "demo")
    for word in words_of([summary, *keywords]):
        found = fit([word], name, keywords, summary, {})
        assert found is not None
        assert found[0] <= 3
    assert fit(words_of([summary]), name, keywords, summary, {}) is not None


@law
@given(st.lists(st.sampled_from(["brain", "t2", "mr", "nothing", "sagittal"]), max_size=4))
def test_all_words_must_be_found(words: list[str]) -> None:
    assert (of(" ".join(words)) is not None) == all(of(word) is not None for word in words)
