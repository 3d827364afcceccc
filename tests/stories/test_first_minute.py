"""The first minute of a new user: `zoopkg install ct-basic@1` in an empty folder, with no network and no store."""

import json
from pathlib import Path

import numpy as np
import pydicom
import pytest
from unshared import WITHOUT_NETWORK, needs_unshare
from zoopkg_cli import Machine, Result, contents, objects, times

INDEX = Path(__file__).parents[2] / "index"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    return Machine(tmp_path_factory.mktemp("new"))


@pytest.fixture(scope="module")
def installed(machine: Machine) -> Result:
    return machine.run("install", "ct-basic@1", before=WITHOUT_NETWORK).expect(0, "Added ct-basic ^1")


pytestmark = [needs_unshare, pytest.mark.usefixtures("installed")]


def test_what_is_there_afterwards(machine: Machine) -> None:
    assert sorted(path.name for path in machine.project.iterdir()) == ["zoo", "zoo.lock", "zoo.toml"]
    files = contents(machine.zoo / "ct-basic")
    assert {path.split("/")[0] for path in files} == {"phantom", "real"}
    assert len(objects(machine.store)) == len(set(files.values()))
    assert 'name = "zoo/ct-basic"' in (machine.project / "zoo.lock").read_text()


def test_the_real_slice_is_that_of_pydicom(machine: Machine) -> None:
    ours = list((machine.zoo / "ct-basic" / "real").rglob("*.dcm"))
    theirs = Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm"
    assert [path.read_bytes() for path in ours] == [theirs.read_bytes()]
    assert pydicom.dcmread(ours[0]).pixel_array.shape == (128, 128)


@pytest.mark.parametrize("series", ["axial", "oblique", "gantry-tilt", "missing-slice", "shuffled"])
def test_a_phantom_series_opens_in_order(machine: Machine, series: str) -> None:
    folder = machine.zoo / "ct-basic" / "phantom" / series
    expected = json.loads((folder / "expected.json").read_text())
    slices = {path.name: pydicom.dcmread(path, stop_before_pixels=True) for path in folder.glob("*.dcm")}
    first = next(iter(slices.values()))
    row, column = np.array(first.ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(row, column)
    at = {name: np.array(image.ImagePositionPatient, float) for name, image in slices.items()}
    order = sorted(at, key=lambda name: float(at[name] @ normal))
    assert order == expected["order"]
    steps = np.diff([at[name] for name in order], axis=0)
    step = min(steps, key=np.linalg.norm)
    down, along = map(float, first.PixelSpacing)
    affine = np.vstack([np.stack((row * along, column * down, step, at[order[0]]), axis=1), [0, 0, 0, 1]])
    np.testing.assert_allclose(affine, expected["affine"], atol=1e-9)


def test_again_it_does_nothing(machine: Machine) -> None:
    before = times(machine.root)
    machine.run("install", before=WITHOUT_NETWORK).expect(0, "Nothing to do")
    assert times(machine.root) == before


def test_looking_around(machine: Machine) -> None:
    machine.run("verify", before=WITHOUT_NETWORK).expect(0, "all right")
    assert "ct-basic" in machine.run("list", before=WITHOUT_NETWORK).expect(0).out
    told = machine.run("info", "ct-basic", before=WITHOUT_NETWORK).expect(0).out
    assert "1.0.0, 1.1.0" in told
    assert machine.run("store", "dir").expect(0).out == f"{machine.store}\n"
    assert machine.run("store", "size", "--json").expect(0).document["instances"] == len(objects(machine.store))


def test_every_pack_of_the_starter_index_installs(machine: Machine, tmp_path: Path) -> None:
    names = sorted(path.name for path in (INDEX / "packs").iterdir() if (path / "pack.toml").is_file())
    everything = Machine(tmp_path, store=machine.store)
    everything.run("install", *names, before=WITHOUT_NETWORK).expect(0, f"of {len(names)} packs")
    everything.run("verify", before=WITHOUT_NETWORK).expect(0)
    everything.run("store", "verify", before=WITHOUT_NETWORK).expect(0)
    assert all((everything.zoo / name).is_dir() for name in names)
