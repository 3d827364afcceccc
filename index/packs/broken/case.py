"""One broken file: where it goes, what is wrong with it, and how it was made."""

from collections.abc import Callable
from dataclasses import dataclass

from broken.bases import Bases


@dataclass(frozen=True, slots=True)
class Case:
    """A recipe for one file."""

    path: str
    codes: tuple[str, ...]
    """What is meant to be wrong, as the codes of `[[defect]]`."""
    how: str
    """One sentence: what was done to the healthy file."""
    build: Callable[[Bases], bytes]
