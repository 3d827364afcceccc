"""Flags that every verb takes, each with a ZOOPKG_ variable, and what they make: store, opener, indexes."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zoopkg.cli.output import Output
from zoopkg.errors import PolicyError
from zoopkg.install.context import CONNECTIONS, Context
from zoopkg.install.settings import web_settings, written
from zoopkg.store.places import default_root

if TYPE_CHECKING:
    from zoopkg.store.store import Store

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, *more: str, **settings: Any) -> Callable[[F], F]:
    """A flag with its environment variable: `--link-mode` has ZOOPKG_LINK_MODE."""
    return click.option(name, *more, envvar="ZOOPKG_" + name.lstrip("-").replace("-", "_").upper(), **settings)


_PATH = click.Path(path_type=Path)
DEST = option("--dest", type=_PATH, default=None, metavar="DIR", help="The data folder.", show_default="zoo/")
DRY_RUN = option("--dry-run", is_flag=True, help="Say what would be done.")
_COMMON: tuple[Callable[[Any], Any], ...] = (
    option("--directory", type=_PATH, default=".", metavar="DIR", help="Work as if started in this folder."),
    option(
        "--store",
        "store_root",
        type=_PATH,
        default=None,
        metavar="DIR",
        help="Where instances are kept.",
        show_default="the user's data folder",
    ),
    option("--index", default=None, metavar="NAME|URL|DIR", help="The index to use, such as `zoo`, which ships."),
    option("--root", "root_file", type=_PATH, default=None, metavar="FILE", help="The root to trust that index by."),
    option(
        "--mirror",
        "mirrors",
        multiple=True,
        metavar="URL",
        help="A mirror to try first: a URL, template or folder (repeatable).",
    ),
    option("--offline", is_flag=True, help="Never touch the network."),
    option(
        "--jobs",
        type=click.IntRange(1, 32),
        default=None,
        metavar="N",
        help="How much to do at once.",
        show_default="4 connections, a process for each processor",
    ),
    option("--json", "as_json", is_flag=True, help="One JSON document on standard output."),
    option("--quiet", "-q", is_flag=True, help="Only warnings and errors."),
    option("--verbose", "-v", is_flag=True, help="More messages."),
    option("--no-progress", is_flag=True, help="No progress display."),
    option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colored messages."),
)


@dataclass(frozen=True)
class Run:
    """One run of the command line, by its common flags.

    Attributes:
        context: what they make of this machine.
        jobs: how much to do at once, if that was said.
        out: how to talk to people and to scripts.
    """

    context: Context
    jobs: int | None
    out: Output

    @property
    def directory(self) -> Path:
        """Where to look for the project."""
        return self.context.directory

    @property
    def store(self) -> "Store":
        """The store, made if it is not there."""
        return self.context.store

    @property
    def workers(self) -> int:
        """How many processes or threads to compute with."""
        return self.jobs or os.cpu_count() or 1


def data_folder(run: Run, root: Path, dest: Path | None) -> Path:
    """The data folder: the one that was named, else `zoo` in the project's.

    Raises:
        PolicyError: `zoo` is a symbolic link, which may have come with the project and lead anywhere.
    """
    if dest is not None:
        return dest if dest.is_absolute() else run.directory / dest
    data = root / "zoo"
    if data.exists() and not data.is_dir():
        raise PolicyError(
            f"{data} is not a folder, and data would be put there", hint="Move it away, or name a folder with --dest."
        )
    if data.is_symlink():
        raise PolicyError(
            f"{data} is a symbolic link, which nobody but you may follow",
            hint=f"If you put it there, name where it leads: --dest {data.resolve()}",
        )
    return data


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the common flags; it is called with a `Run` first, and its own arguments after."""

    @wraps(command)
    def wrapper(
        *,
        directory: Path,
        store_root: Path | None,
        index: str | None,
        root_file: Path | None,
        mirrors: tuple[str, ...],
        offline: bool,
        jobs: int | None,
        **own: Any,
    ) -> Any:
        out = _output(own)
        context = Context(
            directory,
            out.warn,
            store_root or default_root(),
            index,
            root_file,
            mirrors,
            offline,
            connections=jobs or CONNECTIONS,
            web=web_settings(written()),
        )
        return command(Run(context, jobs, out), **own)

    decorated: Callable[..., Any] = wrapper
    for add in reversed(_COMMON):
        decorated = add(decorated)
    return decorated


def _output(own: dict[str, Any]) -> Output:
    color = own.pop("color")
    context = click.get_current_context()
    if color != "auto" or os.environ.get("NO_COLOR"):
        context.color = color == "always"
    return Output(own.pop("as_json"), own.pop("quiet"), own.pop("verbose"), not own.pop("no_progress"))


def names(values: Iterable[object]) -> str:
    """Some names in one line."""
    return ", ".join(str(value) for value in values)
