"""What notebooks show: complete, escaped, and never an error."""

import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from hostile_images import HARMLESS, SCRIPT, image
from PIL import Image
from zoopkg_cli import Maintainer, objects, released

import zoopkg
from zoopkg import Pack
from zoopkg.api.thumbnails import thumbnail
from zoopkg.model.uids import known_uids

Load = Callable[..., Pack]
TAGS = {"div", "p", "b", "img", "table", "thead", "tbody", "tr", "th", "td"}


class Tags(HTMLParser):
    """The tags of a page, with the names of their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.seen: set[tuple[str, tuple[str, ...]]] = set()
        self.text = ""
        self.rows: list[list[str]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.seen.add((tag, tuple(name for name, _ in attrs)))
        if tag == "tr":
            self.rows.append([])
        elif tag in {"th", "td"}:
            self.rows[-1].append("")
        if tag == "img":
            self.rows[-1][-1] += dict(attrs)["title"]
        else:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if self.open[-1] in {"th", "td"}:
            self.rows[-1][-1] += data

    @property
    def series(self) -> list[dict[str, str]]:
        """The table, a mapping for each row by the heads of its columns; a picture is the path that it is of."""
        head, *rows = self.rows
        return [dict(zip(head, row, strict=True)) for row in rows]


def checked(page: str) -> Tags:
    """The page, with no tag and no attribute that is not ours."""
    tags = Tags(page)
    assert {tag for tag, _ in tags.seen} <= TAGS
    assert {names for _, names in tags.seen} <= {(), ("style",), ("src", "title", "alt", "style")}
    return tags


def opened(maintainer: Maintainer, tmp_path: Path, name: str) -> Pack:
    return zoopkg.load(name, index=str(maintainer.index), directory=tmp_path, store=tmp_path / "store")


@pytest.mark.parametrize(
    "name", ["ct-basic", "mr-basic", "ct-derived", "objects", "transfer-syntaxes", "charsets", "dicomdir"]
)
def test_a_pack_shows_its_series_and_some_pictures(load: Load, name: str) -> None:
    pack = load(name)
    page = pack._repr_html_()
    tags = checked(page)
    assert pack.name in tags.text
    assert pack.series[0][0].path in tags.text
    assert 0 <= page.count("<img") <= min(12, len(pack.series))
    assert name in {"charsets", "dicomdir"} or "data:image/png;base64,iVBOR" in page


def test_showing_a_pack_fetches_only_what_it_shows(load: Load, tmp_path: Path) -> None:
    pack = load("ct-basic@1", store=tmp_path)
    assert pack._repr_html_().count("<img") == len(objects(tmp_path)) == len(pack.series)


def test_broken_files_break_no_page(load: Load) -> None:
    broken = load("broken@1")
    checked(broken._repr_html_())
    for instance in broken.files:
        checked(broken.where(digest=instance.digest)._repr_html_())


def test_an_empty_pack_has_no_table(load: Load) -> None:
    page = checked(load("ct-basic@1").where(rows=1)._repr_html_())
    assert "0 DICOM instances" in page.text
    assert {tag for tag, _ in page.seen} == {"div", "p", "b"}


@pytest.mark.parametrize("name", ["ct-basic", "objects", "transfer-syntaxes"])
def test_each_row_tells_of_one_series(load: Load, name: str) -> None:
    pack = load(name)
    rows = checked(pack._repr_html_()).series
    assert [row["first file"] for row in rows] == [series[0].path for series in pack.series]
    assert [row["instances"] for row in rows] == [str(len(series)) for series in pack.series]
    pictures = [(row[""], series[len(series) // 2].path) for row, series in zip(rows, pack.series, strict=True)]
    assert 1 <= sum(shown == middle for shown, middle in pictures) <= 12
    assert all(shown in {"", middle} for shown, middle in pictures)


def test_transfer_syntaxes_are_told_by_keyword(load: Load) -> None:
    pack = load("transfer-syntaxes")
    rows = checked(pack._repr_html_()).series
    assert "JPEG2000Lossless" in {word for row in rows for word in row["transfer syntax"].split(", ")}
    keywords = {known.keyword for known in known_uids().values() if known.facet == "transfer_syntax"}
    assert {word for row in rows for word in row["transfer syntax"].split(", ")} <= keywords | {"\u2026"}


def test_columns_with_nothing_to_tell_are_left_out(memory: Path, tmp_path: Path) -> None:
    files = {"image@1.0.0": {"a.dcm": image()}, "both@1.0.0": {"a.dcm": image(), "b.dcm": image(Modality="CT")}}
    no_image = {"none@1.0.0": {"a.dcm": image(Rows=None, Columns=None, PixelData=b"")}}
    maintainer = released(memory / "columns", files | no_image)
    told = ["first file", "instances", "rows x columns", "transfer syntax"]
    assert checked(opened(maintainer, tmp_path, "image")._repr_html_()).rows[0] == ["", *told]
    assert checked(opened(maintainer, tmp_path, "both")._repr_html_()).series[0]["modality"] == "CT"
    assert checked(opened(maintainer, tmp_path, "none")._repr_html_()).rows[0] == [*told[:2], "transfer syntax"]


@pytest.mark.parametrize(("frames", "middle"), [(1, 0), (2, 1), (3, 1), (4, 2)])
def test_the_picture_of_a_multi_frame_is_of_its_middle(memory: Path, tmp_path: Path, frames: int, middle: int) -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (frames, 4, 4), dtype=np.uint16)
    made = {
        "all.dcm": image(NumberOfFrames=frames, PixelData=pixels.tobytes()),
        **{
            f"{n}.dcm": image(SOPInstanceUID=f"2.25.{n + 4}", PixelData=each.tobytes()) for n, each in enumerate(pixels)
        },
    }
    pack = opened(released(memory / f"frames-{frames}", {"made@1.0.0": made}), tmp_path, "made")
    shown = {instance.path: thumbnail(instance) for instance in pack}
    assert [n for n in range(frames) if shown[f"{n}.dcm"] == shown["all.dcm"]] == [middle]
    with Image.open(io.BytesIO(shown["all.dcm"])) as picture:
        assert picture.size == (4, 4)


def hostile(data: bytes, text: str = SCRIPT) -> bytes:
    """The file with another text of the same length, which pydicom would not write."""
    assert len(text) == len(HARMLESS)
    return data.replace(HARMLESS.encode(), text.encode())


def test_what_files_say_is_escaped(memory: Path, tmp_path: Path) -> None:
    maintainer = Maintainer(memory / "hostile")
    files = {
        "a&b;'(.dcm": hostile(image(Modality=HARMLESS)),
        "c.dcm": hostile(
            image(SOPInstanceUID="2.25.4", Modality=HARMLESS, SeriesInstanceUID="2.25.3"), "</TABLE></DIV><P"
        ),
    }
    maintainer.release("hostile", "1.0.0", files)
    pack = zoopkg.load("hostile", index=str(maintainer.index), directory=tmp_path, store=memory / "store")
    assert {each.facets["modality"] for each in pack} == {SCRIPT, "</TABLE></DIV><P"}
    page = pack._repr_html_()
    tags = checked(page)
    assert SCRIPT in tags.text
    assert re.search(r"<IMG|</TABLE", page) is None
    assert "a&b;'(.dcm" in tags.text
    assert 'title="a&amp;b;&#x27;(.dcm"' in page


def test_large_images_are_not_fetched_for_a_picture(memory: Path, tmp_path: Path) -> None:
    maintainer = Maintainer(memory / "large")
    maintainer.release(
        "large",
        "1.0.0",
        {
            "large.dcm": image(PixelData=bytes(9 << 20)),
            "bomb.dcm": image(Rows=65_535, Columns=65_535, SeriesInstanceUID="2.25.3"),
        },
    )
    pack = opened(maintainer, tmp_path, "large")
    assert checked(pack._repr_html_()).text
    assert objects(tmp_path / "store") == []


def test_a_pack_whose_bytes_are_gone_is_shown_without_pictures(memory: Path, tmp_path: Path) -> None:
    maintainer = Maintainer(memory / "gone")
    maintainer.release("gone", "1.0.0", {"one.dcm": image()})
    pack = opened(maintainer, tmp_path, "gone")
    for bundle in maintainer.blobs("bundle"):
        bundle.unlink()
    page = pack._repr_html_()
    assert "one.dcm" in checked(page).text
    assert "<img" not in page
