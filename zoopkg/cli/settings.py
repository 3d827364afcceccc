"""What the user's config.toml says, as the default of every flag that it sets."""

from pathlib import Path
from typing import Any

from zoopkg.install.settings import written

_PARAMETERS = {
    "store": "store_root",
    "mirrors": "mirrors",
    "offline": "offline",
    "jobs": "jobs",
    "link-mode": "link_mode",
}


class _Anywhere(dict[str, Any]):
    """Defaults that hold for every command: click looks for a parameter's by `[]`, for those of a command by `get`."""

    def get(self, _command: str, _default: Any = None) -> Any:
        """The defaults of a command's parameters: the same for all."""
        return self


def defaults() -> dict[str, Any]:
    """The file's values by the names of the parameters that they are defaults of.

    Raises:
        UsageError: a mistake in the file.
    """
    config = written()
    values = dict(config.values) if config else {}
    if "store" in values:
        values["store"] = Path(values["store"]).expanduser()
    return _Anywhere({_PARAMETERS[key]: value for key, value in values.items()})
