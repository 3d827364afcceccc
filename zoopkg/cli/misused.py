"""What to say of a command line that names no command, or has flags where they do not belong. Runs nothing."""

import difflib
from collections.abc import Sequence

import click

_HABITS = {
    "rm": ("remove",),
    "uninstall": ("remove",),
    "delete": ("remove",),
    "upgrade": ("update",),
    "ls": ("list",),
    "freeze": ("list", "lock"),
    "show": ("info",),
    "status": ("list", "outdated"),
    "check": ("verify",),
    "init": ("install", "pack init", "index init"),
    "get": ("install",),
    "download": ("install",),
    "run": ("open", "path"),
    "build": ("pack build",),
    "publish": ("index publish",),
    "gc": ("store gc",),
    "clean": ("store gc",),
}
"""What other package managers call the commands of this one."""


def hint_for(error: click.ClickException, arguments: Sequence[str]) -> str:
    """What to write instead, or the empty string where nothing comes near.

    Args:
        error: what click says of it.
        arguments: the command line.
    """
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is None or not isinstance(context.command, click.Group):
        return ""
    known, path = context.command.list_commands(context), context.command_path
    if isinstance(error, click.NoSuchOption):
        verb = next((each for each in arguments if each in known and each not in path.split()), "")
        return f"Write flags after the command: `{path} {verb} {error.option_name} …`." if verb else ""
    if "Did you mean" in error.format_message():
        return ""
    word = _unknown(error)
    habits = _HABITS.get(word, ()) if context.parent is None else ()
    near = habits or difflib.get_close_matches(word.lower(), known, 2, 0.6)
    return f"Did you mean {' or '.join(f'`{path} {each}`' for each in near)}?" if near else ""


def _unknown(error: click.ClickException) -> str:
    """The word that click takes for no command."""
    _, quote, rest = error.message.partition("'")
    return rest.partition("'")[0] if quote and "command" in error.message else ""
