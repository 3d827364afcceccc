"""Progress on a terminal: stage, bytes, rate, mirror. Elsewhere, as in CI, a quiet line a stage."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from zoopkg.cli.output import Output, clean, human

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID


class Display:
    """Shows what an install does; use it as a context manager. Rich is imported only on a terminal."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._live = out.progress and not out.quiet and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._stage = ""

    def __enter__(self) -> Self:
        return self

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""
        self._stage = what
        if not self._live:
            self._out.detail(f"{what} {human(total) if what == 'Fetching' else total} …")
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(what, total=total, mirror="")

    def advance(self, count: int, mirror: str = "") -> None:
        """So many more bytes or files are done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=count, mirror=clean(mirror))

    def warn(self, message: str) -> None:
        """A message above the display."""
        self._out.warn(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    return Progress(
        TextColumn("{task.description:>9}"),
        BarColumn(bar_width=30),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[mirror]}", style="dim", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
