"""path, cat and open: one file of a pack by its name, installed or not, and never a wrong byte."""

import os
import pty
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from zoopkg_cli import COMMAND, Machine, Maintainer, installed, objects, released

SMALL = {f"s/{n}": Random(n).randbytes(300) for n in range(3)}
FILES = {**SMALL, "big": Random(9).randbytes(600_000), "read me.txt": "Größe\n".encode(), "zebra": b"z" * 300_000}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(
        tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES, "demo@2.0.0": {**FILES, "new": b"new"}}
    )


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    return installed(tmp_path, index, "demo@1", "--where", "path=s/*")


def cat(machine: Machine, *arguments: object, stdout: int = subprocess.PIPE) -> tuple[int, bytes, str]:
    ended = subprocess.run(
        [*COMMAND, "cat", *map(str, arguments)],
        cwd=machine.project,
        env=machine.environment(),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        check=False,
        timeout=240,
    )
    return ended.returncode, ended.stdout or b"", ended.stderr.decode()


def test_path_of_what_is_installed(machine: Machine) -> None:
    for target, place in (("demo", "demo"), ("zoo/demo@1", "demo"), ("demo:s/1", "demo/s/1"), ("demo:s/", "demo/s")):
        assert machine.call("path", target).expect(0).out == f"{machine.zoo / place}\n"
    document = machine.call("path", "demo:s/1", "--json").expect(0).document
    assert (document["installed"], document["version"], document["file"]) == (True, "1.0.0", "s/1")


def test_path_in_another_data_folder(machine: Machine, tmp_path: Path) -> None:
    machine.call("install", "--dest", tmp_path / "data").expect(0)
    assert machine.call("path", "demo", "--dest", tmp_path / "data").expect(0).out == f"{tmp_path / 'data' / 'demo'}\n"


def test_path_of_a_file_that_is_not_installed(machine: Machine) -> None:
    found = Path(machine.call("path", "demo:big").expect(0).out.rstrip("\n"))
    assert found.is_relative_to(machine.store)
    assert found.read_bytes() == FILES["big"]
    assert not found.stat().st_mode & 0o222
    assert len(objects(machine.store)) == len(SMALL) + 1, "only its own block is fetched"
    again = machine.call("path", "demo:big", "--offline", "--json").expect(0).document
    assert (again["path"], again["installed"], again["bytes"]) == (str(found), False, 600_000)


