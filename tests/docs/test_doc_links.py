"""Links of the pages lead somewhere: to files and headings that exist, as do the modules and tests that pages name."""

import re
from pathlib import Path

import pytest
from pages import DOCS, ROOT, prose

PAGES = sorted([ROOT / "README.md", *DOCS.rglob("*.md")])


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose(page))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        if target.startswith(("http://", "https://")):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(file), f"{page.name} links to {target}"


def test_every_page_is_linked_from_another() -> None:
    linked = {
        (page.parent / target.partition("#")[0]).resolve()
        for page in PAGES
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page))
    }
    assert [page for page in PAGES if page.parts[-1] != "README.md" and page not in linked] == []


def test_the_threat_model_names_code_and_tests_that_exist() -> None:
    rows = [row.split(" | ") for row in re.findall(r"(?m)^\| (.+) \|$", prose(DOCS / "threat-model.md"))]
    named = [row for row in rows if len(row) == 4 and "`" in row[2]]
    assert len(named) > 25
    for _, _, code, tests in named:
        for module in re.findall(r"`([^`]+)`", code):
            assert (ROOT / "zoopkg" / f"{module}.py").is_file() or (ROOT / "zoopkg" / module).is_dir(), module
        for path in re.findall(r"`([^`]+)`", tests):
            assert (ROOT / path).exists(), path
