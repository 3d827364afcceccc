"""Every file of the shared DICOM set across an air gap, byte for byte, and in not too large a file."""

import filecmp
import shutil
from pathlib import Path

from carrying import inside
from corpus import DICOM_FILES, needs_corpus
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Machine, Maintainer, objects

FILES, CONTENTS = 886, 650


@needs_corpus
@needs_unshare
def test_everything_across_the_gap(tmp_path: Path) -> None:
    maintainer, online = Maintainer(tmp_path / "lab"), Machine(tmp_path / "online")
    shutil.copytree(DICOM_FILES, tmp_path / "files")
    maintainer.release_folder(tmp_path / "files", "everything", "1.0.0")
    online.call("add", "everything@1", "--index", maintainer.index).expect(0)
    exported = online.call("export", "-o", tmp_path / "x", "--json").expect(0).document
    assert (exported["instances"], exported["contents"]) == (FILES, CONTENTS)
    bundles = sum(path.stat().st_size for path in maintainer.blobs("bundle"))
    assert exported["size"] < 1.02 * bundles
    shutil.rmtree(maintainer.index)
    machine = inside(tmp_path / "inside", online)
    machine.run("import", tmp_path / "x", before=WITHOUT_NETWORK).expect(0, f"{CONTENTS} of {CONTENTS} contents")
    machine.run("install", "--frozen", "--offline", before=WITHOUT_NETWORK).expect(0, f"{FILES} placed")
    assert len(objects(machine.store)) == CONTENTS
    paths = [str(path.relative_to(DICOM_FILES)) for path in DICOM_FILES.rglob("*") if path.is_file()]
    assert len(paths) == FILES
    _, differing, failed = filecmp.cmpfiles(DICOM_FILES, machine.zoo / "everything", paths, shallow=False)
    assert (differing, failed) == ([], [])
