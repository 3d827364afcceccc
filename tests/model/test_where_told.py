"""What is said of a filter: whether a record's summary rules a pack out, and why a pack has no match."""

import pytest
from wheres import an_instance

from zoopkg.model.where import Where
from zoopkg.model.where_told import SUMMARY_VALUES, may_match, told, why_none

SUMMARY = {
    "modality": {"CT": 158, "MR": 2},
    "transfer_syntax": {"1.2.840.10008.1.2.4.90": 3},
    "charset": {"": 1, "ISO 2022 IR 87": 1},
}


@pytest.mark.parametrize(
    ("items", "answer"),
    [
        ([], True),
        (["modality=CT"], True),
        (["modality=C*,US"], True),
        (["modality=US"], False),
        (["modality!=CT"], True),
        (["modality=any"], True),
        (["modality=none"], None),
        (["modality!=CT,MR"], None),
        (["modality=!none,!CT,!MR"], False),
        (["transfer_syntax=JPEG2000*"], True),
        (["transfer_syntax=RLELossless"], False),
        (["charset=*87"], True),
        (["charset=*100"], False),
        (["charset!=*87"], None),
        (["body_part=KNEE"], None),
        (["rows>=5"], None),
        (["path=*"], None),
        (["modality=CT", "charset=*87"], None),
        (["modality=CT", "charset=*100"], False),
        (["rows>=5", "modality=US"], False),
    ],
)
def test_whether_a_pack_may_hold_a_match(items, answer):
    assert may_match(Where.parse(items), SUMMARY) is answer


def test_a_full_summary_may_have_left_values_out():
    full = {"modality": {f"M{n}": 1 for n in range(SUMMARY_VALUES)}}
    assert may_match(Where.of(modality="CT"), full) is None
    assert may_match(Where.of(modality="M0"), full) is True


def test_a_facet_that_no_instance_states_is_not_told_from_one_that_is_not_summarised():
    assert may_match(Where.of(modality="CT"), {"modality": {}}) is None


PACK = [
    *(
        an_instance(f"{n}", modality="CT", rows=512, transfer_syntax="1.2.840.10008.1.2.5", lossy=True)
        for n in range(3)
    ),
    an_instance("x/y", kind="other"),
    an_instance("z", modality="MR", charset=["A", "B"], own_license="MIT"),
]


@pytest.mark.parametrize(
    ("items", "why"),
    [
        (["modality=US"], "has modality US (it has CT 3, MR 1, none 1)"),
        (["rows>512", "modality=CT"], "has rows >512 (it has 512 3, none 2)"),
        (["transfer_syntax=JPEG2000"], "has transfer_syntax JPEG2000 (it has RLELossless 3, none 2)"),
        (
            ["transfer_syntax=!RLELossless,!none"],
            "has transfer_syntax !RLELossless, !none (it has RLELossless 3, none 2)",
        ),
        (["lossy=false"], "has lossy false (it has true 3, none 2)"),
        (["charset=C"], "has charset C (it has none 4, A 1, B 1)"),
        (["license=BSD"], "has license bsd (it has CC0-1.0 4, MIT 1)"),
        (["path=*.dcm"], "has path *.dcm (it has 0 1, 1 1, 2 1, x/y 1, z 1)"),
        (["modality=A,B,C,D,E,F,G"], "has modality A, B, C, D, E, … (it has CT 3, MR 1, none 1)"),
        (["modality=MR", "rows=512"], "has all of modality MR (1); rows 512 (3)"),
    ],
)
def test_why_there_is_none(items, why):
    where = Where.parse(items)
    assert not [instance for instance in PACK if where.matches(instance, "CC0-1.0")]
    assert why_none(PACK, where, "CC0-1.0") == why


def test_only_the_commonest_are_told_and_none_acts_on_a_terminal():
    pack = [an_instance(f"{n}", manufacturer=f"\x1b[{n}m" + "M" * 500) for n in range(9)]
    why = why_none(pack, Where.of(manufacturer="x"))
    assert why.isprintable()
    assert why.endswith(", and 4 more)")
    assert len(why) < 500


def test_an_empty_pack():
    assert why_none([], Where.of(modality="CT")) == "has modality CT (it has no files)"


def test_uids_are_told_by_their_keywords():
    where = Where.parse(["transfer_syntax=JPEG2000,1.2.3.4", "transfer_syntax!=RLELossless", "rows>=5"])
    assert told(where) == "rows>=5 transfer_syntax=1.2.3.4,JPEG2000 transfer_syntax!=RLELossless"
    assert Where.parse(told(where).split()) == where
    assert told(Where.ALL) == ""
