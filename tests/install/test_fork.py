"""Work in a forked process: its words, its errors, its end; and fetching that way, over a server and under a kill.

Each test forks out of a process of its own, since pytest has threads, and what has threads is not forked.
"""

import subprocess
import sys
from pathlib import Path
from random import Random

import packing
import pytest
from hostile import flipped, hostile, serve, stall

from zoopkg.store.store import Store

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="zoopkg forks on Linux only")

_RANDOM = Random(7)
# Three requests of 500 contents, told apart by gaps of a megabyte.
CONTENTS = [[_RANDOM.randbytes(300 + n % 7) for n in range(500)] for _ in range(3)]
DATA, BLOCKS = packing.packed(CONTENTS, gap=bytes(1 << 20))

_FETCH = """
import sys
from pathlib import Path
sys.path[:0] = {paths!r}
import packing, test_fork
from zoopkg.errors import ZooError
from zoopkg.install import fetch
from zoopkg.install.progress import Silent
from zoopkg.install.ranges import plan_requests
from zoopkg.model.blob import BlobHasher, BlobKind
from zoopkg.model.layout import Bundle, Layout
from zoopkg.transport.dispatch import default_opener
from zoopkg.transport.mirror import Mirror
from zoopkg.transport.mirrors import Mirrors

class Told(Silent):
    came = 0
    def advance(self, count, mirror=""):
        self.came += count
    def warn(self, message):
        print("warning:", message)

told, opener, hasher = Told(), default_opener(attempts=2), BlobHasher()
hasher.update(test_fork.DATA)
blob = hasher.blob(BlobKind.BUNDLE, "zoo.demo-1.0.0")
if {warm}:
    with opener.open({urls!r}[-1], limit=1 << 30) as body:
        list(body)  # leaves a connection that no other process may use
wanted = {{each.digest: each.size for block in test_fork.BLOCKS for each in block.members}}
requests, _ = plan_requests([Layout((Bundle(blob, test_fork.BLOCKS),))], wanted)
mirrors = Mirrors([Mirror.parse(url) for url in {urls!r}], opener, warn=told.warn)
with packing.session(Path({store!r})) as (store, session):
    fetcher = fetch.Fetcher(opener, mirrors, session, told, 4)
    assert fetcher._is_worth_processes(requests)
    try:
        fetched = fetcher.fetch(requests, {meanwhile})
        assert fetched.size == told.came == sum(fetched.mirrors.values())
        print("fetched", fetched.size, fetched.requests)
    except ZooError as error:
        print("error:", type(error).__name__, error)
"""


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def fetched(store: Path, *urls: str, meanwhile: str = "lambda: None", warm: bool = False) -> str:
    here = Path(__file__).parent
    paths = [str(here), str(here.parent / "transport")]
    return run(_FETCH.format(paths=paths, urls=list(urls), store=str(store), meanwhile=meanwhile, warm=warm))


def held(root: Path) -> set[bytes]:
    store = Store.open(root)
    assert packing.leftovers(store) == []
    return set(packing.held(store).values())


ALL = {each for block in CONTENTS for each in block}


def test_two_processes_fetch_it_all(tmp_path: Path) -> None:
    with hostile(serve(DATA)) as server:
        told = fetched(tmp_path / "store", server.url, warm=True)
        ranges = [each.headers["range"] for each in server.asked if "range" in each.headers]
    assert held(tmp_path / "store") == ALL
    assert told == f"fetched {sum(block.length for block in BLOCKS)} 3\n"
    assert len(ranges) == len(set(ranges)) == 3


def test_a_mirror_that_lies_is_named(tmp_path: Path) -> None:
    with hostile(flipped(DATA, BLOCKS[1].offset + 90_000)) as bad, hostile(serve(DATA)) as good:
        told = fetched(tmp_path / "store", bad.url, good.url)
    assert held(tmp_path / "store") == ALL
    assert "warning: the mirror" in told
    assert "fetched" in told


def test_what_no_mirror_has_right(tmp_path: Path) -> None:
    with hostile(flipped(DATA, BLOCKS[1].offset + 90_000)) as bad:
        told = fetched(tmp_path / "store", bad.url)
    assert "error: IntegrityError no mirror had" in told
    assert held(tmp_path / "store") < ALL


def test_a_killed_process_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    children = '__import__("pathlib").Path("/proc/self/task", str(__import__("os").getpid()), "children")'
    kill = f"lambda: [__import__('os').kill(int(pid), 9) for pid in {children}.read_text().split()]"
    with hostile(stall(DATA, 50_000)) as server:
        told = fetched(tmp_path / "store", server.url, meanwhile=kill)
    assert "error: ZooError a process that wrote to the store was killed" in told
    assert held(tmp_path / "store") < ALL


_WORDS = """
import os
from zoopkg.errors import UsageError
from zoopkg.install.fork import Forked, can_fork

assert can_fork()

def work(tell):
    tell("one", 1)
    tell("many", "x" * 200_000)
    raise UsageError("no", hint="why")

with Forked(work) as forked:
    words = iter(forked)
    assert next(words) == ("one", 1)
    assert next(words) == ("many", "x" * 200_000)
    try:
        next(words)
    except UsageError as error:
        print(error.message, error.hint)

def endless(tell):
    while True:
        tell("more")

with Forked(endless) as forked:
    assert next(iter(forked)) == ("more",)
print("ended")
"""


def test_words_and_errors_come_across_and_nobody_talks_to_nobody() -> None:
    assert run(_WORDS) == "no why\nended\n"
