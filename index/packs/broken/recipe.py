"""Recipe of the pack `broken`: one file for each way in which a DICOM file can be wrong.

The healthy files lie in `base/`; every other generated file is one of them after one cut.  `expected.json` says
for each file what is wrong with it and what was done.
"""

from pathlib import Path
from typing import Any

from broken.bases import bases
from broken.contents import CHARSETS, PIXELS, VALUES
from broken.structure import ENCODING, FILE, META
from phantoms.expected import dump
from phantoms.real import copy_from_pydicom

VERSIONS = ["1.0.0"]

CASES = (*FILE, *META, *ENCODING, *CHARSETS, *VALUES, *PIXELS)

REAL = {
    "MR_truncated.dcm": (("file.truncated", "pixel.truncated"), "MR_small.dcm, cut in its last row of pixels."),
    "MR_small_padded.dcm": (("pixel.too-long",), "MR_small.dcm with 128 bytes more in Pixel Data than Rows says."),
    "ExplVR_LitEndNoMeta.dcm": (
        ("meta.missing-preamble", "meta.missing-file-meta"),
        "A data set alone, explicit VR little endian: no preamble, no prefix, no file meta information.",
    ),
    "ExplVR_BigEndNoMeta.dcm": (
        ("meta.missing-preamble", "meta.missing-file-meta"),
        "The same in explicit VR big endian, which a reader has to guess.",
    ),
    "rtplan_truncated.dcm": (
        ("file.truncated", "meta.sop-instance-mismatch"),
        "An RT plan in implicit VR, cut four sequences deep; its UIDs were masked twice, differently.",
    ),
    "badVR.dcm": (
        ("value.bad-number", "value.bad-uid", "meta.sop-instance-mismatch"),
        "An RT dose whose Number of Frames is 1A; its UIDs were masked, one with a leading zero.",
    ),
}

BASES = {
    "base/good.dcm": "good",
    "base/good-rle.dcm": "rle",
    "base/good-jpeg-ls.dcm": "jpeg_ls",
    "base/good-implicit.dcm": "implicit",
    "base/good-big-endian.dcm": "big_endian",
    "base/good-deflated.dcm": "deflated",
}


def make(folder: Path, version: str) -> None:
    """Write the files of `version` of the pack below `folder`."""
    assert version in VERSIONS
    healthy = bases()
    expected: dict[str, Any] = {}
    for path, name in BASES.items():
        _write(folder / path, getattr(healthy, name))
        expected[path] = {"codes": [], "how": "Healthy: the file that others are cut from."}
    for case in CASES:
        _write(folder / case.path, case.build(healthy))
        expected[case.path] = {"codes": sorted(case.codes), "how": case.how}
    copy_from_pydicom(folder / "real", *REAL)
    for name, (codes, how) in REAL.items():
        expected[f"real/{name}"] = {"codes": sorted(codes), "how": how}
    dump(expected, folder / "expected.json")


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
