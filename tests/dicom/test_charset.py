"""Text in every character set of PS3.3 C.12.1.1.2."""

import unicodedata

import pytest

from zoopkg.dicom.values import text


@pytest.mark.parametrize(
    ("term", "codec", "value"),
    [
        ("ISO_IR 100", "latin-1", "Müller"),
        ("ISO_IR 101", "iso8859-2", "Łódź"),
        ("ISO_IR 109", "iso8859-3", "Ħal"),
        ("ISO_IR 110", "iso8859-4", "Rīga"),
        ("ISO_IR 126", "iso8859-7", "Διονυσιος"),
        ("ISO_IR 127", "iso8859-6", "قباني"),
        ("ISO_IR 138", "iso8859-8", "שרון"),
        ("ISO_IR 144", "iso8859-5", "Щит"),
        ("ISO_IR 148", "iso8859-9", "Çavuşoğlu"),
        ("ISO_IR 166", "tis-620", "นามสกุล"),
        ("ISO_IR 203", "iso8859-15", "Œuvre"),
        ("ISO_IR 13", "shift-jis", "ﾔﾏﾀﾞ"),
        ("ISO_IR 192", "utf-8", "Wang 王"),
        ("GB18030", "gb18030", "王小东 €"),
        ("GBK", "gbk", "王小东"),
    ],
)
def test_one_term(term, codec, value):
    value = unicodedata.normalize("NFC", value)
    raw = value.encode(codec)
    assert text(raw, [term]) == value
    assert text(b" " + raw + b" \0", [term]) == value
    assert text(raw, []) is None
    assert text(raw, ["ISO_IR 6"]) is None
    assert text(raw, ["ISO-IR 100"]) is None


@pytest.mark.parametrize(
    ("terms", "raw", "value"),
    [
        # PS3.5 annexes H and I: Japanese and Korean
        (["", "ISO 2022 IR 87"], b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B", "山田^太郎"),
        (["ISO 2022 IR 13", "ISO 2022 IR 87"], b"\xd4\xcf\xc0\xde^\x1b$B;3ED\x1b(J", "ﾔﾏﾀﾞ^山田"),
        (["", "ISO 2022 IR 149"], b"Hong^\x1b$)C\xfb\xf3", "Hong^洪"),
        (["", "ISO 2022 IR 58"], b"Wang^\x1b$)A\xcd\xf5", "Wang^王"),
        (["", "ISO 2022 IR 159"], b"\x1b$(D0!\x1b(B", "丂"),
        (["ISO 2022 IR 100", "ISO 2022 IR 87"], b"M\xfc\x1b$B;3\x1b(B\xfc", "Mü山ü"),
        (["ISO 2022 IR 100", "ISO 2022 IR 144"], b"M\xfc\x1b-L\xbb", "MüЛ"),
        (["ISO_IR 100", "ISO 2022 IR 87"], b"\xfc\x1b$B;3\x1b(B", "ü山"),
        (["ISO 2022 IR 87"], b"\x1b$B;3\x1b(B", "山"),
        # a backslash is half of a character in one set and a separator in the others
        (["", "ISO 2022 IR 87"], b"\x1b$B\x30\x5c\x1b(B\\B", b"\x1b$B\x30\x5c\x1b(B".decode("iso2022_jp")),
        (["GB18030"], "乗".encode("gb18030") + b"\x81\x5c\\B", "乗" + b"\x81\x5c".decode("gb18030")),
        (["ISO_IR 192", "ISO 2022 IR 87"], "ü".encode(), "ü"),
    ],
)
def test_terms(terms, raw, value):
    assert text(raw, terms) == value


@pytest.mark.parametrize(
    ("terms", "raw"),
    [
        ([], b"\x1b$B;3ED\x1b(B"),
        (["ISO_IR 100"], b"\x1b$B;3ED\x1b(B"),
        (["", "ISO 2022 IR 87"], b"\x1b$@;3ED\x1b(B"),
        (["", "ISO 2022 IR 87"], b"\x1b$B;\x1b(B"),
        (["", "ISO 2022 IR 87"], b"\x1b$B\xbb\xb3\x1b(B"),
        (["", "ISO 2022 IR 87"], b"\xfc"),
        (["ISO_IR 87"], b"\xfc"),
        (["ISO_IR 192"], b"\xfc"),
        (["ISO_IR 100"], b"\x81"),
        (["ISO_IR 100"], b"a\tb"),
        (["ISO_IR 100"], b"\xfc" * 65),
        (["ISO_IR 100"], b"x" * 65),
        (["ISO_IR 100"], b""),
        (["GBK"], b"\xff\xff"),
        (["no term"], b"\xfc"),
    ],
)
def test_null(terms, raw):
    assert text(raw, terms) is None


def test_ascii_needs_no_known_term():
    assert text(b"Plain", ["no term"]) == "Plain"
    assert text(b"Plain\\\xff", []) == "Plain"


def test_normal_form():
    assert text("Mu\u0308ller".encode(), ["ISO_IR 192"]) == "Müller"
