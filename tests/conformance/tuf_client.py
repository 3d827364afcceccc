#!/usr/bin/env python
"""The command line that tuf-conformance drives, over zoopkg's own way of refreshing.

    tuf_client.py --metadata-dir D init ROOT
    tuf_client.py --metadata-dir D --metadata-url U refresh
    tuf_client.py --metadata-dir D --metadata-url U --target-name T --target-dir T --target-base-url B download

An index of packs is flat; the repositories of the suite are not, so targets keep their directories here. All else is
what `zoopkg install` runs. See https://github.com/theupdateframework/tuf-conformance/blob/main/CLIENT-CLI.md.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from tuf.api.metadata import TargetFile

from zoopkg.errors import ZooError
from zoopkg.index.files import write_file
from zoopkg.index.roles import file_role, file_version
from zoopkg.index.state import TrustedState, metadata_files
from zoopkg.index.targets import TargetReader
from zoopkg.index.trust import refresh
from zoopkg.index.workflow import Terms, View
from zoopkg.transport.dispatch import default_opener

MAX_TARGET = 100 << 20


def trusted(metadata_dir: Path, url: str, needed: list[str]) -> tuple[TrustedState, View]:
    state = TrustedState(metadata_dir / "state")
    now = datetime.now(UTC)
    terms = Terms((metadata_dir / "initial_root").read_bytes(), now, now, needed)
    try:
        return state, refresh(state, [url], default_opener(attempts=1), terms)
    finally:
        show(state, metadata_dir)


def show(state: TrustedState, metadata_dir: Path) -> None:
    """Put the metadata that is trusted now where the suite looks for it, the newest root as root.json."""
    latest = state.pointer().latest
    files = metadata_files(state.folder / latest) if latest else []
    for path in sorted(files, key=lambda path: file_version(path.name)):
        role = file_role(path.name)
        name = f"{role}.json" if role == "root" else path.name
        (metadata_dir / name).write_bytes(path.read_bytes())


def download(arguments: argparse.Namespace) -> None:
    state, view = trusted(arguments.metadata_dir, arguments.metadata_url, arguments.target_name)

    def place(_: str, target: TargetFile) -> str:
        directory, slash, name = target.path.rpartition("/")
        return f"{arguments.target_base_url.rstrip('/')}/{directory}{slash}{next(iter(target.hashes.values()))}.{name}"

    reader = TargetReader(state, view, default_opener(attempts=1), place=place)
    for name in arguments.target_name:
        data = reader.read(name, MAX_TARGET)
        if data is None:
            raise ZooError(f"no such target: {name}")
        path = arguments.target_dir / quote(name, "")
        if not path.exists() or path.read_bytes() != data:
            write_file(path, data)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--metadata-dir", type=Path, required=True)
    parser.add_argument("--metadata-url")
    parser.add_argument("--target-name", action="append", default=[])
    parser.add_argument("--target-dir", type=Path)
    parser.add_argument("--target-base-url")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("init").add_argument("root", type=Path)
    commands.add_parser("refresh")
    commands.add_parser("download")
    arguments = parser.parse_args()
    try:
        if arguments.command == "init":
            for name in ("initial_root", "root.json"):
                write_file(arguments.metadata_dir / name, arguments.root.read_bytes())
        elif arguments.command == "refresh":
            trusted(arguments.metadata_dir, arguments.metadata_url, [])
        else:
            download(arguments)
    except ZooError as error:
        sys.stderr.write(f"{type(error).__name__}: {error.message}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
