"""The user's config.toml: found, read once, and checked against this machine.

Start-up counts: where there is no such file, nothing is imported that would understand it.
"""

import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zoopkg.errors import UsageError, explaining
from zoopkg.store.places import user_config_folder

if TYPE_CHECKING:
    from zoopkg.project.config import UserConfig
    from zoopkg.transport.settings import WebSettings

VARIABLE = "ZOOPKG_CONFIG"
FILE_NAME = "config.toml"
_MAX_BYTES = 1 << 20


def config_path(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the file is, or would be: as ZOOPKG_CONFIG says, else in the platform's folder for configuration."""
    given = environment.get(VARIABLE)
    return Path(given) if given else user_config_folder() / FILE_NAME


@cache
def user_config(path: Path) -> "UserConfig":
    """What the file says; nothing, where there is none.

    Raises:
        UsageError: a mistake in it, or what it names is not there.
    """
    from zoopkg.project.config import UserConfig  # noqa: PLC0415

    data = _read(path)
    if data is None:
        return UserConfig()
    config = UserConfig.parse(data, str(path))
    if config.ca_bundle and not Path(config.ca_bundle).expanduser().is_file():
        raise UsageError(f"the ca-bundle that {path} names is no file: {config.ca_bundle}", hint="Write its full path.")
    store = config.values.get("store", "")
    if store and not Path(store).expanduser().is_absolute():
        raise UsageError(f"the store that {path} names is not an absolute path: {store}", hint="Write its full path.")
    return config


@cache
def _read(path: Path) -> bytes | None:
    with explaining(f"read {path}"):
        try:
            with path.open("rb") as file:
                return file.read(_MAX_BYTES)
        except (FileNotFoundError, NotADirectoryError):
            return None


def written(environment: Mapping[str, str] = os.environ) -> "UserConfig | None":
    """What the file says; None where there is none.

    Raises:
        UsageError: a mistake in it, or what it names is not there.
    """
    path = config_path(environment)
    return None if _read(path) is None else user_config(path)


def web_settings(config: "UserConfig | None") -> "WebSettings | None":
    """How the file says to reach the web; None where it says nothing of it."""
    if config is None or not (config.ca_bundle or config.proxies):
        return None
    from zoopkg.transport.settings import WebSettings  # noqa: PLC0415

    proxies = {scheme: url for scheme, url in config.proxies.items() if scheme != "no-proxy"}
    bundle = str(Path(config.ca_bundle).expanduser()) if config.ca_bundle else ""
    return WebSettings(bundle, proxies, config.proxies.get("no-proxy", ""))
