"""Rows of results, and the Markdown table that shows them. Measures nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Self

from benchmarks.measure import Best

PEAK_LIMIT = 200_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        case: what was done, and against whom.
        ours: zoopkg's value with its unit.
        theirs: the other's, empty where there is none.
        ratio: ours to theirs, None where there is no theirs.
        goal: what it is to be, empty where nothing was decided.
        met: whether it is, None where nothing was decided.
    """

    case: str
    ours: str
    theirs: str = ""
    ratio: float | None = None
    goal: str = ""
    met: bool | None = None

    @classmethod
    def times(cls, case: str, ours: Best, theirs: Best, limit: float | None = None) -> Self:
        """Seconds of ours to seconds of theirs."""
        return cls._compared(case, ours.seconds, theirs.seconds, limit, seconds)

    @classmethod
    def amounts(cls, case: str, ours: int, theirs: int, limit: float | None = None) -> Self:
        """Bytes of ours to bytes of theirs."""
        return cls._compared(case, ours, theirs, limit, amount)

    @classmethod
    def peak(cls, case: str, ours: Best) -> Self:
        """Memory at its peak."""
        return cls(
            f"peak memory: {case}",
            amount(ours.peak),
            goal=f"under {amount(PEAK_LIMIT)}",
            met=ours.peak < PEAK_LIMIT,
        )

    @classmethod
    def at_most(cls, case: str, ours: float, limit: float) -> Self:
        """A number that has a limit of its own."""
        return cls(case, f"{ours:,.4g}", goal=f"at most {limit:,g}", met=ours <= limit)

    @classmethod
    def _compared(
        cls, case: str, ours: float, theirs: float, limit: float | None, shown: Callable[[float], str]
    ) -> Self:
        ratio = ours / theirs
        if limit is None:
            return cls(case, shown(ours), shown(theirs), ratio)
        return cls(case, shown(ours), shown(theirs), ratio, f"at most {limit:g}x", ratio <= limit)


def seconds(value: float) -> str:
    """Seconds with three significant digits."""
    return f"{value:.3g} s"


def amount(value: float) -> str:
    """Bytes in the decimal unit that suits them."""
    for unit in ("bytes", "kB", "MB"):
        if value < 1000:
            return f"{value:.3g} {unit}"
        value /= 1000
    return f"{value:.3g} GB"


def table(rows: Iterable[Row]) -> str:
    """The results as a Markdown table."""
    lines = ["| case | ours | theirs | ratio | goal | met |", "|---|---|---|---|---|---|"]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:.3g}x"
        met = {None: "", True: "yes", False: "**no**"}[row.met]
        lines.append(f"| {row.case} | {row.ours} | {row.theirs} | {ratio} | {row.goal} | {met} |")
    return "\n".join(lines)
