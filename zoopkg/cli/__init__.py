"""The command line: finds a verb's module, runs it, and turns every error into one sentence and an exit code.

Start-up counts: only click is imported here; each verb brings what it needs. Commands, flags and exit codes are a
contract with scripts, listed in docs/reference/.
"""

import gc
import importlib
import os
import sys
from contextlib import suppress

import click
from click.core import ParameterSource

from zoopkg import __version__
from zoopkg.errors import UsageError, ZooError, from_os

_VERBS = {
    "install": "install",
    "add": "install",
    "sync": "install",
    "remove": "project",
    "lock": "project",
    "update": "project",
    "list": "look",
    "tree": "graph",
    "why": "graph",
    "outdated": "outdated",
    "diff": "diff",
    "info": "info",
    "search": "search",
    "path": "use",
    "cat": "use",
    "open": "use",
    "cite": "papers",
    "licenses": "papers",
    "verify": "check",
    "export": "carry",
    "import": "carry",
    "config": "configuration",
    "store": "store",
    "completion": "completion",
    "pack": "pack",
    "index": "index",
    "mirror": "mirror",
}
_SHADOWING = ("list", "open", "import")
"""Verbs whose functions have an underscore at the end, since Python has these names for itself."""
# By default the garbage collector looks at all that lives, again and again, while an install makes values for 10,000
# files none of which is garbage: a fifth of the time that making them takes.
_COLLECT_AFTER = 100_000


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used, or listed for help."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """The verbs, in the order in which a newcomer needs them."""
        return list(_VERBS)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command of a command line, with what the user's configuration says as the defaults of its flags."""
        from zoopkg.cli.settings import defaults

        ctx.default_map = ctx.default_map or defaults()
        return super().resolve_command(ctx, args)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb's command, imported now."""
        if cmd_name not in _VERBS:
            return None
        module = importlib.import_module(f"zoopkg.cli.{_VERBS[cmd_name]}")
        command = getattr(module, f"{cmd_name}_" if cmd_name in _SHADOWING else cmd_name)
        assert isinstance(command, click.Command)
        return command


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
)
@click.version_option(__version__, message="zoopkg %(version)s")
def cli() -> None:
    """The package manager of the DICOM zoo: versioned, verified example DICOM data.

    `zoopkg install ct-basic@1` puts read-only files under zoo/ct-basic/ and writes zoo.lock, which you commit.
    """


def main() -> None:
    """Run the command line, and end the process with the exit code that the reference documents."""
    gc.set_threshold(_COLLECT_AFTER)
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and give its exit code; no exception leaves, and no traceback is shown."""
    if "_ZOOPKG_COMPLETE" in os.environ:
        importlib.import_module("zoopkg.cli.completion")  # knows how Bash takes words apart
    try:
        result = cli.main(args=arguments, prog_name="zoopkg", standalone_mode=False)
    except click.ClickException as error:
        return _misused(error, arguments)
    except (click.Abort, KeyboardInterrupt):
        message = "Interrupted; run the same command again to complete it."
        click.echo(message, err=True)
        return _documented(message, 130, arguments)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody reads any more, nor should the exit
        return 1
    except Exception as error:
        if os.environ.get("ZOOPKG_TRACEBACK"):
            raise
        return _told(_explained(error, arguments), arguments)
    return result if isinstance(result, int) else 0


def _misused(error: click.ClickException, arguments: list[str]) -> int:
    """Tell of a command line that click does not take, in our words: one sentence, and where to read more."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return _documented("no command was given", error.exit_code, arguments)
    if isinstance(error, click.BadParameter) and (told := _of_a_variable(error)):
        return _told(told, arguments)
    message = error.format_message().rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    help_of = context.command_path if context else "zoopkg"
    from zoopkg.cli.misused import hint_for

    hint = hint_for(error, arguments) or f"`{help_of} --help` tells more."
    return _told(UsageError(message[:1].lower() + message[1:], hint=hint), arguments)


def _of_a_variable(error: click.BadParameter) -> UsageError | None:
    """The error for a wrong value that came from an environment variable, which then is named and not the flag."""
    context, param = error.ctx, error.param
    if context is None or param is None or not isinstance(param.envvar, str):
        return None
    if context.get_parameter_source(str(param.name)) is not ParameterSource.ENVIRONMENT:
        return None
    value, hint = os.environ.get(param.envvar, ""), f"Unset it, or see `{context.command_path} --help`."
    if isinstance(param.type, click.types.BoolParamType):
        why, hint = "is neither true nor false", "Set it to 1 or 0, or unset it."
    else:
        why = f"is wrong: {error.message.rstrip('.')}"
    return UsageError(f"the environment variable {param.envvar}={value} {why}", hint=hint)


def _explained(error: Exception, arguments: list[str]) -> ZooError:
    """What to tell a person of an error, whatever it is."""
    if isinstance(error, ZooError):
        return error
    if isinstance(error, OSError):
        return from_os(error, f"complete zoopkg {' '.join(arguments[:1])}")
    if isinstance(error, MemoryError):
        return ZooError("there is not enough memory", hint="Use fewer --jobs.")
    report = "This is a defect of zoopkg. Please report it with what ZOOPKG_TRACEBACK=1 shows."
    return ZooError(f"unexpected {type(error).__name__}: {error}", hint=report)


def _told(error: ZooError, arguments: list[str]) -> int:
    from zoopkg.cli.output import show_error

    show_error(error)
    return _documented(error.message, error.exit_code, arguments, hint=error.hint)


def _documented(message: str, code: int, arguments: list[str], *, hint: str = "") -> int:
    """The exit code, after printing the one document that a script reads of an error, where one was asked for.

    The flag is looked for where it was given, since an error may come before any flag has been understood.
    """
    if "--json" in arguments or os.environ.get("ZOOPKG_JSON", "").lower() in ("1", "true", "yes", "on", "t", "y"):
        import json

        with suppress(OSError):  # a full disk may be what there is to tell of
            click.echo(json.dumps({"error": {"message": message, "hint": hint, "exit_code": code}}, indent=2))
    return code
