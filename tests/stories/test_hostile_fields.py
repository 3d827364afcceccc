"""Lock and project files made to hurt: filters, groups, folders, circles and crowds, each told in a sentence, soon."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from zoopkg_cli import Machine, Maintainer, Result, contents, installed, released

FILES = {"a.dcm": b"a" * 1000, "sub/b.dcm": b"b" * 2000}
MOST_MEMORY = 200  # MB
MOST_SECONDS = 20  # of the processor, on a machine that others use, too
MEASURED = f"""
import resource, subprocess, sys
resource.setrlimit(resource.RLIMIT_CPU, ({MOST_SECONDS}, {MOST_SECONDS}))
code = subprocess.call(sys.argv[1:])
print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr)
sys.exit(code)
"""
SELECTION = f'selection = "b3:{"0" * 64}"\n'


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Maintainer:
    return released(tmp_path_factory.mktemp("maintainer"), {"demo@1.0.0": FILES})


@pytest.fixture
def machine(index: Maintainer, tmp_path: Path) -> Machine:
    machine = installed(tmp_path / "machine", index, "demo@1")
    (machine.zoo / ".zoopkg" / "fingerprint.json").unlink()
    return machine


def measured(machine: Machine, *arguments: str) -> Result:
    """Run a command, which must not take much memory, nor forever."""
    result = machine.run(*arguments, before=(sys.executable, "-c", MEASURED)).sober()
    *_, peak = result.err.splitlines()
    assert int(peak.removeprefix("peak ")) < MOST_MEMORY
    assert max(map(len, result.err.splitlines())) < 600
    return result


def change(machine: Machine, name: str, old: str, new: str) -> None:
    path = machine.project / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def surroundings(machine: Machine) -> dict[str, bytes]:
    """Every file of the machine outside the data folder and the store."""
    files = (path for path in machine.root.rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files if not path.is_relative_to(machine.store)}


@pytest.mark.parametrize(
    ("globs", "code", "told"),
    [
        ([f"*{n}*?[a-z]*" for n in range(1000)], 3, "selects other instances of demo"),
        (["*a" * 9 + str(n) for n in range(1000)], 2, "longer than 20000 characters together"),
        (["*a" * 400 + "b"], 3, "selects other instances of demo"),
        ([f"{n}.dcm" for n in range(1001)], 2, "1001 values of path"),
        (["a\x1b[31m.dcm"], 2, "path"),
    ],
    ids=["many", "too much", "backtracking", "too many", "ANSI"],
)
def test_filters(machine: Machine, globs: list[str], code: int, told: str) -> None:
    where = f"path = {json.dumps(globs)}"
    change(machine, "zoo.toml", 'demo = "^1"', f'demo = {{ version = "^1", where = {{ {where} }} }}')
    change(machine, "zoo.lock", 'requires = "^1"\n', f'requires = "^1"\nwhere = {{ {where} }}\n{SELECTION}')
    before = surroundings(machine)
    for command in (("install", "--frozen"), ("install",)):
        result = measured(machine, *command)
        assert result.code == code
        assert told in result.err
        assert "\x1b" not in result.err
    assert surroundings(machine) == before


@pytest.mark.parametrize("name", ["a\\u001b[31m", "\\u202e", "A B", "x/../../y", "a\\u0000", "../../victim"])
def test_names(machine: Machine, name: str) -> None:
    lock = (machine.project / "zoo.lock").read_text()
    before = contents(machine.zoo)
    for old, new in (
        ('requires = "^1"\n', f'requires = "^1"\ngroup = "{name}"\n'),
        ('license = "MIT"\n', f'license = "MIT"\nrequires = ["zoo/{name}@1.0.0"]\n'),
        ('license = "MIT"\n', f'license = "MIT"\nrequires = ["{name}"]\n'),
        ('name = "zoo/demo"', f'name = "{name}"'),
        ('index = "idx"', f'index = "{name}"'),
    ):
        change(machine, "zoo.lock", old, new)
        result = machine.call("install", "--frozen").expect(2, "zoo.lock")
        assert not set("\x1b\u202e\0") & set(result.err)
        (machine.project / "zoo.lock").write_text(lock)
    change(machine, "zoo.toml", 'demo = "^1"', f'demo = {{ version = "^1", group = "{name}" }}')
    for command in ("install", "list", "lock"):
        result = machine.call(command).expect(2, "'packs.demo.group' of zoo.toml (line 2)")
        assert not set("\x1b\u202e\0") & set(result.err)
    assert contents(machine.zoo) == before


@pytest.mark.parametrize(
    "folder",
    ["../../victim", "..", "/etc", "demo@2", ".", "", ".zoopkg", "demo/../../victim", "demo@../victim", "@x/demo"],
)
def test_remembered_folders(machine: Machine, folder: str) -> None:
    """What the memory calls its own is taken away with the pack only where the pack could have been put."""
    path = machine.zoo / ".zoopkg" / "state.json"
    state = json.loads(path.read_text())
    state["placed"][0]["folder"] = folder
    path.write_text(json.dumps(state))
    for place in (machine.root / "victim", machine.zoo / "demo@2", machine.zoo / "@x" / "demo"):
        shutil.copytree(machine.zoo / "demo", place, dirs_exist_ok=True)
    before = surroundings(machine)
    machine.call("verify", "--repair").expect(0)
    machine.call("remove", "demo").expect(0)
    after = surroundings(machine)
    gone = {str(Path(name).relative_to(machine.root)) for name in before.keys() - after.keys()}
    own = {"demo", "demo@2"} if folder == "demo@2" else {"demo"}
    assert {name for name in gone if not name.startswith("project/zoo/.zoopkg/")} <= {
        f"project/zoo/{each}/{path}" for each in own for path in FILES
    }


def test_a_crowd(machine: Machine) -> None:
    before = contents(machine.zoo)
    lock = (machine.project / "zoo.lock").read_text()
    roots = "".join(f'\n[[root]]\nname = "zoo/p{n}"\nrequires = "^1"\n' for n in range(15_000))
    (machine.project / "zoo.lock").write_text(lock + roots)
    measured(machine, "install", "--frozen").expect(2, "zoo.lock has more than 10000 items")
    (machine.project / "zoo.lock").write_text(lock)
    crowd = "".join(f'p{n} = "^1"\n' for n in range(100_000))
    change(machine, "zoo.toml", 'demo = "^1"\n', 'demo = "^1"\n' + crowd)
    measured(machine, "install").expect(2, "asks for 100001 packs, over the limit of 10000")
    assert contents(machine.zoo) == before


def test_a_long_way_round(machine: Machine) -> None:
    """Packs of which each requires the next and the last the first, and a hundred that all require each other."""
    lock = (machine.project / "zoo.lock").read_text()
    head, own, root = lock.partition("[[pack]]\n")[0], *lock.split("[[pack]]\n")[1].split("[[root]]\n")

    def pack(name: str, requires: list[str]) -> str:
        text = own.replace("zoo/demo", f"zoo/{name}").rstrip()
        return f"[[pack]]\n{text}\nrequires = {json.dumps([f'zoo/{each}@1.0.0' for each in requires])}\n\n"

    ring = [pack(f"p{n}", [f"p{(n + 1) % 1500}"]) for n in range(1500)]
    dense = [pack(f"q{n}", [f"q{other}" for other in range(100)]) for n in range(100)]
    for packs, first, last in ((ring, "p0", "p1499"), (dense, "q0", "q99")):
        text = [
            head,
            "[[pack]]\n",
            own,
            *packs,
            f"[[root]]\n{root}",
            f'\n[[root]]\nname = "zoo/{first}"\nrequires = "^1"\n',
        ]
        (machine.project / "zoo.lock").write_text("".join(text))
        measured(machine, "install", "--frozen").expect(5, f"the manifest of {first} 1.0.0 is that of zoo/demo 1.0.0")
        assert len(measured(machine, "tree").expect(0).out.splitlines()) >= len(packs)
        assert last in measured(machine, "why", last).expect(0).out
    assert contents(machine.zoo / "demo") == FILES
