"""The page on configuration names what the code reads: every key of config.toml, and every variable."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from pages import DOCS, ROOT, blocks
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from reference import VERBS

from zoopkg.project import config
from zoopkg.project.config import UserConfig
from zoopkg.store.store import default_root

PAGE = DOCS / "reference/configuration.md"
TEXT = PAGE.read_text(encoding="utf-8")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]+")
# Read for us, by requests and platformdirs.
BY_OTHERS = {"ALL_PROXY", "NETRC", "PYKCS11LIB", "XDG_CONFIG_HOME", "XDG_DATA_HOME"}
# How a shell speaks to its completion: nobody sets these by hand.
BY_SHELLS = re.compile(r"_ZOOPKG_COMPLETE|COMP_\w+")


def rows(heading: str) -> dict[str, list[str]]:
    """The rows of the tables below a heading, each by every name in its first cell."""
    section = re.split(r"(?m)^## ", TEXT.partition(f"\n## {heading}\n")[2])[0]
    found = {}
    for row in re.findall(r"(?m)^\| (`.+) \|$", section):
        cells = re.split(r" \|(?: |(?=\|))", row)
        found |= dict.fromkeys(re.findall(r"`([^`]+)`", cells[0]), cells)
    return found


def of_flags() -> dict[str, set[str]]:
    """Each variable that a flag has, and the flag."""
    found: dict[str, set[str]] = {}
    for command in VERBS.values():
        for each in command.params:
            if isinstance(each, click.Option) and each.envvar:
                found.setdefault(str(each.envvar), set()).update(name for name in each.opts if name.startswith("--"))
    return found


def read_by_the_code() -> set[str]:
    """Names in capitals that stand as texts in a module which looks at the environment itself."""
    found = set()
    for path in (ROOT / "zoopkg").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if "environ" in text:
            found |= {name for name in texts(ast.parse(text)) if VARIABLE.fullmatch(name.lstrip("_")) and "_" in name}
            found |= set(re.findall(r"environ(?:\.get\(|\[)[\"'](\w+)[\"']", text))
    return {name for name in found if not BY_SHELLS.fullmatch(name)}


def texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def test_every_variable_is_there() -> None:
    flags = of_flags()
    stated = rows("Variables")
    assert set(stated) == flags.keys() | {name for name in read_by_the_code() if name != "ZOOPKG_"} | BY_OTHERS
    assert {name: set(re.findall(r"`([^`]+)`", stated[name][1])) for name in flags} == flags


def test_every_key_is_there() -> None:
    keys = [key for key in config._KEYS if key != "proxies"] + [f"proxies.{name}" for name in config._PROXIES]
    assert sorted(name for name in rows("config.toml") if not name.startswith("$")) == sorted(keys)


def test_the_example_is_one() -> None:
    (example,) = [block.text for block in blocks(PAGE) if block.note == "config.toml"]
    read = UserConfig.parse(example.encode(), "the example")
    assert (read.values["jobs"], read.proxies["no-proxy"]) == (8, "localhost,.example.org")


@pytest.mark.skipif(sys.platform != "linux", reason="what the code does here is what it does on Linux")
def test_the_places_are_those_of_the_platforms(monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/home")
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for platform in (MacOS, Unix):
        places = platform("zoopkg", appauthor=False)
        for place in (Path(places.user_config_dir) / "config.toml", Path(places.user_data_dir) / "store"):
            assert f"`~/{place.relative_to('/home').as_posix()}`" in TEXT
    assert default_root() == Path(Unix("zoopkg", appauthor=False).user_data_dir) / "store"
