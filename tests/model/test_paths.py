"""Paths of instances: every rule, each with the sentence that a person sees; and the fast way past the rules."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from strategies import law

from zoopkg.errors import FormatError
from zoopkg.model import names
from zoopkg.model.names import check_path

E_ACUTE = "\N{LATIN SMALL LETTER E WITH ACUTE}"


@pytest.mark.parametrize(
    "path",
    [
        "a",
        "a/b",
        "IM000001",
        "image 1.dcm",
        ".hidden",
        "a/.hidden",
        "DICOMDIR",
        "1.2.840.10008.dcm",
        "console.dcm",
        "nullify",
        "com10.dcm",
        "auxiliary/x",
        f"caf{E_ACUTE}.dcm",
        "\N{CJK UNIFIED IDEOGRAPH-5C71}/\N{CJK UNIFIED IDEOGRAPH-7530}.dcm",
        "a..b",
        "~a",
        "a" * 200,
        E_ACUTE * 100,
        "/".join(["a" * 99] * 10),
    ],
)
def test_paths_that_every_system_takes(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "must be relative"),
        ("/etc/passwd", "must be relative"),
        ("//server/share", "must be relative"),
        ("..", "a part that is empty, '.' or '..'"),
        ("../a", "a part that is empty, '.' or '..'"),
        ("a/../b", "a part that is empty, '.' or '..'"),
        ("a/..", "a part that is empty, '.' or '..'"),
        ("./a", "a part that is empty, '.' or '..'"),
        ("a//b", "a part that is empty, '.' or '..'"),
        ("a/", "a part that is empty, '.' or '..'"),
        ("a\\b", "holds the character"),
        ("..\\a", "holds the character"),
        ("C:", "holds the character"),
        ("C:/a", "holds the character"),
        ("a:stream", "holds the character"),
        ("a\0b", "holds the character"),
        ("a\nb", "holds the character"),
        ("a\x7fb", "holds the character"),
        ("a\x85b", "holds the character"),
        ("a?b", "holds the character"),
        ("a*b", "holds the character"),
        ('a"b', "holds the character"),
        ("a<b", "holds the character"),
        ("a>b", "holds the character"),
        ("a|b", "holds the character"),
        ("a.", "ends in a dot or a space"),
        ("a /b", "ends in a dot or a space"),
        ("a./b", "ends in a dot or a space"),
        (" ", "ends in a dot or a space"),
        ("...", "ends in a dot or a space"),
        ("con", "Windows reserves"),
        ("a/CON", "Windows reserves"),
        ("NUL.txt", "Windows reserves"),
        ("nul.tar.gz", "Windows reserves"),
        ("aux .dcm", "Windows reserves"),
        ("Prn/a", "Windows reserves"),
        ("com1", "Windows reserves"),
        ("LPT9.dcm", "Windows reserves"),
        ("com\N{SUPERSCRIPT ONE}.dcm", "Windows reserves"),
        ("CONIN$", "Windows reserves"),
        ("conout$.txt", "Windows reserves"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "normal form C"),
        ("\N{ANGSTROM SIGN}", "normal form C"),
        ("a\N{ZERO WIDTH JOINER}b", "invisible"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}mcd", "invisible"),
        ("a\N{LINE SEPARATOR}b", "invisible"),
        ("a\N{SOFT HYPHEN}b", "invisible"),
        ("a\ue000b", "invisible"),
        ("a\udcffb", "not valid Unicode"),
        ("a" * 201, "a part over 200 bytes"),
        (E_ACUTE * 101, "a part over 200 bytes"),
        ("/".join(["a" * 100] * 10), "longer than 1000 bytes"),
    ],
)
def test_paths_that_are_refused(path: str, why: str) -> None:
    with pytest.raises(FormatError, match=why.replace(".", r"\.")) as caught:
        check_path(path)
    assert caught.value.hint
    assert len(caught.value.message) < 700


_NASTY = ["con", "CON", "nul", "com1", "aux.", "lpt9", "..", ".", "", " ", "a", "ab", "a.", "a ", "x" * 100, "x" * 101]
_parts = st.one_of(st.sampled_from(_NASTY), st.text("aAcCoOnN019.-_+=, $\\:\n\u00e9\u0661", max_size=6))


@law
@given(st.lists(_parts, max_size=11).map("/".join))
@example("/".join(["x" * 100] * 9))
@example("co\u0661")
@example("com\u0661")
@example("ab\n")
def test_the_fast_way_takes_nothing_that_the_rules_refuse(path: str) -> None:
    if names._PLAIN.fullmatch(path):
        assert not names._fault(path)


def test_the_fast_way_is_taken_for_ordinary_names() -> None:
    assert names._PLAIN.fullmatch("series-1/IM000001.dcm")


@law
@given(st.text(max_size=40))
def test_whatever_is_taken_stays_within_its_folder(path: str) -> None:
    try:
        check_path(path)
    except FormatError:
        return
    parts = path.split("/")
    assert not path.startswith("/")
    assert not {"", ".", ".."} & set(parts)
    assert not set(path) & set("\\:\0\r\n")
    assert all(len(part.encode()) <= 200 for part in parts)
