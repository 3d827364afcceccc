"""The page docs/benchmarks.md: the table, how it came about, and on what kind of machine. Names no host and no path."""

import os
import platform
import subprocess
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.corpora import Sizes
from benchmarks.report import Row, table
from zoopkg import __version__

PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

_PAGE = """# Benchmarks

What zoopkg costs beside the tools that do the same work without it. All in one run; what counts is the ratio of two
columns of one line, since a busy machine slows both.

{table}

Measured on {day}, with zoopkg {version}: {machine}.

## How

- Nothing leaves the machine: nginx serves archives, bundles and files on the loopback interface, to every contender
  alike.
- Contenders run by turns within a round, each in a new, empty folder, after `sync` and a short rest. Seconds are the
  minima of {rounds} rounds, from the start of the real command line to its end; commands that are over at once run
  three times as often, and pooch runs in {slow}.
- A cold install begins with an empty store, verifies the signed index, checks every file by its BLAKE3, and flushes
  all to disk before it says that it is done. `curl | zstd | tar` does none of these.
- A warm install begins with a full store, a lock, and no data folder.
- Memory is the peak of the resident bytes of all processes of a command together, sampled every 20 ms; memory that two
  processes share counts twice.
- Requests and bytes are those of nginx's access log, the index included. Allowed are 12, 3 for each further pack,
  and 1 for each 8 MiB, whatever the number of files.

The data are made for the purpose, and are the same in every run. Alone, each DICOM file compresses about twofold at
zstd level 3.

| corpus | files |
|---|---|
| many | {many:,} DICOM files of 15 to 30 kB in series of 100 to 200, with 180 elements, some of them private |
| medium | {medium:,} DICOM files of 0.5 MB |
| big | {big} multi-frame DICOM files of {big_size:.0f} MB |
| nothing | {nothing:,} files of 50 bytes |

## Again

```sh
python -m pip install -e '.[dev]'
python -m benchmarks                     # all cases; needs nginx, curl, zstd, tar, b3sum if there is one, and 15 GB
python -m benchmarks --only warm --only start --work /var/tmp/bench   # some, with corpora kept for the next time
python -m benchmarks --write             # and write this page
```
"""


def page(rows: Sequence[Row], sizes: Sizes, rounds: int, slow: int, disk: Path) -> str:
    """The whole page.

    Args:
        rows: the results.
        sizes: of the corpora.
        rounds: how often each contender ran.
        slow: how often the slow one ran.
        disk: a folder on the file system that was measured.
    """
    return _PAGE.format(
        table=table(rows),
        day=date.today().isoformat(),  # noqa: DTZ011  (the day where the machine is)
        version=__version__,
        machine=machine(disk),
        rounds=_counted(rounds),
        slow=f"{_counted(slow)} round" + ("s" if slow > 1 else ""),
        big_size=sizes.frames * 512 * 512 * 2 / 1e6,
        many=sizes.many,
        medium=sizes.medium,
        big=sizes.big,
        nothing=sizes.nothing,
    )


def machine(disk: Path) -> str:
    """This machine in plain words."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    kind = subprocess.run(
        ["df", "--output=fstype", str(disk)], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    cores = len(os.sched_getaffinity(0))
    return (
        f"{_counted(cores)} core{'s' if cores > 1 else ''} ({platform.machine()}), {memory:.0f} GB of memory, "
        f"{kind} file system, {platform.system()}, Python {platform.python_version()}"
    )


def _counted(number: int) -> str:
    words = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[number] if number < len(words) else str(number)
