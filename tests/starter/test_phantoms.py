"""The packs ct-basic, ct-derived and mr-basic: what their recipes write is what their expected.json says.

Every fact is computed again from the files with pydicom and numpy; of the generators only the recipes are used.
"""

import hashlib
import json
import os
import runpy
import shutil
import subprocess
import sys
from math import dist, log
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset

PACKS = Path(__file__).parents[2] / "index" / "packs"
CT_SERIES = ("axial", "oblique", "gantry-tilt", "missing-slice", "shuffled")
NAMES = {"ct-basic": "1.1.0", "ct-derived": "1.0.0", "mr-basic": "1.0.0"}
TEST_FILES = Path(pydicom.__file__).parent / "data" / "test_files"


def make(name, folder, version):
    sys.path.insert(0, str(PACKS))
    try:
        recipe = runpy.run_path(str(PACKS / name / "recipe.py"))
    finally:
        sys.path.remove(str(PACKS))
    assert version in recipe["VERSIONS"]
    recipe["make"](folder, version)
    return folder


@pytest.fixture(scope="module")
def packs(tmp_path_factory):
    root = tmp_path_factory.mktemp("packs")
    for name, version in NAMES.items():
        make(name, root / name, version)
    return root


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def digests(folder):
    return {name: hashlib.sha256(content).hexdigest() for name, content in files(folder).items()}


def expectation(path):
    return json.loads((path / "expected.json").read_text(encoding="utf-8"))


def numbers(values):
    return np.array([float(value) for value in values])


class Stack:
    """A folder of single-frame images, sorted and measured from their headers alone."""

    def __init__(self, paths):
        images = {path: pydicom.dcmread(path) for path in paths}
        first = next(iter(images.values()))
        self.row, self.column = numbers(first.ImageOrientationPatient).reshape(2, 3)
        self.normal = np.cross(self.row, self.column)
        self.spacing = numbers(first.PixelSpacing)
        self.paths = sorted(images, key=lambda path: float(self.normal @ numbers(images[path].ImagePositionPatient)))
        self.images = [images[path] for path in self.paths]
        self.positions = np.array([numbers(image.ImagePositionPatient) for image in self.images])

    def step(self):
        """The smallest step: a missing slice makes a larger one."""
        return min(np.diff(self.positions, axis=0), key=lambda move: float(np.linalg.norm(move)))

    def affine(self):
        columns = (self.row * self.spacing[1], self.column * self.spacing[0], self.step(), self.positions[0])
        return np.vstack([np.stack(columns, axis=1), [0, 0, 0, 1]])

    def slice_indices(self):
        return [
            round(float((p - self.positions[0]) @ self.normal / (self.step() @ self.normal))) for p in self.positions
        ]


def hounsfield(image):
    return image.pixel_array.astype(float) * float(image.RescaleSlope) + float(image.RescaleIntercept)


@pytest.fixture(scope="module")
def stacks(packs):
    folder = packs / "ct-basic" / "phantom"
    return {name: Stack(sorted((folder / name).glob("*.dcm"))) for name in CT_SERIES}


def check_geometry(stack, expected):
    np.testing.assert_allclose(stack.affine(), expected["affine"], atol=1e-9)
    np.testing.assert_allclose(stack.normal, expected["normal"], atol=1e-9)
    np.testing.assert_allclose(stack.step() @ stack.normal, expected["slice_distance"], atol=1e-9)
    assert list(stack.spacing) == expected["pixel_spacing"]
    image = stack.images[0]
    present = stack.slice_indices()
    shape = {"columns": image.Columns, "rows": image.Rows, "slices": present[-1] + 1}
    assert shape == expected["shape"]
    return present


def check_slices(stack, facts):
    for image, fact in zip(stack.images, facts, strict=True):
        assert image.SOPInstanceUID == fact["sop_instance_uid"]
        assert image.InstanceNumber == fact["instance_number"]
        np.testing.assert_allclose(numbers(image.ImagePositionPatient), fact["position"], atol=1e-9)
        decoded = image.pixel_array.astype("<i2" if image.PixelRepresentation else "<u2")
        assert hashlib.sha256(decoded.tobytes()).hexdigest() == fact["sha256"]


