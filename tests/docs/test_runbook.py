"""The workflow of docs/runbook.md: its steps refresh an index in a repository, and fail when people have to sign."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pages import DOCS, blocks
from zoopkg_cli import Maintainer

yaml = pytest.importorskip("yaml", reason="reads the workflow with PyYAML, which comes with zoopkg[test]")
git = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


def workflow() -> dict[str, Any]:
    (block,) = [block for block in blocks(DOCS / "runbook.md") if block.note == "workflow: refresh"]
    return dict(yaml.safe_load(block.text))


def test_it_is_a_workflow_that_runs_by_itself_and_never_twice_at_once() -> None:
    document = workflow()
    (cron,) = document[True]["schedule"]  # YAML takes `on` for true
    assert len(cron["cron"].split()) == 5
    assert document["permissions"] == {"contents": "write"}
    assert document["concurrency"]["group"]
    (job,) = document["jobs"].values()
    assert all(("uses" in step) != ("run" in step) for step in job["steps"])


class Repository:
    """A repository with an index in it, and where it is pushed to."""

    def __init__(self, root: Path) -> None:
        self.maintainer = Maintainer(root / "maintainer")
        self.remote, self.work = root / "remote.git", root / "work"
        self._git(root, "init", "--quiet", "--bare", "--initial-branch=main", str(self.remote))
        self._git(root, "clone", "--quiet", str(self.remote), str(self.work))
        shutil.copytree(self.maintainer.index, self.work / "idx")
        self._git(self.work, "checkout", "--quiet", "-B", "main")
        self._git(self.work, "add", "idx")
        self._git(self.work, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "--message", "An index")
        self._git(self.work, "push", "--quiet", "--set-upstream", "origin", "main")

    def _git(self, folder: Path, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
        return done.stdout

    def pushed(self) -> list[str]:
        return self._git(self.remote, "log", "--format=%s", "main").splitlines()

    def job(self, secret: str) -> tuple[str, str]:
        """Run the steps of the workflow up to the first that fails; its name, or the empty text, and what they said."""
        (job,) = workflow()["jobs"].values()
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        log = ""
        for step in job["steps"]:
            if "uses" in step or "pip install" in step["run"]:
                continue
            own = {
                name: value.replace("${{ secrets.ZOO_ONLINE_KEY }}", secret)
                for name, value in step.get("env", {}).items()
            }
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
                cwd=self.work,
                env=self.maintainer.environment({"PATH": path, **own}),
                capture_output=True,
                text=True,
                check=False,
            )
            log += done.stdout + done.stderr
            if done.returncode:
                return step["name"], log
        return "", log


@git
def test_its_steps_refresh_an_index_and_push_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    keys = repository.maintainer.keys
    secret = (keys / "timestamp.pem").read_text()
    renew = ("index", "publish", repository.work / "idx", "--keys", keys, "--expires", 3)
    repository.maintainer.call(*renew).expect(0)
    for role in ("snapshot", "timestamp"):  # one key for both, as the runbook has it
        change = ("index", "rotate", repository.work / "idx", role, "--signers", "1:timestamp", "--keys", keys)
        repository.maintainer.call(*change).expect(0)
    repository.maintainer.call(*renew).expect(0)
    assert repository.job(secret)[0] == ""
    assert repository.pushed() == ["Refresh the index", "An index"]
    failed, log = repository.job(secret)
    assert (failed, repository.pushed()[1:]) == ("", ["An index"]), "nothing to do the next day"
    assert secret.splitlines()[1] not in log
    assert repository.job("")[0] == "Refresh"
    soon = ("index", "renew", repository.work / "idx", "ns-zoo", "--expires", 20)
    repository.maintainer.call(*soon).expect(0)
    repository.maintainer.call("index", "publish", repository.work / "idx", "--keys", keys).expect(0)
    failed, log = repository.job(secret)
    assert failed == "Warn of what people have to sign"
    assert "ns-zoo expires within 20 days" in log
