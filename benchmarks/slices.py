"""DICOM files that cost what real ones cost: about 180 elements with private groups, smooth noisy pixels.

They are correct enough to be inspected, and compress about twofold. They show nothing, and no standard checker was
asked about them: the starter index has the files for that. The same arguments give the same bytes.
"""

import hashlib
import struct
from functools import lru_cache
from typing import Any

import numpy as np

_EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
_MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
_LONG = frozenset(("OB", "OW", "UN", "UT"))  # PS3.5 section 7.1.2: two reserved bytes, a length of 32 bits
_NULL_PADDED = frozenset(("OB", "UI", "UN"))
_PRIVATE_ELEMENTS = 18

# Tag, VR, value; `{s}` is the number of the series.
_PUBLIC = """
00080005 CS ISO_IR 100|00080008 CS ORIGINAL\\PRIMARY\\M\\ND\\NORM|00080012 DA 20200102|00080013 TM 101112.130000
00080020 DA 20200102|00080021 DA 20200102|00080022 DA 20200102|00080023 DA 20200102|00080030 TM 100203.405000
00080031 TM 100205.250000|00080050 SH A{s:07}|00080060 CS MR|00080070 LO Bench Imaging|00080080 LO Bench Hospital
00080081 ST 1 Loopback Road|00080090 PN BENCH^REFERRING|00081010 SH BENCH{s}|00081030 LO Head routine
0008103E LO t2 tse tra series {s}|00081040 LO Radiology|00081090 LO Model {s}|00100010 PN BENCH^{s:04}
00100020 LO P{s:06}|00100030 DA 19700101|00100040 CS O|00101010 AS 050Y|00101020 DS 1.75|00101030 DS 70
00104000 LT Made for measuring|00120062 CS YES|00120063 LO Synthetic from the start|00180015 CS HEAD|00180020 CS SE
00180021 CS SK\\SP|00180022 CS PFP|00180023 CS 2D|00180024 SH *tse2d1_15|00180025 CS N|00180050 DS 3
00180080 DS 4{s:03}|00180081 DS 9{s}e-1|00180083 DS 2|00180084 DS 63.6{s:05}|00180085 SH 1H|00180086 IS 1
00180087 DS 1.5|00180088 DS 3.3|00180089 IS 280|00180091 IS 15|00180093 DS 100|00180094 DS 87.5|00180095 DS 191
00181000 LO 4{s:05}|00181020 LO bench mr 1.0|00181030 LO t2_tse_tra|00181250 SH HeadMatrix|00181251 SH Body
00181310 US 64|00181312 CS ROW|00181314 DS 150|00181315 CS N|00181316 DS 0.5{s:05}|00181318 DS 0|00185100 CS HFS
00200010 SH {s}|00200011 IS {s}|00200012 IS 1|00201040 LO |00201041 DS 12.5|00280002 US 1|00280004 CS MONOCHROME2
00280030 DS 0.898\\0.898|00280100 US 16|00280101 US 12|00280102 US 11|00280103 US 0|00280106 US 0|00280107 US 2047
00281050 DS 680|00281051 DS 1420|00281055 LO Algo1|00321060 LO Head routine|00400244 DA 20200102
00400245 TM 100203.405000|00400253 SH MR2020010{s}|00400254 LO Head routine
"""


def uid(*parts: object) -> str:
    """A UID of its own for these parts, below 2.25 (PS3.5 section B.2)."""
    name = "/".join(str(part) for part in parts).encode()
    return f"2.25.{int.from_bytes(hashlib.blake2b(name, digest_size=15).digest())}"


def instance(corpus: str, series: int, number: int, shape: tuple[int, int], frames: int = 1) -> bytes:
    """One file.

    Args:
        corpus: goes into the UIDs, so that no two corpora share a content.
        series: the number of its series, from 1.
        number: its number within the series, from 1.
        shape: rows and columns.
        frames: how many frames.
    """
    elements = dict(_of_series(corpus, series))
    rows, columns = shape
    sop_instance = uid(corpus, series, number)
    of_instance: dict[int, tuple[str, str | bytes]] = {
        0x0008_0016: ("UI", _MR_IMAGE),
        0x0008_0018: ("UI", sop_instance),
        0x0008_0032: ("TM", f"1002{number % 60:02}.{number * 2500:06}"),
        0x0008_0033: ("TM", f"1003{number % 60:02}.{number * 2500:06}"),
        0x0020_0013: ("IS", str(number)),
        0x0020_0032: ("DS", f"-115.2\\-103.7\\{number * 3.3:.4f}"),
        0x0020_0037: ("DS", "1\\0\\0\\0\\0.9998\\-0.02"),
        0x0020_1041: ("DS", f"{number * 3.3:.4f}"),
        0x0028_0010: ("US", struct.pack("<H", rows)),
        0x0028_0011: ("US", struct.pack("<H", columns)),
        0x0051_1018: ("LO", f"slice {number} at {number * 3.3:.2f}"),
        0x7FE0_0010: ("OW", _pixels(corpus, series, number, shape, frames)),
    }
    if frames > 1:
        of_instance[0x0028_0008] = ("IS", str(frames))
    elements.update({tag: _element(tag, vr, value) for tag, (vr, value) in of_instance.items()})
    return _preamble(sop_instance) + b"".join(elements[tag] for tag in sorted(elements))


