"""The contender that fetches a file at a time: pooch, with a registry of SHA-256 digests, as its documentation has it.

Run as a script: `python one_by_one.py URL REGISTRY`, into the folder it is started in. The registry has a path and a
digest a line.
"""

import sys

import pooch  # type: ignore[import-untyped]  # it has no types

if __name__ == "__main__":
    url, registry = sys.argv[1:]
    pooch.get_logger().setLevel("WARNING")
    fetcher = pooch.create(path="data", base_url=url)
    fetcher.load_registry(registry)
    for path in fetcher.registry_files:
        fetcher.fetch(path)
