"""`import zoopkg` costs next to nothing, and each name is there when it is asked for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import zoopkg
from zoopkg import errors

HEAVY = {
    "click",
    "requests",
    "tuf",
    "pydicom",
    "numpy",
    "PIL",
    "pandas",
    "rich",
    "tomlkit",
    "urllib3",
    "securesystemslib",
}
WATCH = """
import sys
opened = []
def hook(event, arguments):
    if event == "open" and not str(arguments[0]).endswith((".py", ".pyc")) or event.startswith("socket."):
        opened.append((event, arguments))
sys.addaudithook(hook)
import zoopkg
print(opened)
"""


def python(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=True)


def imported(code: str, cwd: Path | None = None) -> set[str]:
    """The modules that a program imports."""
    return set(re.findall(r"(?m)^import time:.*\| +(\S+)$", python("-X", "importtime", "-c", code, cwd=cwd).stderr))


def test_the_import_brings_nothing_heavy() -> None:
    ours = imported("import zoopkg")
    assert "zoopkg" in ours
    assert {name for name in ours if name.startswith("zoopkg.")} == set()
    assert not {name.partition(".")[0] for name in ours} & HEAVY


def test_the_import_opens_no_file_and_no_socket() -> None:
    assert python("-c", WATCH).stdout == "[]\n"


def test_facets_need_neither_pydicom_nor_numpy(tmp_path: Path) -> None:
    code = f"import zoopkg; [each.facets for each in zoopkg.load('ct-basic@1', store={str(tmp_path)!r})]"
    ours = imported(code, cwd=tmp_path)
    assert "zoopkg.api.pack" in ours
    assert not {name.partition(".")[0] for name in ours} & {"click", "rich", "pydicom", "numpy", "PIL", "pandas"}


def test_every_name_is_there() -> None:
    assert set(zoopkg.__all__) <= set(dir(zoopkg))
    for name in zoopkg.__all__:
        assert getattr(zoopkg, name).__name__ == name
    assert zoopkg.ZooError is errors.ZooError
    assert issubclass(zoopkg.GeometryError, zoopkg.ZooError)


def test_all_errors_that_a_load_raises_are_there() -> None:
    ours = {
        each.__name__ for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.ZooError)
    }
    assert ours <= set(zoopkg.__all__)


def test_other_names_are_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lode'"):
        _ = zoopkg.lode
