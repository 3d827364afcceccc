"""Uploads in processes of their own, to kill and to measure; moved bytes are the business of the places themselves."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zoopkg.mirror.place import File

_PLACES = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zoopkg.mirror.place import File

address, path = sys.argv[1], Path(sys.argv[2])
if address.startswith("s3:"):
    from zoopkg.mirror.places.s3 import S3Place as Place
else:
    from zoopkg.mirror.places.gcs import GcsPlace as Place
place = Place(address)
"""
_PUT = """
name, size, sha256, cid = sys.argv[3:]
place.put(File(name, int(size), sha256, cid=cid), path)
"""
_PUT_FOUR = """
files = [File(f"{n:064x}.bundle", path.stat().st_size, "0" * 64, cid="b") for n in range(4)]
with ThreadPoolExecutor(4) as executor:
    list(executor.map(lambda file: place.put(file, path), files))
(peak,) = [line for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(int(peak.split()[1]) >> 10)
"""


def start_put(address: str, file: File, path: Path) -> subprocess.Popen[bytes]:
    """Start to put a file."""
    what = [file.name, str(file.size), file.sha256, file.cid]
    return subprocess.Popen([sys.executable, "-c", _PLACES + _PUT, address, path, *what])


def peak_of_four(address: str, folder: Path) -> int:
    """The most MiB that a process needs which puts four files of 32 MiB at once; skips where no system tells."""
    if not Path("/proc/self/status").exists():
        pytest.skip("only Linux tells the peak of one process")
    (folder / "sparse").touch()
    os.truncate(folder / "sparse", 32 << 20)
    command = [sys.executable, "-c", _PLACES + _PUT_FOUR, address, folder / "sparse"]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
