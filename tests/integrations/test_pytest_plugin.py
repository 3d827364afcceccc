"""The pytest plugin, by runs of pytest within tests: the fixture, `each`, what happens when data cannot be had."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Maintainer, served

import zoopkg
from zoopkg.integrations.pytest_packs import Packs, case_name

pytest_plugins = ["pytester"]

BOTH = """
import pytest
from zoopkg.pytest_plugin import each

def test_fixture(zoo):
    assert zoo("broken@1") is zoo("broken@1")
    assert zoo.path("broken@1:base/good.dcm").read_bytes()[128:132] == b"DICM"

@each("broken@1", defects="pixel.too-*")
def test_each(instance):
    assert any(code.startswith("pixel.too-") for code in instance.facets["defects"])
    with instance.open() as file:
        assert len(file.read()) == instance.size
"""
DEMO = """
import pytest

def test_other():
    pass

def test_bytes(zoo):
    assert zoo.path("demo@1:b.txt").read_bytes()

@pytest.fixture(scope="module")
def content(zoo):
    return zoo.path("demo@1:b.txt").read_bytes()

def test_bytes_by_a_fixture(content):
    pass

def test_bytes_by_a_fixture_again(content):
    pass
"""
EACH = """
import pytest

def test_other():
    pass

@pytest.mark.zoo_each({})
def test_each(instance):
    pass
"""


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, warm: Path) -> None:
    """Inner runs know nothing of ours, and use the warm store."""
    for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT", "PYTEST_XDIST_TESTRUNUID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ZOOPKG_STORE", str(warm))


@pytest.fixture
def far(monkeypatch: pytest.MonkeyPatch, maintainer: Maintainer, tmp_path: Path) -> None:
    """An index that lies on the network, where nobody answers, and a cold store."""
    monkeypatch.setenv("ZOOPKG_INDEX", "http://127.0.0.1:9/")
    monkeypatch.setenv("ZOOPKG_ROOT", str(maintainer.first_root))
    monkeypatch.setenv("ZOOPKG_STORE", str(tmp_path / "cold"))


@pytest.fixture
def emptied(monkeypatch: pytest.MonkeyPatch, maintainer: Maintainer, tmp_path: Path) -> Path:
    """An index all of whose bundles are gone, and a cold store."""
    index = served(maintainer.index, tmp_path / "emptied")
    for bundle in index.glob("*.bundle"):
        bundle.unlink()
    monkeypatch.setenv("ZOOPKG_INDEX", str(index))
    monkeypatch.setenv("ZOOPKG_STORE", str(tmp_path / "cold"))
    return index


def test_packs_and_instances_come_to_tests(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOTH)
    result = pytester.runpytest_inprocess("-v", "--strict-markers", "-W", "error", "-p", "no:xdist")
    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        ["*::test_each[[]broken/pixel/too-long.dcm] PASSED*", "*::test_each[[]broken/pixel/too-short.dcm] PASSED*"]
    )


def test_each_takes_many_forms(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import pytest
        from zoopkg.pytest_plugin import each

        @each("broken@1", "zoo/broken@1.0", path="base/good.dcm")
        class TestClass:
            def test_one(self, instance):
                assert instance.path == "base/good.dcm"

            @pytest.mark.parametrize("number", [1, 2])
            @pytest.mark.zoo_each("broken@1", path=["pixel/too-*"], argument="other")
            def test_two(self, instance, other, number):
                assert instance.path != other.path
    """)
    pytester.runpytest_inprocess().assert_outcomes(passed=5)


@pytest.mark.parametrize("decorator", ["@each", "@each()", "@each(['broken@1'])"])
def test_each_without_a_pack_is_refused(pytester: pytest.Pytester, decorator: str) -> None:
    pytester.makepyfile(f"from zoopkg.pytest_plugin import each\n{decorator}\ndef test_it(instance): pass\n")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*TypeError: each needs a pack, as in @each('ct-basic@1')"])


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ("'nothing@1'", "*has no pack zoo/nothing*"),
        ("'broken@9'", "*broken*9*"),
        ("'broken@x'", "*'x'*"),
        ("'broken@1', modallity='CT'", "*'modallity' is no key of a filter*"),
        ("'broken@1', path='nowhere/*'", "*no instance of broken@1 meets path=nowhere/[*]*"),
        ("", "*no pack is named*"),
    ],
)
@pytest.mark.parametrize("missing", ["skip", "fail"])
def test_mistakes_fail_one_test_and_no_other(
    pytester: pytest.Pytester, arguments: str, told: str, missing: str
) -> None:
    pytester.makepyfile(EACH.format(arguments))
    result = pytester.runpytest_inprocess(f"--zoo-missing={missing}")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at setup of test_each[[]unavailable]*", told])


