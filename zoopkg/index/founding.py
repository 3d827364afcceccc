"""Who is to sign for what in an index of several people, by custom; and keys made for a start, each in its own folder.

Root, targets and the first namespace take a threshold of the same people unless said otherwise; one key that is online
signs snapshot and timestamp. Makes no index.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

from zoopkg.errors import UsageError
from zoopkg.index import roles
from zoopkg.index.keys import KeySource, keygen, read_public, write_public
from zoopkg.index.roles import RoleKeys

ONLINE = "online"


def signers(
    present: Collection[str],
    namespace: str,
    named: Mapping[str, RoleKeys],
    count: int | None,
    threshold: int | None,
) -> dict[str, RoleKeys]:
    """Who signs for each role of a new index.

    Args:
        present: the names of the keys that there are already; with none, `root-1`, `root-2`… are to be made.
        namespace: the first one.
        named: roles whose keys were named; those keys are no one else's.
        count: how many keys root has; by default all that are present and not named.
        threshold: how many of them must sign; by default more than half.

    Raises:
        UsageError: other than `count` keys are present, or it takes a count.
    """
    taken = {name for role in named.values() for name in role.names} | {ONLINE}
    holders = tuple(sorted(set(present) - taken)) if present else tuple(f"root-{n}" for n in range(1, (count or 0) + 1))
    if not holders or count not in (None, len(holders)):
        has = f"{len(holders)} ({', '.join(holders)})" if holders else "none"
        raise UsageError(
            f"{count or 'several'} keys are wanted for root, and {has} are there that no --role names",
            hint="Say how many to make with --root-keys, or name them: --role root=2:ann,bo,cy",
        )
    people = RoleKeys(holders, threshold or len(holders) // 2 + 1)
    online = RoleKeys((ONLINE,))
    custom = dict.fromkeys((roles.ROOT, roles.TARGETS, roles.namespace_role(namespace)), people)
    return custom | dict.fromkeys((roles.SNAPSHOT, roles.TIMESTAMP), online) | dict(named)


def make_keys(keys: Path, wanted: Mapping[str, RoleKeys]) -> KeySource:
    """Make every key that is wanted: the online ones in this folder, each other in a folder of its own below.

    The folder gets all public parts. Its subfolders are meant to leave it, each to another person or drawer: two keys
    of a role that lie together are as good as one.
    """
    names = {name for role in wanted.values() for name in role.names}
    online = {name for role in (roles.SNAPSHOT, roles.TIMESTAMP) for name in wanted[role].names}
    for name in sorted(online):
        keygen(keys, name)
    apart = []
    for name in sorted(names - online):
        public = keygen(keys / name, name)
        write_public(keys, name, read_public(public))
        apart.append(str(keys / name / f"{name}.pem"))
    return KeySource(keys, tuple(apart))
