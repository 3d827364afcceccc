"""Typed reading of untrusted mappings: each getter checks one field, and an error says where in the document.

Turns `{"versions": [{"bytes": "x"}]}` into "in versions[0].bytes of zoo/ct-basic: …". Knows no format.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from zoopkg.errors import FormatError, ZooError

T = TypeVar("T")

MAX_INTEGER = 2**53 - 1
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Fields:
    """A mapping that is being decoded, and where it stands in its document.

    Args:
        value: what the document holds at this place; refused unless it is a mapping.
        document: the document's name for messages.
        path: the place within it, `versions[0].` for instance.

    Raises:
        FormatError: from every method, where a field is missing or of another type or range.
    """

    def __init__(self, value: object, document: str, path: str = "") -> None:
        self.document = document
        self._path = path
        if not isinstance(value, Mapping):
            raise FormatError(f"{self._place('')} must be an object")
        self._value: Mapping[str, Any] = value

    def _place(self, key: str) -> str:
        place = f"{self._path}{key}".rstrip(".")
        return f"'{place}' of {self.document}" if place else self.document

    def fail(self, key: str, why: str, *, hint: str = "") -> FormatError:
        """The error for a field: raise what this returns."""
        return FormatError(f"{self._place(key)} {why}", hint=hint)

    def __contains__(self, key: str) -> bool:
        return self._value.get(key) is not None

    def keys(self) -> set[str]:
        """The names of the fields that are there."""
        return set(self._value)

    def raw(self, key: str) -> Any:
        """A field as it is; it must be there."""
        if key not in self._value:
            raise self.fail(key, "is missing")
        return self._value[key]

    def text(self, key: str, *, limit: int = 4096, default: str | None = None) -> str:
        """A string without control characters, of `limit` characters at most."""
        if default is not None and key not in self:
            return default
        value = self.raw(key)
        if not isinstance(value, str):
            raise self.fail(key, "must be a string")
        if len(value) > limit:
            raise self.fail(key, f"is longer than {limit} characters")
        if _CONTROL.search(value):
            raise self.fail(key, "holds a control character")
        return value

    def integer(self, key: str, *, low: int = 0, high: int = MAX_INTEGER) -> int:
        """A whole number within `low` and `high`, both included."""
        value = self.raw(key)
        if type(value) is not int:
            raise self.fail(key, "must be a whole number")
        if not low <= value <= high:
            raise self.fail(key, f"must lie between {low} and {high}, and is {value}")
        return value

    def sequence(self, key: str, *, limit: int = 100_000) -> list[Any]:
        """A list, empty where the field is absent."""
        value = self._value.get(key, [])
        if not isinstance(value, list):
            raise self.fail(key, "must be a list")
        if len(value) > limit:
            raise self.fail(key, f"has more than {limit} items")
        return value

    def texts(self, key: str, *, limit: int = 1000) -> tuple[str, ...]:
        """A list of strings, empty where the field is absent."""
        items = self.sequence(key, limit=limit)
        return tuple(
            Fields({f"{key}[{i}]": item}, self.document, self._path).text(f"{key}[{i}]") for i, item in enumerate(items)
        )

    def inner(self, key: str) -> "Fields":
        """The mapping in a field."""
        return Fields(self.raw(key), self.document, f"{self._path}{key}.")

    def each(self, key: str, *, limit: int = 100_000) -> Iterator["Fields"]:
        """The mappings of a list, none where the field is absent."""
        for i, item in enumerate(self.sequence(key, limit=limit)):
            yield Fields(item, self.document, f"{self._path}{key}[{i}].")

    def parsed(self, key: str, parse: Callable[[str], T]) -> T:
        """A string read by `parse`, whose error is told with the field's place."""
        text = self.text(key)
        try:
            return parse(text)
        except ZooError as error:
            raise self.fail(key, f"is wrong: {error.message}") from error

    def parsed_key(self, key: str, parse: Callable[[str], T]) -> T:
        """A field's name read by `parse`, whose error is told with its place."""
        try:
            return parse(key)
        except ZooError as error:
            raise self.fail(key, f"is wrong: {error.message}") from error

    def without(self, key: str) -> "Fields":
        """The same mapping without one field, for a reader that refuses fields it does not know."""
        return Fields({name: value for name, value in self._value.items() if name != key}, self.document, self._path)
