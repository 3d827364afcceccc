"""`index …`: finds the module of a verb of the signing ceremony, and imports it when it is used.

Each verb is a step on an index folder, whose staged part can travel to an offline machine.
"""

import importlib
from importlib.util import find_spec
from pathlib import Path

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.indexing import IDX
from zoopkg.install.context import now

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
}


class IndexGroup(click.Group):
    """The group, whose commands are imported when they are used, or listed for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs, in the order in which an index needs them."""
        return [*filter(_is_there, _VERBS), *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now."""
        if cmd_name not in _VERBS or not _is_there(cmd_name):
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(f"zoopkg.cli.{_VERBS[cmd_name]}"), cmd_name)
        assert isinstance(command, click.Command)
        return command


def _is_there(verb: str) -> bool:
    return find_spec(f"zoopkg.cli.{_VERBS[verb]}") is not None


@click.group(cls=IndexGroup)
def index() -> None:
    """Make, sign and publish an index (for maintainers)."""


@index.command()
@IDX
@common
def verify(run: Run, idx: Path) -> int:
    """Check an index folder as a client would.

    Hashes every blob that it names, too. Exit code 5 if something is wrong.
    """
    from zoopkg.index import verify as checks

    findings = checks.verify(idx, now(), run.context.root_file)
    lines = [f"{finding.what}: {finding.why}" for finding in findings]
    run.out.result(lines or f"{idx} is right", [{"what": f.what, "why": f.why} for f in findings])
    return 5 if findings else 0
