"""Recipe of the pack `transfer-syntaxes`: one image in every transfer syntax that can be written here.

The image is a slice of the CT phantom; beside it lie a multi-frame image for the ways to cut frames into fragments, and
the small files that come with pydicom.  What each file must decode to stands in `phantom/expected.json`.  HTJ2K, JPEG
Extended and video are not made: no encoder for them is free, in Python, and deterministic.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from objects import codecs, jpeg_lossless
from objects.codecs import Frame, set_frames
from phantoms.ct import ct_slice
from phantoms.expected import dump
from phantoms.grid import ds
from phantoms.modules import code, composite, series
from phantoms.real import copy_from_pydicom
from phantoms.uids import uid
from phantoms.write import file_meta, save
from pydicom import uid as uids
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate_extended

VERSIONS = ["1.0.0"]
SLICE, FRAMES = 32, (16, 32, 48)
BITS = 12
NEAR, RATIO, QUALITY = 2, 12, 90
"""What is asked of JPEG-LS (largest error), JPEG 2000 (compression ratio) and JPEG (libjpeg's quality)."""
CENTER, WIDTH = 40, 400

# pydicom has no name for Deflated Image Frame Compression: it is written under a UID of the same length, then renamed.
STAND_IN = uids.JPEG2000Lossless
RENAMED = {"deflated-frame.dcm": "1.2.840.10008.1.2.8.1"}
ENCAPSULATED_UNCOMPRESSED = uids.UID("1.2.840.10008.1.2.1.98")

REAL = (
    "image_dfl.dcm",
    "JPEGLSNearLossless_16.dcm",
    "MR_small.dcm",
    "MR_small_expb.dcm",
    "MR_small_implicit.dcm",
    "MR_small_jp2klossless.dcm",
    "MR_small_jpeg_ls_lossless.dcm",
    "MR_small_RLE.dcm",
    "SC_rgb_dcmtk_+eb+cr.dcm",
    "SC_rgb_dcmtk_+eb+cy+np.dcm",
    "SC_rgb_gdcm_KY.dcm",
    "SC_rgb_jls_lossy_line.dcm",
    "SC_rgb_jpeg_gdcm.dcm",
    "SC_rgb_rle.dcm",
    "SC_rgb_small_odd.dcm",
    "SC_rgb_small_odd_jpeg.dcm",
)

Made = tuple[str, Dataset, dict[str, Any]]
"""A file's name, its data set, and what is to be expected of it."""


def make(folder: Path, version: str) -> None:
    """Write the files of `version` of the pack below `folder`."""
    assert version in VERSIONS
    copy_from_pydicom(folder / "real", *REAL)
    expected: dict[str, Any] = {}
    for file, data, told in (*_slices(), *_lossy_slices(), *_windowed(), *_multi_frames()):
        path = folder / "phantom" / file
        save(data, path)
        syntax = RENAMED.get(file, str(data.file_meta.TransferSyntaxUID))
        _rename(path, syntax)
        expected[file] = {"transfer_syntax": syntax, **told}
    dump(expected, folder / "phantom" / "expected.json")


def _rename(path: Path, syntax: str) -> None:
    """Put `syntax` where the file meta information has the stand-in."""
    old, new = (text.encode("ascii").ljust(22, b"\0") for text in (STAND_IN, syntax))
    if syntax in RENAMED.values():
        path.write_bytes(path.read_bytes().replace(old, new, 1))


def _lossless(frames: list[Frame]) -> dict[str, Any]:
    return {"lossless": True, "sha256": _sha256(frames)}


def _lossy(truth: Frame, decoded: Frame) -> dict[str, Any]:
    error = int(np.abs(truth.astype(np.int64) - decoded).max())
    return {"lossless": False, "max_abs_error": error, "sha256": _sha256([decoded])}


def _sha256(frames: list[Frame]) -> list[str]:
    return [hashlib.sha256(codecs.native(frame)).hexdigest() for frame in frames]


def _frame(k: int) -> Frame:
    return np.frombuffer(ct_slice(k).PixelData, "<u2").reshape(256, 256)


# One slice, losslessly: the same SOP instance each time


def _slices() -> list[Made]:
    frame = _frame(SLICE)
    told = _lossless([frame])
    files = [(file, _native(syntax), told) for file, syntax in NATIVE.items()]
    for file, syntax, stream in (
        ("rle.dcm", uids.RLELossless, codecs.rle(frame, BITS)),
        ("jpeg-lossless-sv1.dcm", uids.JPEGLosslessSV1, jpeg_lossless.encode(frame, BITS)),
        ("jpeg-ls-lossless.dcm", uids.JPEGLSLossless, codecs.jpeg_ls_stream(frame, BITS)),
        ("jpeg-2000-lossless.dcm", uids.JPEG2000Lossless, codecs.jpeg_2000(frame, BITS)),
        ("encapsulated-uncompressed.dcm", ENCAPSULATED_UNCOMPRESSED, codecs.native(frame)),
        ("deflated-frame.dcm", STAND_IN, codecs.deflated(frame)),
    ):
        data = ct_slice(SLICE)
        set_frames(data, syntax, [stream])
        files.append((file, data, told))
    return files


NATIVE = {
    "implicit-le.dcm": uids.ImplicitVRLittleEndian,
    "explicit-le.dcm": uids.ExplicitVRLittleEndian,
    "explicit-be.dcm": uids.ExplicitVRBigEndian,
    "deflated.dcm": uids.DeflatedExplicitVRLittleEndian,
}


def _native(syntax: uids.UID) -> Dataset:
    data = ct_slice(SLICE)
    data.file_meta = file_meta(data, syntax)
    if not syntax.is_little_endian:
        data.PixelData = np.frombuffer(data.PixelData, "<u2").astype(">u2").tobytes()
    return data


# The same slice, lossily: derived instances of their own


def _lossy_slices() -> list[Made]:
    frame = _frame(SLICE)
    near, wavelet = codecs.jpeg_ls_stream(frame, BITS, NEAR), codecs.jpeg_2000(frame, BITS, RATIO)
    files = []
    for file, syntax, method, stream, decoded in (
        ("jpeg-ls-near-lossless.dcm", uids.JPEGLSNearLossless, "ISO_14495_1", near, codecs.jpeg_ls_decoded(near)),
        ("jpeg-2000-lossy.dcm", uids.JPEG2000, "ISO_15444_1", wavelet, codecs.jpeg_2000_decoded(wavelet)),
    ):
        data = ct_slice(SLICE)
        _derive(data, file, method, frame.nbytes / len(stream))
        set_frames(data, syntax, [stream])
        files.append((file, data, _lossy(frame, decoded)))
    return files


def _derive(data: Dataset, name: str, method: str, ratio: float) -> None:
    """Make `data` a new instance, derived from what it was by lossy compression (PS3.3 section C.7.6.1.1.5)."""
    source = Dataset()
    source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = data.SOPClassUID, data.SOPInstanceUID
    source.PurposeOfReferenceCodeSequence = [code("121320", "DCM", "Uncompressed predecessor")]
    data.SourceImageSequence = [source]
    data.DerivationDescription = "Lossy compression"
    data.DerivationCodeSequence = [code("113040", "DCM", "Lossy Compression")]
    data.SOPInstanceUID = uid(f"transfer-syntaxes/{name}")
    data.ImageType = ["DERIVED", *data.ImageType[1:]]
    data.LossyImageCompression = "01"
    data.LossyImageCompressionRatio, data.LossyImageCompressionMethod = ds(round(ratio, 3)), method


# The slice through its window, as 8 bits: what JPEG baseline can hold


def _windowed() -> list[Made]:
    hounsfield = _frame(SLICE).astype(np.int64) - 1024
    grey: Frame = np.clip((hounsfield - CENTER + WIDTH // 2) * 255 // WIDTH, 0, 255).astype(np.uint8)
    native = _capture("windowed.dcm", uids.SecondaryCaptureImageStorage, grey.shape, 8)
    native.PixelData = grey.tobytes()
    native["PixelData"].VR = "OB"
    native.file_meta = file_meta(native)

    stream = codecs.jpeg(grey, QUALITY)
    lossy = _capture("windowed.dcm", uids.SecondaryCaptureImageStorage, grey.shape, 8)
    _derive(lossy, "jpeg-baseline.dcm", "ISO_10918_1", grey.nbytes / len(stream))
    set_frames(lossy, uids.JPEGBaseline8Bit, [stream])
    return [
        ("windowed.dcm", native, _lossless([grey])),
        ("jpeg-baseline.dcm", lossy, _lossy(grey, codecs.jpeg_decoded(stream))),
    ]


def _capture(name: str, sop_class: uids.UID, shape: tuple[int, ...], bits: int) -> Dataset:
    """Return a secondary capture of the CT phantom's study, without pixel data."""
    data = composite(sop_class, f"transfer-syntaxes/{name}", patient="CT", study="ct/study")
    series(data, "OT", "transfer-syntaxes/captures", 99, "Secondary captures")
    data.ConversionType, data.InstanceNumber, data.PatientOrientation = "SYN", 1, ["L", "P"]
    data.ImageType, data.BurnedInAnnotation, data.Laterality = ["DERIVED", "SECONDARY"], "NO", ""
    data.LossyImageCompression = "00"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows, data.Columns = shape
    data.BitsAllocated, data.BitsStored, data.HighBit = 8 * -(-bits // 8), bits, bits - 1
    data.PixelRepresentation = 0
    return data


# Three frames with noise: fragments and offset tables


def _multi_frames() -> list[Made]:
    frames = [_noisy(k) for k in FRAMES]
    told = _lossless(frames)
    j2k = [codecs.jpeg_2000(frame, BITS) for frame in frames]
    jls = [codecs.jpeg_ls_stream(frame, BITS) for frame in frames]
    rle = [codecs.rle(frame, BITS) for frame in frames]
    native = _frames()
    native.PixelData = b"".join(codecs.native(frame) for frame in frames)
    native.file_meta = file_meta(native)
    files = [("multi-frame/explicit-le.dcm", native, told)]
    for name, syntax, streams, options in (
        ("rle", uids.RLELossless, rle, {}),
        ("jpeg-ls-no-offset-table", uids.JPEGLSLossless, jls, {"table": False}),
        ("jpeg-2000-fragments", uids.JPEG2000Lossless, j2k, {"fragments": 3}),
        ("jpeg-2000-fragments-no-offset-table", uids.JPEG2000Lossless, j2k, {"fragments": 3, "table": False}),
    ):
        data = _frames()
        set_frames(data, syntax, streams, **options)
        files.append((f"multi-frame/{name}.dcm", data, told))
    extended = _frames()
    set_frames(extended, uids.JPEGLSLossless, jls)
    extended.PixelData, extended.ExtendedOffsetTable, extended.ExtendedOffsetTableLengths = encapsulate_extended(jls)
    return [*files, ("multi-frame/jpeg-ls-extended-offset-table.dcm", extended, told)]


def _noisy(k: int) -> Frame:
    """Return slice `k` at half size with noise of 0 to 15, so that entropy coders have work to do."""
    frame = _frame(k)[::2, ::2]
    y, x = np.indices(frame.shape, dtype=np.uint32)
    hashed = (x * np.uint32(2654435761)) ^ (y * np.uint32(2246822519)) ^ np.uint32(k * 3266489917 & 0xFFFFFFFF)
    hashed ^= hashed >> np.uint32(15)
    noise = (hashed * np.uint32(668265263)) >> np.uint32(28)
    return np.minimum(frame + noise, (1 << BITS) - 1).astype(np.uint16)


def _frames() -> Dataset:
    shape = _noisy(FRAMES[0]).shape
    data = _capture("multi-frame.dcm", uids.MultiFrameGrayscaleWordSecondaryCaptureImageStorage, shape, BITS)
    data.NumberOfFrames = len(FRAMES)
    data.PresentationLUTShape = "IDENTITY"
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = "-1024", "1", "HU"
    data.FrameIncrementPointer = 0x00182002
    data.FrameLabelVector = [f"SLICE {k + 1}" for k in FRAMES]
    return data
