"""config.toml: what holds for every project of a person on a machine. Text to values; reads no file.

`docs/reference/configuration.md` lists the keys. A flag goes before a variable, a variable before this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from zoopkg.errors import UsageError, ZooError
from zoopkg.model.fields import Fields
from zoopkg.project.toml import line_of, parse_toml, refuse_unknown_keys

LINK_MODES = ("auto", "reflink", "hardlink", "symlink", "copy")
MAX_JOBS = 32
_KEYS = ("store", "mirrors", "offline", "jobs", "link-mode", "ca-bundle", "proxies")
_PROXIES = ("http", "https", "no-proxy")


@dataclass(frozen=True, slots=True)
class UserConfig:
    """What a person set for all their projects; what is not set is absent from `values`.

    Attributes:
        values: by key: `store` (text), `mirrors` (tuple of texts), `offline` (bool), `jobs` (int), `link-mode` (text).
        ca_bundle: the file of the authorities to trust instead of the usual ones; empty for those.
        proxies: the proxy URL for `http` and for `https`, and under `no-proxy` the hosts to reach without one.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    ca_bundle: str = ""
    proxies: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, data: bytes, document: str) -> Self:
        """The configuration in a text.

        Raises:
            UsageError: a mistake in it, told with its place.
        """
        table = parse_toml(data, document)
        for key in table:
            line = line_of(data, [key])
            try:
                refuse_unknown_keys([key], _KEYS, f"{document} (line {line})")
                _check(Fields(table, f"{document} (line {line})"), key)
            except UsageError:
                raise
            except ZooError as error:
                raise UsageError(error.message, hint=error.hint) from error
        fields = Fields(table, document)
        values: dict[str, Any] = {key: table[key] for key in ("store", "offline", "jobs", "link-mode") if key in table}
        if "mirrors" in table:
            values["mirrors"] = fields.texts("mirrors")
        return cls(values, fields.text("ca-bundle", default=""), dict(table.get("proxies", {})))


def _check(fields: Fields, key: str) -> None:
    match key:
        case "mirrors":
            fields.texts(key)
        case "offline":
            if not isinstance(fields.raw(key), bool):
                raise fields.fail(key, "must be true or false")
        case "jobs":
            fields.integer(key, low=1, high=MAX_JOBS)
        case "link-mode":
            if fields.text(key) not in LINK_MODES:
                raise fields.fail(key, f"must be one of {', '.join(LINK_MODES)}")
        case "proxies":
            inner = fields.inner(key)
            refuse_unknown_keys(sorted(inner.keys()), _PROXIES, f"[proxies] of {fields.document}")
            for name in inner.keys():  # noqa: SIM118  (not a mapping)
                inner.text(name)
        case _:
            fields.text(key)
