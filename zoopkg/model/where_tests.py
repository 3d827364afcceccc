"""The tests that the values of a filter stand for, compiled once and asked of every instance of a pack.

Takes values in the normal form of `zoopkg.model.where_values`, and what instances have; makes no message.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import ge, gt, le, lt

from zoopkg.model.facets import LISTS, FacetType
from zoopkg.model.globs import Globs, is_glob
from zoopkg.model.instance import FacetValue
from zoopkg.model.where_values import ANY, COMPARISON, NONE, fold_of, type_of, words_of

_COMPARE: dict[str, Callable[[int, int], bool]] = {"<": lt, "<=": le, ">": gt, ">=": ge}
_MAX_CACHE = 4096


class KeyTest:
    """Whether a value of one key meets all that a filter says about the key.

    Args:
        key: its normal name.
        values: in normal form.
    """

    def __init__(self, key: str, values: Sequence[str]) -> None:
        comparisons = [match for value in values if (match := COMPARISON.fullmatch(value))]
        compared = {match[0] for match in comparisons}
        negated = [value[1:] for value in values if value.startswith("!")]
        plain = [value for value in values if not value.startswith("!") and value not in compared]
        self._plain = _AnyOf(key, plain) if plain else None
        self._negated = _AnyOf(key, negated) if negated else None
        self._bounds = [(_COMPARE[match[1]], int(match[2])) for match in comparisons]
        self._elements = _reader(key)
        self._is_text = type_of(key) not in {FacetType.NUMBER, FacetType.BOOLEAN}
        self._known: dict[Hashable, bool] = {}

    def meets(self, value: FacetValue | None) -> bool:
        """Whether an instance with this value is kept. Values repeat, so the answers for texts are remembered."""
        if not self._is_text:
            return self._meets(value)
        content = tuple(value) if type(value) is list else value
        known = self._known.get(content)
        if known is None:
            known = self._meets(value)
            if len(self._known) < _MAX_CACHE:
                self._known[content] = known
        return known

    def _meets(self, value: FacetValue | None) -> bool:
        elements = self._elements(value)
        if self._plain is not None and not self._plain.meets(elements):
            return False
        if self._negated is not None and self._negated.meets(elements):
            return False
        return not self._bounds or (
            type(value) is int and all(compare(value, bound) for compare, bound in self._bounds)
        )


class _AnyOf:
    """Some values of one key, of which an instance may meet any; it has elements, none of them where it is null."""

    def __init__(self, key: str, values: Iterable[str]) -> None:
        values = frozenset(values)
        words = words_of(key)
        self._none, self._any = NONE in values & words, ANY in values & words
        values -= words
        globs = [value for value in values if is_glob(value)]
        self._globs = Globs(globs, path=key == "path") if globs else None
        self._literals: frozenset[Hashable] = frozenset(map(_literal_of(key), values.difference(globs)))

    def meets(self, elements: Sequence[Hashable]) -> bool:
        if not elements:
            return self._none
        if self._any or not self._literals.isdisjoint(elements):
            return True
        globs = self._globs
        return globs is not None and any(globs.match(str(element)) for element in elements)


def _literal_of(key: str) -> Callable[[str], Hashable]:
    kind = type_of(key)
    if kind is FacetType.BOOLEAN:
        return lambda value: value == "true"
    return int if kind is FacetType.NUMBER else str


def _reader(key: str) -> Callable[[FacetValue | None], Sequence[Hashable]]:
    """How a value of the key is read as elements; one of another type counts as null."""
    kind = type_of(key)
    if kind in {FacetType.NUMBER, FacetType.BOOLEAN}:
        wanted = int if kind is FacetType.NUMBER else bool
        return lambda value: () if value is None or type(value) is not wanted else (value,)
    fold = fold_of(key)
    if key in LISTS:
        return lambda value: [fold(each) for each in value] if isinstance(value, list | tuple) else ()
    return lambda value: (fold(value),) if type(value) is str else ()
