"""Whether an install has nothing to do, told from a few files and no walk over the data.

The fingerprint holds the exact inputs of the last install that completed, and the modification time of every folder
it filled, which moves when a file is added, removed or renamed. A file that was edited in place is `verify`'s to find.
Imports nothing that costs: this is what a second install runs.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from zoopkg.store.flush import read_capped, replace_file

FILE_NAME = "fingerprint.json"
_MAX_BYTES = 64 << 20


def inputs(texts: Mapping[str, bytes], store: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """All that decides what an install does: the project's files, the settings, what is known to be withdrawn.

    Args:
        texts: the whole bytes of the project file and the lock, by name.
        store: the store's folder.
        settings: options, by name.
    """
    withdrawn = []
    for path in (store / "index").glob("*/revoked-*.json"):
        status = path.stat()
        withdrawn.append(f"{path.parent.name}/{path.name}:{status.st_mtime_ns}:{status.st_size}")
    decoded = {name: data.decode("utf-8", "replace") for name, data in texts.items()}
    identity = _identity(store)
    return {**settings, **decoded, "store": f"{store} {identity}", "withdrawn": " ".join(sorted(withdrawn))}


def _identity(store: Path) -> str:
    """What no project can know that comes from elsewhere: which store this is, not just where it lies."""
    try:
        status = (store / "version").stat()
    except OSError:
        return ""
    return f"{status.st_ino}-{status.st_mtime_ns}"


def is_current(data: Path, inputs: Mapping[str, str]) -> dict[str, object] | None:
    """What the last install reported, if it had these inputs and nothing was added or removed since; else None.

    Args:
        data: the data folder.
        inputs: all that decides what an install does, by name.
    """
    path = data / ".zoopkg" / FILE_NAME
    try:
        known = json.loads(read_capped(path, _MAX_BYTES))  # a stranger's project may have brought it
        if known["inputs"] != inputs or not _unmoved(str(data), known["folders"]):
            return None
        report = known["report"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    return report if isinstance(report, dict) and type(report.get("instances")) is int else None


def _unmoved(data: str, folders: Mapping[str, int]) -> bool:
    return all(os.stat(f"{data}/{folder}").st_mtime_ns == moved for folder, moved in folders.items())


def record(data: Path, inputs: Mapping[str, str], folders: Iterable[str], report: Mapping[str, object]) -> None:
    """Remember an install that completed."""
    times = {folder: os.stat(data / folder).st_mtime_ns for folder in folders}
    document = {"inputs": dict(inputs), "folders": times, "report": dict(report)}
    # Where a loss of power takes the fingerprint, or the links that it tells of, the next install looks closely.
    replace_file(data / ".zoopkg" / FILE_NAME, json.dumps(document).encode(), durable=False)


def forget(data: Path) -> None:
    """Make the next install look closely."""
    (data / ".zoopkg" / FILE_NAME).unlink(missing_ok=True)
