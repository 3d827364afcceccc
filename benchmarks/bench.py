"""What all cases share: the packs, the server, the ground to measure on, and the projects that were installed once."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import contenders
from benchmarks.contenders import Project
from benchmarks.measure import Ground, timed
from benchmarks.packs import Packs
from benchmarks.server import Server, Traffic


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmarks.

    Attributes:
        slow_rounds: how often the contender runs that takes half a minute.
    """

    packs: Packs
    server: Server
    ground: Ground
    slow_rounds: int
    _projects: dict[tuple[str, ...], tuple[Project, Traffic]] = field(default_factory=dict)

    @property
    def index_url(self) -> str:
        """The URL of the index."""
        return f"{self.server.url}/{self.packs.index.name}/"

    def project(self, *names: str) -> Project:
        """A project with these packs, installed when it is first asked for."""
        return self._installed(names)[0]

    def traffic(self, *names: str) -> Traffic:
        """What the cold install of that project asked of the server."""
        return self._installed(names)[1]

    def _installed(self, names: tuple[str, ...]) -> tuple[Project, Traffic]:
        if names not in self._projects:
            home = self.ground.scratch / "-".join(("project", *names))
            project = Project(home / "work", home / "store")
            project.folder.mkdir(parents=True)
            install = contenders.cold_install(self.index_url, self.packs.trusted_root, names, str(project.store))
            mark = self.server.mark()
            timed(install.argv, project.folder, watch=False)
            self._projects[names] = project, self.server.since(mark)
        return self._projects[names]

    def registry(self, name: str) -> Path:
        """A corpus as pooch wants to know it: a path and a SHA-256 a line."""
        path = self.ground.scratch / f"{name}.registry"
        lines = (
            f"{file} {hashlib.sha256((self.packs.files(name) / file).read_bytes()).hexdigest()}\n"
            for file in self.packs.paths(name)
        )
        path.write_text("".join(lines))
        return path