def _preamble(sop_instance: str) -> bytes:
    """The preamble and the file meta information (PS3.10 section 7.1)."""
    meta = (
        _element(0x0002_0001, "OB", b"\0\1")
        + _element(0x0002_0002, "UI", _MR_IMAGE)
        + _element(0x0002_0003, "UI", sop_instance)
        + _element(0x0002_0010, "UI", _EXPLICIT_LITTLE_ENDIAN)
        + _element(0x0002_0012, "UI", uid("implementation"))
    )
    return bytes(128) + b"DICM" + _element(0x0002_0000, "UL", struct.pack("<I", len(meta))) + meta


@lru_cache(maxsize=4)
def _of_series(corpus: str, series: int) -> dict[int, bytes]:
    """The elements that all instances of a series have in common, and room for those that each has for itself."""
    elements = {}
    for item in _PUBLIC.strip().replace("\n", "|").split("|"):
        tag, vr, text = item.split(" ", 2)
        value = text.format(s=series)
        elements[int(tag, 16)] = _element(int(tag, 16), vr, struct.pack("<H", int(value)) if vr == "US" else value)
    for of_uid, name in ((0x0020_000D, "study"), (0x0020_000E, "series"), (0x0020_0052, "frame")):
        elements[of_uid] = _element(of_uid, "UI", uid(corpus, series, name))
    random = np.random.default_rng(series)
    for group in (0x0019, 0x0021, 0x0029, 0x0051):
        elements.update(_private(group, random))
    return elements


def _private(group: int, random: np.random.Generator) -> dict[int, bytes]:
    """A private block as vendors write it: short numbers and labels, and one long value that only they can read."""
    first = group << 16 | 0x1000
    elements = {group << 16 | 0x0010: _element(group << 16 | 0x0010, "LO", f"BENCH HEADER {group:X}")}
    for i in range(_PRIVATE_ELEMENTS):
        number = int(random.integers(1, 1_000_000))
        vr, value = (("IS", str(number)), ("DS", f"{number / 997:.6f}"), ("LO", f"param {i} = {number:x}"))[i % 3]
        elements[first + i] = _element(first + i, vr, value)
    pairs = (f"<{i}>{int(random.integers(0, 4096)):012d}" for i in range(40))
    elements[first + 0xF0] = _element(first + 0xF0, "UN", "".join(pairs).encode())
    return elements


def _element(tag: int, vr: str, value: str | bytes) -> bytes:
    """A data element in explicit VR little endian (PS3.5 section 7.1)."""
    data = value.encode() if isinstance(value, str) else value
    if len(data) % 2:
        data += b"\0" if vr in _NULL_PADDED else b" "
    length = struct.pack("<HI", 0, len(data)) if vr in _LONG else struct.pack("<H", len(data))
    return struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode() + length + data


def _pixels(corpus: str, series: int, number: int, shape: tuple[int, int], frames: int) -> bytes:
    seed = int.from_bytes(corpus.encode()) + 1_000_003 * series + number
    random = np.random.default_rng(seed)
    return b"".join(_frame(random, series, number + frame, shape) for frame in range(frames))


def _frame(random: np.random.Generator, series: int, z: int, shape: tuple[int, int]) -> bytes:
    """Smooth tissue that changes slowly from slice to slice, with noise, before an almost black background."""
    x, y = _plane(shape)
    body = (x / 0.8) ** 2 + (y / (0.7 + 0.1 * np.sin(z / 40))) ** 2 < 1
    tissue = 600 + 250 * np.cos(3 * x + series + z / 50) * np.cos(2 * y - z / 30)
    noise = random.standard_normal(shape, dtype=np.float32)
    image = np.where(body, tissue + 15 * noise, np.abs(3 * noise))
    return bytes(image.clip(0, 4095).astype("<u2").tobytes())


@lru_cache
def _plane(shape: tuple[int, int]) -> tuple[Any, Any]:
    """Coordinates of all pixels, -1 to 1."""
    rows, columns = shape
    y, x = np.mgrid[-1 : 1 : rows * 1j, -1 : 1 : columns * 1j].astype(np.float32)
    return x, y
