"""zoo.lock: one value, one text; the same inputs give the same bytes; and what is no lock."""

import random
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import large_law, locks

from zoopkg.errors import LockOutdatedError, UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, parse_version
from zoopkg.model.where import Where
from zoopkg.project.file import Need
from zoopkg.project.lock import Lock, LockedRoot

EXAMPLE = Path(__file__).parents[1] / "examples" / "zoo-1.lock"
DEMO, PHANTOMS = PackName("zoo", "demo"), PackName("zoo", "phantoms")


def test_the_frozen_example() -> None:
    lock = Lock.decode(EXAMPLE.read_bytes())
    demo, phantoms = lock.packs
    assert (demo.name, demo.version, demo.index) == (DEMO, parse_version("1.1.0"), "zoo")
    assert str(demo.content) == "b3:365a80fc7e293245da587d35b6a7f4bc6b3bb6715a0eeb5750f36912eb456d9c"
    assert (demo.manifest, demo.layout) == (Digest.of(b"m"), Digest.of(b"l"))
    assert (demo.instances, demo.size, demo.license) == (4, 27, "CC-BY-4.0 AND CC0-1.0")
    assert demo.requires == ("zoo/phantoms@1.0.3",)
    assert (phantoms.name, phantoms.version, phantoms.requires) == (PHANTOMS, parse_version("1.0.3"), ())
    assert lock.roots == {DEMO: LockedRoot(Need(Requirement.parse("^1")))}
    assert lock.pack(PHANTOMS) == phantoms
    assert lock.pack(PackName("zoo", "other")) is None
    assert lock.encode() == EXAMPLE.read_bytes()


@large_law
@given(locks(), st.randoms(use_true_random=False))
def test_a_lock_reads_back_and_its_bytes_do_not_depend_on_order(lock: Lock, chance: random.Random) -> None:
    data = lock.encode()
    assert Lock.decode(data) == replace(
        lock, packs=tuple(sorted(lock.packs, key=lambda pack: (pack.name, pack.version)))
    )
    packs, roots = list(lock.packs), list(lock.roots.items())
    chance.shuffle(packs)
    chance.shuffle(roots)
    assert Lock(tuple(packs), dict(roots)).encode() == data


def test_one_key_a_line_and_nothing_volatile() -> None:
    lines = EXAMPLE.read_text().splitlines()
    assert not any("http" in line or "2026" in line for line in lines)
    assert all(line.count(" = ") <= 1 for line in lines)


def changed(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "why", "hint"),
    [
        (lambda _: "", "zoo.lock has no version", "Restore it"),
        (changed("version = 1", "version = '1'"), "zoo.lock has no version", "Restore it"),
        (changed("version = 1", "version = true"), "zoo.lock has no version", "Restore it"),
        (changed("version = 1", "version = 0"), "zoo.lock has no version", "Restore it"),
        (changed("version = 1", "version = 2"), "has version 2, and this zoopkg reads up to 1", "Update zoopkg."),
        (changed("[[root]]", "[[roots]]"), "zoo.lock has the unknown key 'roots'", "Did you mean 'root'?"),
        (changed("content =", "contents ="), "a [[pack]] of zoo.lock has the unknown key 'contents'", "Did you mean"),
        (changed('index = "zoo"\n', ""), "'pack[0].index' of zoo.lock is missing", "Restore it"),
        (changed('"1.1.0"', '"1.1"'), "'pack[0].version' of zoo.lock is wrong", "Restore it"),
        (changed("b3:365a", "b3:36"), "'pack[0].content' of zoo.lock is wrong", "Restore it"),
        (changed("bytes = 27", "bytes = -1"), "'pack[0].bytes' of zoo.lock must lie between", "Restore it"),
        (changed('requires = "^1"', 'requires = "one"'), "'root[0].requires' of zoo.lock is wrong", "Restore it"),
        (changed('"zoo/phantoms"', '"zoo/demo"'), "zoo.lock names a pack twice", "Restore it"),
        (lambda text: text + '\n[[root]]\nname = "zoo/demo"\nrequires = "^2"\n', "names a pack twice", "Restore it"),
        (changed("[[root]]", "[root]"), "'root' of zoo.lock must be a list", "Restore it"),
        (changed("[[root]]", "<<<<<<<ours\n[[root]]"), "zoo.lock is not valid TOML", ""),
    ],
)
def test_what_is_no_lock(change: Callable[[str], str], why: str, hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(why)) as caught:
        Lock.decode(change(EXAMPLE.read_text()).encode())
    assert hint in caught.value.hint


def test_two_classes_of_a_pack_stand_side_by_side() -> None:
    lock = Lock.decode(EXAMPLE.read_bytes())
    demo, phantoms = lock.packs
    old = replace(phantoms, version=parse_version("0.9.0"))
    both = Lock((demo, phantoms, old), lock.roots)
    assert Lock.decode(both.encode()).versions(PHANTOMS) == (old, phantoms)
    assert both.pack(PHANTOMS) == phantoms
    assert both.required(demo) == (phantoms,)
    asked = Lock(both.packs, {**lock.roots, PHANTOMS: LockedRoot(Need(Requirement.parse("^0.9")))})
    assert asked.root(PHANTOMS) == asked.pack(PHANTOMS) == old


def test_a_lock_satisfies_what_it_was_made_for_and_nothing_else() -> None:
    lock = Lock.decode(EXAMPLE.read_bytes())
    need = Need(Requirement.parse("^1"))
    assert lock.satisfies({DEMO: need})
    assert not lock.satisfies({DEMO: replace(need, requirement=Requirement.parse("^1.1"))})
    assert not lock.satisfies({DEMO: replace(need, where=Where.of(modality="CT"))})
    assert not lock.satisfies({DEMO: replace(need, group="nightly")})
    assert not lock.satisfies({DEMO: need, PHANTOMS: need})
    assert not lock.satisfies({})
    assert not Lock(lock.packs[:1], lock.roots).satisfies({DEMO: need})


def test_a_conflict_is_told_as_one() -> None:
    text = EXAMPLE.read_text().replace("[[root]]", "<<<<<<< ours\n=======\n>>>>>>> theirs\n[[root]]")
    with pytest.raises(LockOutdatedError, match="line 29: a merge left both sides") as caught:
        Lock.decode(text.encode())
    assert "zoopkg lock" in caught.value.hint
