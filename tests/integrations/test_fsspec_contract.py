"""fsspec's own contract for copying out of a file system, over packs that hold its scenarios."""

from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.local import LocalFileSystem, make_path_posix
from fsspec.tests.abstract import AbstractFixtures, AbstractGetTests
from zoopkg_cli import Maintainer

from zoopkg.integrations.fsspec import ZooFileSystem

SCENARIOS = {
    "bulk": "_bulk_operations_scenario_0",
    "edges": "_glob_edge_cases_files",
    "prefix": "_dir_and_file_with_same_name_prefix",
    "hashed": "_10_files_with_hashed_names",
}


@pytest.fixture(scope="module")
def index(memory: Path) -> Path:
    """An index with a pack for each scenario."""
    maintainer = Maintainer(memory / "scenarios")
    local = LocalFileSystem(auto_mkdir=True)
    for name, scenario in SCENARIOS.items():
        folder = memory / f"scenario-{name}"
        getattr(AbstractFixtures(), scenario)(local, lambda *parts: "/".join(parts), folder.as_posix())
        maintainer.stage(folder, name, "1.0.0")
    maintainer.publish()
    return maintainer.index


class TestGet(AbstractFixtures, AbstractGetTests):
    @pytest.fixture
    def fs(self, index: Path, memory: Path) -> ZooFileSystem:
        return ZooFileSystem(directory=str(memory), index=str(index), store=str(memory / "scenario-store"))

    @pytest.fixture
    def fs_join(self) -> Any:
        return lambda *parts: "/".join(parts)

    @pytest.fixture
    def fs_path(self) -> str:
        return "hashed@1"

    @pytest.fixture
    def fs_bulk_operations_scenario_0(self) -> str:
        return "bulk@1/source"

    @pytest.fixture
    def fs_glob_edge_cases_files(self) -> str:
        return "edges@1/source"

    @pytest.fixture
    def fs_dir_and_file_with_same_name_prefix(self) -> str:
        return "prefix@1/source"

    @pytest.fixture
    def fs_10_files_with_hashed_names(self) -> str:
        return "hashed@1/source"

    def test_get_directory_recursive(self, fs: ZooFileSystem, local_fs: Any, local_path: Any) -> None:
        """As fsspec has it, but for writing the source first."""
        target = make_path_posix(str(local_path / "target"))
        fs.get("prefix@1/source/subdir", target, recursive=True)
        assert local_fs.find(target) == [f"{target}/subfile.txt"]
        fs.get("prefix@1/source/subdir", target, recursive=True)
        assert local_fs.find(target) == [f"{target}/subdir/subfile.txt", f"{target}/subfile.txt"]
