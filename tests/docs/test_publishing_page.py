"""The workflow of docs/publishing.md: whole, never twice at once, and its token given to the push alone."""

import pytest
from pages import DOCS, blocks
from zoopkg_cli import Maintainer

yaml = pytest.importorskip("yaml", reason="reads the workflow with PyYAML, which comes with zoopkg[test]")


def test_it_is_a_workflow_that_pushes_what_is_in_the_repository(tmp_path) -> None:
    (block,) = [block for block in blocks(DOCS / "publishing.md") if block.note == "workflow: push"]
    document = yaml.safe_load(block.text)
    assert document[True]["push"]["paths"] == ["idx/**"]  # YAML takes `on` for true
    assert document["permissions"] == {"contents": "write"}
    assert document["concurrency"]["group"]
    (job,) = document["jobs"].values()
    assert job["runs-on"]
    assert all(("uses" in step) != ("run" in step) for step in job["steps"])
    *before, push = job["steps"]
    assert "env" not in job
    assert not any("env" in step for step in before)
    assert [step["run"] for step in before if "run" in step] == [_installing()]
    command = push["run"].replace('"github:$GITHUB_REPOSITORY"', str(tmp_path / "mirror")).split()
    maintainer = Maintainer(tmp_path / "maintainer")
    maintainer.call(*command[1:], cwd=maintainer.index.parent).expect(0, "Copied")


def _installing() -> str:
    """How the workflow of the runbook installs zoopkg."""
    (block,) = [block for block in blocks(DOCS / "runbook.md") if block.note == "workflow: refresh"]
    (job,) = yaml.safe_load(block.text)["jobs"].values()
    return next(step["run"] for step in job["steps"] if "pip install" in step.get("run", ""))
