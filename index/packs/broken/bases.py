"""The healthy files that all of `broken` is cut from: 64 x 64 pixels of the CT phantom, native and compressed."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from objects import codecs
from phantoms.ct import AXIAL, ct_slice
from phantoms.grid import ds
from phantoms.modules import code
from phantoms.uids import uid
from phantoms.write import file_meta, save
from pydicom import uid as uids
from pydicom.dataset import Dataset

SLICE, LEFT, TOP, SIZE = 32, 96, 136, 64


@dataclass(frozen=True, slots=True)
class Bases:
    """The bytes of the healthy files."""

    good: bytes
    """Explicit VR little endian."""
    rle: bytes
    jpeg_ls: bytes
    implicit: bytes
    big_endian: bytes
    deflated: bytes


def image() -> codecs.Frame:
    """Return the pixels: the spine and what is around it."""
    frame = np.frombuffer(ct_slice(SLICE).PixelData, "<u2").reshape(256, 256)
    return frame[TOP : TOP + SIZE, LEFT : LEFT + SIZE]


def dataset() -> Dataset:
    """Return the healthy data set, with a name that needs its character set and a sequence of undefined length."""
    data = ct_slice(SLICE)
    del data.file_meta
    data.SpecificCharacterSet = "ISO_IR 100"
    data.ImageType = ["DERIVED", "PRIMARY", "AXIAL"]
    data.SOPInstanceUID, data.SeriesInstanceUID = uid("broken/good"), uid("broken/series")
    data.SeriesNumber, data.InstanceNumber = 77, 1
    data.SeriesDescription = "Crop for surgery"
    data.PatientName, data.PatientAge = "Fant\u00f4me^CT", "042Y"
    data.ProcedureCodeSequence = [code("CT", "DCM", "Computed Tomography")]
    data["ProcedureCodeSequence"].is_undefined_length = True
    data.Rows = data.Columns = SIZE
    data.ImagePositionPatient = [ds(value) for value in AXIAL.grid.position(LEFT, TOP, SLICE)]
    data.PixelData = codecs.native(image())
    return data


def bases() -> Bases:
    """Return all of them."""
    return Bases(
        good=_bytes(dataset()),
        rle=_compressed(uids.RLELossless, codecs.rle(image(), 12)),
        jpeg_ls=_compressed(uids.JPEGLSLossless, codecs.jpeg_ls_stream(image(), 12)),
        implicit=_native(uids.ImplicitVRLittleEndian),
        big_endian=_native(uids.ExplicitVRBigEndian),
        deflated=_native(uids.DeflatedExplicitVRLittleEndian),
    )


def _bytes(data: Dataset) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instance"
        save(data, path)
        return path.read_bytes()


def _compressed(syntax: uids.UID, stream: bytes) -> bytes:
    data = dataset()
    codecs.set_frames(data, syntax, [stream])
    return _bytes(data)


def _native(syntax: uids.UID) -> bytes:
    data = dataset()
    data.file_meta = file_meta(data, syntax)
    if not syntax.is_little_endian:
        data.PixelData = image().astype(">u2").tobytes()
    return _bytes(data)
