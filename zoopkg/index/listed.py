"""The list of mirrors that an index signed when it was last trusted, one plain file, to know whom to ask the next time.

Only the client writes it, after verification. A mirror that is asked by it is trusted no more than any other.
"""

from pathlib import Path

from zoopkg.errors import FormatError
from zoopkg.index.files import read_file, write_file
from zoopkg.model.record import MAX_RECORD, MirrorList

_NAME = "mirrors.json"


def known_mirrors(state: Path) -> MirrorList:
    """The list last verified; an empty one where there is none, or where it was damaged.

    Raises:
        ZooError: it cannot be read.
    """
    data = read_file(state / _NAME, MAX_RECORD)
    try:
        return MirrorList(()) if data is None else MirrorList.decode(data, "the list of mirrors")
    except FormatError:
        return MirrorList(())


def remember_mirrors(state: Path, mirrors: MirrorList) -> None:
    """Keep the list that the index's signatures vouch for."""
    data = mirrors.encode()
    if read_file(state / _NAME, MAX_RECORD) != data:
        write_file(state / _NAME, data)
