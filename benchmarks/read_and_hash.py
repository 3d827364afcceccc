"""The contender that does the least that `pack build` must: reads every file of a folder and takes its BLAKE3.

Run as a script: `python read_and_hash.py FOLDER THREADS`.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from blake3 import blake3

_CHUNK = 64


def digests(paths: list[str]) -> list[bytes]:
    """The digest of each file."""
    found = []
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            found.append(blake3(file.read()).digest())
    return found


def main(folder: str, threads: int) -> None:
    paths = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    chunks = [paths[i : i + _CHUNK] for i in range(0, len(paths), _CHUNK)]
    if threads == 1:
        for chunk in chunks:
            digests(chunk)
        return
    with ThreadPoolExecutor(threads) as executor:
        for _ in executor.map(digests, chunks):
            pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
