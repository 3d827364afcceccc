"""The packs that tests ask for: each opened once in a process, in the version that all workers of a run agree on.

Knows nothing of pytest; `zoopkg.pytest_plugin` does.
"""

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import zoopkg
from zoopkg import errors
from zoopkg.errors import NoResolutionError, UsageError, ZooError
from zoopkg.install.workspace import Workspace
from zoopkg.model.version import Spec
from zoopkg.store.locks import FileLock

_MAX_NAME = 60
_KEPT = 24
_LOCK_SECONDS = 600


class Packs:
    """Packs by spec: `packs("ct-basic@1")`. What a spec came to, an error too, is kept.

    Args:
        directory: where to look for the project; None leaves it to ZOOPKG_DIRECTORY.
        shared: a folder that other processes of the run share, in which they agree on versions.
        offline: whether the network is ruled out; otherwise ZOOPKG_OFFLINE says.
    """

    def __init__(self, directory: Path | None, shared: str | None = None, *, offline: bool = False) -> None:
        self._directory = directory
        self._shared = Path(shared) if shared and Path(shared).is_dir() else None
        self._offline = offline or None
        self._known: dict[str, zoopkg.Pack | ZooError] = {}

    def __call__(self, spec: str) -> "zoopkg.Pack":
        """A pack, as `zoopkg.load` finds it from the folder where the run began."""
        __tracebackhide__ = True
        known = self._known.get(spec)
        if known is None:
            try:
                known = self._agreed(spec) if self._shared else self._load(spec)
            except ZooError as error:
                known = error
            self._known[spec] = known
        if isinstance(known, ZooError):
            raise known.with_traceback(None) from None  # the sentence and the hint, without the frames of zoopkg
        return known

    def path(self, place: str) -> Path:
        """The read-only file in the store for `SPEC:PATH`, fetched if need be.

        Raises:
            UsageError: no path is named, or the pack has no such file.
        """
        __tracebackhide__ = True
        spec, _, path = place.partition(":")
        if not path:
            raise UsageError(f"{place!r} names no file", hint="Write NAME:PATH, as in ct-basic@1:real/CT_small.dcm.")
        try:
            return self(spec).path(path)
        except ZooError as error:
            raise error.with_traceback(None) from None

    def cases(self, specs: Sequence[str], where: Mapping[str, Any]) -> "list[tuple[str, zoopkg.Instance]]":
        """The DICOM instances of some packs that a filter leaves, each with a name that no other has.

        Raises:
            NoResolutionError: there are none.
        """
        if not specs:
            raise UsageError("no pack is named", hint="Write @pytest.mark.zoo_each('ct-basic@1'), for instance.")
        packs = [self(spec).where(**where) for spec in specs]
        found = [(case_name(label, each.path), each) for label, pack in _labelled(packs) for each in pack]
        if not found:
            told = ", ".join(f"{key}={value}" for key, value in where.items())
            raise NoResolutionError(f"no instance of {', '.join(specs)} meets {told or 'being DICOM'}")
        return found

    def _load(self, spec: str) -> "zoopkg.Pack":
        return zoopkg.load(spec, directory=self._directory, offline=self._offline)

    def _agreed(self, spec: str) -> "zoopkg.Pack":
        """The pack in the version that the first process found, or the error that it met."""
        assert self._shared
        told = self._shared / f"{hashlib.sha256(spec.encode()).hexdigest()}.json"
        with FileLock(told.with_suffix(".lock"), _LOCK_SECONDS):
            if told.exists():
                return self._as_told(spec, json.loads(told.read_text(encoding="utf-8")))
            try:
                pack = self._load(spec)
            except ZooError as error:
                told.write_text(json.dumps(_to_json(error)), encoding="utf-8")
                raise
            told.write_text(json.dumps({"version": pack.version}), encoding="utf-8")
            return pack

    def _as_told(self, spec: str, found: Mapping[str, str]) -> "zoopkg.Pack":
        if "error" in found:
            raise getattr(errors, found["error"])(found["message"], hint=found["hint"])
        return self._load(f"{Spec.parse(spec).name}@={found['version']}")


def start_folder(started: Path, rootdir: Path) -> Path | None:
    """Where a run looks for its project: where it was started if there is one, else pytest's rootdir.

    None where ZOOPKG_DIRECTORY says it.
    """
    if os.environ.get("ZOOPKG_DIRECTORY", "").strip():
        return None
    found = Workspace.find(started)
    return started if found.text or found.lock_text is not None else rootdir


def case_name(label: str, path: str) -> str:
    """What a test of an instance is called: pack and path, shortened in the middle; depends on nothing else."""
    name = f"{label}/{path}"
    if len(name) <= _MAX_NAME:
        return name
    digits = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[:_KEPT]}..{digits}..{name[-_KEPT:]}"


def _labelled(packs: "Sequence[zoopkg.Pack]") -> "list[tuple[str, zoopkg.Pack]]":
    """Packs with their short names; with versions, too, where one name stands for several packs. Each pack once."""
    unique = {(pack.name, pack.version): pack for pack in packs}
    short = [str(name).removeprefix("zoo/") for name, _ in unique]
    return [
        (name if short.count(name) == 1 else f"{name}@{version}", pack)
        for name, ((_, version), pack) in zip(short, unique.items(), strict=True)
    ]


def _to_json(error: ZooError) -> dict[str, str]:
    kind = next(each.__name__ for each in type(error).__mro__ if vars(errors).get(each.__name__) is each)
    return {"error": kind, "message": error.message, "hint": error.hint}
