"""Running a command without any network, for tests of what needs none; the mark skips where that does not work."""

import shutil
import subprocess

import pytest

# As root of a user namespace of one's own, so that nobody needs to be root; the only network there is a dead loopback.
WITHOUT_NETWORK = ("unshare", "--map-root-user", "--net")


def _works() -> bool:
    if not shutil.which("unshare"):
        return False
    return subprocess.run([*WITHOUT_NETWORK, "true"], capture_output=True, check=False).returncode == 0


needs_unshare = pytest.mark.skipif(not _works(), reason="unshare, which takes the network away, does not work here")
