"""Progress on a terminal: stage, amount, rate, mirror. Elsewhere, as in CI, one quiet line for what takes long."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from zoopkg.cli.output import Output, clean
from zoopkg.model.text import human

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import ProgressColumn, TaskID

_IN_FILES = frozenset(("Placing",))
_WORTH_A_LINE = 50_000_000


class Display:
    """Shows what an install does; use it as a context manager. Rich is imported only on a terminal."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._live = out.progress and not out.quiet and sys.stderr.isatty()
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def begin(self, what: str, total: int) -> None:
        """A stage begins."""
        self._stop()
        if self._live:
            self._bar = _bar(in_files=what in _IN_FILES)
            self._bar.start()
            self._task = self._bar.add_task(what, total=total, mirror="")
        elif what not in _IN_FILES and total >= _WORTH_A_LINE:
            self._out.say(f"{what} {human(total)} …")

    def advance(self, count: int, mirror: str = "") -> None:
        """So many more bytes or files are done."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, advance=count, mirror=clean(mirror))

    def warn(self, message: str) -> None:
        """A message above the display."""
        self._stop()
        self._out.warn(message)

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()


def _bar(*, in_files: bool) -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, MofNCompleteColumn, Progress, TextColumn, TransferSpeedColumn

    amount: list[ProgressColumn] = [MofNCompleteColumn()] if in_files else [DownloadColumn(), TransferSpeedColumn()]
    return Progress(
        TextColumn("{task.description:>9}"),
        BarColumn(bar_width=30),
        *amount,
        TextColumn("{task.fields[mirror]}", style="dim", markup=False),
        console=Console(stderr=True),
        transient=True,
    )