SAID = [
    ([], {}, "", "skip"),
    ([], {"CI": "true"}, "", "fail"),
    ([], {"CI": "false"}, "", "skip"),
    ([], {"CI": "1"}, "skip", "skip"),
    ([], {}, "fail", "fail"),
    ([], {"ZOOPKG_MISSING": "skip", "CI": "1"}, "fail", "skip"),
    (["--zoo-missing=fail"], {"ZOOPKG_MISSING": "skip"}, "skip", "fail"),
    (["--zoo-missing=skip"], {"ZOOPKG_MISSING": "fail"}, "", "skip"),
]


@pytest.mark.usefixtures("far")
@pytest.mark.parametrize("said", SAID)
def test_missing_data_skips_or_fails(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, said: tuple[list[str], dict[str, str], str, str]
) -> None:
    options, variables, ini, outcome = said
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if ini:
        pytester.makeini(f"[pytest]\nzoo_missing = {ini}\n")
    pytester.makepyfile(EACH.format("'demo@1'"))
    result = pytester.runpytest_inprocess("-rsE", "--zoo-offline", *options)
    if outcome == "skip":
        result.assert_outcomes(passed=1, skipped=1)
        result.stdout.fnmatch_lines(["SKIPPED*its data cannot be had: this machine has no copy of the index yet"])
    else:
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["this machine has no copy of the index yet", "Leave out --offline once."])


@pytest.mark.parametrize(("variable", "ini"), [("perhaps", ""), ("", "perhaps")])
def test_a_setting_that_means_nothing_is_told(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, variable: str, ini: str
) -> None:
    monkeypatch.setenv("ZOOPKG_MISSING", variable)
    pytester.makeini(f"[pytest]\nzoo_missing = {ini}\n")
    result = pytester.runpytest_inprocess()
    assert result.ret is pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*is 'perhaps', neither skip nor fail"])


