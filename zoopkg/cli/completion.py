"""`completion SHELL`: the script that makes a shell complete zoopkg's verbs, flags, packs and files.

click's own scripts, but for Bash, which takes `NAME:FILE` for three words: there the line is read as it was typed.
"""

import os

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

from zoopkg.cli.common import Run, common

VARIABLE = "_ZOOPKG_COMPLETE"

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response
    response=$(env COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_BREAKS="$COMP_WORDBREAKS" \\
        %(complete_var)s=bash_complete "$1") || return
    COMPREPLY=()
    local item
    for item in $response; do
        case "$item" in
            dir,*) compopt -o dirnames ;;
            file,*) compopt -o default ;;
            *) COMPREPLY+=("${item#*,}") ;;
        esac
    done
    case "${#COMPREPLY[@]}$COMPREPLY" in
        1*[=:]) compopt -o nospace ;;
    esac
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class _Bash(BashComplete):
    """Bash, whose words end at `:`, `=` and `@`, too."""

    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and what there is of the last one."""
        typed = _typed()
        words = split_arg_string(typed)[1:]
        return (words, "") if not words or typed[-1:].isspace() else (words[:-1], words[-1])

    def format_completion(self, item: CompletionItem) -> str:
        """What Bash puts in the place of what it takes for the word, with what would end the word protected."""
        _, incomplete = self.get_completion_args()
        value = str(item.value)
        cut = max((incomplete.rfind(mark) for mark in _breaks()), default=-1) + 1
        return f"{item.type},{_escaped(value[cut:])}"


def _typed() -> str:
    line = os.fsencode(os.environ.get("COMP_LINE", ""))
    return os.fsdecode(line[: int(os.environ.get("COMP_POINT", len(line)))])


def _breaks() -> str:
    return "".join(mark for mark in os.environ.get("COMP_BREAKS", "") if mark in ":=@")


def _escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in " \t\"'$`\\&;|<>()*?[]!#~" else c for c in text)


add_completion_class(_Bash)


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
@common
def completion(run: Run, shell: str) -> None:
    """Print the script for completion in bash, zsh or fish.

    It completes verbs, flags, packs, groups, keys of filters, and the files of a pack after `NAME:`. For Bash: `eval
    "$(zoopkg completion bash)"` in `~/.bashrc`; zsh likewise; for fish `zoopkg completion fish >
    ~/.config/fish/completions/zoopkg.fish`.
    """
    from zoopkg.cli import cli

    found = get_completion_class(shell)
    assert found
    source = found(cli, {}, "zoopkg", VARIABLE).source()
    if run.out.as_json:
        run.out.document({"shell": shell, "script": source})
    else:
        click.echo(source, nl=not source.endswith("\n"))
