"""Write DICOM by hand, right or wrong, element by element."""

import struct

EXPLICIT = "1.2.840.10008.1.2.1"
IMPLICIT = "1.2.840.10008.1.2"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
JPEG = "1.2.840.10008.1.2.4.50"

UNDEFINED = 0xFFFFFFFF
LONG = ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV")


def _tag(tag, order):
    return struct.pack(order + "HH", tag >> 16, tag & 0xFFFF)


def _bytes(value, pad):
    data = value.encode() if isinstance(value, str) else value
    return data + pad * (len(data) % 2)


def explicit(tag, vr, value=b"", *, order="<", length=None):
    data = _bytes(value, b"\0" if vr in {"UI", "OB", "UN"} else b" ")
    length = len(data) if length is None else length
    size = b"\0\0" + struct.pack(order + "I", length) if vr in LONG else struct.pack(order + "H", length)
    return _tag(tag, order) + vr.encode("latin-1") + size + data


def implicit(tag, value=b"", *, order="<", length=None):
    data = _bytes(value, b" ")
    return _tag(tag, order) + struct.pack(order + "I", len(data) if length is None else length) + data


def item(content=b"", *, order="<", length=None):
    return implicit(0xFFFEE000, content, order=order, length=length)


def item_end(order="<"):
    return implicit(0xFFFEE00D, order=order)


def sequence_end(order="<"):
    return implicit(0xFFFEE0DD, order=order)


def open_item(content, order="<"):
    return item(content, order=order, length=UNDEFINED) + item_end(order)


def meta(transfer_syntax=EXPLICIT, sop_class="1.2.840.10008.5.1.4.1.1.4"):
    elements = explicit(0x00020002, "UI", sop_class) + explicit(0x00020003, "UI", "1.2.3")
    if transfer_syntax:
        elements += explicit(0x00020010, "UI", transfer_syntax)
    return explicit(0x00020000, "UL", struct.pack("<I", len(elements))) + elements


def part10(*elements, transfer_syntax=EXPLICIT, preamble=bytes(128), prefix=b"DICM", **kwargs):
    return preamble + prefix + meta(transfer_syntax, **kwargs) + b"".join(elements)


def ct(write=explicit, order="<"):
    """A few elements of a small image, in the order of their tags."""
    short = struct.Struct(order + "H").pack
    elements = (
        (0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.2"),
        (0x00080018, "UI", "1.2.3.4"),
        (0x00080060, "CS", "CT"),
        (0x0020000D, "UI", "1.2.5"),
        (0x00200011, "IS", "7"),
        (0x00280010, "US", short(2)),
        (0x00280011, "US", short(3)),
    )
    if write is explicit:
        return b"".join(explicit(*element, order=order) for element in elements)
    return b"".join(implicit(tag, value, order=order) for tag, _, value in elements)


CT = {
    "kind": "dicom",
    "sop_class": "1.2.840.10008.5.1.4.1.1.2",
    "instance": "1.2.3.4",
    "modality": "CT",
    "study": "1.2.5",
    "series_number": 7,
    "rows": 2,
    "columns": 3,
}
