"""The resolver against a search through every choice, against resolvelib, and what holds whatever the index."""

import random

import pytest
from hypothesis import given, settings
from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, Resolver
from strategies import law
from worlds import (
    Preferred,
    Roots,
    World,
    assert_valid,
    locked,
    random_world,
    roots_of,
    solvable,
    texts,
    versions_of,
    worlds,
)

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, compatibility
from zoopkg.resolver.resolution import Resolution
from zoopkg.resolver.resolve import resolve

Problem = tuple[World, Roots, Preferred]


def resolved(world: World, roots: Roots, preferred: Preferred = ()) -> Resolution | None:
    try:
        return resolve(roots, world, preferred)
    except NoResolutionError:
        return None


@pytest.mark.parametrize("seed", range(4))
def test_it_agrees_with_a_search_through_every_choice(seed: int) -> None:
    rng = random.Random(seed)
    outcomes = {True: 0, False: 0}
    for _ in range(400):
        world, roots, preferred = random_world(rng)
        found = resolved(world, roots, preferred)
        assert (found is not None) == solvable(world, roots, preferred), (world, roots, preferred)
        outcomes[found is not None] += 1
        if found:
            assert_valid(found, world, roots, preferred)
    assert min(outcomes.values()) > 30, outcomes


@settings(law, max_examples=150)
@given(worlds())
def test_it_agrees_on_whatever_hypothesis_thinks_of(problem: Problem) -> None:
    world, roots, preferred = problem
    found = resolved(world, roots, preferred)
    assert (found is not None) == solvable(world, roots, preferred)
    if found:
        assert_valid(found, world, roots, preferred)


@settings(law, max_examples=150)
@given(worlds())
def test_what_is_locked_resolves_to_itself(problem: Problem) -> None:
    world, roots, preferred = problem
    if found := resolved(world, roots, preferred):
        assert resolve(roots, world, versions_of(found)) == found


@law
@given(worlds())
def test_the_order_of_anything_changes_nothing(problem: Problem) -> None:
    world, roots, preferred = problem
    turned = World(
        {
            name: {version: requires[::-1] for version, requires in reversed(each.items())}
            for name, each in reversed(world.written.items())
        }
    )
    backwards = dict(reversed(roots.items()))
    assert resolved(turned, backwards, [*preferred][::-1]) == resolved(world, roots, preferred)
    assert told(turned, backwards) == told(world, roots)


@law
@given(worlds())
def test_every_conflict_is_told_with_advice(problem: Problem) -> None:
    world, roots, _ = problem
    assert (told(world, roots) is None) == (resolved(world, roots) is not None)
    assert all(told(world, roots) or ["solved"])


def told(world: World, roots: Roots) -> tuple[str, str] | None:
    try:
        resolve(roots, world)
    except NoResolutionError as error:
        return error.message, error.hint
    return None


@law
@given(worlds())
def test_a_lock_never_stands_in_the_way(problem: Problem) -> None:
    world, roots, preferred = problem
    if resolved(world, roots):
        assert resolved(world, roots, preferred)


@law
@given(worlds(), worlds())
def test_an_unrelated_root_moves_nothing_that_is_locked(problem: Problem, other: Problem) -> None:
    world, roots, preferred = problem
    found = resolved(world, roots, preferred)
    unrelated = World({f"hospital/{name}": each for name, each in _renamed(other[0]).items()})
    theirs = {PackName("hospital", name.name): wanted for name, wanted in other[1].items()}
    both = World(world.written | unrelated.written)
    if found and resolved(unrelated, theirs):
        together = resolve({**roots, **theirs}, both, versions_of(found))
        assert [pack for pack in together.packs if pack.name.namespace == "zoo"] == list(found.packs)


def _renamed(world: World):
    return {
        name: {version: [f"hospital/{need}" for need in needs] for version, needs in each.items()}
        for name, each in world.written.items()
    }


