"""What people and scripts see: messages on standard error, results on standard output, one JSON document with `--json`.

All text that came from elsewhere loses its control and format characters before it reaches a terminal.
"""

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from zoopkg.errors import ZooError
from zoopkg.model.text import printable


def clean(text: str) -> str:
    """Text fit for a terminal: line feeds stay, every other control or format character goes."""
    return printable(text, keep="\n")


def show_error(error: ZooError) -> None:
    """One sentence, and what to do next."""
    click.echo(f"{click.style('error:', fg='red', bold=True)} {clean(error.message)}", err=True)
    if error.hint:
        click.echo(f"{click.style('hint:', fg='cyan')} {clean(error.hint)}", err=True)


@dataclass(frozen=True, slots=True)
class Output:
    """How a run speaks.

    Attributes:
        as_json: one JSON document on standard output, nothing else there.
        quiet: no messages but warnings and errors.
        verbose: more messages.
        progress: progress is shown where standard error is a terminal.
    """

    as_json: bool = False
    quiet: bool = False
    verbose: bool = False
    progress: bool = True

    def say(self, text: str) -> None:
        """A message for a person."""
        if not self.quiet:
            click.echo(clean(text), err=True)

    def detail(self, text: str) -> None:
        """A message for a person who wants to know more."""
        if self.verbose:
            click.echo(clean(text), err=True)

    def warn(self, text: str) -> None:
        """A message that matters though the work goes on."""
        click.echo(f"{click.style('warning:', fg='yellow')} {clean(text)}", err=True)

    def result(self, lines: str | Iterable[str], document: Mapping[str, Any] | Sequence[Any]) -> None:
        """What was asked for: lines for a person, or the document for a script."""
        if self.as_json:
            click.echo(json.dumps(document, indent=2))
            return
        for line in [lines] if isinstance(lines, str) else lines:
            click.echo(clean(line))

    def path(self, path: str, document: Mapping[str, Any]) -> None:
        """A path that was asked for: to the byte where a program reads it, fit to be shown on a terminal."""
        if self.as_json or sys.stdout.isatty() or not hasattr(sys.stdout, "buffer"):
            self.result(path, document)
        else:
            click.echo(os.fsencode(path))

    def document(self, document: Mapping[str, Any]) -> None:
        """What a script reads of a verb whose result a person has been told already."""
        if self.as_json:
            click.echo(json.dumps(document, indent=2))


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns, numbers flush right."""
    if not rows:
        return []
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["  ".join(_cell(text, width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _cell(text: str, width: int) -> str:
    return text.rjust(width) if text[:1].isdigit() and not text[-1:].isdigit() else text.ljust(width)
