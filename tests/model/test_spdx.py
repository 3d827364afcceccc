"""Laws of SPDX license expressions: text and value are one, and what is denied follows from AND and OR."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import law, short

from zoopkg.errors import FormatError
from zoopkg.model.spdx import AllOf, AnyOf, Denied, Expression, License, licenses, parse, read

NAMES = ("MIT", "CC0-1.0", "GPL-2.0-only", "GPL-3.0+", "CC-BY-NC-4.0", "LicenseRef-mine", "DocumentRef-a:LicenseRef-b")
single = st.builds(License, st.sampled_from(NAMES), st.sampled_from(["", "", "Classpath-exception-2.0"]))


def flat(kind: type[AllOf] | type[AnyOf], parts: list[Expression]) -> Expression:
    """Parts of the same kind are one list, as they are read."""
    return kind(tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,))))


expressions: st.SearchStrategy[Expression] = st.recursive(
    single,
    lambda inner: st.builds(
        flat, st.sampled_from([AllOf, AnyOf]), st.lists(inner, min_size=2, max_size=3)
    ),
    max_leaves=10,
)  # fmt: skip


@law
@given(expressions)
def test_text_and_value_are_one(expression: Expression) -> None:
    assert parse(str(expression)) == expression
    assert parse(f"(({expression}))") == expression
    assert read(str(expression)) == expression


@law
@given(expressions, st.sets(st.sampled_from(NAMES)))
def test_denied_as_logic_has_it(expression: Expression, names: set[str]) -> None:
    """Python's own `and` and `or` decide the same expression, of what is allowed."""
    words = str(expression).replace(" WITH Classpath-exception-2.0", "").replace("(", " ( ").replace(")", " ) ").split()
    logic = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    allowed = eval(" ".join(logic.get(word, str(word not in names)) for word in words))
    assert Denied(names).denies(expression) is not allowed


@law
@given(expressions)
def test_nothing_is_denied_by_nothing_and_all_by_all(expression: Expression) -> None:
    assert not Denied([]).denies(expression)
    assert Denied(["*"]).denies(expression)
    assert Denied([str(each) for each in licenses(expression)]).denies(expression)


@law
@given(st.text(alphabet="MIT ANDORWH()-+.:x", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        again = parse(str(parse(text)))
    except FormatError:
        assert Denied(["*"]).denies(read(text))
    else:
        assert again == parse(text)


@pytest.mark.parametrize(
    ("pattern", "text", "denied"),
    [
        ("MIT", "MIT AND CC0-1.0", True),
        ("MIT", "MIT OR CC0-1.0", False),
        ("MIT,CC0-1.0", "MIT OR CC0-1.0", True),
        ("GPL-*", "MIT OR GPL-3.0-only AND MIT", False),
        ("GPL-*", "(MIT OR GPL-3.0-only) AND GPL-2.0-only", True),
        ("gpl-2.0-ONLY", "GPL-2.0-only", True),
        ("GPL-2.0", "GPL-2.0+", True),
        ("GPL-2.0+", "GPL-2.0", False),
        ("GPL-2.0-only", "GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("* WITH Classpath*", "GPL-2.0-only WITH Classpath-exception-2.0", True),
        ("* WITH Classpath*", "GPL-2.0-only", False),
        ("CC-BY-NC-*", "mit or cc-by-nc-4.0", False),
        ("CC-BY-NC-*", "CC-BY-NC-4.0, see the website", True),
        ("MIT", "MIT / Apache-2.0", True),
        ("?", "?", True),
    ],
)
def test_examples(pattern: str, text: str, denied: bool) -> None:
    assert Denied(pattern.split(",")).denies(read(text)) is denied


@pytest.mark.parametrize(
    "text", ["", " ", "MIT AND", "OR MIT", "MIT MIT", "(MIT", "MIT)", "()", "MIT WITH", "MIT And X", "a/b", "(" * 5000],
    ids=short,
)  # fmt: skip
def test_no_expression(text: str) -> None:
    with pytest.raises(FormatError, match="is not an SPDX license expression"):
        parse(text)
