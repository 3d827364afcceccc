"""The packs that this machine knows of without asking anyone, for completion. Verifies nothing, and writes nothing.

What it reads was verified when it came, or ships with zoopkg. Nothing may rest on it but what a person is offered.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from zoopkg.errors import ZooError
from zoopkg.index.files import read_file
from zoopkg.index.starter import starter_folder
from zoopkg.index.state import TrustedState
from zoopkg.model.names import PackName

_MAX = 64 << 20


def known_packs(states: Path) -> set[PackName]:
    """The packs of the index that ships with zoopkg, and of every index of which this machine trusts something.

    Args:
        states: the folder that has a state (`zoopkg.index.state`) for each index.
    """
    files = list(_of_starter())
    for state in states.glob("*/"):
        complete = TrustedState(state).pointer().complete
        files += (state / complete).glob("ns-*.json") if complete else ()
    return set(_names(files))


def _of_starter() -> Iterator[Path]:
    with suppress(ZooError):
        yield from starter_folder().glob("*.ns-*.json")


def _names(files: Iterable[Path]) -> Iterator[PackName]:
    """The packs that files with metadata of namespaces list; where one is broken, those of the others."""
    for file in files:
        with suppress(ZooError, ValueError, TypeError, KeyError, RecursionError):
            for target in json.loads(read_file(file, _MAX) or b"{}")["signed"]["targets"]:
                if "/_" not in target:
                    yield PackName.parse(target.removesuffix(".json"))
