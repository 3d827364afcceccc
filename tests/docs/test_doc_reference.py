"""The reference pages say what the program has: each verb, flag and variable, each error and its exit code."""

import re

import click
import pytest
from pages import DOCS

from zoopkg import errors
from zoopkg.cli import cli
from zoopkg.errors import ZooError
from zoopkg.transport import base

COMMANDS = (DOCS / "reference/commands.md").read_text(encoding="utf-8")
CODES = (DOCS / "reference/exit-codes.md").read_text(encoding="utf-8")
SECTIONS = {part.partition("\n")[0]: part.partition("\n")[2] for part in re.split(r"(?m)^## ", COMMANDS)[1:]}
CONTEXT = click.Context(cli)

Flags = dict[tuple[str, ...], str]


def verbs(command: click.Command, path: tuple[str, ...] = ()) -> dict[str, click.Command]:
    if not isinstance(command, click.Group):
        return {" ".join(path): command}
    found = {name: command.get_command(CONTEXT, name) for name in command.list_commands(CONTEXT)}
    return {verb: each for name, sub in found.items() if sub for verb, each in verbs(sub, (*path, name)).items()}


VERBS = verbs(cli)


def flags(command: click.Command) -> Flags:
    options = [each for each in command.params if isinstance(each, click.Option)]
    return {tuple(sorted(each.opts)): str(each.envvar or "") for each in options}


def stated(section: str) -> Flags:
    """The flags in a section's table: `-x`, `--name`, and the variable in the next cell."""
    found: Flags = {}
    for row in re.findall(r"(?m)^\| (`-.*)$", section):
        cells = re.split(r"(?<!\\)\|", row)
        found[tuple(sorted(re.findall(r"`(--?[a-z][a-z-]*)`", cells[0])))] = cells[1].strip().strip("`")
    return found


def test_every_verb_has_its_section() -> None:
    assert set(SECTIONS) == {"Common flags", *VERBS}


@pytest.mark.parametrize("verb", VERBS)
def test_flags_and_variables_are_those_of_the_verb(verb: str) -> None:
    section = SECTIONS[verb]
    if "Flags as for [install]" in section:
        section = SECTIONS["install"]
    assert stated(SECTIONS["Common flags"]) | stated(section) == flags(VERBS[verb])


@pytest.mark.parametrize("verb", VERBS)
def test_the_usage_line_has_the_arguments(verb: str) -> None:
    arguments = [
        each.metavar or each.make_metavar(CONTEXT) for each in VERBS[verb].params if isinstance(each, click.Argument)
    ]
    assert f"`{' '.join(['zoopkg', verb, *arguments])}`" in SECTIONS[verb]


def test_exit_codes_are_those_of_the_errors() -> None:
    known: dict[int, set[str]] = {0: set(), 130: set()}
    for module in (errors, base):
        for name, each in vars(module).items():
            if isinstance(each, type) and issubclass(each, ZooError):
                known.setdefault(each.exit_code, set()).add(name)
    rows = re.findall(r"(?m)^\| (\d+) \|([^|]*)\|", CODES)
    assert {int(code): set(re.findall(r"`(\w+)`", names)) for code, names in rows} == known
