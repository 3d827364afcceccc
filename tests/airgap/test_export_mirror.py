"""The files of an index in an export keep the contract of every opener."""

import io
from pathlib import Path

import pytest
from transport.contract import OpenerContract

from zoopkg.airgap.format import IndexFile
from zoopkg.airgap.mirror import ExportMirror
from zoopkg.airgap.reading import ExportFile
from zoopkg.airgap.writing import ExportWriter
from zoopkg.transport.base import MissingError


class TestExportMirror(OpenerContract):
    @pytest.fixture(scope="class")
    @classmethod
    def opener(cls, folder: Path) -> ExportMirror:
        """The files of the contract's folder, whose names are of more kinds than an export allows."""
        out = io.BytesIO()
        writer = ExportWriter(out)
        writer.index("lab")
        names = {f"{n}.bundle": path for n, path in enumerate(sorted(folder.iterdir()))}
        for name, path in names.items():
            writer.file(name, path.read_bytes())
        writer.end()
        export = folder.parent / f"{folder.name}.export"
        export.write_bytes(out.getvalue())
        files = [each for each in ExportFile(export).sections() if isinstance(each, IndexFile)]
        return ExportMirror(ExportFile(export), {names[file.name].name: file for file in files})

    @pytest.fixture(scope="class")
    @classmethod
    def place(cls, opener: ExportMirror):
        return lambda name: f"{opener.url}/{name}"

    def test_another_place(self, opener: ExportMirror) -> None:
        with pytest.raises(MissingError):
            opener.open("https://zoo.example/plain.bundle", limit=1)
