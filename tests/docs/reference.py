"""Makes what docs/reference says of commands, flags and variables from the commands themselves.

`python tests/docs/reference.py --write` writes docs/reference/commands.md, and the table of variables in
configuration.md. What a verb or a flag does is told in its docstring or help, and nowhere else.
"""

import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from zoopkg.cli import cli

REFERENCE = Path(__file__).parents[2] / "docs/reference"
CONTEXT = click.Context(cli)
BEGIN, END = "<!-- made by tests/docs/reference.py -->\n", "<!-- end -->\n"
WIDTH = 120

INTRO = """\
<!-- made by tests/docs/reference.py: edit the docstrings and helps in zoopkg/cli/ -->
# Commands

Every verb, its flags, and the variable of each, as `zoopkg COMMAND --help` tells them. `zoopkg --version` tells the
version. Exit codes have [a page of their own](exit-codes.md).

A flag wins over its variable, a variable over [config.toml](configuration.md), and that over the default. Of a flag
without a value, `1` or `true` in the variable switches it on. Of one that is repeatable, spaces in the variable
separate the values.
"""
COMMON = """\
Every verb takes these, after its name.

{flags}

`--index` takes a name from the project file, `zoo` for the index that ships, a URL, a template with `{{digest}}`, or a
folder; one that holds its `1.root.json` needs no `--root`.

`--json` prints one JSON document on standard output; all messages go to standard error.
[Configuration](configuration.md#variables) has every variable, those without a flag too.
"""
# The words that lead to another page: the first of each in a text becomes a link.
LINKS = {
    "filter": "../formats/where.md",
    "requirement": "../formats/basics.md#requirements",
    "config.toml": "configuration.md",
    "template": "../formats/blobs.md#mirrors",
    "the custom": "../maintainer.md#dates",
    "`zoopkg store gc`": "#store-gc",
    "`zoopkg install`": "#install",
    "`zoopkg pack build`": "#pack-build",
}
WORD = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, LINKS))})(?!\w)|`[^`]*`")


def children(group: click.Group) -> dict[str, click.Command]:
    """The commands of a group, in the order of its help."""
    found = {name: group.get_command(CONTEXT, name) for name in group.list_commands(CONTEXT)}
    return {name: command for name, command in found.items() if command}


def tree(group: click.Group, path: str = "") -> dict[str, click.Command]:
    """Every command below a group, groups included, by the words that call it."""
    found: dict[str, click.Command] = {}
    for name, command in children(group).items():
        found[f"{path}{name}"] = command
        if isinstance(command, click.Group):
            found |= tree(command, f"{path}{name} ")
    return found


COMMANDS = tree(cli)
VERBS = {path: command for path, command in COMMANDS.items() if not isinstance(command, click.Group)}


def options(command: click.Command) -> dict[str, click.Option]:
    """The flags of a command by their long names."""
    return {max(each.opts, key=len): each for each in command.params if isinstance(each, click.Option)}


SHARED = set.intersection(*({*options(command)} for command in VERBS.values()))


def own(command: click.Command) -> dict[str, click.Option]:
    """The flags that not every verb has."""
    return {name: each for name, each in options(command).items() if name not in SHARED}


def linked(text: str) -> str:
    """A text with its links; other code in it stays as it is."""
    left = dict(LINKS)

    def link(found: re.Match[str]) -> str:
        target = left.pop(found[0], "")
        return f"[{found[0]}]({target})" if target else found[0]

    return WORD.sub(link, text)


def table(head: Iterable[str], rows: Iterable[list[str]]) -> str:
    """A Markdown table, without the columns that are empty in every row."""
    titles, cells = list(head), [[cell.replace("|", r"\|") for cell in row] for row in rows]
    kept = [column for column in range(len(titles)) if any(row[column] for row in cells)]
    lines = [titles, ["---"] * len(titles), *cells]
    head_line, rule, *rest = ([line[column] for column in kept] for line in lines)
    return "\n".join([_row(head_line), "|" + "|".join(rule) + "|", *map(_row, rest)])


def _row(cells: list[str]) -> str:
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def flag_table(flags: Iterable[click.Option]) -> str:
    """What there is to say of some flags."""
    return table(["flag", "variable", "does", "default"], map(_flag, flags))


def _flag(flag: click.Option) -> list[str]:
    names = ", ".join(f"`{name}`" for name in sorted(flag.opts, key=len, reverse=True))
    value = "" if flag.is_flag else f" `{flag.make_metavar(CONTEXT).strip('[]')}`"
    text = linked(flag.help or "")
    if isinstance(flag.type, click.IntRange) and flag.type.max is not None:
        text = f"{text.rstrip('.')}, {flag.type.min} to {flag.type.max}."
    return [names + value, f"`{flag.envvar}`" if flag.envvar else "", text, _default(flag)]


def _default(flag: click.Option) -> str:
    if flag.required:
        return "required"
    if isinstance(flag.show_default, str):
        return flag.show_default
    value: Any = flag.to_info_dict()["default"]
    return "" if flag.is_flag or value is None or value in ("", ()) else f"`{value}`"


def short(command: click.Command) -> str:
    """The first sentence of a command's help."""
    return inspect.cleandoc(command.help or "").partition("\n")[0]


def section(path: str, command: click.Command) -> str:
    """A command's part of the page."""
    arguments = [each.make_metavar(CONTEXT) for each in command.params if isinstance(each, click.Argument)]
    usage = " ".join(["zoopkg", path, *(["COMMAND"] if isinstance(command, click.Group) else arguments)])
    texts = [f"## {path}", f"`{usage}`", *_paragraphs(command)]
    if isinstance(command, click.Group):
        texts.append(verb_table(command, f"{path} "))
    elif flags := own(command):
        texts.append(_like_install(path, flags) or flag_table(flags.values()))
    return "\n\n".join(texts) + "\n"


def _paragraphs(command: click.Command) -> Iterator[str]:
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        text = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\0"), linked(" ".join(paragraph.split())))
        yield textwrap.fill(text, WIDTH, break_on_hyphens=False, break_long_words=False).replace("\0", " ")


def _like_install(path: str, flags: dict[str, click.Option]) -> str:
    """In place of the flags of a verb that is a part of `install`: which they are."""
    of_install = own(VERBS["install"])
    if path == "install" or not {*flags} <= {*of_install} or "--locked" not in flags:
        return ""
    assert all(_flag(each) == _flag(of_install[name]) for name, each in flags.items())
    missing = ", ".join(f"`{name}`" for name in of_install if name not in flags)
    return f"Flags as for [install](#install){f', but for {missing}' if missing else ''}."


def verb_table(group: click.Group, path: str = "") -> str:
    """The commands of a group, each with its first sentence."""
    rows = (
        [f"[{path}{name}](#{f'{path}{name}'.replace(' ', '-')})", short(each)] for name, each in children(group).items()
    )
    return table(["command", "does"], rows)


def commands_page() -> str:
    """The whole page on commands."""
    any_verb = options(next(iter(VERBS.values())))
    common = flag_table(each for name, each in any_verb.items() if name in SHARED)
    parts = [INTRO, verb_table(cli) + "\n", "## Common flags\n", COMMON.format(flags=common)]
    return "\n".join([*parts, *(section(path, command) for path, command in COMMANDS.items())])


def variable_table() -> str:
    """Each variable that a flag has, the flag, and the verbs that take it."""
    found: dict[str, dict[str, click.Option]] = {}
    for path, command in VERBS.items():
        for each in options(command).values():
            if each.envvar:
                found.setdefault(str(each.envvar), {})[path] = each
    rows = []
    for variable, takers in sorted(found.items()):
        flag = max(next(iter(takers.values())).opts, key=len)
        of = ", ".join(f"[{path}](commands.md#{path.replace(' ', '-')})" for path in takers)
        everywhere = "[every command](commands.md#common-flags)"
        rows.append([f"`{variable}`", f"`{flag}`", everywhere if flag in SHARED else of])
    return table(["variable", "flag", "of"], rows) + "\n"


def configuration_page() -> str:
    """The page on configuration as it is, with its table of flags made anew."""
    text = (REFERENCE / "configuration.md").read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n{variable_table()}\n{END}{after}"


PAGES = {"commands.md": commands_page, "configuration.md": configuration_page}


if __name__ == "__main__":
    if sys.argv[1:] != ["--write"]:
        sys.exit("usage: python tests/docs/reference.py --write")
    for page, make in PAGES.items():
        (REFERENCE / page).write_text(make(), encoding="utf-8", newline="\n")
