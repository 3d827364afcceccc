"""Names of packs: what is one, and how it is written."""

import pytest
from hypothesis import given
from strategies import law, pack_names

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName


@law
@given(pack_names)
def test_a_name_reads_back_from_both_its_forms(name: PackName) -> None:
    assert PackName.parse(str(name)) == name
    assert PackName.parse(name.short) == name


def test_the_default_namespace_may_be_left_out() -> None:
    assert PackName.parse("ct-basic") == PackName("zoo", "ct-basic")
    assert PackName.parse("zoo/ct-basic").short == "ct-basic"
    assert PackName.parse("hospital/ct-basic").short == "hospital/ct-basic"
    assert PackName.parse("a" * 64) == PackName("zoo", "a" * 64)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "zoo/",
        "/ct",
        "a/b/c",
        "CT",
        "ct_basic",
        "ct.basic",
        "-ct",
        "ct-",
        "ct--basic",
        "_catalog",
        "zoo/_revoked",
        "..",
        "zoo/..",
        "ct basic",
        "ct\n",
        "c\N{LATIN SMALL LETTER T WITH CARON}",
        "ct\N{ARABIC-INDIC DIGIT THREE}",
        "con",
        "nul/ct",
        "zoo/com1",
        "a" * 65,
    ],
)
def test_what_is_no_name(text: str) -> None:
    with pytest.raises(UsageError, match="is not a pack name"):
        PackName.parse(text)
