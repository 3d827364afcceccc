"""Pushing to the release simulator as `zoopkg.mirror.sync` does, and what may be seen there at any moment."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from place_contract import blob_of, document_of
from release_simulator import WRITER, GitHub, Release

from zoopkg.mirror.place import INDEX_ORIGIN, TIMESTAMP, File
from zoopkg.mirror.places.github import ReleasePlace
from zoopkg.mirror.places.github_api import Waits

HURRIED = Waits(sleep=lambda seconds: None)
ONCE = Waits(attempts=1, sleep=lambda seconds: None)


def place_at(github: GitHub, *, token: str = WRITER, waits: Waits = HURRIED, warn=None) -> ReleasePlace:
    return ReleasePlace(github.repository, environment=github.environment(token), waits=waits, warn=warn)


def blobs(*contents: bytes, origin: str = "zoo.demo-1.0.0") -> dict[File, bytes]:
    return {File.of_blob(blob_of(content, origin=origin)): content for content in contents}


def documents(**contents: bytes) -> dict[File, bytes]:
    """Documents by their names, `1_root` for `1.root.json`."""
    named = ((f"{name.lstrip('n').replace('_', '.')}.json", content) for name, content in contents.items())
    return {document_of(name, content): content for name, content in named}


class Push:
    """Files and the timestamp that leads to them."""

    def __init__(self, folder: Path, files: Mapping[File, bytes], timestamp: bytes = b"the timestamp") -> None:
        self.files, self.timestamp = dict(files), timestamp
        self.paths = {file: folder / hashlib.sha256(content).hexdigest() for file, content in files.items()}
        for file, content in files.items():
            self.paths[file].write_bytes(content)

    def put(self, place: ReleasePlace) -> None:
        missing = self.files.keys() - place.survey(self.files.keys())
        for file in sorted(missing, key=lambda file: file.name):
            place.put(file, self.paths[file])

    def run(self, place: ReleasePlace) -> None:
        self.put(place)
        place.reveal()
        seen = place.timestamp()
        if seen is None or seen.data != self.timestamp:
            place.replace_timestamp(self.timestamp, seen)

    def whole(self, github: GitHub) -> bool:
        """Whether all can see everything."""
        shown = shown_by(github)
        names = {file.name: content for file, content in self.files.items()} | {TIMESTAMP: self.timestamp}
        return shown == names

    def consistent(self, github: GitHub) -> bool:
        """Whether nobody sees half of it: a public release has all its files, the index comes after what it names."""
        public = [release for release in github.releases if not release.draft]
        for release in public:
            lacking = {f.name for f in self.files if f.origin == release.tag} - held(release)
            if lacking:
                return False
        tags = {release.tag for release in public}
        return INDEX_ORIGIN not in tags or tags == {file.origin for file in self.files}


def held(release: Release) -> set[str]:
    return {asset.name for asset in release.assets if asset.state == "uploaded"}


def shown_by(github: GitHub) -> dict[str, bytes]:
    """All that anybody can download, by name."""
    public: Iterable[Release] = (release for release in github.releases if not release.draft)
    return {asset.name: asset.data for release in public for asset in release.assets if asset.state == "uploaded"}
