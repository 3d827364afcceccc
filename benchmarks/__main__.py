"""`python -m benchmarks`: runs the cases that are asked for, prints their table, and writes the page where told to."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks import contenders
from benchmarks.bench import Bench
from benchmarks.cases import CASES
from benchmarks.corpora import FULL, SMOKE, Sizes
from benchmarks.measure import Ground
from benchmarks.packs import Packs
from benchmarks.page import PAGE, page
from benchmarks.report import Row, table
from benchmarks.server import NGINX, serving

_ROUNDS = 7
_SLOW_ROUNDS = 2
_SETTLE_SECONDS = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    missing = contenders.missing_tools() + ([] if NGINX else ["nginx"])
    if missing:
        print(f"The benchmarks need {', '.join(missing)}, which this machine has not.")
        return 1
    sizes = SMOKE if options.smoke else FULL
    rounds = options.rounds or (1 if options.smoke else _ROUNDS)
    slow = min(rounds, _SLOW_ROUNDS)
    with _work(options.work) as work:
        rows = measured(options.only or list(CASES), work, sizes, rounds, slow)
        print(table(rows))
        if options.write:
            PAGE.write_text(page(rows, sizes, rounds, slow, work))
    return 0


def measured(names: Sequence[str], work: Path, sizes: Sizes, rounds: int, slow_rounds: int) -> list[Row]:
    """Run some cases.

    Args:
        names: of the cases.
        work: a folder for corpora and for the runs.
        sizes: of the corpora.
        rounds: how often each contender runs.
        slow_rounds: how often the slow one does.
    """
    packs = Packs(work, sizes)
    packs.prepare({corpus for name in names for corpus in CASES[name].needs})
    packs.root.mkdir(parents=True, exist_ok=True)
    settle = 0 if sizes is SMOKE else _SETTLE_SECONDS
    with serving(packs.root) as server, tempfile.TemporaryDirectory(prefix="runs-", dir=work) as scratch:
        bench = Bench(packs, server, Ground(Path(scratch), rounds, settle), slow_rounds)
        rows = []
        for name in names:
            rows += CASES[name].run(bench)
            print(f"{name} done", file=sys.stderr)
        return rows


@contextmanager
def _work(given: Path | None) -> Iterator[Path]:
    """The folder to work in: the one given, kept, or one that is gone afterwards."""
    if given is not None:
        given.mkdir(parents=True, exist_ok=True)
        yield given.absolute()
    else:
        with tempfile.TemporaryDirectory(prefix="zoopkg-benchmarks-") as folder:
            yield Path(folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="tiny corpora and one round: only shows that all runs")
    parser.add_argument("--only", nargs="+", action="extend", choices=CASES, metavar="CASE", help=", ".join(CASES))
    parser.add_argument("--rounds", type=int, metavar="N", help=f"rounds of each case ({_ROUNDS})")
    parser.add_argument("--work", type=Path, metavar="DIR", help="where to make the corpora, kept for the next time")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
