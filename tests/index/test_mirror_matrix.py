"""Eight bad mirrors beside one good one, in any order: the newest state, each bad one named with its reason."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

import pytest
from securesystemslib.signer import CryptoSigner
from simulator import Mirrors, Simulator

from zoopkg.errors import IntegrityError, NotOnMirrorsError
from zoopkg.index.client import IndexClient
from zoopkg.index.problems import Problem
from zoopkg.model.names import PackName
from zoopkg.transport.base import StalledError, TransportError

DEMO = PackName.parse("demo")
GOOD = "good"
ClientOf = Callable[..., IndexClient]

# What is said of each, whatever the order.
REASONS = {
    "dead": r"could not be reached",
    "slow": r"sends too slowly",
    "stale": r"serves an old state \(timestamp version 2, where 3 is known\)$",
    "expired": r"serves an old state \(timestamp version 1, where 3 is known\), expired on"
    r"|its timestamp metadata expired on",
    "rogue": r"its timestamp metadata is not signed by the keys of the index",
    "endless": r"sends more bytes for .* than are allowed",
    "redirecting": r"redirects to .* (not http|a private network)",
    "partial": r"is incomplete, it has no 3\.snapshot\.json|is incomplete, it has no .*\.demo\.json",
}


class World:
    """A simulated index at its third state, and mirrors that went wrong on the way."""

    def __init__(self) -> None:
        sim = self.sim = Simulator()
        expired = sim.mirror()
        sim.now = sim.later(8)
        sim.refresh()
        stale = sim.mirror()
        sim.add("demo", "newest")
        good = sim.mirror()
        rogue = good | {"timestamp.json": sim.sign("timestamp", sim.timestamp, [CryptoSigner.generate_ed25519()])}
        partial = {name: data for name, data in good.items() if not name.endswith(("3.snapshot.json", ".demo.json"))}
        self.files = {
            "stale": stale,
            "expired": expired,
            "rogue": rogue,
            "endless": dict.fromkeys(good, b" " * (33 << 20)),
            "partial": partial,
            GOOD: good,
        }
        self.says = {
            "dead": lambda url: TransportError(f"{url} could not be reached: Connection refused"),
            "slow": lambda url: StalledError(f"{url} sends too slowly"),
            "redirecting": lambda url: TransportError(
                f"{url} redirects to 'file:///etc/passwd', which is not http", permanent=True
            ),
        }

    def mirrors(self, order: Sequence[str]) -> Mirrors:
        mirrors = Mirrors(**{name: self.files.get(name, {}) for name in order})
        mirrors.says = self.says
        return mirrors


@pytest.fixture(scope="module")
def world() -> World:
    return World()


def client(world: World, order: Sequence[str], state: Path, client_of: ClientOf) -> tuple[IndexClient, list[Problem]]:
    problems: list[Problem] = []
    options = {"state": state, "root": world.sim.trusted_root, "now": lambda: world.sim.now, "report": problems.append}
    return client_of(world.mirrors(order), **options), problems


@pytest.mark.parametrize("seed", range(10))
def test_the_newest_state_wins_and_each_bad_mirror_is_named(
    seed: int, world: World, client_of: ClientOf, tmp_path: Path
) -> None:
    """Ten times twenty random orders."""
    random = Random(seed)
    for number in range(20):
        order = [GOOD, *REASONS]
        random.shuffle(order)
        asking, problems = client(world, order, tmp_path / f"{number}", client_of)
        record = asking.record(DEMO)
        assert record is not None, order
        assert record.texts.summary == "newest", order
        named = {problem.mirror.split("/")[2]: problem for problem in problems}
        assert set(named) == set(REASONS), order
        for name, problem in named.items():
            assert re.search(REASONS[name], problem.reason), (order, problem)
            assert str(problem) == f"{name}: {problem.reason}"


@pytest.mark.parametrize("seed", range(5))
def test_without_a_good_one_the_reason_of_each_is_told(
    seed: int, world: World, client_of: ClientOf, tmp_path: Path
) -> None:
    order = [name for name in REASONS if name != "stale"]  # which alone is right: nothing tells that there is more
    Random(seed).shuffle(order)
    asking, _ = client(world, order, tmp_path / "a", client_of)
    with pytest.raises(IntegrityError) as caught:
        asking.refresh()
    for name in order:
        assert re.search(rf"\b{name}: ({REASONS[name]})", caught.value.message), (name, caught.value.message)
    unreachable = [name for name in order if name in world.says]
    asking, _ = client(world, unreachable, tmp_path / "b", client_of)
    with pytest.raises(NotOnMirrorsError) as missing:
        asking.refresh()
    for name in unreachable:
        assert re.search(rf"\b{name}: {REASONS[name]}", missing.value.message)