# Bytes


def test_another_process_writes_the_same_bytes(packs, tmp_path):
    script = (
        "import runpy, sys; from pathlib import Path\nfor recipe, folder, version in zip(*[iter(sys.argv[1:])] * 3):\n"
    )
    script += "    runpy.run_path(recipe)['make'](Path(folder), version)"
    arguments = [
        str(part) for name, version in NAMES.items() for part in (PACKS / name / "recipe.py", tmp_path / name, version)
    ]
    environment = {**os.environ, "PYTHONPATH": str(PACKS), "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    subprocess.run([sys.executable, "-c", script, *arguments], check=True, env=environment, cwd=tmp_path)
    assert digests(tmp_path) == digests(packs)


def test_a_minor_version_only_adds(packs, tmp_path):
    before = digests(make("ct-basic", tmp_path, "1.0.0"))
    after = digests(packs / "ct-basic")
    assert before.items() < after.items()
    added = {name.split("/")[1] for name in after.keys() - before.keys()}
    assert added == set(CT_SERIES) - {"axial"}


@pytest.mark.parametrize(("pack", "name"), [("ct-basic", "CT_small.dcm"), ("mr-basic", "MR_small.dcm")])
def test_real_files_are_those_of_pydicom_with_its_license(packs, pack, name):
    real = files(packs / pack / "real")
    assert set(real) == {name, "LICENSE-pydicom.txt"}
    assert real[name] == (TEST_FILES / name).read_bytes()
    assert b"Copyright (c) 2008-2020 Darcy Mason and pydicom contributors" in real["LICENSE-pydicom.txt"]


def test_packs_share_the_axial_series(packs):
    axial = digests(packs / "ct-derived" / "phantom" / "axial")
    assert axial == digests(packs / "ct-basic" / "phantom" / "axial")
    assert len(axial) == 65


def generated(packs):
    return [path for path in sorted(packs.rglob("*.dcm")) if path.parent.name != "real"]


def test_headers_are_whole_and_made_up(packs):
    seen = {}
    for path in generated(packs):
        image = pydicom.dcmread(path, stop_before_pixels=True)
        meta = image.file_meta
        assert meta.MediaStorageSOPClassUID == image.SOPClassUID
        assert meta.MediaStorageSOPInstanceUID == image.SOPInstanceUID
        assert meta.ImplementationVersionName == "ZOOPKG"
        assert str(meta.ImplementationClassUID).startswith("2.25.")
        assert str(image.PatientName).startswith("Phantom^")
        assert {element.value for element in image.iterall() if element.VR == "DA"} <= {"20000101", ""}
        own = [e.value for e in image.iterall() if e.VR == "UI" and "SOPClass" not in e.keyword]
        assert all(uid.is_valid for e in own for uid in ([e] if isinstance(e, str) else e))
        seen.setdefault(image.SOPInstanceUID, set()).add(path.relative_to(packs).parts[1:])
    assert all(len(places) == 1 for places in seen.values())


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_dciodvfy_has_nothing_to_say(packs):
    chosen = [path for path in generated(packs) if path.parent.name == "derived" or path.name == "007.dcm"]
    assert len(chosen) >= 14
    for path in chosen:
        said = subprocess.run(["dciodvfy", "-new", path], capture_output=True, text=True, check=True)
        assert not [line for line in said.stderr.splitlines() if line.startswith(("Error", "Warning"))], path


# CT


@pytest.mark.parametrize("name", CT_SERIES)
def test_ct_geometry_and_digests(packs, stacks, name):
    expected, stack = expectation(packs / "ct-basic" / "phantom" / name), stacks[name]
    present = check_geometry(stack, expected)
    assert present == [fact["k"] for fact in expected["slices"]]
    assert sorted(set(range(present[-1] + 1)) - set(present)) == expected["missing"]
    assert [path.name for path in stack.paths] == expected["order"] == [fact["file"] for fact in expected["slices"]]
    check_slices(stack, expected["slices"])


@pytest.mark.parametrize("name", CT_SERIES)
def test_ct_points(packs, stacks, name):
    expected, stack = expectation(packs / "ct-basic" / "phantom" / name), stacks[name]
    by_k = dict(zip(stack.slice_indices(), stack.images, strict=True))
    assert len(expected["points"]) >= 9
    for point in expected["points"]:
        i, j, k = point["voxel"]
        assert hounsfield(by_k[k])[j, i] == point["hounsfield"], point["name"]
        np.testing.assert_allclose((stack.affine() @ [i, j, k, 1])[:3], point["patient"], atol=1e-9)


def test_all_series_see_the_same_patient(packs, stacks):
    axial, volume = stacks["axial"], np.stack([hounsfield(image) for image in stacks["axial"].images])
    images = [stack.images[0] for stack in stacks.values()]
    assert (
        len({image.FrameOfReferenceUID for image in images}) == len({image.StudyInstanceUID for image in images}) == 1
    )
    assert len({image.SeriesInstanceUID for image in images}) == len(CT_SERIES)
    for name in CT_SERIES[1:]:
        for point in expectation(packs / "ct-basic" / "phantom" / name)["points"]:
            i, j, k, _ = np.rint(np.linalg.solve(axial.affine(), [*point["patient"], 1])).astype(int)
            assert volume[k, j, i] == point["hounsfield"], (name, point["name"])


def test_each_odd_series_is_odd_in_its_way(stacks):
    oblique, tilt, shuffled = stacks["oblique"], stacks["gantry-tilt"], stacks["shuffled"]
    assert np.all(np.abs([oblique.row, oblique.column, oblique.normal]) > 0.05)
    assert oblique.spacing[0] != oblique.spacing[1]
    assert oblique.images[0].PixelRepresentation == 1
    assert oblique.images[0].SliceThickness == 4
    along = tilt.step() @ tilt.normal / np.linalg.norm(tilt.step())
    assert np.degrees(np.arccos(along)) == pytest.approx(float(tilt.images[0].GantryDetectorTilt), abs=0.01)
    assert [round(float(move)) for move in np.diff(stacks["missing-slice"].positions[:, 2])].count(10) == 1
    order = [image.InstanceNumber for image in shuffled.images]
    assert sorted(order) == list(range(1, 25))
    assert order not in (sorted(order), sorted(order, reverse=True))


LETTERS = {
    "L": "#.... #.... #.... #.... #.... #.... #####",
    "R": "####. #...# #...# ####. #.#.. #..#. #...#",
    "A": "..#.. .#.#. #...# #...# ##### #...# #...#",
    "P": "####. #...# #...# ####. #.... #.... #....",
    "H": "#...# #...# #...# ##### #...# #...# #...#",
    "F": "##### #.... #.... ####. #.... #.... #....",
}


def read_letter(ink):
    """Name the letter that fills the bounding box of what is drawn in `ink`, or None."""
    if not ink.any():
        return None
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    box = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    j = ((np.arange(7) + 0.5) * box.shape[0] / 7).astype(int)
    i = ((np.arange(5) + 0.5) * box.shape[1] / 5).astype(int)
    seen = " ".join("".join("#" if cell else "." for cell in row) for row in box[np.ix_(j, i)])
    return next((letter for letter, bitmap in LETTERS.items() if bitmap == seen), None)


def test_letters_of_an_axial_slice_are_at_their_sides(stacks):
    images = stacks["axial"].images
    for image in (images[0], images[30], images[-1]):
        ink = hounsfield(image) == 400
        assert read_letter(ink[100:160, 225:]) == "L"
        assert read_letter(ink[100:160, :30]) == "R"
        assert read_letter(ink[:50, 110:150]) == "A"
        assert read_letter(ink[205:, 110:150]) == "P"
    corners = [read_letter(hounsfield(image)[:50, :60] == 400) for image in images]
    assert corners[0] == "F"
    assert corners[30] is None
    assert corners[-1] == "H"


# Derived objects


@pytest.fixture(scope="module")
def derived(packs):
    folder = packs / "ct-derived" / "derived"
    return {path.name: pydicom.dcmread(path) for path in sorted(folder.glob("*.dcm"))}


@pytest.fixture(scope="module")
def facts(packs):
    return expectation(packs / "ct-derived" / "derived")


def test_expectations_speak_of_every_file(derived, facts):
    assert set(derived) == {name for name in facts if name.endswith(".dcm")}


def test_references_resolve_within_the_pack(packs, derived):
    everything = [pydicom.dcmread(path, stop_before_pixels=True) for path in (packs / "ct-derived").rglob("*.dcm")]
    instances = {image.SOPInstanceUID: image.SOPClassUID for image in everything}
    series = {image.SeriesInstanceUID for image in everything}
    study, frame = everything[0].StudyInstanceUID, everything[0].get("FrameOfReferenceUID")
    counted = 0
    for image in derived.values():
        for item in datasets(image):
            target = item.get("ReferencedSOPInstanceUID")
            if target == study:
                continue
            counted += target is not None
            assert target is None or instances[target] == item.ReferencedSOPClassUID
            assert item.get("SeriesInstanceUID", image.SeriesInstanceUID) in series
            assert item.get("StudyInstanceUID", study) == study
            for keyword in ("FrameOfReferenceUID", "ReferencedFrameOfReferenceUID"):
                assert item.get(keyword, frame) == frame
    assert counted > 600


def datasets(dataset):
    yield dataset
    for element in dataset:
        if element.VR == "SQ":
            for item in element.value:
                yield from datasets(item)


def test_enhanced_ct_shows_the_axial_slices_from_the_top(derived, facts, stacks):
    enhanced, expected, axial = derived["enhanced-ct.dcm"], facts["enhanced-ct.dcm"], stacks["axial"]
    assert enhanced.NumberOfFrames == expected["frames"] == len(expected["frame_order"])
    assert expected["frame_order"] == sorted(expected["frame_order"], reverse=True)
    shared = enhanced.SharedFunctionalGroupsSequence[0]
    np.testing.assert_allclose(numbers(shared.PixelMeasuresSequence[0].PixelSpacing), axial.spacing)
    cosines = numbers(shared.PlaneOrientationSequence[0].ImageOrientationPatient)
    np.testing.assert_allclose(cosines, [*axial.row, *axial.column])
    groups = enhanced.PerFrameFunctionalGroupsSequence
    for k, pixels, group in zip(expected["frame_order"], enhanced.pixel_array, groups, strict=True):
        position = numbers(group.PlanePositionSequence[0].ImagePositionPatient)
        np.testing.assert_allclose(position, axial.positions[k])
        assert group.FrameContentSequence[0].InStackPositionNumber == k + 1
        source = group.DerivationImageSequence[0].SourceImageSequence[0]
        assert source.ReferencedSOPInstanceUID == axial.images[k].SOPInstanceUID
        assert np.array_equal(pixels, axial.images[k].pixel_array)


def masks_of(seg, axial):
    """Unpack the segments by hand: slices x rows x columns for each segment number."""
    bits = np.unpackbits(np.frombuffer(seg.PixelData, np.uint8), bitorder="little")
    count, size = int(seg.NumberOfFrames), seg.Rows * seg.Columns
    frames = bits[: count * size].reshape(count, seg.Rows, seg.Columns).astype(bool)
    masks = {}
    for frame, group in zip(frames, seg.PerFrameFunctionalGroupsSequence, strict=True):
        number = group.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        place = numbers(group.PlanePositionSequence[0].ImagePositionPatient)
        k = next(k for k, position in enumerate(axial.positions) if dist(position, place) < 1e-6)
        masks.setdefault(number, np.zeros((len(axial.images), seg.Rows, seg.Columns), bool))[k] = frame
    return masks


def test_segments_lie_on_their_inserts(derived, facts, stacks):
    seg, axial = derived["segmentation.dcm"], stacks["axial"]
    masks = masks_of(seg, axial)
    volume = np.stack([hounsfield(image) for image in axial.images])
    segments = facts["segmentation.dcm"]["segments"]
    assert {item.SegmentNumber: item.SegmentLabel for item in seg.SegmentSequence} == {
        fact["number"]: fact["label"] for fact in segments
    }
    for fact, value in zip(segments, (-800, 30, 700), strict=True):
        mask = masks[fact["number"]]
        assert set(volume[mask]) == {value}
        assert np.count_nonzero(mask) == fact["voxels"]
        assert fact["voxels"] * 1.25 * 1.25 * 2.5 == fact["volume_mm3"]
        assert np.flatnonzero(mask.any(axis=(1, 2))).tolist() == fact["slices"]
        k, j, i = (index.mean() for index in np.nonzero(mask))
        np.testing.assert_allclose((axial.affine() @ [i, j, k, 1])[:3], fact["centroid"], atol=0.006)
    assert (sum(mask.astype(int) for mask in masks.values()) <= 1).all()


def test_highdicom_reads_the_same_masks(packs, facts, stacks):
    highdicom = pytest.importorskip("highdicom", reason="highdicom is not installed")
    seg = highdicom.seg.segread(packs / "ct-derived" / "derived" / "segmentation.dcm")
    uids = [image.SOPInstanceUID for image in stacks["axial"].images]
    pixels = seg.get_pixels_by_source_instance(uids, combine_segments=True, assert_missing_frames_are_empty=True)
    for fact in facts["segmentation.dcm"]["segments"]:
        assert np.count_nonzero(pixels == fact["number"]) == fact["voxels"]


def inside(polygon, x, y):
    """Whether a point lies in a polygon, by counting the edges a ray crosses."""
    crossed = False
    for (x1, y1), (x2, y2) in zip(polygon, np.roll(polygon, 1, axis=0), strict=True):
        if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
            crossed = not crossed
    return crossed


def test_contours_lie_around_their_inserts(derived, facts, stacks):
    rtstruct = derived["rt-structure-set.dcm"]
    by_uid = {image.SOPInstanceUID: image for image in stacks["axial"].images}
    names = {item.ROINumber: item.ROIName for item in rtstruct.StructureSetROISequence}
    kinds = {item.ReferencedROINumber: item.RTROIInterpretedType for item in rtstruct.RTROIObservationsSequence}
    for contours, fact in zip(rtstruct.ROIContourSequence, facts["rt-structure-set.dcm"]["rois"], strict=True):
        number = contours.ReferencedROINumber
        assert (number, names[number], kinds[number]) == (fact["number"], fact["name"], fact["type"])
        polygons = {}
        for contour in contours.ContourSequence:
            corners = numbers(contour.ContourData).reshape(-1, 3)
            assert len(corners) == contour.NumberOfContourPoints
            (height,) = set(corners[:, 2])
            image = by_uid[contour.ContourImageSequence[0].ReferencedSOPInstanceUID]
            assert float(image.ImagePositionPatient[2]) == height
            polygons[height] = corners[:, :2]
        assert len(polygons) == fact["contours"]
        assert [min(polygons), max(polygons)] == fact["z_range"]
        for key, answer in (("inside", True), ("outside", False)):
            for point in fact[key]:
                x, y, z = point["patient"]
                height = min(polygons, key=lambda h, z=z: abs(h - z))
                found = abs(height - z) <= 1.25 and inside(polygons[height], x, y)
                assert bool(found) == answer, (fact["name"], point["name"])


def test_the_nodule_is_the_same_in_contours_and_segments(derived, stacks):
    mask = masks_of(derived["segmentation.dcm"], stacks["axial"])[2]
    contours = derived["rt-structure-set.dcm"].ROIContourSequence[1].ContourSequence
    area = 0.0
    for contour in contours:
        x, y, _ = numbers(contour.ContourData).reshape(-1, 3).T
        area += abs(float(x @ np.roll(y, 1) - y @ np.roll(x, 1))) / 2
    # The outline follows the ball; the mask counts voxel centres, about 14 across at most.
    assert area == pytest.approx(np.count_nonzero(mask) * 1.25**2, rel=0.05)
    assert len(contours) == np.count_nonzero(mask.any(axis=(1, 2)))


def test_dose_follows_its_law_around_the_nodule(derived, facts):
    dose, expected = derived["rt-dose.dcm"], facts["rt-dose.dcm"]
    gray = dose.pixel_array * float(dose.DoseGridScaling)
    affine = np.array(expected["affine"])
    row, column = numbers(dose.ImageOrientationPatient).reshape(2, 3)
    spacing, offsets = numbers(dose.PixelSpacing), numbers(dose.GridFrameOffsetVector)
    axes = np.stack([row * spacing[1], column * spacing[0], [0, 0, offsets[1]]], axis=1)
    np.testing.assert_allclose(affine[:3, :3], axes)
    np.testing.assert_allclose(affine[:3, 3], numbers(dose.ImagePositionPatient))
    shape = expected["shape"]
    assert gray.shape == (shape["frames"], shape["rows"], shape["columns"])
    k, j, i = np.unravel_index(np.argmax(gray), gray.shape)
    assert [i, j, k] == expected["max_voxel"]
    assert gray.max() == pytest.approx(expected["max_gy"])
    np.testing.assert_allclose((affine @ [i, j, k, 1])[:3], expected["max_patient"])
    for point in expected["points"]:
        i, j, k = point["voxel"]
        place = (affine @ [i, j, k, 1])[:3]
        np.testing.assert_allclose(place, point["patient"])
        assert gray[k, j, i] == pytest.approx(point["gy"])
        assert point["gy"] == pytest.approx(60 / (1 + (dist(place, expected["max_patient"]) / 30) ** 2), abs=0.0006)


def test_dose_covers_the_body(derived, facts):
    body = derived["rt-structure-set.dcm"].ROIContourSequence[0].ContourSequence
    corners = np.concatenate([numbers(contour.ContourData).reshape(-1, 3) for contour in body])
    expected = facts["rt-dose.dcm"]
    low = np.array(expected["affine"])[:3, 3]
    high = low + 5.0 * (np.array(list(expected["shape"].values())) - 1)
    assert (corners >= low).all()
    assert (corners <= high).all()


def test_report_measures_the_segments(derived, facts):
    report, expected = derived["report.dcm"], facts["report.dcm"]
    groups = [item for item in datasets(report) if concept(item) == "125007"]
    measured = [{concept(child): child for child in group.ContentSequence} for group in groups]
    tracking = {item.SegmentNumber: item.TrackingUID for item in derived["segmentation.dcm"].SegmentSequence}
    for children, fact in zip(measured[:3], expected["measurements"], strict=True):
        assert children["121191"].ReferencedSOPSequence[0].ReferencedSegmentNumber == fact["segment"]
        assert children["112040"].UID == tracking[fact["segment"]] == fact["tracking_uid"]
        assert value(children["118565006"]) == pytest.approx(fact["volume_mm3"], rel=1e-9)
        assert value(children["112031"]) == fact["mean_hu"]
    outline = measured[3]
    assert value(outline["81827009"]) == expected["nodule_diameter_mm"]
    column, row, edge, _ = (float(number) for number in outline["111030"].GraphicData)
    assert 2 * (edge - column) * 1.25 == pytest.approx(expected["nodule_diameter_mm"], abs=1e-4)
    mask = masks_of(derived["segmentation.dcm"], Stack(axial_paths(report)))[2]
    j, i = (index.mean() + 0.5 for index in np.nonzero(mask[expected["nodule_circle"]["slice"]]))
    assert (i, j) == pytest.approx((column, row), abs=0.1)


def axial_paths(image):
    return sorted((Path(image.filename).parents[1] / "phantom" / "axial").glob("*.dcm"))


def concept(item: Dataset):
    names = item.get("ConceptNameCodeSequence")
    return names[0].CodeValue if names else None


def value(item: Dataset):
    return float(item.MeasuredValueSequence[0].NumericValue)


def test_presentation_state_marks_the_nodule(derived, facts, stacks):
    state, expected = derived["presentation-state.dcm"], facts["presentation-state.dcm"]
    window = state.SoftcopyVOILUTSequence[0]
    assert {"centre": window.WindowCenter, "width": window.WindowWidth} == expected["window"]
    annotation = state.GraphicAnnotationSequence[0]
    image = stacks["axial"].images[expected["circle"]["slice"]]
    assert annotation.ReferencedImageSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
    assert list(annotation.GraphicObjectSequence[0].GraphicData) == expected["circle"]["centre_and_edge"]
    assert annotation.TextObjectSequence[0].UnformattedTextValue == expected["text"]
    column, row, edge, _ = expected["circle"]["centre_and_edge"]
    assert hounsfield(image)[int(row), int(column)] == 30
    assert hounsfield(image)[int(row), int(edge)] == -800


# MR


@pytest.fixture(scope="module")
def echoes(packs):
    folder = packs / "mr-basic" / "phantom"
    return {echo: Stack(sorted((folder / f"echo-{echo}").glob("*.dcm"))) for echo in (1, 2)}


@pytest.mark.parametrize("echo", [1, 2])
def test_mr_geometry_and_digests(packs, echoes, echo):
    expected, stack = expectation(packs / "mr-basic" / "phantom"), echoes[echo]
    assert check_geometry(stack, expected) == list(range(24))
    assert [path.name for path in stack.paths] == expected["order"][f"echo-{echo}"]
    slices = [fact for fact in expected["slices"] if fact["echo"] == echo]
    assert [fact["file"] for fact in slices] == [f"echo-{echo}/{path.name}" for path in stack.paths]
    check_slices(stack, slices)
    assert {image.EchoNumbers for image in stack.images} == {echo}
    assert {float(image.EchoTime) for image in stack.images} == {expected["echo_times_ms"][echo - 1]}


def test_echoes_share_series_and_positions(echoes):
    images = [image for stack in echoes.values() for image in stack.images]
    assert len({image.SeriesInstanceUID for image in images}) == 1
    assert sorted(image.InstanceNumber for image in images) == list(range(1, 49))
    np.testing.assert_array_equal(echoes[1].positions, echoes[2].positions)
    assert [image.InstanceNumber for image in echoes[2].images] == list(range(2, 49, 2))


def test_signal_decays_with_the_known_t2(packs, echoes):
    expected = expectation(packs / "mr-basic" / "phantom")
    first, last = expected["echo_times_ms"]
    for point in expected["points"]:
        i, j, k = point["voxel"]
        seen = [int(echoes[echo].images[k].pixel_array[j, i]) for echo in (1, 2)]
        assert seen == point["values"], point["name"]
        assert (last - first) / log(seen[0] / seen[1]) == pytest.approx(point["t2_ms"], rel=0.02)
        np.testing.assert_allclose((echoes[1].affine() @ [i, j, k, 1])[:3], point["patient"], atol=1e-9)


def test_letters_of_a_sagittal_slice_are_at_their_sides(echoes):
    for stack in echoes.values():
        ink = [
            image.pixel_array == np.bincount(image.pixel_array[:30].ravel())[1:].argmax() + 1 for image in stack.images
        ]
        assert read_letter(ink[12][60:95, :20]) == "A"
        assert read_letter(ink[12][60:95, 140:]) == "P"
        assert read_letter(ink[12][:27, 60:100]) == "H"
        assert read_letter(ink[12][165:, 35:62]) == "F"
        assert read_letter(ink[1][:35, :30]) == "L"
        assert read_letter(ink[22][:35, :30]) == "R"
        assert read_letter(ink[12][:35, :30]) is None
