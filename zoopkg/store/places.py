"""The platform's folders for what is a user's own: data and configuration, as platformdirs tells them.

Importing platformdirs takes a tenth of the time of an install with nothing to do, so the plain case of Linux is
answered here, in the same way; whatever is unusual is left to platformdirs.
"""

import os
import sys
from pathlib import Path

_NAME = "zoopkg"


def default_root() -> Path:
    """Where the store is unless told otherwise: in the folder for a user's data (XDG, Known Folders, Library)."""
    folder = _plain("XDG_DATA_HOME", ".local/share")
    if folder is None:
        from platformdirs import user_data_path  # noqa: PLC0415  (see above)

        folder = user_data_path(_NAME, appauthor=False)
    return folder / "store"


def user_config_folder() -> Path:
    """Where a user's configuration belongs (XDG, Known Folders, Library)."""
    folder = _plain("XDG_CONFIG_HOME", ".config")
    if folder is None:
        from platformdirs import user_config_path  # noqa: PLC0415  (see above)

        folder = user_config_path(_NAME, appauthor=False)
    return folder


def _plain(variable: str, default: str) -> Path | None:
    """The folder on Linux where the variable, or else HOME, is an absolute path; None in all other cases.

    XDG Base Directory Specification 0.8, and HOME as `os.path.expanduser` reads it.
    """
    if sys.platform != "linux" or "ANDROID_DATA" in os.environ:
        return None
    base = os.environ.get(variable)
    if not base:
        home = os.environ.get("HOME")
        base = f"{home.rstrip('/')}/{default}" if home else ""
    return Path(base, _NAME) if base.startswith("/") else None
