"""What the resolver says where nothing meets every requirement: the walk to the clash, and what could be changed."""

# ruff: noqa: E501  (a message is one line, as it is shown)

import pytest
from worlds import REASON, World, locked, roots_of, texts

from zoopkg.errors import NoResolutionError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement
from zoopkg.resolver.catalog import Candidate
from zoopkg.resolver.resolve import resolve

CONFLICTS = [
    pytest.param(
        {"ct-basic": {"1.0.0": [], "1.2.0": [], "2.0.0": []}},
        {"ct-basic": "^3"},
        "this project requires ct-basic ^3, and no version is that",
        "Ask for ct-basic ^2 instead. Published versions of ct-basic: 1.0.0, 1.2.0, 2.0.0.",
        id="no such version",
    ),
    pytest.param(
        {"ct-basic": {}},
        {"ct-basic": "*"},
        "this project requires any ct-basic, of which no version has been published",
        "Published versions of ct-basic: none.",
        id="no version at all",
    ),
    pytest.param(
        {},
        {"ct-basc": "^1"},
        "this project requires ct-basc ^1, but the index 'zoo' has no pack ct-basc",
        "Check the spelling, or name the index that has ct-basc with --index.",
        id="no such pack",
    ),
    pytest.param(
        {"ct-derived": {"0.9.0": [], "1.0.0": ["hospital/x@^1"], "1.1.0": ["hospital/x@^1"]}},
        {"ct-derived": "^1"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 and 1.1.0 require hospital/x ^1, but the index 'zoo' has no pack hospital/x",
        "Ask for ct-derived ^0.9 instead. Name the index that has hospital/x with --index.",
        id="no such pack, through another",
    ),
    pytest.param(
        {"ct-derived": {"1.0.0": ["phantoms@=1.0.0"]}, "phantoms": {"1.0.0": [], "1.2.0": [], "2.0.0": []}},
        {"ct-derived": "^1", "phantoms": "^1.2"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires phantoms =1.0.0; this project requires phantoms ^1.2; no version of phantoms is both =1.0.0 and ^1.2",
        "Ask for phantoms ^1 instead.",
        id="direct",
    ),
    pytest.param(
        {
            "ct-derived": {"1.0.0": ["phantoms@=1.0.0"]},
            "mr-brain": {"1.0.0": ["phantoms@=1.2.0"]},
            "phantoms": {"1.0.0": [], "1.2.0": [], "2.0.0": []},
        },
        {"ct-derived": "^1", "mr-brain": "^1"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires phantoms =1.0.0; this project requires mr-brain ^1; mr-brain 1.0.0 requires phantoms =1.2.0; no version of phantoms is both =1.0.0 and =1.2.0",
        "Leave out ct-derived or mr-brain, or ask the authors for versions that agree. Published versions of phantoms: 1.0.0, 1.2.0, 2.0.0.",
        id="through one, of two roots",
    ),
    pytest.param(
        {
            "a": {"1.0.0": ["b@^1"]},
            "b": {"1.0.0": ["ct-derived@^1"]},
            "ct-derived": {"1.0.0": ["phantoms@=1.0.0"]},
            "phantoms": {"1.0.0": [], "1.2.0": [], "2.0.0": []},
        },
        {"a": "^1", "phantoms": "^1.2"},
        "this project requires a ^1; a 1.0.0 requires b ^1; b 1.0.0 requires ct-derived ^1; ct-derived 1.0.0 requires phantoms =1.0.0; this project requires phantoms ^1.2; no version of phantoms is both =1.0.0 and ^1.2",
        "Ask for phantoms ^1 instead.",
        id="through three",
    ),
    pytest.param(
        {"ct-basic": {"1.0.0": [], "!1.1.0": []}},
        {"ct-basic": "^1.1"},
        "this project requires ct-basic ^1.1, and every such version was yanked (1.1.0: one slice is missing)",
        "Ask for ct-basic ^1 instead. To have it all the same, ask for ct-basic@=1.1.0.",
        id="only yanked",
    ),
    pytest.param(
        {"ct-derived": {"1.0.0": ["phantoms@~1.0"]}, "phantoms": {"!1.0.0": [], "1.1.0": []}},
        {"ct-derived": "^1"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires phantoms ~1.0, and every such version was yanked (1.0.0: one slice is missing)",
        "To have it all the same, ask for phantoms@=1.0.0.",
        id="only yanked, through another",
    ),
    pytest.param(
        {"ct-basic": {"1.0.0": [], "2.0.0-rc.1": []}},
        {"ct-basic": "^2"},
        "this project requires ct-basic ^2, of which there are only pre-releases: 2.0.0-rc.1",
        "Ask for ct-basic ^1 instead. To have it all the same, ask for ct-basic@=2.0.0-rc.1.",
        id="only a pre-release",
    ),
    pytest.param(
        {"ct-derived": {"1.0.0": ["phantoms@^1.1"]}, "phantoms": {"1.0.0": [], "1.2.0-rc.1": []}},
        {"ct-derived": "^1"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires phantoms ^1.1, of which there are only pre-releases: 1.2.0-rc.1",
        "To have it all the same, ask for phantoms@=1.2.0-rc.1.",
        id="only a pre-release, through another",
    ),
    pytest.param(
        {
            "ct-derived": {"1.0.0": ["mid@>=1, <3"]},
            "mid": {"1.0.0": ["phantoms@=1.0.0"], "2.0.0": ["phantoms@=1.0.0"]},
            "phantoms": {"1.0.0": [], "1.2.0": [], "2.0.0": []},
        },
        {"ct-derived": "^1", "phantoms": "^1.2"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires mid >=1, <3; mid 1.0.0 requires phantoms =1.0.0; mid 2.0.0 requires phantoms =1.0.0; this project requires phantoms ^1.2; no version of phantoms is both =1.0.0 and ^1.2",
        "Ask for phantoms ^1 instead.",
        id="a range over classes of which none works",
    ),
    pytest.param(
        {"ct-derived": {"1.0.0": ["phantoms@^0.3.2"]}, "phantoms": {"0.3.1": [], "0.3.2": [], "0.4.0": []}},
        {"ct-derived": "^1", "phantoms": "=0.3.1"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires phantoms ^0.3.2; this project requires phantoms =0.3.1; no version of phantoms is both =0.3.1 and ^0.3.2",
        "Ask for phantoms ^0.3 instead.",
        id="a 0.x class",
    ),
    pytest.param(
        {
            "ct-derived": {"1.0.0": ["mid@=1.0.0"], "1.1.0": ["mid@=1.1.0"]},
            "mid": {"1.0.0": ["phantoms@=1.0.0"], "1.1.0": ["phantoms@=1.2.0"]},
            "phantoms": {"1.0.0": [], "1.2.0": [], "2.0.0": [], "1.3.0": []},
        },
        {"ct-derived": "^1", "phantoms": "^1.3"},
        "this project requires ct-derived ^1; ct-derived 1.0.0 requires mid =1.0.0; ct-derived 1.1.0 requires mid =1.1.0; mid 1.0.0 requires phantoms =1.0.0; mid 1.1.0 requires phantoms =1.2.0; this project requires phantoms ^1.3; no versions of mid and phantoms agree with all of this",
        "Ask for phantoms ^1 instead.",
        id="after trying others",
    ),
    pytest.param(
        {
            "ct-derived": {
                "1.0.0": ["phantoms@=1.0.0"],
                "1.1.0": ["phantoms@=1.0.0"],
                "1.2.0": ["phantoms@=1.0.0"],
                "1.3.0": ["phantoms@=1.0.0"],
                "1.4.0": ["phantoms@=1.0.0"],
                "2.0.0": [],
            },
            "phantoms": {"1.0.0": [], "1.2.0": [], "2.0.0": []},
        },
        {"ct-derived": "^1", "phantoms": "^1.2"},
        "this project requires ct-derived ^1; each ct-derived from 1.0.0 to 1.4.0 requires phantoms =1.0.0; this project requires phantoms ^1.2; no version of phantoms is both =1.0.0 and ^1.2",
        "Ask for ct-derived ^2 or phantoms ^1 instead.",
        id="many versions, one requirement",
    ),
    pytest.param(
        {
            "ct-derived": {
                "1.1.0": ["phantoms@=1.1.0"],
                "1.2.0": ["phantoms@=1.2.0"],
                "1.3.0": ["phantoms@=1.3.0"],
                "1.4.0": ["phantoms@=1.4.0"],
                "1.5.0": ["phantoms@=1.5.0"],
            },
            "phantoms": {"1.0.0": [], "1.1.0": [], "1.2.0": [], "1.3.0": [], "1.4.0": [], "1.5.0": [], "1.6.0": []},
        },
        {"ct-derived": "^1", "phantoms": "=1.6.0"},
        "this project requires ct-derived ^1; each ct-derived from 1.1.0 to 1.5.0 requires a phantoms of its own, such as =1.1.0, =1.2.0 or =1.5.0; this project requires phantoms =1.6.0; no version of phantoms is all of this",
        "Ask for phantoms ^1 instead.",
        id="many versions, a requirement each",
    ),
    pytest.param(
        {"a": {"1.0.0": ["b@^1"]}, "b": {"1.0.0": ["a@=1.1.0"]}},
        {"a": "^1"},
        "this project requires a ^1; a 1.0.0 requires b ^1; b 1.0.0 requires a =1.1.0, and no version is that",
        "Published versions of a: 1.0.0.",
        id="a circle",
    ),
    pytest.param(
        {"a": {"1.0.0": ["c@<1.2"]}, "b": {"1.0.0": ["c@>=1.1, <2"]}, "c": {"1.0.0": [], "1.1.0": [], "1.2.0": []}},
        {"a": "^1", "b": "^1", "c": "~1.0"},
        "this project requires b ^1; b 1.0.0 requires c >=1.1, <2; this project requires c ~1.0; no version of c is both >=1.1, <2 and ~1.0",
        "Ask for c ^1 instead.",
        id="three requirements of one pack",
    ),
]


@pytest.mark.parametrize(("packs", "roots", "message", "hint"), CONFLICTS)
def test_a_conflict_is_told(packs, roots, message, hint):
    wanted = {PackName.parse(name): Requirement.parse(text) for name, text in roots.items()}
    with pytest.raises(NoResolutionError) as caught:
        resolve(wanted, World(packs))
    assert caught.value.message == message
    assert caught.value.hint == hint


C: dict[str, list[str]] = {"1.0.0": [], "1.2.0": [], "2.0.0": []}


def test_what_is_locked_gives_way_to_what_is_required():
    found = resolve(roots_of(c="^1.2"), World({"c": C}), locked("c@1.0.0"))
    assert texts(found) == ["c 1.2.0"]


def test_a_lock_changes_nothing_of_what_is_told():
    world = World({"a": {"1.0.0": ["c@=1.0.0"]}, "c": C})
    told = []
    for preferred in ([], locked("c@1.0.0", "a@1.0.0")):
        with pytest.raises(NoResolutionError) as caught:
            resolve(roots_of(a="1", c="^1.2"), world, preferred)
        told.append((caught.value.message, caught.value.hint))
    assert told[0] == told[1]


@pytest.mark.parametrize("advised", [{"a": "^2"}, {"c": "^1"}])
def test_advice_works(advised):
    packs = {"a": {"1.0.0": ["c@=1.0.0"], "2.0.0": []}, "c": C}
    roots = {"a": "^1", "c": "^1.2"}
    with pytest.raises(NoResolutionError) as caught:
        resolve(roots_of(**roots), World(packs))
    assert caught.value.hint == "Ask for a ^2 or c ^1 instead."
    assert resolve(roots_of(**(roots | advised)), World(packs))


def test_what_an_index_says_is_made_printable():
    class Hostile(World):
        def candidates(self, name):
            found = super().candidates(name)
            return found and [Candidate(each.version, each.requires, "\x1b[2J" + "x" * 500) for each in found]

        def absent(self, name):
            return f"\x1b]0;title\x07the index has no pack {name.short}"

    for roots in (roots_of(c="^1"), roots_of(x="^1")):
        with pytest.raises(NoResolutionError) as caught:
            resolve(roots, Hostile({"c": C}))
        assert (caught.value.message + caught.value.hint).isprintable()
        assert len(caught.value.message) < 400


def test_the_reason_of_a_yank_is_told():
    with pytest.raises(NoResolutionError, match=REASON):
        resolve(roots_of(c="^1"), World({"c": {"!1.0.0": []}}))
