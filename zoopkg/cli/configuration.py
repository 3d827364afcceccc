"""`config`: which settings hold here, and where each comes from."""

import os
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from zoopkg.cli.common import Run, common, names
from zoopkg.cli.output import table
from zoopkg.install.settings import config_path, user_config
from zoopkg.install.workspace import LOCK, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLAGS = {
    "store": "store_root",
    "index": "index",
    "root": "root_file",
    "mirrors": "mirrors",
    "offline": "offline",
    "jobs": "jobs",
}
_PROXY_VARIABLES = {"http": ("http_proxy", "HTTP_PROXY"), "https": ("https_proxy", "HTTPS_PROXY")}
_NO_PROXY = ("no_proxy", "NO_PROXY")
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@click.command()
@common
def config(run: Run) -> None:
    """Show which settings hold here.

    Tells where each comes from, too: a flag, a variable, config.toml, or the default. Passwords in URLs are not shown.
    """
    rows = [*_files(run), *_flags(run), *_others()]
    document = {key: {"value": value, "from": source} for key, value, source in rows}
    run.out.result(table([[key, _shown(value), source] for key, value, source in rows]), document)


def _shown(value: Any) -> str:
    if value is None or value in ([], ""):
        return "-"
    return names(value) if isinstance(value, list) else str(value).lower() if isinstance(value, bool) else str(value)


def _files(run: Run) -> "Iterator[tuple[str, Any, str]]":
    path = config_path()
    yield "config", str(path), "it exists" if path.is_file() else "it does not exist"
    workspace = Workspace.find(run.directory)
    yield "project", str(workspace.file), "it exists" if workspace.text else "it does not exist"
    yield "lock", str(workspace.root / LOCK), "it exists" if workspace.lock_text is not None else "it does not exist"


def _flags(run: Run) -> "Iterator[tuple[str, Any, str]]":
    context = run.context
    values: dict[str, Any] = {
        "store": str(context.store_path),
        "index": context.index,
        "root": str(context.root_file) if context.root_file else None,
        "mirrors": list(context.mirrors),
        "offline": context.offline,
        "jobs": run.jobs,
    }
    current = click.get_current_context()
    for key, value in values.items():
        yield key, value, _source(current, key, _FLAGS[key])


def _source(context: click.Context, key: str, parameter: str) -> str:
    match context.get_parameter_source(parameter):
        case ParameterSource.COMMANDLINE:
            return f"--{key.removesuffix('s') if key == 'mirrors' else key}"
        case ParameterSource.ENVIRONMENT:
            return f"ZOOPKG_{key.removesuffix('s').upper() if key == 'mirrors' else key.upper()}"
        case ParameterSource.DEFAULT_MAP:
            return str(config_path())
        case _:
            return "default"


def _others() -> "Iterator[tuple[str, Any, str]]":
    settings = user_config(config_path())
    file = str(config_path())
    mode = settings.values.get("link-mode")
    yield _first("link-mode", ("ZOOPKG_LINK_MODE",), mode, file, default="auto")
    yield _first("ca-bundle", _CA_VARIABLES, settings.ca_bundle, file)
    for scheme, variables in _PROXY_VARIABLES.items():
        yield _first(f"proxies.{scheme}", variables, settings.proxies.get(scheme), file)
    yield _first("proxies.no-proxy", _NO_PROXY, settings.proxies.get("no-proxy"), file)


def _first(
    key: str, variables: tuple[str, ...], configured: str | None, file: str, default: str | None = None
) -> tuple[str, Any, str]:
    """A setting by the first of some variables that is there, else by the file."""
    for variable in variables:
        if os.environ.get(variable):
            return key, _without_password(os.environ[variable]), variable
    return (key, _without_password(configured), file) if configured else (key, default, "default")


def _without_password(value: str) -> str:
    from zoopkg.transport.urls import redacted

    return redacted(value) if "://" in value else value
