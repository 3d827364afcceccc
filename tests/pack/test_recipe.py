"""pack.toml: what it says, and every mistake in one sentence that names the key."""

import re

import pytest

from zoopkg.errors import UsageError
from zoopkg.model.manifest import Source
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version
from zoopkg.pack.recipe import DefectRule, FileRule, Recipe

MINIMAL = '[pack]\nname = "demo"\nversion = "1.0.0"\nlicense = "MIT"\nsummary = "s"\n'
WHOLE = """
[pack]
name = "hospital/knees"
version = "2.1.0-rc.1"
license = "CC-BY-4.0 AND (MIT OR Apache-2.0+)"
summary = "Knees"
keywords = ["MR", "knee"]
discussion = "https://example.org/1"
citation = "Example 2026"
authors = ["A", "B"]
requires = ["phantoms@^1", "hospital/base@>=1,<3", "zoo/ct@1.2"]
include = ["*.dcm"]
exclude = ["drafts", "*.tmp"]

[[source]]
name = "S"
license = "CC0-1.0"
url = "https://example.org/s"
copyright = "C"

[[file]]
path = "real/*"
license = "CC0-1.0"
note = "n"

[[file]]
path = "*"
note = "m"

[[defect]]
path = "*broken*"
codes = ["meta.missing-preamble", "file.truncated"]

[[defect]]
path = "real/broken*"
codes = ["file.truncated", "a.b"]
"""


def parse(text: str) -> Recipe:
    return Recipe.parse(text.encode(), "pack.toml")


def test_a_minimal_recipe() -> None:
    recipe = parse(MINIMAL)
    assert (recipe.name, recipe.version, recipe.license) == (PackName("zoo", "demo"), parse_version("1.0.0"), "MIT")
    assert (recipe.keywords, recipe.requires, recipe.sources, recipe.files) == ((), (), (), ())
    assert recipe.rule("a") is None
    assert recipe.defects_of("a") == ()


def test_a_whole_recipe() -> None:
    recipe = parse(WHOLE)
    assert (recipe.name, recipe.version) == (PackName("hospital", "knees"), parse_version("2.1.0-rc.1"))
    assert recipe.license == "CC-BY-4.0 AND (MIT OR Apache-2.0+)"
    assert (recipe.summary, recipe.keywords, recipe.authors) == ("Knees", ("MR", "knee"), ("A", "B"))
    assert (recipe.discussion, recipe.citation) == ("https://example.org/1", "Example 2026")
    assert recipe.requires == ("hospital/base@>=1, <3", "zoo/ct@~1.2", "zoo/phantoms@^1")
    assert recipe.sources == (Source("S", "CC0-1.0", "https://example.org/s", "C"),)
    assert recipe.files == (FileRule("real/*", "CC0-1.0", "n"), FileRule("*", "", "m"))
    assert recipe.defects[0] == DefectRule("*broken*", ("meta.missing-preamble", "file.truncated"))


def test_patterns() -> None:
    recipe = parse(WHOLE)
    assert recipe.includes("a.dcm")
    assert recipe.includes("deep/er/a.dcm")
    assert not recipe.includes("a.txt")
    assert not recipe.includes("a.DCM")
    assert recipe.excludes("drafts")
    assert recipe.excludes(".git")
    assert recipe.excludes("sub/.DS_Store")
    assert not recipe.excludes("sub/drafts")
    assert recipe.rule("real/x") == recipe.files[0]
    assert recipe.rule("x") == recipe.files[1]
    assert recipe.defects_of("real/broken.dcm") == ("a.b", "file.truncated", "meta.missing-preamble")
    assert recipe.unused_patterns(["x", "broken"]) == ["real/*", "real/broken*"]
    assert recipe.unused_patterns(["real/broken"]) == []


