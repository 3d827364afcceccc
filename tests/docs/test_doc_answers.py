"""The page of answers has for each pain something to look at: a test that exists, or a page, or both."""

import re

from pages import DOCS, ROOT

ROWS = re.findall(r"(?m)^\| (.+) \|$", (DOCS / "answers.md").read_text(encoding="utf-8"))[1:]


def test_every_answer_names_a_test_or_a_page() -> None:
    assert len(ROWS) > 20
    for row in ROWS:
        cells = row.split(" | ")
        assert len(cells) == 4, row
        named = re.findall(r"`(tests/[^`]+)`", cells[3])
        assert named or "](" in cells[3], row
        assert [path for path in named if not (ROOT / path).is_file()] == [], row
