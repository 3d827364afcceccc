"""Every real file through the Python API: nothing but documented errors, and always a page."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pydicom
import pytest
from corpus import DICOM_FILES, needs_corpus
from zoopkg_cli import Maintainer

import zoopkg
from zoopkg import Pack
from zoopkg.api.thumbnails import thumbnail

pytestmark = [needs_corpus, pytest.mark.filterwarnings("ignore")]  # real files make pydicom warn


@pytest.fixture(scope="module")
def corpus(folder: Path) -> Pack:
    """All real files as one pack."""
    maintainer = Maintainer(folder / "maintainer")
    files = shutil.copytree(DICOM_FILES, folder / "files", copy_function=shutil.copyfile)
    maintainer.release_folder(files, "corpus", "1.0.0")
    pack = zoopkg.load("corpus", index=str(maintainer.index), directory=folder, store=folder / "store")
    pack.fetch()
    return pack


def test_every_file_has_facets_bytes_and_a_page(corpus: Pack) -> None:
    assert len(corpus.files) == sum(path.is_file() for path in DICOM_FILES.rglob("*"))
    shown = 0
    for instance in corpus.files:
        assert instance.facets["kind"] in {"dicom", "dicomdir", "other"}
        assert "\n" not in repr(instance)
        assert instance.file.stat().st_size == (DICOM_FILES / instance.path).stat().st_size
        png = thumbnail(instance)
        assert png is None or png.startswith(b"\x89PNG")
        shown += png is not None
    assert shown > 400
    assert corpus._repr_html_().count("<img") == 12


def outcome(read: Callable[[], pydicom.Dataset]) -> object:
    """The file meta information that was read, or the kind of error."""
    try:
        return read().file_meta
    except Exception as error:  # noqa: BLE001  (the two need only fail alike)
        return type(error)


def test_data_sets_are_those_of_pydicom(corpus: Pack) -> None:
    for instance in corpus:
        options = {"specific_tags": ["SOPInstanceUID"], "stop_before_pixels": True}
        force = instance.facets["preamble"] == "none"
        expected = outcome(lambda: pydicom.dcmread(DICOM_FILES / instance.path, force=force, **options))  # noqa: B023
        assert outcome(lambda: instance.dataset(**options)) == expected  # noqa: B023


def test_every_series_has_slices_or_a_geometry_error(corpus: Pack) -> None:
    placed = volumes = 0
    for series in corpus.series:
        try:
            slices = series.slices
            assert all(gap.distance > 0 for gap in series.gaps)
            assert all(len(each.slices) > 1 for each in series.duplicates)
            placed += sum(each.position is not None for each in slices)
            if sum(each.instance.size for each in slices) < 10_000_000:
                volumes += series.volume(allow_gaps=True).affine.shape == (4, 4)
        except zoopkg.GeometryError:
            pass
        except (AttributeError, ValueError, RuntimeError, NotImplementedError):
            for each in slices:  # what pydicom cannot decode
                assert isinstance(outcome(lambda: each.instance.pixel_array), type)  # noqa: B023
    assert placed > 300
    assert volumes > 20
