"""The reference pages are those that the commands make; the exit codes are those of the errors."""

import re

import pytest
from pages import DOCS
from reference import COMMANDS, PAGES, linked, options

from zoopkg import errors
from zoopkg.errors import ZooError
from zoopkg.transport import base

CODES = (DOCS / "reference/exit-codes.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_as_the_commands_make_them(page: str) -> None:
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    assert text == PAGES[page](), "run: python tests/docs/reference.py --write"


def test_every_command_and_flag_has_its_help() -> None:
    for path, command in COMMANDS.items():
        assert command.help, path
        for name, flag in options(command).items():
            assert flag.help, (path, name)


def test_the_first_of_a_word_becomes_a_link_but_not_in_code() -> None:
    assert linked("`a filter`, a filter, a filter") == "`a filter`, a [filter](../formats/where.md), a filter"
    assert linked("`zoopkg store gc` of filters") == "[`zoopkg store gc`](#store-gc) of filters"


def test_exit_codes_are_those_of_the_errors() -> None:
    known: dict[int, set[str]] = {0: set(), 130: set()}
    for module in (errors, base):
        for name, each in vars(module).items():
            if isinstance(each, type) and issubclass(each, ZooError):
                known.setdefault(each.exit_code, set()).add(name)
    rows = re.findall(r"(?m)^\| (\d+) \|([^|]*)\|", CODES)
    assert {int(code): set(re.findall(r"`(\w+)`", names)) for code, names in rows} == known
