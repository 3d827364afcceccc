"""What the newest match chooses, and what it says where it cannot: the needs, by whom, and what there is instead."""

import pytest
from small_catalogs import SmallCatalog, roots_of, versions_of

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version
from zoopkg.resolver.newest import resolve


def test_the_newest_that_every_need_allows() -> None:
    catalog = SmallCatalog({"a": {"1.0.0": [], "1.2.0": ["b@1"]}, "b": {"1.0.0": [], "1.9.0": [], "2.0.0": []}})
    assert versions_of(resolve(roots_of(a="^1"), catalog, {})) == {"a": "1.2.0", "b": "1.9.0"}
    assert versions_of(resolve(roots_of(a="=1.0.0"), catalog, {})) == {"a": "1.0.0"}
    assert versions_of(resolve(roots_of(a="^1", b="=1.0.0"), catalog, {})) == {"a": "1.2.0", "b": "1.0.0"}
    assert resolve({}, catalog, {}) == {}


def test_what_only_an_abandoned_version_needs_is_not_asked_for() -> None:
    catalog = SmallCatalog({"a": {"1.0.0": [], "2.0.0": ["b@^9"]}, "b": {"1.0.0": []}, "c": {"1.0.0": ["a@^1"]}})
    assert versions_of(resolve(roots_of(a="*", c="*"), catalog, {})) == {"a": "1.0.0", "c": "1.0.0"}


def test_packs_may_require_one_another() -> None:
    catalog = SmallCatalog({"a": {"1.0.0": ["b@1"]}, "b": {"1.0.0": ["a@1"]}})
    assert versions_of(resolve(roots_of(a="*"), catalog, {})) == {"a": "1.0.0", "b": "1.0.0"}


def test_a_locked_version_is_preferred_while_it_is_allowed() -> None:
    catalog = SmallCatalog({"a": {"1.0.0": [], "!1.1.0": [], "1.2.0": []}})
    for version in ("1.0.0", "1.1.0"):
        locked = {PackName("zoo", "a"): parse_version(version)}
        assert versions_of(resolve(roots_of(a="^1"), catalog, locked)) == {"a": version}
        assert versions_of(resolve(roots_of(a=">=1.2"), catalog, locked)) == {"a": "1.2.0"}


def test_prereleases_and_yanked_versions_only_by_name() -> None:
    catalog = SmallCatalog({"a": {"1.0.0": [], "!1.1.0": [], "2.0.0-rc.1": []}})
    assert versions_of(resolve(roots_of(a="*"), catalog, {})) == {"a": "1.0.0"}
    assert versions_of(resolve(roots_of(a="=1.1.0"), catalog, {})) == {"a": "1.1.0"}
    assert versions_of(resolve(roots_of(a="=2.0.0-rc.1"), catalog, {})) == {"a": "2.0.0-rc.1"}


A = {"1.0.0": ["c@^1"], "2.0.0": ["hospital/x@1"], "3.0.0": ["d@1"]}
PACKS = SmallCatalog({"a": A, "b": {"1.0.0": ["c@^2"]}, "c": {"1.0.0": [], "2.0.0": []}, "d": {}, "e": {"!1.0.0": []}})


@pytest.mark.parametrize(
    ("roots", "message", "hint"),
    [
        ({"x": "1"}, "there is no pack zoo/x", "Check the spelling, or name the index that has it with --index."),
        ({"a": "2"}, "there is no pack hospital/x, which a 2.0.0 requires", "Check the spelling"),
        (
            {"c": "^3"},
            "this project needs c ^3, and no published version is that",
            "Published versions of c: 1.0.0, 2.0.0.",
        ),
        (
            {"a": "=1.0.0", "b": "1"},
            "a 1.0.0 needs c ^1 and b 1.0.0 needs c ^2, and no published version is that",
            "Published versions of c: 1.0.0, 2.0.0.",
        ),
        (
            {"a": "=1.0.0", "c": "2"},
            "this project needs c ^2 and a 1.0.0 needs c ^1, and no published version is that",
            "Published versions of c: 1.0.0, 2.0.0.",
        ),
        (
            {"a": "3"},
            "a 3.0.0 needs d ^1, and no version of it was published",
            "Published versions of d: none.",
        ),
        (
            {"e": "1"},
            "this project needs e ^1, and every such version was yanked (1.0.0: withdrawn by its authors)",
            "Published versions of e: none.",
        ),
    ],
)
def test_conflicts(roots: dict[str, str], message: str, hint: str) -> None:
    with pytest.raises(NoResolutionError) as caught:
        resolve(roots_of(**roots), PACKS, {})
    assert caught.value.message == message
    assert caught.value.hint.startswith(hint)


def test_choices_that_go_round_in_a_circle_come_to_an_end() -> None:
    catalog = SmallCatalog({"a": {"1.0.0": [], "2.0.0": ["b@^1"]}, "b": {"1.0.0": ["a@^1"], "2.0.0": []}})
    with pytest.raises(NoResolutionError, match="the newest versions of a, b exclude one another") as caught:
        resolve(roots_of(a="*", b="*"), catalog, {})
    assert caught.value.hint == "Ask for an older version of one of them."


def test_a_hint_names_the_newest_versions_in_their_order() -> None:
    catalog = SmallCatalog({"a": {f"1.{n}.0": [] for n in (10, 2, 0, 1, 3, 4, 5, 6, 7, 8, 9, 11)}})
    with pytest.raises(NoResolutionError) as caught:
        resolve(roots_of(a="2"), catalog, {})
    assert caught.value.hint == (
        "Published versions of a: 1.2.0, 1.3.0, 1.4.0, 1.5.0, 1.6.0, 1.7.0, 1.8.0, 1.9.0, 1.10.0, 1.11.0."
    )
