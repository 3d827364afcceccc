"""Many processes on one store, and processes that are killed: no reader ever sees a wrong object."""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from store_children import content, put_all, without_flushing

from zoopkg.model.digest import Digest
from zoopkg.store.objects import hash_file
from zoopkg.store.store import Store

CHILD = Path(__file__).with_name("store_children.py")


def check_all(store: Store) -> set[Digest]:
    """Every object, each found right; and no temporary file beside them."""
    objects = [path for path in store.objects.root.rglob("*") if path.is_file()]
    assert [path.name for path in objects if hash_file(path).hex != path.name] == []
    return {Digest.from_hex(path.name) for path in objects}


def test_processes_that_put_the_same_and_other_objects(tmp_path: Path) -> None:
    root = tmp_path / "store"
    ranges = [range(60), range(60), range(30, 90), range(59, -1, -1)]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(4, mp_context=spawn, initializer=without_flushing) as executor:
        made = list(executor.map(put_all, [str(root)] * 4, ranges))
    store = Store.open(root)
    assert check_all(store) == {Digest.of(content(number)) for number in range(90)}
    assert sum(made) >= len({content(number) for number in range(90)})
    assert os.listdir(root / "pending") == []


def test_a_kill_at_any_moment_leaves_no_wrong_object(tmp_path: Path) -> None:
    root = tmp_path / "store"
    store = Store.open(root)
    chance = random.Random(2026)
    crashed = 0
    for turn in range(10):
        command = [sys.executable, str(CHILD), str(root), str(turn * 10_000)]
        environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 3)):
                child.stdout.readline()
            time.sleep(chance.random() / 40)
            child.send_signal(signal.SIGKILL)
        crashed += any(name.endswith(".journal") for name in os.listdir(root / "pending"))
        for digest, entry in store.all_objects():
            assert store.objects.holds(digest, entry.stat().st_size)
        store.recover()
        check_all(store)
        assert not [name for name in os.listdir(root / "pending") if name.endswith(".journal")]
    assert crashed > 0
    put_all(str(root), range(40))
    assert {Digest.of(content(number)) for number in range(40)} <= check_all(store)
