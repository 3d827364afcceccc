"""The client that tuf-conformance drives is a command that works; the suite itself runs in CI."""

import subprocess
import sys
from pathlib import Path

from simulator import Simulator

CLIENT = Path(__file__).parents[1] / "conformance" / "tuf_client.py"


def test_it_is_made_ready_refreshed_and_asked_for_a_target(sim: Simulator, tmp_path: Path) -> None:
    sim.targets.expires = sim.root.expires = sim.snapshot.expires = sim.timestamp.expires = sim.later(36500)
    sim.sign_root()
    sim.publish()
    repository, metadata, targets = tmp_path / "repository", tmp_path / "metadata", tmp_path / "targets"
    for folder in (repository, metadata, targets):
        folder.mkdir()
    for name, data in sim.files.items():
        (repository / name).write_bytes(data)
    url = repository.as_uri()

    def run(*arguments: str) -> int:
        command = [sys.executable, str(CLIENT), "--metadata-dir", str(metadata), "--metadata-url", url, *arguments]
        root = str(Path(__file__).parents[2])
        return subprocess.run(command, capture_output=True, check=False, cwd=root, env={"PYTHONPATH": root}).returncode

    fetch = ("--target-dir", str(targets), "--target-base-url", url, "--target-name")
    assert run("init", str(repository / "1.root.json")) == 0
    assert run("refresh") == 0
    shown = {path.name: path.read_bytes() for path in metadata.glob("*.json")}
    assert shown["timestamp.json"] == sim.files["timestamp.json"]
    assert shown["root.json"] == sim.trusted_root
    assert run(*fetch, "mirrors.json", "download") == 0
    assert [path.read_bytes() for path in targets.iterdir()] == [
        data for name, data in sim.files.items() if name.endswith(".mirrors.json")
    ]
    assert run(*fetch, "absent.json", "download") == 1
    (repository / "timestamp.json").write_bytes(b"{}")
    assert run("refresh") == 1
