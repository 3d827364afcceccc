"""`index …`: finds the module of a verb of the signing ceremony, and imports it when it is used.

Each verb is a step on an index folder, whose staged part can travel to an offline machine.
"""

import importlib

import click

_VERBS = {
    "init": "founding",
    "keygen": "founding",
    "add": "ceremony",
    "yank": "governing",
    "withdraw": "withdraw",
    "delegate": "governing",
    "rotate": "governing",
    "renew": "governing",
    "mirrors": "governing",
    "status": "standing",
    "show": "standing",
    "sign": "ceremony",
    "merge": "ceremony",
    "publish": "ceremony",
    "refresh": "ceremony",
    "prune": "withdraw",
    "verify": "audit",
}


class IndexGroup(click.Group):
    """The group, whose commands are imported when they are used, or listed for help."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The verbs, in the order in which an index needs them."""
        return list(_VERBS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now."""
        if cmd_name not in _VERBS:
            return None
        command = getattr(importlib.import_module(f"zoopkg.cli.{_VERBS[cmd_name]}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(cls=IndexGroup)
def index() -> None:
    """Make, sign and publish an index (for maintainers)."""
