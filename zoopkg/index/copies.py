"""The metadata that this machine trusts, as a mirror would have it: what is carried elsewhere, to be verified there."""

from collections.abc import Mapping

from tuf.api.metadata import Metadata

from zoopkg.errors import ZooError
from zoopkg.index import roles
from zoopkg.index.state import TrustedState, metadata_files


def served_files(state: TrustedState, versions: Mapping[str, int]) -> dict[str, bytes]:
    """The signed bytes of each role, and of every root up to the newest, by the file names that an index gives them.

    Args:
        state: holds them.
        versions: of the roles that are in force; files of other roles, left by earlier states, stay out.

    Raises:
        ZooError: another process has made another state the trusted one meanwhile.
    """
    found: dict[str, bytes] = {}
    with state.lock():
        for path in metadata_files(state.folder / state.pointer().complete):
            role, data = roles.file_role(path.name), path.read_bytes()
            version = Metadata.from_bytes(data).signed.version
            if version == versions.get(role) or (role == roles.ROOT and version < versions[roles.ROOT]):
                found[roles.metadata_file(role, version)] = data
    if not all(roles.metadata_file(role, version) in found for role, version in versions.items()):
        raise ZooError("another zoopkg has updated the index meanwhile", hint="Run the same command again.")
    return found
