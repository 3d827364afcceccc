"""The pages of docs/ as tests see them: fenced blocks with what stands before them. Runs and judges nothing.

An HTML comment right before a block speaks to the tests: `<!-- not run: reason -->`, `<!-- example: name -->`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_BLOCK = re.compile(
    r"(?:^<!-- (?P<note>[^\n]*?) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its language, its text with the last line end, and the comment before it."""

    language: str
    text: str
    note: str


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in order."""
    for match in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        yield Block(match["language"], match["text"], match["note"] or "")


def examples() -> dict[str, str]:
    """The examples of all format pages, by name."""
    found: dict[str, str] = {}
    for page in sorted((DOCS / "formats").glob("*.md")):
        for block in blocks(page):
            kind, colon, name = block.note.partition(": ")
            if kind == "example" and colon:
                assert name not in found, f"{page.name} has the example {name} a second time"
                found[name] = block.text
    return found


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _BLOCK.sub("", page.read_text(encoding="utf-8"))
