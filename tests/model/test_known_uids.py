"""The frozen table of UIDs: each row is what pydicom's copy of PS3.6 says, none is missing, and names find them."""

import subprocess
import sys
from importlib.resources import files

import pytest
from pydicom.uid import UID, UID_dictionary

from zoopkg.errors import UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.uids import keyword_of, known_uids, uids_named

FROZEN = "2e7708d6874d3ef166ccf7ae964ea857116fc9f684584f0a92d129c4efc79fd3"
TYPES = {"transfer_syntax": "Transfer Syntax", "sop_class": "SOP Class"}


# Of PS3.6 as of 2025, after the dictionary of pydicom 3.0.2.
LATER = {
    "1.2.840.10008.1.2.4.110",
    "1.2.840.10008.1.2.4.111",
    "1.2.840.10008.1.2.4.112",
    "1.2.840.10008.1.2.8.1",
    "1.2.840.10008.5.1.4.1.1.66.7",
    "1.2.840.10008.5.1.4.1.1.66.8",
}


def test_every_row_agrees_with_pydicom():
    for uid, row in known_uids().items():
        if uid in UID_dictionary or uid not in LATER:
            assert (row.keyword, row.name, TYPES[row.facet]) == (UID(uid).keyword, UID(uid).name, UID(uid).type)


def test_the_rows_are_those_that_were_frozen():
    """A row more or less changes what a name in a project file means, and makes its lock out of date."""
    facets = [row.facet for row in known_uids().values()]
    assert (facets.count("transfer_syntax"), facets.count("sop_class")) == (63, 304)
    assert known_uids().keys() >= LATER | {"1.2.840.10008.1.3.10"}
    assert Digest.of((files("zoopkg.model") / "uids.csv").read_bytes().replace(b"\r\n", b"\n")).hex == FROZEN


@pytest.mark.parametrize(
    ("text", "facet", "found"),
    [
        ("JPEG2000Lossless", "transfer_syntax", ["1.2.840.10008.1.2.4.90"]),
        ("jpeg2000lossless", "transfer_syntax", ["1.2.840.10008.1.2.4.90"]),
        ("JPEG2000*", "transfer_syntax", [f"1.2.840.10008.1.2.4.{n}" for n in (90, 91, 92, 93)]),
        ("RLE Lossless", "transfer_syntax", ["1.2.840.10008.1.2.5"]),
        ("CT Image Storage", "sop_class", ["1.2.840.10008.5.1.4.1.1.2"]),
        # the retired one has the same name
        ("Ultrasound Image Storage", "sop_class", ["1.2.840.10008.5.1.4.1.1.6", "1.2.840.10008.5.1.4.1.1.6.1"]),
        # a name with brackets is a name first
        (
            "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])",
            "transfer_syntax",
            ["1.2.840.10008.1.2.4.70"],
        ),
        ("1.2.840.113619.5.2", "transfer_syntax", ["1.2.840.113619.5.2"]),
        ("1.2.840.113619.*", "transfer_syntax", ["1.2.840.113619.*"]),
        ("*", "sop_class", ["*"]),
    ],
)
def test_what_a_name_stands_for(text, facet, found):
    assert uids_named(text, facet) == found


@pytest.mark.parametrize(
    ("text", "facet", "near"),
    [
        ("JPEG2000Losless", "transfer_syntax", "JPEG2000Lossless"),
        ("CTImageStorage", "transfer_syntax", ""),
        ("JPEG2000", "sop_class", ""),
        ("CTImagStorage", "sop_class", "CTImageStorage"),
        ("JPEG3000*", "transfer_syntax", "JPEG2000"),
        ("1.2.x", "transfer_syntax", ""),
    ],
)
def test_a_name_of_none(text, facet, near):
    with pytest.raises(UsageError) as error:
        uids_named(text, facet)
    assert text in error.value.message
    assert near in error.value.hint


def test_keywords():
    assert keyword_of("1.2.840.10008.1.2.5") == "RLELossless"
    assert keyword_of("1.2.3") == "1.2.3"


def test_the_table_is_read_only_when_a_name_needs_it():
    code = (
        "from zoopkg.model.uids import known_uids\n"
        "from zoopkg.model.where import Where\n"
        "Where.parse(['transfer_syntax=1.2.840.10008.1.2', 'modality=CT'])\n"
        "assert known_uids.cache_info().misses == 0\n"
        "Where.parse(['transfer_syntax=RLELossless'])\n"
        "assert known_uids.cache_info().misses == 1\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
