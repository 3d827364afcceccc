"""Ctrl-C at the worst moments: exit code 130 and one sentence, never a traceback."""

import subprocess
import sys

import pytest

INTERRUPTED = """
import signal, sys

class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["zoopkg", "list"]
from zoopkg.__main__ import main
main()
"""


@pytest.mark.parametrize("module", ["zoopkg.cli", "click", "zoopkg.cli.look", "zoopkg.install.workspace"])
def test_while_it_is_being_imported(module: str) -> None:
    code = INTERRUPTED.format(module=module)
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 130, result.stderr
    assert result.stdout == ""
    assert result.stderr == "\nInterrupted; run the same command again to complete it.\n"


def test_interrupts_aside_it_is_the_command_line() -> None:
    code = INTERRUPTED.format(module="nothing").replace('"list"', '"--version"')
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout[:7], result.stderr) == (0, "zoopkg ", "")
