"""What processes of their own do to a store in tests; importable, so that they may be spawned."""

import random
import sys
from collections.abc import Sequence
from pathlib import Path

from zoopkg.model.digest import Digest
from zoopkg.store import journal
from zoopkg.store.store import Store


def content(number: int) -> bytes:
    """The bytes of an object by its number, of a few to a hundred thousand."""
    chance = random.Random(number)
    return chance.randbytes(chance.choice((0, 7, 1000, 100_000)))


def without_flushing() -> None:
    """Leave out what guards against power cuts, as the tests in the first process do."""
    journal.flush_filesystem = lambda _: True


def put_all(root: str, numbers: Sequence[int]) -> int:
    """Put some objects in one session; as `install` does, what is held already is left out."""
    store = Store.open(Path(root))
    store.recover()
    made = 0
    digests = {number: Digest.of(content(number)) for number in numbers}
    with store.session(list(digests.values())) as session:
        for number, digest in digests.items():
            data = content(number)
            if not store.objects.holds(digest, len(data)):
                with session.writer(digest) as writer:
                    for start in range(0, len(data), 4096):
                        writer.write(data[start : start + 4096])
                made += 1
    return made


def put_for_ever(root: str, first: int) -> None:
    """Put new objects, session after session, and tell of each session's beginning, until killed."""
    while True:
        print(first, flush=True)  # noqa: T201
        put_all(root, range(first, first + 40))
        first += 40


if __name__ == "__main__":
    without_flushing()
    put_for_ever(sys.argv[1], int(sys.argv[2]))
