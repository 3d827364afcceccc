"""`path`, `cat` and `open`: what is done with one file of a pack, or its folder, once it is clear where that lies."""

import codecs
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click

from zoopkg.cli.common import DEST, Run, common, option
from zoopkg.cli.completing import files_of_packs, packs_and_files
from zoopkg.cli.place import Target, brought, checked, described, located
from zoopkg.errors import UsageError, ZooError, explaining

_PIECE = 1 << 20


@click.command()
@click.argument("target", metavar="NAME[@V][:FILE]", shell_complete=packs_and_files)
@DEST
@common
def path(run: Run, target: str, dest: Path | None) -> None:
    """Print where a pack lies, or one file of it.

    A file of a pack that is not installed is fetched into the store, and its read-only place there is printed; it stays
    until `zoopkg store gc`. Exit code 1 if the pack itself is asked for and is not installed, 2 if it has no such file,
    4 if no index has the pack.
    """
    with located(run, Target.parse(target), dest) as place:
        run.out.path(str(place.path), place.document)


@click.command()
@click.argument("target", metavar="NAME[@V]:FILE", shell_complete=files_of_packs)
@common
def cat(run: Run, target: str) -> None:
    """Write the bytes of one file of a pack.

    To standard output, hashed just before; fetches no more than the part of a bundle that holds it. Writes nothing but
    text to a terminal. With `--json`, tells of the file instead.
    """
    wanted = Target.parse(target)
    if not wanted.file:
        raise UsageError(f"{target} names no file", hint=f"Add one: zoopkg cat {target}:FILE")
    with brought(run, wanted) as (opened, instance):
        found = checked(opened, instance)
        if run.out.as_json:
            run.out.document(described(run, wanted, opened, instance))
            return
        stream = sys.stdout.buffer
        with explaining(f"read {found}"):
            source = found.open("rb", buffering=0)
        with source:
            if stream.isatty():
                _refuse_binary(source, target)
            while piece := source.read(_PIECE):
                stream.write(piece)
        stream.flush()


@click.command("open")
@click.argument("target", metavar="NAME[@V][:FILE]", shell_complete=packs_and_files)
@DEST
@option("--with", "program", default=None, metavar="PROGRAM", help="Open it with this program.")
@common
def open_(run: Run, target: str, dest: Path | None, program: str | None) -> None:
    """Open a pack's folder, or one file of it, on the desktop.

    With the desktop's program for it, or the one that `--with` names.
    """
    with located(run, Target.parse(target), dest) as place:
        _start(place.path, program, quiet=run.out.as_json)
        run.out.document(place.document)


def _refuse_binary(source: BinaryIO | Any, target: str) -> None:
    """Refuse to write anything but text to a terminal, which would act on it; reads the file once, to its beginning."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := source.read(_PIECE):
            text = decoder.decode(piece)
            if any(not c.isprintable() and c not in "\n\r\t" for c in text):
                raise UnicodeError
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        raise UsageError(
            f"{target} is not text, and standard output is a terminal",
            hint=f"Redirect it: zoopkg cat {target} > FILE",
        ) from error
    source.seek(0)


def _start(target: Path, program: str | None, *, quiet: bool) -> None:
    """Have a program open a path, and wait until it returns; never through a shell."""
    if program is None and sys.platform == "win32":
        os.startfile(target)  # noqa: S606  (there is no shell in it)
        return
    program = program or _desktop()
    if program is None:
        raise ZooError(
            f"there is no desktop here to open {target} with",
            hint=f"Name a program, zoopkg open --with PROGRAM, or use the path: {target}",
        )
    with explaining(f"run {program} to open {target}"):
        code = subprocess.run([program, str(target)], stdout=sys.stderr if quiet else None, check=False).returncode
    if code:
        raise ZooError(f"{program} did not open {target}: it ended with exit code {code}")


def _desktop() -> str | None:
    """The program that opens things the desktop's way, if there is a desktop."""
    import shutil

    if sys.platform == "darwin":
        return "open"
    has_display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return shutil.which("xdg-open") if has_display else None
