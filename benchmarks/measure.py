"""Running command lines by turns, and what they took: seconds by the wall clock, and memory at its peak.

Contenders alternate within each round, each in a fresh folder, after the disk has come to rest; the minimum of all
rounds is what a machine that does something else as well can say best. Linux only, for /proc.
"""

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")
# ext4 passes over inodes that were freed in the last minutes, one by one, for every file that it creates. Where the
# files of an earlier round were just deleted, creating 10,000 takes seconds longer: large trees stay until the end.
_FEW_FILES = 3_000


@dataclass(frozen=True, slots=True)
class Contender:
    """A command line to be measured.

    Attributes:
        name: what the report calls it.
        argv: the command; run in a fresh folder, so paths in it may be relative.
        prepare: readies that folder; not measured.
        where: an existing folder to run in instead.
        rounds: run only in so many rounds, where it is slow.
    """

    name: str
    argv: tuple[str, ...]
    prepare: Callable[[Path], object] = lambda _: None
    where: Path | None = None
    rounds: int | None = None


@dataclass(frozen=True, slots=True)
class Best:
    """The least seconds that a contender took in any round, and its most bytes of memory in the last."""

    seconds: float
    peak: int


@dataclass(frozen=True, slots=True)
class Ground:
    """Where and how often to measure.

    Attributes:
        scratch: a folder on the file system to be measured; the caller deletes what stays in it.
        rounds: how often each contender runs.
        settle: seconds to wait once everything is on the disk; with 0 nothing is flushed either.
    """

    scratch: Path
    rounds: int
    settle: float

    def alternate(self, *contenders: Contender, repeat: int = 1) -> list[Best]:
        """Run all contenders by turns, and give the best of each in their order.

        Args:
            contenders: in their order within a round.
            repeat: multiplies the rounds, for commands that are over at once.
        """
        rounds = self.rounds * repeat
        seconds: list[list[float]] = [[] for _ in contenders]
        peaks = [0] * len(contenders)
        for number in range(rounds):
            for i, contender in enumerate(contenders):
                if contender.rounds is None or number < contender.rounds:
                    took, peaks[i] = self._run(contender, watch=number == min(rounds, contender.rounds or rounds) - 1)
                    seconds[i].append(took)
        return [Best(min(times), peak) for times, peak in zip(seconds, peaks, strict=True)]

    def _run(self, contender: Contender, *, watch: bool) -> tuple[float, int]:
        folder = contender.where or Path(tempfile.mkdtemp(dir=self.scratch))
        try:
            contender.prepare(folder)
            if self.settle:
                os.sync()
                time.sleep(self.settle)
            return timed(contender.argv, folder, watch=watch)
        finally:
            if contender.where is None and sum(len(files) for _, _, files in os.walk(folder)) < _FEW_FILES:
                shutil.rmtree(folder)


def environment() -> dict[str, str]:
    """The variables that a measured command sees: none that would configure zoopkg or send it through a proxy."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ZOOPKG_", "PYTHON")) and not name.lower().endswith("_proxy")
    }


def timed(argv: Sequence[str], folder: Path, *, watch: bool) -> tuple[float, int]:
    """Run one command to its end.

    Args:
        argv: the command.
        folder: where to run it.
        watch: measure its memory too, which costs it a little time.

    Returns:
        Seconds, and the peak of the resident bytes of all its processes together (0 if nobody watched).

    Raises:
        RuntimeError: it failed.
    """
    with tempfile.TemporaryFile() as errors:
        begun = time.perf_counter()
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
        watcher = _Watcher(process.pid) if watch else None
        code = process.wait()
        seconds = time.perf_counter() - begun
        peak = watcher.stop() if watcher else 0
        if code:
            errors.seek(0)
            raise RuntimeError(f"{' '.join(argv)} ended with {code}: {errors.read().decode(errors='replace')[-2000:]}")
    return seconds, peak


class _Watcher:
    """Samples the memory of a session of processes until it is stopped."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _watch(self) -> None:
        while True:
            self._peak = max(self._peak, resident(self._session))
            if self._over.wait(_SAMPLE_SECONDS):
                return

    def stop(self) -> int:
        self._over.set()
        self._thread.join()
        return self._peak


def resident(session: int) -> int:
    """The resident bytes of all processes of a session; what they share counts for each."""
    total = 0
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as file:
                    fields = file.read().rpartition(b")")[2].split()  # proc(5): the name before it may hold anything
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(fields[3]) == session:
                total += int(fields[21]) * _PAGE
    return total
