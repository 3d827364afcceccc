"""One look at every file: the same in one process and in many, and an unreadable file is told by its name."""

import tempfile
from pathlib import Path

import pytest
from filesystems import another_user
from small_folders import make_folder

from zoopkg.dicom.inspect import inspect
from zoopkg.errors import ZooError
from zoopkg.model.digest import Digest
from zoopkg.pack import examine
from zoopkg.pack.examine import examine_all


def test_processes_see_what_one_process_sees(tmp_path: Path) -> None:
    files = {f"{n:03}.bin": bytes([n % 256]) * n for n in range(examine._WORTH_PROCESSES + 20)}
    files["large.bin"] = b"large" * 300_000
    folder = make_folder(tmp_path / "pack", files)
    paths = sorted(files)
    alone = examine_all(folder, paths, 1)
    assert [each.path for each in alone] == paths
    assert all((each.digest, each.size) == (Digest.of(files[each.path]), len(files[each.path])) for each in alone)
    assert examine_all(folder, paths, 2) == alone


@pytest.mark.parametrize("size", [0, 1, 131, 132, 133, (1 << 20) - 1, 1 << 20, (1 << 20) + 1])
def test_a_file_is_inspected_whole_however_it_is_read(tmp_path: Path, size: int) -> None:
    data = (b"\0" * 128 + b"DICM" + b"\2\0\0\0UL\4\0\0\0\0\0")[:size].ljust(size, b"x")
    folder = make_folder(tmp_path / "pack", {"file": data})
    (examined,) = examine_all(folder, ["file"], 1)
    assert (examined.digest, examined.size) == (Digest.of(data), size)
    assert examined.facets == inspect(data)


def test_a_file_that_is_gone_or_may_not_be_read() -> None:
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = make_folder(Path(place) / "pack", {"secret": b"x"})
        (folder / "secret").chmod(0o600)
        with pytest.raises(ZooError, match=r"cannot read .*gone"):
            examine_all(folder, ["gone"], 1)
        with another_user(), pytest.raises(ZooError, match=r"cannot read .*secret: permission denied") as caught:
            examine_all(folder, ["secret"], 1)
        assert caught.value.hint


def test_what_is_larger_than_an_instance_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = make_folder(tmp_path / "pack", {"file": b"12345"})
    monkeypatch.setattr(examine, "MAX_INSTANCE", 4)
    with pytest.raises(ZooError, match="file is larger than an instance may be, 4 bytes"):
        examine_all(folder, ["file"], 1)
