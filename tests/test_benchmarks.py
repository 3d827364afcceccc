"""The benchmarks' own parts: corpora that are the same each time, rows that judge rightly, and a run of them all, tiny.

No time is asserted anywhere.
"""

import io
import os
import shutil
import subprocess
import sys

import pytest

pytest.importorskip("numpy", reason="the corpora are made with numpy")
if sys.platform != "linux":
    pytest.skip("the benchmarks read /proc", allow_module_level=True)

import pydicom

from benchmarks import __main__, contenders
from benchmarks.corpora import NAMES, SMOKE, make
from benchmarks.measure import Best, Contender, Ground, resident, timed
from benchmarks.page import page
from benchmarks.report import Row, amount, table
from benchmarks.server import NGINX, Traffic, serving
from benchmarks.slices import instance, uid
from zoopkg.model.digest import Digest


def test_an_instance_is_dicom_with_as_many_elements_as_a_real_one():
    dataset = pydicom.dcmread(io.BytesIO(instance("many", 3, 7, (96, 64))))
    assert 150 <= len(dataset) <= 200
    assert dataset.pixel_array.shape == (96, 64)
    assert dataset.SOPInstanceUID == dataset.file_meta.MediaStorageSOPInstanceUID
    assert any(element.tag.is_private for element in dataset)


def test_frames_are_stacked():
    assert pydicom.dcmread(io.BytesIO(instance("big", 1, 1, (16, 16), frames=3))).pixel_array.shape == (3, 16, 16)


def test_uids_are_valid_and_distinct():
    uids = {uid("many", series, number) for series in range(20) for number in range(20)}
    assert len(uids) == 400
    assert all(pydicom.uid.UID(each).is_valid for each in uids)


@pytest.mark.parametrize("name", NAMES)
def test_a_corpus_has_distinct_files_and_is_the_same_each_time(tmp_path, name):
    digests = []
    for folder in (tmp_path / "a", tmp_path / "b"):
        make(name, folder, SMOKE)
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        digests.append([Digest.of(path.read_bytes()) for path in paths])
    assert digests[0] == digests[1]
    assert len(set(digests[0])) == len(digests[0]) == getattr(SMOKE, name)


@pytest.mark.parametrize(("ours", "met"), [(2.6, True), (2.7, False)])
def test_a_row_of_times_holds_the_ratio_against_its_goal(ours, met):
    row = Row.times("install", Best(ours, 0), Best(2.0, 0), limit=1.3)
    assert (row.ours, row.theirs, row.goal, row.met) == (f"{ours:g} s", "2 s", "at most 1.3x", met)
    assert row.ratio == pytest.approx(ours / 2)


def test_a_row_without_a_goal_judges_nothing():
    assert Row.times("install", Best(1, 0), Best(2, 0)).met is None


@pytest.mark.parametrize(("peak", "met"), [(199_000_000, True), (200_000_000, False)])
def test_memory_is_to_stay_under_its_limit(peak, met):
    assert Row.peak("install", Best(1, peak)).met is met


@pytest.mark.parametrize(("count", "met"), [(12, True), (13, False)])
def test_a_number_may_reach_its_limit(count, met):
    assert Row.at_most("requests", count, 12).met is met


@pytest.mark.parametrize(
    ("value", "text"), [(999, "999 bytes"), (1_000, "1 kB"), (15_234_000, "15.2 MB"), (2_000_000_000_000, "2e+03 GB")]
)
def test_amounts_have_the_unit_that_suits_them(value, text):
    assert amount(value) == text


def test_the_table_has_a_line_a_row():
    rows = [Row("a", "1 s", "2 s", 0.5, "at most 1x", met=True), Row("b", "3 s", goal="at most 2", met=False)]
    assert table(rows).splitlines()[2:] == [
        "| a | 1 s | 2 s | 0.5x | at most 1x | yes |",
        "| b | 3 s |  |  | at most 2 | **no** |",
    ]


def test_the_page_tells_the_results_and_the_machine_but_not_where(tmp_path):
    text = page([Row("a", "1 s")], SMOKE, rounds=7, slow=2, disk=tmp_path)
    assert "| a | 1 s |  |  |  |  |" in text
    assert "minima of seven rounds" in text
    assert os.uname().nodename not in text.split()
    assert str(tmp_path) not in text


def test_contenders_alternate_in_fresh_folders(tmp_path):
    log = tmp_path / "log"
    script = 'sleep 0.1; test -e ready && ! test -e used && touch used && echo "$1" >> "$2"'

    def contender(name, rounds=None):
        argv = ("sh", "-c", script, "sh", name, str(log))
        return Contender(name, argv, prepare=lambda folder: (folder / "ready").touch(), rounds=rounds)

    bests = Ground(tmp_path, rounds=3, settle=0).alternate(contender("a"), contender("b", rounds=2), contender("c"))
    assert log.read_text().split() == ["a", "b", "c", "a", "b", "c", "a", "c"]
    assert all(best.peak > 0 for best in bests)
    assert list(tmp_path.iterdir()) == [log]


def test_a_contender_that_fails_is_told_with_what_it_said(tmp_path):
    with pytest.raises(RuntimeError, match="ended with 3: no luck"):
        timed(("sh", "-c", "echo no luck >&2; exit 3"), tmp_path, watch=False)


def test_the_memory_of_children_counts():
    holding = "x = bytes(range(256)) * 200_000; print(len(x), flush=True); input()"
    parent = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"
    argv = [sys.executable, "-c", parent, holding]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as process:
        process.stdout.readline()  # a session of its own: in this one, other tests come and go
        held = resident(process.pid)
        process.communicate(b"\n")
    assert held > 256 * 200_000


needs_tools = pytest.mark.skipif(
    NGINX is None or bool(contenders.missing_tools()) or not os.path.exists(contenders.ZOOPKG),
    reason="nginx, curl, zstd or tar is not installed, or zoopkg's own command line",
)


@needs_tools
def test_the_server_counts_requests_and_bytes(tmp_path):
    (tmp_path / "file").write_bytes(bytes(1000))
    with serving(tmp_path) as server:
        before = server.mark()
        for span in ("0-9", "0-99"):
            subprocess.run(["curl", "-s", "-r", span, "-o", "/dev/null", f"{server.url}/file"], check=True)
        assert server.since(before) == Traffic(2, 110)


@needs_tools
def test_a_tiny_run_measures_every_case(tmp_path, capsys):
    assert __main__.main(["--smoke", "--work", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for beginning in ("cold install", "warm install", "install again", "verify", "pack build", "update", "requests"):
        assert any(line.startswith(f"| {beginning}") for line in lines), beginning
    assert not list(tmp_path.glob("runs-*"))


@needs_tools
def test_corpora_are_kept_for_the_next_run(tmp_path, capsys):
    arguments = ["--smoke", "--work", str(tmp_path), "--only", "update"]
    assert __main__.main(arguments) == 0
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    first = capsys.readouterr().out
    assert __main__.main(arguments) == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before
    assert capsys.readouterr().out == first


def test_missing_tools_are_named(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    assert __main__.main(["--smoke"]) == 1
    assert "curl, zstd, tar, cp" in capsys.readouterr().out
