"""Two paths that some file system takes for one: by case, by compatibility, or one as the folder of the other."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law

from zoopkg.errors import FormatError
from zoopkg.model.names import PathSet, collision_key

SHARP_S = "\N{LATIN SMALL LETTER SHARP S}"

PAIRS = [
    ("a", "A"),
    ("a/b", "A/B"),
    (f"stra{SHARP_S}e", "STRASSE"),
    (f"stra{SHARP_S}e", "strasse"),
    ("\N{LATIN SMALL LIGATURE FI}le", "file"),
    ("\N{LATIN SMALL LIGATURE FI}le", "FILE"),
    ("\N{LATIN CAPITAL LETTER E WITH ACUTE}", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
    ("\N{FULLWIDTH LATIN SMALL LETTER A}", "A"),
    ("x\N{SUPERSCRIPT TWO}", "X2"),
    ("\N{GREEK SMALL LETTER FINAL SIGMA}", "\N{GREEK CAPITAL LETTER SIGMA}"),
    ("\N{KELVIN SIGN}", "k"),
    ("\N{TELEPHONE SIGN}", "tel"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_pairs_that_collide(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        paths = PathSet()
        paths.add(first)
        with pytest.raises(FormatError, match="are one file on some file systems") as caught:
            paths.add(second)
        assert repr(first) in caught.value.message
        assert repr(second) in caught.value.message


@pytest.mark.parametrize(
    ("one", "other"),
    [("a", "a/b"), ("a", "A/b"), ("a/b", "a/b/c"), ("a", "a/b/c"), ("X/file", "x/\N{LATIN SMALL LIGATURE FI}le/y")],
)
def test_a_file_is_no_other_files_folder(one: str, other: str) -> None:
    for first, second in ((one, other), (other, one)):
        paths = PathSet()
        paths.add(first)
        with pytest.raises(FormatError, match="are one file"):
            paths.add(second)


def test_neighbours_do_not_collide() -> None:
    paths = PathSet()
    for path in ("a/b", "a/c", "A/d", "ab", "a.b", "b/a", "a-b/c", "a/bc/d", "a/bd/e"):
        paths.add(path)


_letters = st.text("aAbB\u00df\ufb01\u00e9\u00c9fi", min_size=1, max_size=2)
_paths = st.lists(_letters, min_size=1, max_size=3).map("/".join)


def _one_file(one: str, other: str) -> bool:
    """The definition, naively: equal, or one above the other, once folded."""

    def folded(path: str) -> list[str]:
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold()).split("/")

    shorter, longer = sorted((folded(one), folded(other)), key=len)
    return longer[: len(shorter)] == shorter


@law
@given(st.lists(_paths, max_size=8))
def test_collisions_are_what_the_definition_says(chosen: list[str]) -> None:
    paths, taken = PathSet(), []
    for path in chosen:
        collides = any(_one_file(path, earlier) for earlier in taken)
        if collides:
            with pytest.raises(FormatError):
                paths.add(path)
            return
        paths.add(path)
        taken.append(path)


@law
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=8))
def test_the_key_forgets_case_and_compatibility(path: str) -> None:
    key = collision_key(path)
    assert collision_key(unicodedata.normalize("NFKC", path)) == key
    assert collision_key(unicodedata.normalize("NFD", path)) == key
    assert key == unicodedata.normalize("NFKC", key)