def test_path_without_a_project(index: Maintainer, tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    found = machine.call("path", "demo@2:new", "--index", index.index).expect(0).out.rstrip("\n")
    assert Path(found).read_bytes() == b"new"
    assert list(machine.project.iterdir()) == []


def test_what_is_not_there(machine: Machine, index: Maintainer) -> None:
    machine.call("path", "demo@2").expect(1, "demo@^2 is not installed", "zoopkg install demo@")
    machine.call("path", "nonesuch").expect(4, "nonesuch")
    machine.call("path", "nonesuch:x").expect(4, "nonesuch")
    machine.call("path", "demo:zebr").expect(2, "has no file 'zebr'", "Did you mean 'zebra'?")
    machine.call("cat", "demo:s/l").expect(2, "has no file 's/l'")
    for target in ("demo:../x", "demo:", "demo:/etc/passwd", "demo:a//b", "De mo", "demo@x", ""):
        machine.call("path", target).expect(2)
    machine.call("cat", "demo").expect(2, "demo names no file")


def test_offline_and_missing(machine: Machine, index: Maintainer) -> None:
    index_file = machine.project / "zoo.toml"
    text = index_file.read_text()
    url = next(line for line in text.splitlines() if line.startswith("url"))
    index_file.write_text(text.replace(url, 'url = "http://127.0.0.1:1/"'))
    machine.call("path", "demo:s/1", "--offline").expect(0)
    machine.call("path", "demo:big", "--offline").expect(7)
    machine.call("cat", "demo:big", "--offline").expect(7)


def test_links_of_a_stranger_are_not_followed(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "1").write_bytes(b"secret")
    for path in (machine.zoo / "demo" / "s").iterdir():
        path.unlink()
    (machine.zoo / "demo" / "s").rmdir()
    (machine.zoo / "demo" / "s").symlink_to(tmp_path / "secret")
    machine.call("path", "demo:s/1").expect(8, "is a symbolic link")
    machine.call("open", "demo:s/1", "--with", "cat").expect(8, "is a symbolic link")


@pytest.mark.parametrize("file", ["big", "s/1", "read me.txt"])
def test_cat(machine: Machine, file: str) -> None:
    assert cat(machine, f"demo:{file}") == (0, FILES[file], "")
    assert cat(machine, f"demo@2:{file}", "--quiet")[:2] == (0, FILES[file])


def test_cat_tells_scripts_of_the_file(machine: Machine) -> None:
    document = machine.call("cat", "demo:s/1", "--json").expect(0).document
    assert (document["file"], document["bytes"]) == ("s/1", 300)
    assert document.items() >= machine.call("path", "demo:s/1", "--json").document.items()
    document = machine.call("cat", "demo:big", "--json").expect(0).document
    assert document == machine.call("path", "demo:big", "--json").document


@pytest.mark.parametrize("hidden", [False, True], ids=["told by its time", "told by nothing but its bytes"])
def test_cat_never_writes_a_wrong_byte(machine: Machine, hidden: bool) -> None:
    path = machine.zoo / "demo" / "s" / "1"
    before = path.stat()
    path.chmod(0o644)
    path.write_bytes(b"x" * 300)
    if hidden:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        path.chmod(before.st_mode)
    assert cat(machine, "demo:s/1") == (0, FILES["s/1"], "")


def test_nobody_reads_on(machine: Machine) -> None:
    machine.call("path", "demo:big").expect(0)
    process = subprocess.Popen(
        [*COMMAND, "cat", "demo:big"], cwd=machine.project, env=machine.environment(), stdout=-1, stderr=-1
    )
    assert process.stdout
    assert process.stderr
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(240) == 1


def on_a_terminal(machine: Machine, target: str) -> tuple[int, bytes, str]:
    ours, theirs = pty.openpty()
    try:
        code, _, err = cat(machine, target, stdout=theirs)
        os.set_blocking(ours, False)
        try:
            return code, os.read(ours, 10_000), err
        except BlockingIOError:
            return code, b"", err
    finally:
        os.close(ours)
        os.close(theirs)


def test_a_terminal_gets_text_alone(machine: Machine) -> None:
    assert on_a_terminal(machine, "demo:read me.txt") == (0, "Größe\r\n".encode(), "")
    code, shown, err = on_a_terminal(machine, "demo:s/1")
    assert (code, shown) == (2, b"")
    assert "zoopkg cat demo:s/1 > FILE" in err


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!{sys.executable}\nimport sys\n{text}\n")
    path.chmod(0o755)
    return path


def test_open_with_a_program(machine: Machine, tmp_path: Path) -> None:
    program = script(tmp_path / "my viewer", "print(sys.argv[1:])")
    result = machine.run("open", "demo:s/1", "--with", program).expect(0)
    assert result.out == f"[{str(machine.zoo / 'demo/s/1')!r}]\n"
    result = machine.run("open", "demo", "--with", program, "--json").expect(0, str(machine.zoo / "demo"))
    assert result.document["path"] == str(machine.zoo / "demo")
    machine.run("open", "demo", "--with", script(tmp_path / "bad", "sys.exit(3)")).expect(1, "exit code 3")
    machine.run("open", "demo", "--with", "true; touch x").expect(1, "cannot run true; touch x")
    assert not (machine.project / "x").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="another desktop")
def test_open_with_the_desktop(machine: Machine, tmp_path: Path) -> None:
    folder = script(tmp_path / "bin" / "xdg-open", "print(sys.argv[1:])").parent
    path = {"PATH": f"{folder}:{os.environ['PATH']}"}
    result = machine.run("open", "demo", env={**path, "DISPLAY": ":9"}).expect(0)
    assert result.out == f"[{str(machine.zoo / 'demo')!r}]\n"
    machine.run("open", "demo", env=path).expect(1, "there is no desktop here", str(machine.zoo / "demo"))
