"""Flags that every verb takes, each with a ZOOPKG_ variable, and what they make: store, opener, indexes."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from zoopkg.cli.output import Output
from zoopkg.errors import PolicyError, UsageError

if TYPE_CHECKING:
    from zoopkg.install.indexes import Indexes
    from zoopkg.install.workspace import Workspace
    from zoopkg.store.store import Store
    from zoopkg.transport.base import Opener

F = TypeVar("F", bound=Callable[..., Any])


def option(name: str, *more: str, **settings: Any) -> Callable[[F], F]:
    """A flag with its environment variable: `--link-mode` has ZOOPKG_LINK_MODE."""
    return click.option(name, *more, envvar="ZOOPKG_" + name.lstrip("-").replace("-", "_").upper(), **settings)


_PATH = click.Path(path_type=Path)
_COMMON: tuple[Callable[[Any], Any], ...] = (
    option("--directory", type=_PATH, default=".", metavar="DIR", help="The project's folder."),
    option("--store", "store_root", type=_PATH, default=None, metavar="DIR", help="Where instances are kept."),
    option("--index", default=None, metavar="NAME|URL|DIR", help="The index to use."),
    option("--root", "root_file", type=_PATH, default=None, metavar="FILE", help="The root to trust that index by."),
    option("--mirror", "mirrors", multiple=True, metavar="URL", help="A mirror to try first (repeatable)."),
    option("--offline", is_flag=True, help="Never touch the network."),
    option("--jobs", type=click.IntRange(1, 32), default=None, metavar="N", help="How much to do at once."),
    option("--json", "as_json", is_flag=True, help="One JSON document on standard output."),
    option("--quiet", "-q", is_flag=True, help="Only warnings and errors."),
    option("--verbose", "-v", is_flag=True, help="More messages."),
    option("--no-progress", is_flag=True, help="No progress display."),
    option("--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Colored messages."),
)


@dataclass(frozen=True)
class Run:
    """One run of the command line, by its common flags."""

    directory: Path
    store_root: Path | None
    index: str | None
    root_file: Path | None
    mirrors: tuple[str, ...]
    offline: bool
    jobs: int | None
    out: Output
    allow_stale: timedelta = timedelta()

    @property
    def store_path(self) -> Path:
        """The store's folder: the flag, else the variable, else the platform's place."""
        if self.store_root is not None:
            return self.store_root.absolute()
        from zoopkg.store.store import default_root

        return default_root()

    @property
    def connections(self) -> int:
        """How many downloads to have under way at once."""
        return self.jobs or 4

    @property
    def workers(self) -> int:
        """How many processes or threads to compute with."""
        return self.jobs or os.cpu_count() or 1

    @cached_property
    def store(self) -> "Store":
        """The store, made if it is not there."""
        from zoopkg.store.store import Store

        return Store.open(self.store_path)

    @cached_property
    def opener(self) -> "Opener":
        """How to reach mirrors, or only files where the network was ruled out."""
        from zoopkg.transport.dispatch import default_opener
        from zoopkg.transport.offline import OfflineOpener

        return OfflineOpener() if self.offline else default_opener()

    def indexes(self, workspace: "Workspace") -> "Indexes":
        """Every index that a project may ask."""
        from zoopkg.install.indexes import Conditions, Indexes
        from zoopkg.transport.mirror import Mirror

        if self.root_file is not None and self.index is None:
            raise UsageError("--root is for the index that --index names", hint="Add --index, or leave out --root.")
        conditions = Conditions(
            store=self.store,
            opener=self.opener,
            offline=self.offline,
            now=now,
            allow_stale=self.allow_stale,
            mirrors=tuple(Mirror.parse(text) for text in self.mirrors),
            warn=self.out.warn,
        )
        return Indexes(workspace.project, workspace.lock, workspace.root, conditions, self.index, self.root_file)


def now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


def data_folder(run: Run, root: Path, dest: Path | None) -> Path:
    """The data folder: the one that was named, else `zoo` in the project's.

    Raises:
        PolicyError: `zoo` is a symbolic link, which may have come with the project and lead anywhere.
    """
    if dest is not None:
        return dest if dest.is_absolute() else run.directory / dest
    data = root / "zoo"
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
        return command(Run(directory, store_root, index, root_file, mirrors, offline, jobs, out), **own)

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
