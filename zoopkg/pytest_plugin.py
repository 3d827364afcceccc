"""The pytest plugin: the fixture `zoo`, and `each`, which runs a test for each instance that a filter leaves of a pack.

pytest loads this wherever zoopkg is installed, so it imports nothing of zoopkg before a test asks for data, and does
nothing to tests that ask for none. `docs/testing.md` is the guide; finding packs is that of
`zoopkg.integrations.pytest_packs`.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

if TYPE_CHECKING:
    from _pytest.mark import ParameterSet

    from zoopkg.integrations.pytest_packs import Packs

__all__ = ["each"]

_PACKS: "pytest.StashKey[Packs]" = pytest.StashKey()
_SHARED: pytest.StashKey[str] = pytest.StashKey()
_CHOICES = ("skip", "fail")
_VARIABLE = "ZOOPKG_MISSING"


def each(*specs: str, argument: str = "instance", **where: Any) -> pytest.MarkDecorator:
    """Run a test, or each test of a class, once for every DICOM instance that a filter leaves of some packs.

    Args:
        specs: the packs, as `zoopkg.load` takes them.
        argument: the test's argument that gets the `zoopkg.Instance`.
        where: the filter, as `zoopkg.Pack.where` takes it.

    Raises:
        TypeError: no pack is named.
    """
    if not specs or not all(isinstance(spec, str) for spec in specs):
        raise TypeError("each needs a pack, as in @each('ct-basic@1')")
    return pytest.mark.zoo_each(*specs, argument=argument, **where)


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `docs/testing.md`."""
    group = parser.getgroup("zoopkg", "packs of DICOM data")
    group.addoption("--zoo-offline", action="store_true", help="use what the store has, and never the network")
    group.addoption("--zoo-missing", choices=_CHOICES, help="what to do with tests whose data cannot be had")
    parser.addini("zoo_missing", "skip or fail: what to do with tests whose data cannot be had", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and refuse a setting that means nothing."""
    config.addinivalue_line(
        "markers", "zoo_each(*specs, argument='instance', **where): run the test for each instance of packs (zoopkg)"
    )
    _missing(config)


def _missing(config: pytest.Config) -> str:
    """What to do with a test whose data cannot be had, `skip` or `fail`.

    Raises:
        pytest.UsageError: a setting has another value.
    """
    variable = os.environ.get(_VARIABLE, "").strip()
    said = config.getoption("--zoo-missing") or variable or config.getini("zoo_missing")
    if not said:
        on_ci = os.environ.get("CI", "").lower() not in {"", "0", "false"}
        return "fail" if on_ci else "skip"
    if said not in _CHOICES:
        raise pytest.UsageError(f"{_VARIABLE if variable else 'zoo_missing'} is {said!r}, neither skip nor fail")
    return str(said)


@pytest.fixture(scope="session")
def zoo(pytestconfig: pytest.Config) -> "Packs":
    """Packs of DICOM data: `zoo("ct-basic@1")` is a zoopkg.Pack, `zoo.path("ct-basic@1:file.dcm")` a file of one."""
    return _packs(pytestconfig)


def _packs(config: pytest.Config) -> "Packs":
    if _PACKS not in config.stash:
        from zoopkg.integrations.pytest_packs import Packs, start_folder  # noqa: PLC0415

        directory = start_folder(config.invocation_params.dir, config.rootpath)
        shared = getattr(config, "workerinput", {}).get("zoopkg")
        config.stash[_PACKS] = Packs(directory, shared, offline=config.getoption("--zoo-offline"))
    return config.stash[_PACKS]


class _Unavailable:
    """Stands for the instances that could not be told while tests were collected."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make the tests that `each` asks for; where packs cannot be opened, one test that tells why."""
    for mark in metafunc.definition.iter_markers("zoo_each"):
        where = dict(mark.kwargs)
        argument = where.pop("argument", "instance")
        metafunc.parametrize(argument, _cases(metafunc.config, mark.args, where))


def _cases(config: pytest.Config, specs: tuple[str, ...], where: dict[str, Any]) -> "list[ParameterSet]":
    try:
        found = _packs(config).cases(specs, where)
    except Exception as error:  # noqa: BLE001  (it is told by a test that fails; other tests are none the worse for it)
        return [pytest.param(_Unavailable(error), id="unavailable")]
    return [pytest.param(instance, id=name) for name, instance in found]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Tell what became of packs that could not be opened, and of data that a fixture could not have."""
    for value in item.callspec.params.values() if hasattr(item, "callspec") else ():
        if isinstance(value, _Unavailable):
            _skip_if_missing(item, value.error)
            _fail(value.error)
    return (yield from _skipping(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Skip a test whose data cannot be had, where that is wished."""
    return (yield from _skipping(item))


def _skipping(item: pytest.Item) -> Generator[None, object, object]:
    __tracebackhide__ = True
    try:
        return (yield)
    except Exception as error:
        if "zoo" in getattr(item, "fixturenames", ()) or item.get_closest_marker("zoo_each"):
            _skip_if_missing(item, error)
        raise


def _fail(error: Exception) -> NoReturn:
    from zoopkg.errors import ZooError  # noqa: PLC0415

    if isinstance(error, ZooError):
        pytest.fail(f"{error}\n{error.hint}".rstrip(), pytrace=False)
    raise error


def _skip_if_missing(item: pytest.Item, error: Exception) -> None:
    """Skip the test if the error says that data cannot be had: no mirror has it, or no network."""
    from zoopkg.errors import NotOnMirrorsError, OfflineError  # noqa: PLC0415

    if isinstance(error, NotOnMirrorsError | OfflineError) and _missing(item.config) == "skip":
        pytest.skip(f"its data cannot be had: {error.message}")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Give the workers of pytest-xdist a folder in which they agree on versions."""
    stash = node.config.stash
    if _SHARED not in stash:
        stash[_SHARED] = tempfile.mkdtemp(prefix="zoopkg-pytest-")
    node.workerinput["zoopkg"] = stash[_SHARED]


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove that folder."""
    if _SHARED in config.stash:
        shutil.rmtree(config.stash[_SHARED], ignore_errors=True)
