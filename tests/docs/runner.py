"""A runner of composite actions, enough to run `action.yml` as it stands: scripts by bash, the cache in a folder.

Knows of expressions only what the action uses: `inputs`, `steps.ID.outputs`, `runner.os`, `github.action_path`, and
comparisons joined by `&&`.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

OS = "Linux"


@dataclass
class Job:
    """One job on a machine of its own: a workspace, a folder for temporary files, and what the steps left."""

    action: Path
    workspace: Path
    caches: Path
    environment: dict[str, str]
    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    code: int = 0

    def run(self, inputs: Mapping[str, str], *, without: tuple[str, ...] = ()) -> "Job":
        """Run the steps but those that are named, up to the first that fails."""
        document = yaml.safe_load(self.action.read_text(encoding="utf-8"))
        unknown = inputs.keys() - document["inputs"].keys()
        assert not unknown, unknown
        values = {name: each["default"] for name, each in document["inputs"].items()} | dict(inputs)
        known = {f"inputs.{name}": value for name, value in values.items()}
        known |= {"runner.os": OS, "github.action_path": str(self.action.parent)}
        for step in document["runs"]["steps"]:
            if step["name"] not in without and _holds(step.get("if", ""), known):
                results = self._uses(step, known) if "uses" in step else self._script(step, known)
                known |= {f"steps.{step.get('id')}.outputs.{name}": value for name, value in results.items()}
            if self.code:
                break
        self.outputs = {name: _filled(each["value"], known) for name, each in document["outputs"].items()}
        return self

    def _script(self, step: dict[str, Any], known: Mapping[str, str]) -> dict[str, str]:
        files = {name: self.temporary / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH")}
        for file in files.values():
            file.write_text("")
        own = {name: _filled(value, known) for name, value in step.get("env", {}).items()}
        script = self.temporary / "step.sh"
        script.write_text(step["run"])
        result = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=self.workspace / _filled(step.get("working-directory", "."), known),
            env=self.environment
            | {"RUNNER_TEMP": str(self.temporary)}
            | {name: str(file) for name, file in files.items()}
            | own,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.code = result.returncode
        self.log += f"## {step['name']}\n{result.stdout}"
        self.environment |= _pairs(files["GITHUB_ENV"])
        added = files["GITHUB_PATH"].read_text().split("\n")[:-1]
        self.environment["PATH"] = os.pathsep.join([*reversed(added), self.environment["PATH"]])
        return _pairs(files["GITHUB_OUTPUT"])

    def _uses(self, step: dict[str, Any], known: Mapping[str, str]) -> dict[str, str]:
        """actions/cache: a folder by its key, else the newest by a prefix of its key; none is ever replaced."""
        self.log += f"## {step['name']}\n"
        path, key, prefix = (_filled(step["with"].get(name, ""), known) for name in ("path", "key", "restore-keys"))
        archive = self.caches / f"{key}.tar"
        if step["uses"].startswith("actions/cache/save@"):
            if not archive.exists():
                _tar("-cf", archive, path)
            return {}
        assert step["uses"].startswith("actions/cache/restore@"), step["uses"]
        older = sorted(self.caches.glob(f"{prefix}*.tar"), key=lambda each: each.stat().st_mtime_ns)
        found = [archive] if archive.exists() else older[-1:]
        for each in found:
            shutil.rmtree(path, ignore_errors=True)
            _tar("-xf", each)
        return {
            "cache-hit": str(archive.exists()).lower() if found else "",
            "cache-matched-key": found[0].stem if found else "",
        }

    @property
    def temporary(self) -> Path:
        """The folder RUNNER_TEMP."""
        return Path(self.environment["HOME"]) / "temp"


def job(action: Path, root: Path, workspace: Path, more: Mapping[str, str] | None = None) -> Job:
    """A job on a new machine below a folder, which has the command line of this Python, and caches that outlive it."""
    shutil.rmtree(root / "home", ignore_errors=True)
    (root / "home/temp").mkdir(parents=True)
    (root / "caches").mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ZOOPKG_", "PYTEST_", "PIP_"))}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    environment = kept | {"HOME": str(root / "home"), "PATH": path, "NO_COLOR": "1"} | dict(more or {})
    return Job(action, workspace, root / "caches", environment)


def _tar(mode: str, archive: Path, path: str = "") -> None:
    subprocess.run(["tar", "-P", mode, archive, *([path] if path else [])], check=True)


def _pairs(file: Path) -> dict[str, str]:
    return dict(line.split("=", 1) for line in file.read_text().splitlines())


def _filled(text: str, known: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{ (.*?) \}\}", lambda match: _value(match[1], known), text)


def _value(expression: str, known: Mapping[str, str]) -> str:
    """What an expression says; the output of a step that did not run is the empty text."""
    if "==" in expression:
        return str(_holds(expression, known)).lower()
    assert expression in known or expression.startswith("steps."), expression
    return known.get(expression, "")


def _holds(condition: str, known: Mapping[str, str]) -> bool:
    for part in condition.split(" && ") if condition else []:
        match = re.fullmatch(r"([\w.-]+) (==|!=) '(.*)'", part)
        assert match, part
        if (_value(match[1], known) == match[3]) != (match[2] == "=="):
            return False
    return True
