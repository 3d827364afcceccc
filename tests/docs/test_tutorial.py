"""The tutorial notebook: runs from top to bottom in an empty folder, without a network, and holds no outputs.

What its cells claim they assert themselves. How its pictures look is not tested.
"""

import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat.v4 import new_code_cell, new_notebook
from pages import DOCS

TUTORIAL = DOCS / "tutorial.ipynb"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, beside a home and a store; in memory where there is such a place."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as path:
        for name in [name for name in os.environ if name.startswith(("ZOOPKG_", "JUPYTER_", "IPYTHON", "XDG_"))]:
            monkeypatch.delenv(name)
        for name, value in {"HOME": f"{path}/home", "ZOOPKG_STORE": f"{path}/store", "ZOOPKG_OFFLINE": "1"}.items():
            monkeypatch.setenv(name, value)
        Path(path, "home").mkdir()
        work = Path(path, "work")
        work.mkdir()
        yield work


@pytest.fixture(scope="module")
def tutorial() -> nbformat.NotebookNode:
    notebook = nbformat.read(TUTORIAL, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    return notebook


def run(notebook: nbformat.NotebookNode, folder: Path) -> None:
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=120, kernel_name="python3", resources=resources).execute()


def test_the_tutorial_runs_and_shows_what_it_tells_of(tutorial: nbformat.NotebookNode, folder: Path) -> None:
    notebook = nbformat.from_dict(tutorial)
    run(notebook, folder)
    shown = {cell.id: [kind for output in cell.outputs for kind in output.get("data", {})] for cell in code(notebook)}
    pictures = {name for name, kinds in shown.items() if "image/png" in kinds}
    assert pictures == {"pick", "order", "gap-volume", "views", "same", "silence"}
    assert "text/html" in shown["load"]
    assert "text/markdown" in shown["cite"]
    complaints = [output.text for cell in code(notebook) for output in cell.outputs if output.get("name") == "stderr"]
    assert complaints == []
    assert sorted(path.name for path in folder.iterdir()) == ["colleague", "zoo", "zoo.lock", "zoo.toml"]


def test_a_claim_that_does_not_hold_is_noticed(folder: Path) -> None:
    with pytest.raises(CellExecutionError, match="AssertionError"):
        run(new_notebook(cells=[new_code_cell("assert 1 + 1 == 3")]), folder)


def test_each_code_cell_asserts_something(tutorial: nbformat.NotebookNode) -> None:
    silent = {cell.id for cell in code(tutorial) if not re.search(r"(?m)^ *assert ", cell.source)}
    assert silent == {"points"}


def test_no_output_is_committed_and_cells_are_named(tutorial: nbformat.NotebookNode) -> None:
    assert (tutorial.nbformat, tutorial.nbformat_minor) == (4, 5)
    assert [cell.id for cell in code(tutorial) if cell.outputs or cell.execution_count is not None] == []
    names = [cell.id for cell in tutorial.cells]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []
    assert TUTORIAL.read_text(encoding="utf-8") == nbformat.writes(tutorial) + "\n"


def test_links_lead_somewhere(tutorial: nbformat.NotebookNode) -> None:
    prose = "\n".join(cell.source for cell in tutorial.cells if cell.cell_type == "markdown")
    targets = re.findall(r"\]\(([^)\s]+)\)", prose)
    assert len(targets) > 3
    assert [target for target in targets if not (DOCS / target).is_file()] == []


def code(notebook: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]
