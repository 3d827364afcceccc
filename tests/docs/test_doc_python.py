"""The guide to the Python API: its blocks are run in order, in one process and an empty folder, and print what it says.

A `pycon` block is a session as doctest reads it, where `…` is any text; `python` blocks are run.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pages import DOCS, blocks

GUIDE = DOCS / "python.md"
RUN = """
import doctest, json, sys
runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
names = {"__name__": "guide"}
for number, (language, text) in enumerate(json.load(sys.stdin)):
    if language == "python":
        exec(compile(text, f"block {number}", "exec"), names)
    else:
        test = doctest.DocTestParser().get_doctest(text.replace("…", "..."), names, f"block {number}", None, 0)
        runner.run(test, clear_globs=False)
        names |= test.globs
sys.exit(1 if runner.summarize(verbose=False).failed else 0)
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, in memory where there is such a place: a download ends with a flush."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as path:
        yield Path(path)


def run(todo: list[tuple[str, str]], folder: Path) -> subprocess.CompletedProcess[str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("ZOOPKG_", "PYTEST_"))}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN],
        cwd=folder,
        env=kept | {"HOME": str(folder), "ZOOPKG_STORE": str(folder / "store")},
        input=json.dumps(todo),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_guide_does_what_it_says(folder: Path) -> None:
    todo = [(block.language, block.text) for block in blocks(GUIDE) if block.language in {"pycon", "python"}]
    assert len(todo) > 8
    result = run(todo, folder)
    assert result.returncode == 0, result.stdout + result.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["store"]


def test_a_session_that_prints_something_else_is_noticed(tmp_path: Path) -> None:
    assert run([("pycon", ">>> 1 + 1\n3\n")], tmp_path).returncode == 1
    assert run([("pycon", ">>> a = 1\n"), ("pycon", ">>> a\n1\n>>> 'x yz'\n'x…'\n")], tmp_path).returncode == 0
    assert run([("python", "raise SystemError")], tmp_path).returncode == 1