@pytest.mark.usefixtures("emptied")
def test_bytes_that_no_mirror_has_skip_the_tests_that_need_them(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(DEMO)
    pytester.runpytest_inprocess("--zoo-missing=skip").assert_outcomes(passed=1, skipped=3)
    pytester.runpytest_inprocess("--zoo-missing=fail").assert_outcomes(passed=1, failed=1, errors=2)


@pytest.mark.usefixtures("emptied")
def test_tests_that_do_not_ask_the_plugin_are_left_alone(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import zoopkg\ndef test_it():\n    zoopkg.load('demo@1').path('b.txt')\n")
    pytester.runpytest_inprocess("--zoo-missing=skip").assert_outcomes(failed=1)


def test_wrong_bytes_always_fail(emptied: Path, maintainer: Maintainer, pytester: pytest.Pytester) -> None:
    for bundle in maintainer.index.glob("*.bundle"):
        data = bytearray(bundle.read_bytes())
        data[len(data) // 2 :: 7] = bytes(len(data[len(data) // 2 :: 7]))
        (emptied / bundle.name).write_bytes(bytes(reversed(data)))
    pytester.makepyfile(DEMO)
    pytester.runpytest_inprocess("--zoo-missing=skip").assert_outcomes(passed=1, failed=1, errors=2)


def test_the_project_is_that_of_the_run(
    pytester: pytest.Pytester, maintainer: Maintainer, monkeypatch: pytest.MonkeyPatch, memory: Path
) -> None:
    monkeypatch.setenv("ZOOPKG_STORE", str(memory / "demo"))
    project = pytester.mkdir("project")
    maintainer.call(
        "install", "demo@=1.0.0", "--directory", project, "--store", memory / "demo", "--index", maintainer.index
    ).expect(0)
    (project / "pytest.ini").write_text("[pytest]\n")
    (project / "test_it.py").write_text(
        "def test_it(zoo, tmp_path, monkeypatch):\n"
        "    monkeypatch.chdir(tmp_path)\n"
        "    assert zoo('demo@1').version == '1.0.0'\n"
    )
    pytester.runpytest_inprocess(project).assert_outcomes(passed=1)
    monkeypatch.chdir(project)
    pytester.runpytest_inprocess().assert_outcomes(passed=1)
    monkeypatch.chdir(pytester.path)
    monkeypatch.setenv("ZOOPKG_DIRECTORY", str(pytester.path))
    monkeypatch.setenv("ZOOPKG_INDEX", str(maintainer.index))
    pytester.runpytest_inprocess(project).assert_outcomes(failed=1)


def test_workers_fetch_into_one_cold_store(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, memory: Path, tmp_path: Path
) -> None:
    monkeypatch.setenv("ZOOPKG_STORE", str(memory / "workers"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    pytester.makepyfile(BOTH)
    result = pytester.runpytest_subprocess("-n", "2", "--dist=each")
    result.assert_outcomes(passed=8)
    assert not list(tmp_path.glob("zoopkg-pytest-*"))


@pytest.mark.usefixtures("far")
def test_workers_agree_on_what_cannot_be_had(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(EACH.format("'demo@1'"))
    pytester.runpytest_subprocess("-n", "2", "--zoo-offline").assert_outcomes(passed=1, skipped=1)


@needs_unshare
def test_a_warm_store_needs_no_network(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(BOTH)
    command = [*WITHOUT_NETWORK, sys.executable, "-m", "pytest", "--zoo-offline", "--zoo-missing=fail", "-q"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert "4 passed" in done.stdout


def test_an_unrelated_run_imports_next_to_nothing(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        import json, sys

        def pytest_unconfigure():
            print("MODULES" + json.dumps(sorted(name for name in sys.modules if name.startswith("zoopkg"))))
    """)
    pytester.makepyfile("def test_it(): pass\n\ndef test_bad(): 1 / 0\n")
    result = pytester.runpytest_subprocess("-s", "-p", "no:xdist")
    result.assert_outcomes(passed=1, failed=1)
    (line,) = [line for line in result.outlines if line.startswith("MODULES")]
    assert json.loads(line.removeprefix("MODULES")) == ["zoopkg", "zoopkg.pytest_plugin"]


def test_processes_agree_on_a_version(maintainer: Maintainer, memory: Path, tmp_path: Path) -> None:
    own = Maintainer(memory / "moving")
    own.release("demo", "1.0.0", {"a.txt": b"a"})
    (tmp_path / "shared").mkdir()
    packs = Moving(own, memory / "moved", tmp_path / "shared")
    assert packs.version("demo@1") == "1.0.0"
    own.release("demo", "1.1.0", {"a.txt": b"a", "b.txt": b"b"})
    assert packs.version("demo@1") == "1.0.0"
    assert packs.version("demo@^1") == "1.1.0"


def test_processes_agree_on_an_error(memory: Path, tmp_path: Path) -> None:
    own = Maintainer(memory / "late")
    (tmp_path / "shared").mkdir()
    packs = Moving(own, memory / "late-store", tmp_path / "shared")
    for _ in range(2):
        with pytest.raises(zoopkg.NoResolutionError, match="no pack zoo/demo"):
            packs.version("demo@1")
        own.release("demo", "1.0.0", {"a.txt": b"a"}) if not own.blobs("manifest") else None


class Moving:
    """Packs of one shared run, each time in a new process as it were."""

    def __init__(self, maintainer: Maintainer, store: Path, shared: Path) -> None:
        self.variables = {"ZOOPKG_INDEX": str(maintainer.index), "ZOOPKG_STORE": str(store)}
        self.shared = shared

    def version(self, spec: str) -> str:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.variables.items():
                patch.setenv(name, value)
            return Packs(self.shared, str(self.shared))(spec).version


@given(st.lists(st.text("ab/.", min_size=1, max_size=120), min_size=2, max_size=2, unique=True))
def test_names_of_cases_are_short_and_unique(paths: list[str]) -> None:
    names = [case_name("zoo", path) for path in paths]
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 60
    assert all(name == f"zoo/{path}" for name, path in zip(names, paths, strict=True) if len(path) <= 56)


def test_a_failure_shows_the_test_and_what_to_do_next(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_file(zoo):
            zoo.path("broken@1:good.dcm")

        def test_pack(zoo):
            zoo("brokn@1")
    """)
    result = pytester.runpytest_inprocess("-p", "no:xdist")
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*has no file 'good.dcm'", "*Did you mean 'base/good.dcm'[?]"])
    assert [line for line in result.outlines if "zoopkg/" in line or "zoopkg\\" in line] == []
