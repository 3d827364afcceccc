"""The recipes of docs/ci.md: files of other tools that hold, with scripts that run and inputs that the action has."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pages import DOCS, ROOT, blocks
from zoopkg_cli import Machine

yaml = pytest.importorskip("yaml", reason="reads the recipes with PyYAML, which comes with zoopkg[test]")
PAGE = DOCS / "ci.md"


def recipes(kind: str) -> list:
    return [yaml.safe_load(block.text) for block in blocks(PAGE) if block.note == f"workflow: {kind}"]


def test_workflows_use_inputs_that_the_action_has() -> None:
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    uses = [
        step
        for recipe in recipes("github")
        for job in recipe["jobs"].values()
        for step in job["steps"]
        if step.get("uses", "").startswith("zoopkg/")
    ]
    assert len(uses) == 2
    assert [name for step in uses for name in step.get("with", {}) if name not in inputs] == []


def test_the_page_lists_the_inputs_and_outputs_of_the_action() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    section = PAGE.read_text(encoding="utf-8").partition("## GitHub Actions")[2].partition("\n## ")[0]
    rows = {line.split("`")[1] for line in section.splitlines() if line.startswith("| `")}
    assert rows == action["inputs"].keys() | action["outputs"].keys()


def test_the_script_for_gitlab_runs(tmp_path: Path) -> None:
    (recipe,) = recipes("gitlab")
    job = recipe["test"]
    script = [line for line in job["script"] if line.startswith("zoopkg ")]
    assert len(script) == 2
    machine = Machine(tmp_path)
    machine.call("install", "dicomdir@1", "--where", "kind=dicomdir").expect(0)
    store = job["variables"]["ZOOPKG_STORE"].replace("$CI_PROJECT_DIR", str(machine.project))
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = machine.environment({"ZOOPKG_STORE": store, "PATH": path})
    subprocess.run(
        ["bash", "-ec", "\n".join(["rm -rf zoo", *script])], cwd=machine.project, env=environment, check=True
    )
    assert (machine.project / job["cache"]["paths"][0] / "objects").is_dir()


def test_the_hook_of_the_recipe_is_there() -> None:
    (recipe,) = recipes("pre-commit")
    known = {hook["id"] for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    assert {hook["id"] for hook in recipe["repos"][0]["hooks"]} <= known
