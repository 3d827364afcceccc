"""The pages on pytest, fsspec and pydicom do what they say, in an empty folder each."""

import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import DOCS, blocks
from test_doc_commands import environment, matches, steps
from test_doc_python import run

TESTING, INTEGRATIONS = DOCS / "testing.md", DOCS / "integrations.md"


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: a download ends with a flush."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as path:
        yield Path(path)


def follow(page: Path, folder: Path) -> int:
    """Run the commands of a page in a folder, and compare what they print; how many there are."""
    todo = list(steps(page))
    for step in todo:
        done = subprocess.run(
            ["bash", "-c", step.command],
            cwd=folder,
            env=environment(folder),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"`{step.command}` failed:\n{done.stdout}\n{done.stderr}"
        assert step.output is not None
        assert matches(done.stdout, step.output), f"`{step.command}` printed\n{done.stdout}\n{done.stderr}"
    return len(todo)


def test_the_page_on_pytest(folder: Path) -> None:
    (block,) = [block for block in blocks(TESTING) if block.language == "python"]
    kind, _, name = block.note.partition(": ")
    assert kind == "file"
    (folder / name).write_text(block.text)
    assert follow(TESTING, folder) == 3


def test_the_page_on_fsspec_and_pydicom(folder: Path) -> None:
    sessions = [(block.language, block.text) for block in blocks(INTEGRATIONS) if block.language == "pycon"]
    assert len(sessions) == 4
    result = run(sessions, folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert follow(INTEGRATIONS, folder) == 2


def test_the_page_on_pytest_has_each_option() -> None:
    plugin = (DOCS.parent / "zoopkg" / "pytest_plugin.py").read_text()
    options = set(re.findall(r'addoption\(\s*"(--[\w-]+)"', plugin))
    assert options == set(re.findall(r"(?m)^\| `(--[\w-]+)", TESTING.read_text()))
