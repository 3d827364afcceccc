"""What to say about a filter: in short, whether a pack may hold a match, and why a pack has none. Prints nothing."""

from collections import Counter
from collections.abc import Iterable, Mapping

from zoopkg.model.facets import FACETS, LISTS, FacetType
from zoopkg.model.instance import FacetValue, Instance
from zoopkg.model.text import printable
from zoopkg.model.uids import keyword_of
from zoopkg.model.where import Where, value_of

SUMMARY_VALUES = 50
"""How many values of a facet a record's summary holds at most: one that holds so many may have left some out."""

_SHOWN = 5
_MAX_SHOWN = 60


def told(where: Where) -> str:
    """The filter as items of a command line, known UIDs by their keywords: `transfer_syntax=JPEG2000`."""
    return str(Where(tuple((key, tuple(_keyword(key, value) for value in values)) for key, values in where.terms)))


def may_match(where: Where, summary: Mapping[str, Mapping[str, int]]) -> bool | None:
    """Whether a pack has an instance that the filter keeps, as far as its record's facet summary tells.

    Args:
        where: the filter.
        summary: for some facets, each value that is not null and how many instances have it.

    Returns:
        True or False where that is certain, else None.
    """
    answers = [_key_may_match(key, summary) for key in where.by_key()]
    if False in answers:
        return False
    return True if not answers or answers == [True] else None


def _key_may_match(where: Where, summary: Mapping[str, Mapping[str, int]]) -> bool | None:
    """The answer for a filter of one key. Several keys may each be met, and by no instance together."""
    key, values = where.terms[0]
    counts = summary.get(key)
    if not counts or FACETS.get(key) in {None, FacetType.NUMBER, FacetType.BOOLEAN}:
        return None
    if key in LISTS and any(value.startswith("!") for value in values):
        return None  # which values stand together in one list is not known
    if any(where.keeps([value] if key in LISTS else value) for value in counts):
        return True
    return None if where.keeps(None) or len(counts) >= SUMMARY_VALUES else False


def why_none(instances: Iterable[Instance], where: Where, pack_license: str = "") -> str:
    """Why a filter keeps none of these instances, to follow "no instance of ct-basic 1.1.0 ".

    Returns:
        For instance "has modality MR (it has CT 158, none 1)": the first key that alone keeps none, and what there is.
        Where each key keeps some, and all together none, how many each keeps.
    """
    instances = list(instances)
    kept: list[str] = []
    for single in where.by_key():
        count = sum(single.matches(instance, pack_license) for instance in instances)
        if not count:
            return f"has {_told(single)} (it has {_seen(instances, single.terms[0][0], pack_license)})"
        kept.append(f"{_told(single)} ({count})")
    return f"has all of {'; '.join(kept)}"


def how_to_loosen(where: Where) -> str:
    """A hint for a filter that keeps none: what in it may mean another thing than it seems to."""
    for key, values in where.terms:
        if key == "path" and any("*" in value and "**" not in value for value in values):
            return "In a path, * stops at / and ** does not: write 'path=folder/**' for all that lies below a folder."
        if doubled := next((value for value in values if value.startswith("=")), ""):
            return f"Write {key}{printable(doubled, _MAX_SHOWN)}, with one equals sign."
    return "Loosen the filter; `zoopkg install --help` tells how to write one."


def _told(where: Where) -> str:
    key, values = where.terms[0]
    shown = ", ".join(_shown(key, value) for value in values[:_SHOWN])
    return f"{key} {shown}" + (", …" if len(values) > _SHOWN else "")


def _seen(instances: Iterable[Instance], key: str, pack_license: str) -> str:
    """The commonest values of a key, each with its count."""
    counts = Counter(element for instance in instances for element in _elements(value_of(instance, key, pack_license)))
    shown = ", ".join(f"{_shown(key, value)} {count}" for value, count in _commonest(counts))
    rest = len(counts) - _SHOWN
    return (shown or "no files") + (f", and {rest} more" if rest > 0 else "")


def _commonest(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_SHOWN]


def _elements(value: FacetValue | None) -> list[str]:
    if value is None or value == []:
        return ["none"]
    if isinstance(value, bool):
        return [str(value).lower()]
    return [str(value)] if isinstance(value, str | int) else list(value)


def _shown(key: str, value: str) -> str:
    return printable(_keyword(key, value), _MAX_SHOWN)


def _keyword(key: str, value: str) -> str:
    if FACETS.get(key) is not FacetType.NAMED_UID:
        return value
    bang = "!" if value.startswith("!") else ""
    return bang + keyword_of(value[len(bang) :])
