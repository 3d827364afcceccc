"""Real files for the packs, taken byte for byte from the installed pydicom distribution (MIT), with its license.

Nothing is downloaded: a file that the distribution does not carry is an error.
"""

import importlib.metadata
import shutil
from pathlib import Path

import pydicom

NOTICE = "LICENSE-pydicom.txt"


def copy_from_pydicom(folder: Path, *names: str) -> None:
    """Copy test files of pydicom and its license into `folder`.

    Raises:
        FileNotFoundError: the installed pydicom has no such file, or no license.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        shutil.copyfile(Path(pydicom.__file__).parent / "data" / "test_files" / name, folder / name)
    notice = importlib.metadata.distribution("pydicom").read_text("licenses/LICENSE")
    if notice is None:
        raise FileNotFoundError("the installed pydicom has no licenses/LICENSE")
    (folder / NOTICE).write_text(notice, encoding="utf-8", newline="\n")
