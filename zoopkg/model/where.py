"""Which instances of a pack are wanted: the filter that `--where`, zoo.toml, zoo.lock and the Python API share.

`docs/formats/where.md` defines what may be written and the normal form that locks hold. A filter is made from text,
normalised at once, and compiled once, so that a million instances take a few seconds. Selecting whole file sets is
`zoopkg.model.selection`'s.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import ClassVar, NoReturn, Self

from zoopkg.errors import UsageError
from zoopkg.model.facets import FACETS, KEYWORDS, facet_of
from zoopkg.model.globs import is_glob
from zoopkg.model.instance import FacetValue, Instance
from zoopkg.model.text import printable
from zoopkg.model.where_tests import KeyTest
from zoopkg.model.where_values import MAX_GLOBS, MAX_NUMBER, NONE, normal_values

MAX_VALUES = 1000

KEYS = tuple(sorted((*FACETS, "path", "bytes", "license", "digest")))
"""What an instance may be filtered by."""

_NAMES = {key: key for key in KEYS} | {keyword.lower(): facet for keyword, facet in KEYWORDS.items()}
_ITEM = re.compile(r"([^=!<>]*)(!=|>=|<=|=|>|<)(.*)", re.DOTALL)
_Values = str | int | bool | None | Iterable[str | int | bool]


@dataclass(frozen=True, slots=True)
class Where:
    """What must hold of an instance; the empty filter holds of all, and is false.

    Make one by :meth:`parse`, :meth:`from_toml` or :meth:`of`. Filters are equal when their normal forms are.

    Attributes:
        terms: each key with its values, in normal form and sorted.
    """

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    _tests: tuple[tuple[str, Callable[[FacetValue | None], bool]], ...] = field(init=False, repr=False, compare=False)

    ALL: ClassVar["Where"]

    def __post_init__(self) -> None:
        tests = tuple((key, KeyTest(key, values).meets) for key, values in self.terms)
        object.__setattr__(self, "_tests", tests)

    @classmethod
    def parse(cls, items: Iterable[str]) -> Self:
        """The filter that items such as `modality=CT,MR`, `defects!=meta.*` and `rows>=512` of a command line say.

        Raises:
            UsageError: an item is not of that form, or its key or a value is unknown.
        """
        return cls._normalised(_wanted(as_table(items)))

    @classmethod
    def from_toml(cls, table: object, where_told: str) -> Self:
        """The filter of a `where` table: each value a string, an integer, a truth value, or a list of these.

        Args:
            table: as TOML has it.
            where_told: what the table belongs to and where it stands, for messages: `zoo/mr-brain in zoo.toml`.

        Raises:
            UsageError: it is no table, or a key or a value is unknown; says where.
        """
        if not isinstance(table, Mapping):
            raise UsageError(
                f"where of {where_told} must be a table", hint='Write where = { modality = "CT" }, for instance.'
            )
        try:
            return cls._normalised(_wanted(table))
        except UsageError as error:
            raise UsageError(f"in where of {where_told}: {error.message}", hint=error.hint) from error

    @classmethod
    def of(cls, **facets: _Values) -> Self:
        """The filter that keywords say: `Where.of(modality="CT", rows=">=512", frames=[1, 2], body_part=None)`.

        None is null; other values are as in TOML.

        Raises:
            UsageError: a key or a value is unknown.
        """
        return cls._normalised(_wanted(facets))

    @classmethod
    def _normalised(cls, wanted: Iterable[tuple[str, str]]) -> Self:
        terms: dict[str, set[str]] = {}
        for key, value in wanted:
            values = terms.setdefault(key, set())
            values.update(normal_values(key, value))
            if len(values) > MAX_VALUES:
                raise UsageError(f"a filter has more than {MAX_VALUES} values of {key}")
        for key, values in terms.items():
            if sum(len(value) for value in values if is_glob(value)) > MAX_GLOBS:
                raise UsageError(f"the patterns of {key} in a filter are longer than {MAX_GLOBS} characters together")
        return cls(tuple((key, tuple(sorted(terms[key]))) for key in sorted(terms)))

    def to_toml(self) -> dict[str, list[str]]:
        """The normal form: keys sorted, and for each its values, sorted and each once."""
        return {key: list(values) for key, values in self.terms}

    def to_items(self) -> list[str]:
        """The filter as items of a command line; a value that has a comma is split when they are parsed."""
        items: list[str] = []
        for key, values in self.terms:
            negated = [value[1:] for value in values if value.startswith("!")]
            compared = [value for value in values if value.startswith(("<", ">"))]
            plain = [value for value in values if not value.startswith(("!", "<", ">"))]
            items += [f"{key}={','.join(plain)}"] if plain else []
            items += [f"{key}!={','.join(negated)}"] if negated else []
            items += [key + value for value in compared]
        return items

    def __str__(self) -> str:
        return " ".join(self.to_items())

    def __bool__(self) -> bool:
        return bool(self.terms)

    def by_key(self) -> "list[Where]":
        """The filters of one key each that this one joins."""
        return [Where((term,)) for term in self.terms]

    def matches(self, instance: Instance, pack_license: str = "") -> bool:
        """Whether an instance is wanted.

        Args:
            instance: as its manifest tells of it.
            pack_license: the pack's, which counts for instances that state none.
        """
        for key, meets in self._tests:  # noqa: SIM110  (a generator takes twice as long, and a pack may have a million)
            if not meets(value_of(instance, key, pack_license)):
                return False
        return True

    def keeps(self, *values: FacetValue | None) -> bool:
        """Whether an instance is wanted that has these values, one for each key of the filter, None for null."""
        return all(meets(value) for (_, meets), value in zip(self._tests, values, strict=True))


Where.ALL = Where()


def as_table(items: Iterable[str]) -> dict[str, list[str]]:
    """The `where` table that items of a command line say, in their own words, as zoo.toml keeps it.

    Raises:
        UsageError: an item is not of the form, or its key is unknown.
    """
    table: dict[str, list[str]] = {}
    for item in items:
        match = _ITEM.fullmatch(item)
        if match is None:
            raise UsageError(
                f"'{printable(item, 80)}' is no filter",
                hint="Write KEY=VALUE, for instance --where modality=CT,MR or --where 'rows>=512'.",
            )
        key, operator, text = key_named(match[1]), match[2], match[3]
        if operator in {"=", "!="}:
            values = [operator[:-1] + value for value in text.split(",", MAX_VALUES)]
        else:
            values = [operator + text]
        table.setdefault(key, []).extend(values)
    return table


def value_of(instance: Instance, key: str, pack_license: str = "") -> FacetValue | None:
    """What an instance has for a key, None where it is null."""
    if key in FACETS:
        return facet_of(instance.facets, key)
    if key == "path":
        return instance.path
    if key == "bytes":
        return instance.size
    return str(instance.digest) if key == "digest" else instance.license or pack_license or None


def key_named(text: str) -> str:
    """The key that a name stands for: a facet's, in any case and with `-` for `_`, or a DICOM keyword.

    Raises:
        UsageError: there is none; names the nearest.
    """
    folded = text.strip().lower()
    key = _NAMES.get(folded) or _NAMES.get(folded.replace("-", "_"))
    return key if key is not None else _unknown(text)


def _unknown(text: str) -> NoReturn:
    word = text[:80].strip().lower()
    near = ["bytes"] if word == "size" else get_close_matches(word, _NAMES, n=1, cutoff=0.5)
    meant = f"; {_NAMES[near[0]]} is the nearest" if near else ""
    raise UsageError(
        f"'{printable(text, 80)}' is no key of a filter{meant}",
        hint=f"Keys are {', '.join(KEYS)}, and the DICOM keywords of these.",
    )


def _wanted(table: Mapping[str, object]) -> list[tuple[str, str]]:
    """Each key with each of its values as a text."""
    wanted: list[tuple[str, str]] = []
    for name, value in table.items():
        key = key_named(name)
        values = value if isinstance(value, list | tuple | set | frozenset) else [value]
        if not 0 < len(values) <= MAX_VALUES:
            raise UsageError(f"a filter has {len(values)} values of {key}, not 1 to {MAX_VALUES}")
        wanted += [(key, _text(key, each)) for each in values]
    return wanted


def _text(key: str, value: object) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) <= MAX_NUMBER:
        return str(int(value))
    if isinstance(value, str):
        return str(value)
    raise UsageError(f"a value of {key} is neither a string, a whole number of at most 16 digits, nor true or false")
