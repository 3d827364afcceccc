"""The project's own data needs, `[tool.zoopkg]` and `zoo.lock`: installed as any project installs, and put to use."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest

from zoopkg.cli import run
from zoopkg.dicom.inspect import inspect
from zoopkg.model.frame import decompressed
from zoopkg.model.manifest import ManifestReader

PROJECT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packs that the project's lock pins, in a folder of their own."""
    place = tmp_path_factory.mktemp("own")
    arguments = ["--directory", str(PROJECT), "--dest", str(place / "zoo"), "--store", str(place / "store"), "-q"]
    assert run(["install", "--frozen", "--offline", *arguments]) == 0
    return place / "zoo"


def test_the_lock_matches_what_the_project_asks_for(tmp_path: Path) -> None:
    arguments = ["--directory", str(PROJECT), "--dest", str(tmp_path / "zoo"), "--store", str(tmp_path / "store"), "-q"]
    before = (PROJECT / "zoo.lock").read_bytes()
    assert run(["install", "--locked", *arguments]) == 0
    assert (PROJECT / "zoo.lock").read_bytes() == before


def test_slices_in_order_have_the_affine_that_is_promised(zoo: Path) -> None:
    series = zoo / "ct-basic" / "phantom" / "axial"
    expected = json.loads((series / "expected.json").read_text())
    slices = sorted(
        (pydicom.dcmread(path) for path in series.glob("*.dcm")), key=lambda each: float(each.ImagePositionPatient[2])
    )
    first, last = slices[0], slices[-1]
    rows, columns = (float(value) for value in first.PixelSpacing)
    across, down = np.array(first.ImageOrientationPatient, float).reshape(2, 3)
    start, end = (np.array(each.ImagePositionPatient, float) for each in (first, last))
    affine = np.eye(4)
    affine[:3, 0], affine[:3, 1] = across * columns, down * rows
    affine[:3, 2], affine[:3, 3] = (end - start) / (len(slices) - 1), start
    assert len(slices) >= 64
    np.testing.assert_allclose(affine, expected["affine"])


def test_one_slice_in_every_lossless_syntax_decodes_to_one_picture(zoo: Path) -> None:
    folder = zoo / "transfer-syntaxes" / "phantom"
    expected = json.loads((folder / "expected.json").read_text())
    pictures = {}
    for path in sorted(folder.glob("*.dcm")):
        dataset = pydicom.dcmread(path)
        if dataset.get("LossyImageCompression", "00") == "00" and dataset.BitsAllocated == 16:
            try:
                pixels = dataset.pixel_array
            except (NotImplementedError, RuntimeError, AttributeError):
                continue  # a syntax that no permissive decoder reads here
            if pixels.ndim == 2:
                pictures[path.name] = hashlib.sha256(pixels.astype("<u2").tobytes()).hexdigest()
    assert len(pictures) >= 6
    assert len(set(pictures.values())) == 1
    assert next(iter(pictures.values())) in json.dumps(expected)


def test_the_inspector_says_of_every_file_what_the_manifest_says(zoo: Path) -> None:
    compared = 0
    for blob in (zoo / ".zoopkg").glob("*.manifest"):
        reader = ManifestReader(decompressed(blob.read_bytes(), blob.name), blob.name)
        folder = zoo / reader.header.name.name
        for instance in reader:
            told = {facet: value for facet, value in instance.facets.items() if facet != "defects"}
            assert inspect((folder / instance.path).read_bytes()) == told, instance.path
            compared += 1
    assert compared == sum(1 for path in zoo.rglob("*") if path.is_file() and ".zoopkg" not in path.parts) - 1


def test_a_broken_file_is_what_its_pack_says(zoo: Path) -> None:
    expected: dict[str, Any] = json.loads((zoo / "broken" / "expected.json").read_text())
    assert "pixel.truncated" in expected["real/MR_truncated.dcm"]["codes"]
    with pytest.raises((ValueError, AttributeError)):
        _ = pydicom.dcmread(zoo / "broken" / "real" / "MR_truncated.dcm").pixel_array
