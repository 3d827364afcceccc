"""The errors that only the Python API raises; all others are those of `zoopkg.errors`."""

from importlib import import_module
from typing import Any

from zoopkg.errors import ZooError


class GeometryError(ZooError):
    """A series has no sound place in space, or not the volume that was asked for."""


def extra(module: str, wanted_for: str, install: str) -> Any:
    """A module that zoopkg does not require.

    Raises:
        ZooError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise ZooError(
            f"{wanted_for} needs {module}: {error}", hint=f"Install it: python -m pip install {install}"
        ) from error
