"""zoopkg, the package manager of the DICOM zoo. Importing it does no I/O, and names below are imported when first used.

`docs/python.md` is the guide. PYTEST_DONT_REWRITE: the plugin brings this module in before pytest could rewrite it.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from zoopkg.api import (
        Duplicate,
        Gap,
        GeometryError,
        Instance,
        Pack,
        Series,
        Slice,
        Study,
        Volume,
        load,
    )
    from zoopkg.errors import (
        FormatError,
        IntegrityError,
        LockOutdatedError,
        NoResolutionError,
        NotOnMirrorsError,
        OfflineError,
        PolicyError,
        UsageError,
        ZooError,
    )
    from zoopkg.pytest_plugin import each as each

__all__ = [
    "Duplicate",
    "FormatError",
    "Gap",
    "GeometryError",
    "Instance",
    "IntegrityError",
    "LockOutdatedError",
    "NoResolutionError",
    "NotOnMirrorsError",
    "OfflineError",
    "Pack",
    "PolicyError",
    "Series",
    "Slice",
    "Study",
    "UsageError",
    "Volume",
    "ZooError",
    "load",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module  # noqa: PLC0415  (start-up counts, for the command line too)

    if name == "each":  # not in __all__, since it needs pytest
        return import_module("zoopkg.pytest_plugin").each
    if name not in __all__:
        raise AttributeError(f"module 'zoopkg' has no attribute {name!r}")
    errors = import_module("zoopkg.errors")
    value = getattr(errors if hasattr(errors, name) else import_module("zoopkg.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
