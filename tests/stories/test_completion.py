"""Completion as shells ask for it: verbs, flags, locked packs, files of a pack; in Bash with its own word breaks."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, installed

FILES = {"phantom/a.dcm": b"a", "phantom/b.dcm": b"b", "real/with space": b"c"}
needs_bash = pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    maintainer = Maintainer(tmp_path_factory.mktemp("maintainer"))
    maintainer.release("demo", "1.0.0", FILES)
    maintainer.release("delta", "1.0.0", {"x": b"x"})
    machine = installed(tmp_path_factory.mktemp("machine"), maintainer, "demo", "delta")
    command = machine.root / "bin" / "zoopkg"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m zoopkg "$@"\n')
    command.chmod(0o755)
    return machine


def in_bash(machine: Machine, typed: str) -> list[str]:
    """What Bash would offer for a line with the cursor at its end."""
    path = shlex.quote(str(machine.root / "bin"))
    script = f"""
        PATH={path}:$PATH
        eval "$(zoopkg completion bash)"
        COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:@'
        COMP_LINE={shlex.quote(typed)} COMP_POINT=${{#COMP_LINE}}
        COMP_LINE={shlex.quote(typed)}; COMP_POINT=${{#COMP_LINE}}
        complete -p zoopkg >&2
        _zoopkg_completion zoopkg
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    ended = subprocess.run(
        ["bash", "-c", script],
        cwd=machine.project,
        env=machine.environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert ended.returncode == 0, ended.stderr
    assert "complete -o nosort -F _zoopkg_completion zoopkg" in ended.stderr
    return ended.stdout.split("\n")[:-1]


@needs_bash
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("zoopkg inst", ["install"]),
        ("zoopkg install --frozen --dr", ["--dry-run"]),
        ("zoopkg cat de", ["delta:", "demo:"]),
        ("zoopkg cat dem", ["demo:phantom/a.dcm", "demo:phantom/b.dcm", "demo:real/with\\ space"]),
        ("zoopkg cat demo:", ["phantom/a.dcm", "phantom/b.dcm", "real/with\\ space"]),
        ("zoopkg cat demo@1:ph", ["phantom/a.dcm", "phantom/b.dcm"]),
        ("zoopkg cat demo@2:ph", [""]),
        ("zoopkg cat nonesuch:", [""]),
        ("zoopkg cat 'not a name:", [""]),
        ("zoopkg path del", ["delta", "delta:x"]),
        ("zoopkg path ", ["delta", "demo"]),
        ("zoopkg open demo:re", ["real/with\\ space"]),
        ("zoopkg remove d", ["delta", "demo"]),
        ("zoopkg remove demo ", ["delta"]),
        ("zoopkg update del", ["delta"]),
        ("zoopkg why del", ["delta"]),
        ("zoopkg install d", ["delta", "demo", "dicomdir"]),  # of the index that ships, too
        ("zoopkg info nonesuch", [""]),
        ("zoopkg search --where mod", ["modality=", "modality_transform=", "model="]),
        ("zoopkg cite --format bib", ["bibtex"]),
        ("zoopkg store c", ["clean"]),
    ],
)
def test_bash(machine: Machine, typed: str, offered: list[str]) -> None:
    assert in_bash(machine, typed) == offered


@needs_bash
def test_bash_where_there_is_no_project(machine: Machine, tmp_path: Path) -> None:
    empty = Machine(tmp_path, store=machine.store)
    (tmp_path / "bin").symlink_to(machine.root / "bin")
    assert in_bash(empty, "zoopkg cat ") == [""]
    (empty.project / "zoo.lock").write_text("<<<<<<< ours\n")
    assert in_bash(empty, "zoopkg cat ") == [""]


@needs_bash
def test_bash_with_groups_and_without_a_store(machine: Machine, tmp_path: Path) -> None:
    own = Machine(tmp_path)
    (tmp_path / "bin").symlink_to(machine.root / "bin")
    (own.project / "zoo.toml").write_text('[packs]\ndemo = { version = "^1", group = "nightly" }\n')
    assert in_bash(own, "zoopkg sync --group ni") == ["nightly"]
    assert in_bash(own, "zoopkg info dic") == ["dicomdir"]
    assert not own.store.exists()
    (own.project / "zoo.toml").write_text("[packs\n")
    assert in_bash(own, "zoopkg sync --group ni") == [""]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_for_each_shell(machine: Machine, shell: str) -> None:
    result = machine.call("completion", shell).expect(0)
    assert "_ZOOPKG_COMPLETE" in result.out
    assert machine.call("completion", shell, "--json").document == {"shell": shell, "script": result.out}
    machine.call("completion", "tcsh").expect(2, "tcsh")


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_other_shells_are_offered_the_same(machine: Machine, shell: str) -> None:
    words = {"COMP_WORDS": "zoopkg cat demo:ph", "COMP_CWORD": "2" if shell == "zsh" else "demo:ph"}
    result = machine.run(env={**words, "_ZOOPKG_COMPLETE": f"{shell}_complete"})
    assert "demo:phantom/a.dcm" in result.out
