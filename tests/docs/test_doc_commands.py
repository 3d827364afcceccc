"""The commands that the guides print are run as printed, in a folder of their own, and print what the guides say.

A `console` block has commands after `$ ` and what they print, where `…` is anything; a `sh` block is run whole.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from pages import DOCS, blocks
from servers import free_port

GUIDES = [
    DOCS / f"{name}.md"
    for name in (
        "consumer",
        "ci",
        "coming-from",
        "maintainer",
        "runbook",
        "withdrawing",
        "mirror-operator",
        "air-gap",
        "ipfs",
    )
]
PORT = "8000"
MARK = "--8<-- command "


@dataclass(frozen=True, slots=True)
class Step:
    """Something to run, and what it should print; None where the page does not say."""

    command: str
    output: str | None


def steps(page: Path) -> Iterator[Step]:
    for block in blocks(page):
        if block.note.startswith("not run: "):
            continue
        if block.language == "sh":
            yield Step(block.text, None)
        elif block.language == "console":
            for part in re.split(r"(?m)^\$ ", block.text)[1:]:
                command, _, output = part.partition("\n")
                yield Step(command, output)


def matches(printed: str, stated: str) -> bool:
    """Whether it was printed as stated: a line of `…` alone stands for any lines, elsewhere `…` for any text."""
    lines = [
        r"(?:.*\n)*?" if line == "…" else re.escape(line).replace("…", ".*") + r"\n" for line in stated.splitlines()
    ]
    return re.fullmatch("".join(lines), printed) is not None


def environment(folder: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ZOOPKG_", "PYTEST_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    return kept | {"HOME": str(folder), "PATH": path, "ZOOPKG_STORE": str(folder / "store"), "NO_COLOR": "1"}


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: the maintainers' verbs flush every file."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as path:
        yield Path(path)


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_commands_do_what_the_page_says(page: Path, folder: Path) -> None:
    todo = list(steps(page))
    assert todo
    port = str(free_port())
    script = "set -e\n" + "".join(f"echo '{MARK}{i}'\n{step.command.rstrip()}\n" for i, step in enumerate(todo))
    work = folder / "work"
    work.mkdir()
    process = subprocess.Popen(
        ["bash", "-c", script.replace(PORT, port)],
        cwd=work,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    )
    try:
        printed, _ = process.communicate(timeout=240)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the servers that the page started
    outputs = re.split(rf"(?m)^{MARK}\d+\n", printed.replace(port, PORT))[1:]
    assert process.returncode == 0, f"`{todo[len(outputs) - 1].command}` of {page.name} failed:\n{outputs[-1]}"
    for step, output in zip(todo, outputs, strict=True):
        if step.output is not None:
            assert matches(output, step.output), (
                f"`{step.command}` printed\n{output}where {page.name} has\n{step.output}"
            )


def test_a_block_that_prints_something_else_is_noticed() -> None:
    assert matches("one\ntwo 2\nthree\n", "one\ntwo …\n…\n")
    assert matches("", "…\n")
    assert not matches("one\ntwo\n", "one\n")
    assert not matches("one\n", "one\ntwo\n")