class _Provider(AbstractProvider):
    """The same world for resolvelib, which knows no choice between classes: only ranges within one are asked of it."""

    def __init__(self, world: World) -> None:
        self.world = world

    def identify(self, requirement_or_candidate):
        return requirement_or_candidate[0]

    def get_preference(self, identifier, *_, **__):
        return identifier

    def find_matches(self, identifier, requirements, incompatibilities):
        name, number = identifier
        bad = [each for _, each in incompatibilities[identifier]]
        wanted = [requirement for _, requirement in requirements[identifier]]
        return [
            (identifier, each)
            for each in sorted(self.world.packs.get(name, ()), key=lambda each: each.version, reverse=True)
            if each not in bad and compatibility(each.version) == number and not each.yanked
            if all(requirement.allows(each.version) for requirement in wanted)
        ]

    def is_satisfied_by(self, requirement, candidate):
        return requirement[1].allows(candidate[1].version)

    def get_dependencies(self, candidate):
        return [_one_class(spec.name, spec.requirement) for spec in candidate[1].requires]


def _one_class(name: PackName, requirement: Requirement):
    return (name, requirement.text.lstrip("^~=><")[0]), requirement


def test_it_agrees_with_resolvelib() -> None:
    rng = random.Random(1)
    wanted = ("^1", "^1.1", "~1.1", "=1.0.0", "^2", "~1.2")
    versions = ("1.0.0", "1.1.0", "1.2.0", "2.0.0", "2.1.0")
    names = ("a", "b", "c", "d", "e", "f")
    found_some = failed_some = 0
    for _ in range(250):
        world = World(
            {
                name: {
                    version: [
                        f"{other}@{rng.choice(wanted)}" for other in rng.choices(names, k=rng.choice((0, 0, 1, 2)))
                    ]
                    for version in rng.sample(versions, 4)
                }
                for name in names
            }
        )
        roots = roots_of(**{name: rng.choice(wanted) for name in rng.sample(names, 2)})
        ours = resolved(world, roots)
        try:
            theirs = Resolver(_Provider(world), BaseReporter()).resolve([_one_class(*root) for root in roots.items()])
        except ResolutionImpossible:
            theirs = None
        assert (ours is None) == (theirs is None), (world, roots)
        if ours and theirs:
            assert_valid(ours, world, roots)
            pins = locked(*[f"{name}@{each.version}" for (name, _), (_, each) in theirs.mapping.items()])
            again = resolve(roots, world, pins)  # what resolvelib chose is a resolution to us too
            assert set(map(str, versions_of(again))) <= set(map(str, pins))
            found_some += 1
        else:
            failed_some += 1
    assert min(found_some, failed_some) > 40


def test_circles_resolve() -> None:
    world = World({"a": {"1.0.0": ["b@1"]}, "b": {"1.0.0": ["c@1"]}, "c": {"1.0.0": ["a@1", "c@=1.0.0"]}})
    found = resolve(roots_of(a="*"), world)
    assert texts(found) == ["a 1.0.0", "b 1.0.0", "c 1.0.0"]
    assert [name.short for name, _ in found.packs[2].requires] == ["a", "c"]


def test_a_chain_of_thousands_resolves() -> None:
    packs = {f"p{n}": {"1.0.0": [f"p{n + 1}@1"]} for n in range(5000)} | {"p5000": {"1.0.0": []}}
    assert len(resolve(roots_of(p0="1"), World(packs)).packs) == 5001


def test_a_chain_of_thousands_that_leads_nowhere_is_told() -> None:
    world = World({f"p{n}": {"1.0.0": [f"p{n + 1}@1"]} for n in range(1000)})
    with pytest.raises(NoResolutionError, match="989 more requirements follow from these"):
        resolve(roots_of(p0="1"), world)


def test_thousands_of_versions_that_clash_are_passed_over() -> None:
    clashing = {f"1.{n}.0": [f"c@=1.{n}.0"] for n in range(500)}
    world = World({"a": clashing, "c": {f"1.{n}.0": [] for n in range(500)}})
    assert texts(resolve(roots_of(a="1", c="=1.0.0"), world)) == ["a 1.0.0", "c 1.0.0"]


def test_a_search_that_would_not_end_is_given_up() -> None:
    """Pigeons and holes: every pack wants a version of the one pack c for itself."""
    others = range(8)
    packs = {f"p{n}": {f"1.{hole}.0": [f"h{hole}@=1.{n}.0"] for hole in range(len(others) - 1)} for n in others} | {
        f"h{hole}": {f"1.{n}.0": [] for n in others} for hole in range(len(others) - 1)
    }
    with pytest.raises(NoResolutionError, match="too entangled") as caught:
        resolve(roots_of(**{f"p{n}": "1" for n in others}), World(packs), max_steps=20_000)
    assert "exact version" in caught.value.hint
