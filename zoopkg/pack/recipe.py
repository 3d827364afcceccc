"""pack.toml: what a maintainer says of a pack. Text to values; reads no file.

`docs/maintainer.md` shows one. Patterns are shell globs over whole paths, in which `*` also matches `/`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import lru_cache
from typing import Any, Self

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.fields import Fields
from zoopkg.model.instance import MAX_NOTE
from zoopkg.model.manifest import Source
from zoopkg.model.names import PackName
from zoopkg.model.record import MAX_SUMMARY, MAX_TEXT
from zoopkg.model.version import Spec, Version, parse_version
from zoopkg.project.toml import parse_toml, refuse_unknown_keys

DEFAULT_EXCLUDE = (".git", "*/.git", ".DS_Store", "*/.DS_Store", "Thumbs.db", "*/Thumbs.db")
_TABLES = ("pack", "source", "file", "defect")
_PACK_KEYS = (
    "name",
    "version",
    "license",
    "summary",
    "keywords",
    "discussion",
    "citation",
    "authors",
    "requires",
    "include",
    "exclude",
)
_DEFECT = re.compile(r"[a-z]+\.[a-z0-9]+(?:-[a-z0-9]+)*")
_SPDX = re.compile(r"[A-Za-z0-9.+()-]+(?: [A-Za-z0-9.+()-]+)*")


@dataclass(frozen=True, slots=True)
class FileRule:
    """What holds for the files that a pattern matches: a license of their own, a note."""

    pattern: str
    license: str
    note: str


@dataclass(frozen=True, slots=True)
class DefectRule:
    """Which defects the files that a pattern matches are meant to have."""

    pattern: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recipe:
    """A pack as its maintainer describes it."""

    name: PackName
    version: Version
    license: str
    summary: str
    keywords: tuple[str, ...]
    discussion: str
    citation: str
    authors: tuple[str, ...]
    requires: tuple[str, ...]
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    sources: tuple[Source, ...]
    files: tuple[FileRule, ...]
    defects: tuple[DefectRule, ...]

    @classmethod
    def parse(cls, data: bytes, document: str) -> Self:
        """The recipe in the bytes of a pack.toml.

        Raises:
            UsageError: a key is missing, unknown or malformed; the message names it.
        """
        table = parse_toml(data, document)
        refuse_unknown_keys(table, _TABLES, document)
        if "pack" not in table:
            raise UsageError(f"{document} has no [pack] table", hint="`zoopkg pack init DIR` writes one.")
        try:
            return cls._from_table(table, document)
        except ZooError as error:
            raise UsageError(error.message, hint=error.hint) from error

    @classmethod
    def _from_table(cls, table: dict[str, Any], document: str) -> Self:
        pack = Fields(table["pack"], document, "pack.")
        refuse_unknown_keys(table["pack"], _PACK_KEYS, f"[pack] of {document}")
        fields = Fields(table, document)
        return cls(
            name=pack.parsed("name", PackName.parse),
            version=pack.parsed("version", parse_version),
            license=pack.parsed("license", check_license),
            summary=pack.text("summary", limit=MAX_SUMMARY),
            keywords=pack.texts("keywords"),
            discussion=pack.text("discussion", default=""),
            citation=pack.text("citation", limit=MAX_TEXT, default=""),
            authors=pack.texts("authors"),
            requires=tuple(sorted(_requirement(text) for text in pack.texts("requires"))),
            include=pack.texts("include"),
            exclude=pack.texts("exclude"),
            sources=tuple(_source(item) for item in fields.each("source", limit=1000)),
            files=tuple(_file_rule(item) for item in fields.each("file", limit=10_000)),
            defects=tuple(_defect_rule(item) for item in fields.each("defect", limit=10_000)),
        )

    def excludes(self, path: str) -> bool:
        """Whether a file or a whole folder is left out."""
        return _matches_any(path, (*DEFAULT_EXCLUDE, *self.exclude))

    def includes(self, path: str) -> bool:
        """Whether a file of the folder belongs to the pack, as far as the patterns say."""
        if self.excludes(path):
            return False
        return not self.include or _matches_any(path, self.include)

    def rule(self, path: str) -> FileRule | None:
        """The first rule whose pattern matches a path."""
        return next((rule for rule in self.files if fnmatchcase(path, rule.pattern)), None)

    def defects_of(self, path: str) -> tuple[str, ...]:
        """The codes of all defects that a file is meant to have, sorted."""
        return tuple(sorted({code for rule in self.defects if fnmatchcase(path, rule.pattern) for code in rule.codes}))

    def unused_patterns(self, paths: Sequence[str]) -> list[str]:
        """The patterns of [[file]] and [[defect]] that match no file, most likely misspelt."""
        patterns = [rule.pattern for rule in self.files] + [rule.pattern for rule in self.defects]
        return [pattern for pattern in patterns if not any(fnmatchcase(path, pattern) for path in paths)]


def _matches_any(path: str, patterns: tuple[str, ...]) -> bool:
    return _one_pattern(patterns).match(path) is not None


@lru_cache(maxsize=8)
def _one_pattern(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """Globs as one regular expression: a folder of 10,000 files asks for each of them."""
    return re.compile("|".join(map(translate, patterns)))


def check_license(text: str) -> str:
    """The text, if it has the shape of an SPDX expression (https://spdx.github.io/spdx-spec/, annex D).

    Raises:
        UsageError: it has not.
    """
    if len(text) > MAX_NOTE or not _SPDX.fullmatch(text):
        raise UsageError(f"{text[:80]!r} is not an SPDX expression such as CC-BY-4.0")
    return text


def _requirement(text: str) -> str:
    spec = Spec.parse(text)
    if spec.requirement is None:
        raise UsageError(f"{text[:80]!r} must say which versions it needs, such as {spec.name.short}@^1")
    return f"{spec.name}@{spec.requirement}"


def _source(fields: Fields) -> Source:
    refuse_unknown_keys(
        dict.fromkeys(fields.keys()), ("name", "url", "license", "copyright"), f"a [[source]] of {fields.document}"
    )
    return Source(
        fields.text("name"),
        fields.parsed("license", check_license),
        fields.text("url", default=""),
        fields.text("copyright", default=""),
    )


def _file_rule(fields: Fields) -> FileRule:
    refuse_unknown_keys(dict.fromkeys(fields.keys()), ("path", "license", "note"), f"a [[file]] of {fields.document}")
    license_text = fields.parsed("license", check_license) if "license" in fields else ""
    return FileRule(fields.text("path"), license_text, fields.text("note", limit=MAX_NOTE, default=""))


def _defect_rule(fields: Fields) -> DefectRule:
    refuse_unknown_keys(dict.fromkeys(fields.keys()), ("path", "codes"), f"a [[defect]] of {fields.document}")
    codes = fields.texts("codes")
    for i, code in enumerate(codes):
        if not _DEFECT.fullmatch(code):
            raise fields.fail(f"codes[{i}]", f"is not a defect code such as meta.missing-preamble: {code[:80]!r}")
    return DefectRule(fields.text("path"), codes)