@pytest.mark.parametrize(
    ("text", "why", "hint"),
    [
        ("", "pack.toml has no [pack] table", "pack init"),
        ("pack = 3", "'pack' of pack.toml must be an object", ""),
        ("pack = 'name'", "'pack' of pack.toml must be an object", ""),
        ("[pack]", "'pack.name' of pack.toml is missing", ""),
        (f"{MINIMAL}[packs]", "pack.toml has the unknown key 'packs'", "Did you mean 'pack'?"),
        (f"{MINIMAL}licence = 'MIT'", "[pack] of pack.toml has the unknown key 'licence'", "Did you mean 'license'?"),
        (f"{MINIMAL}zzz = 1", "[pack] of pack.toml has the unknown key 'zzz'", "Known keys: authors, citation"),
        (MINIMAL.replace('"demo"', '"Demo"'), "'pack.name' of pack.toml is wrong: 'Demo' is not a pack name", ""),
        (MINIMAL.replace('"1.0.0"', '"1.0"'), "'pack.version' of pack.toml is wrong: '1.0' is not a version", ""),
        (MINIMAL.replace('"1.0.0"', "1.0"), "'pack.version' of pack.toml must be a string", ""),
        (MINIMAL.replace('"MIT"', '""'), "'pack.license' of pack.toml is wrong: '' is not an SPDX expression", ""),
        (MINIMAL.replace('"MIT"', '"see file;"'), "'pack.license' of pack.toml is wrong", ""),
        (MINIMAL.replace('"s"', f'"{"s" * 201}"'), "'pack.summary' of pack.toml is longer than 200 characters", ""),
        (MINIMAL.replace('"s"', '"\\u001b"'), "'pack.summary' of pack.toml holds a control character", ""),
        (f"{MINIMAL}keywords = 'CT'", "'pack.keywords' of pack.toml must be a list", ""),
        (f"{MINIMAL}authors = [1]", "'pack.authors[0]' of pack.toml must be a string", ""),
        (f"{MINIMAL}requires = ['phantoms']", "'phantoms' must say which versions it needs", ""),
        (f"{MINIMAL}requires = ['phantoms@latest']", "must say which versions it needs, such as phantoms@^1", ""),
        (f"{MINIMAL}requires = ['phantoms@one']", "'one' is not a version requirement", ""),
        (f"{MINIMAL}[source]", "'source' of pack.toml must be a list", ""),
        (f"{MINIMAL}[[source]]\nname = 'S'", "'source[0].license' of pack.toml is missing", ""),
        (
            f"{MINIMAL}[[source]]\nnam = 'S'",
            "[[source]] of pack.toml has the unknown key 'nam'",
            "Did you mean 'name'?",
        ),
        (f"{MINIMAL}[[file]]\nnote = 'n'", "'file[0].path' of pack.toml is missing", ""),
        (
            f"{MINIMAL}[[file]]\npath = 'p'\nnotes = 'n'",
            "[[file]] of pack.toml has the unknown key 'notes'",
            "Did you mean 'note'?",
        ),
        (f"{MINIMAL}[[file]]\npath = 'p'\nlicense = '?'", "'file[0].license' of pack.toml is wrong: '?' is not", ""),
        (f"{MINIMAL}[[file]]\npath = 'p'\nnote = '{'n' * 2001}'", "'file[0].note' of pack.toml is longer than", ""),
        (f"{MINIMAL}[[file]]\npath = 'p'\nlicense = '{'n' * 2001}'", "'file[0].license' of pack.toml is wrong", ""),
        (
            f"{MINIMAL}[[defect]]\npath = 'p'\ncode = []",
            "[[defect]] of pack.toml has the unknown key 'code'",
            "Did you mean",
        ),
        (
            f"{MINIMAL}[[defect]]\npath = 'p'\ncodes = ['a.b', 'Oops']",
            "'defect[0].codes[1]' of pack.toml is not a defect code such as meta.missing-preamble: 'Oops'",
            "",
        ),
        ("[pack\n", "pack.toml is not valid TOML", ""),
    ],
)
def test_mistakes(text: str, why: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)) as caught:
        parse(text)
    assert hint in caught.value.hint
    assert "\n" not in caught.value.message
