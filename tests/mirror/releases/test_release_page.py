"""The commands of docs/publishing.md do what it says, with the simulator for github.com."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from release_simulator import WRITER, simulator
from zoopkg_cli import Machine, Maintainer, contents

sys.path.insert(0, str(Path(__file__).parents[2] / "docs"))
from pages import DOCS, blocks
from test_doc_commands import matches

PAGE = DOCS / "publishing.md"


@pytest.mark.skipif(os.name == "nt", reason="the page is for a shell")
def test_the_page(tmp_path: Path) -> None:
    maintainer = Maintainer(tmp_path / "maintainer")
    maintainer.release("demo", "1.0.0", {"hello.txt": b"some bytes\n"})
    push, install = [each.text for each in blocks(PAGE) if each.note.startswith("not run: it needs")]
    with simulator("example/zoo") as github:
        variables = github.environment(WRITER) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        for part in re.split(r"(?m)^\$ ", push)[1:]:
            command, _, stated = part.partition("\n")
            assert matches(_run(command, maintainer, maintainer.root, variables), stated), command
        machine = Machine(tmp_path / "user")
        (machine.project / "1.root.json").write_bytes(maintainer.first_root.read_bytes())
        _run(install.replace("https://github.com", github.url["web"]), machine, machine.project, variables)
        assert contents(machine.zoo / "demo") == {"hello.txt": b"some bytes\n"}


def _run(command: str, machine: Machine, folder: Path, variables: dict[str, str]) -> str:
    result = subprocess.run(
        ["bash", "-ec", command],
        cwd=folder,
        env=machine.environment(variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout
    return result.stdout
