"""How well a pack fits the words that a person looks for. Pure; knows no index.

A word is found where the text has it, in any case; one of one or two letters only where it begins a word of the text,
or "ct" would find every "object".
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum

from zoopkg.model.facets import FACETS, FacetType
from zoopkg.model.names import PackName
from zoopkg.model.uids import known_uids

_SHORT = 2

Fit = tuple[int, int]
"""Where the words were found, and how well: less is better."""


class _Place(IntEnum):
    """Where a word is found, the best first."""

    NAME = 0
    KEYWORD = 1
    FACET = 2
    SUMMARY = 3


def words_of(queries: Iterable[str]) -> tuple[str, ...]:
    """The words of some texts, in lower case, each once."""
    return tuple(dict.fromkeys(word for query in queries for word in query.casefold().split()))


def fit(
    words: Sequence[str],
    name: PackName,
    keywords: Sequence[str],
    summary: str,
    facets: Mapping[str, Mapping[str, int]],
) -> Fit | None:
    """How well a pack fits, None where it lacks a word. No word at all fits everything.

    Args:
        words: as `words_of` gives them.
        name: the pack's.
        keywords: the pack's.
        summary: one line that says what is in it.
        facets: for some facets, each value and how many instances have it.
    """
    texts = {
        _Place.NAME: [name.name, str(name)],
        _Place.KEYWORD: list(keywords),
        _Place.FACET: [text for facet, counts in facets.items() for value in counts for text in _told(facet, value)],
        _Place.SUMMARY: [summary],
    }
    folded = [(place, text.casefold()) for place, some in texts.items() for text in some]
    fits = [min((found for each in folded if (found := _found(word, *each))), default=None) for word in words]
    known = [each for each in fits if each is not None]
    return (sum(place for place, _ in known), sum(how for _, how in known)) if len(known) == len(fits) else None


def _told(facet: str, value: str) -> list[str]:
    """A facet's value in the words that people use for it: of a UID its keyword and name, too."""
    known = known_uids().get(value) if FACETS.get(facet) is FacetType.NAMED_UID else None
    return [value, known.keyword, known.name] if known else [value]


def _found(word: str, place: _Place, text: str) -> Fit | None:
    if text == word:
        return place, 0
    at = text.find(word)
    if at < 0:
        return None
    while at > 0 and text[at - 1].isalnum():
        at = text.find(word, at + 1)
    if at >= 0:
        return place, 1
    return (place, 2) if len(word) > _SHORT else None
