"""Filters by example: what each way of writing one means, its normal form, and what is refused."""

import pytest
from wheres import an_instance

from zoopkg.errors import UsageError
from zoopkg.model.digest import Digest
from zoopkg.model.where import KEYS, Where

CT = "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize(
    ("items", "normal"),
    [
        (["modality=CT"], {"modality": ["CT"]}),
        (["Modality=mr,ct", "modality!=us"], {"modality": ["!US", "CT", "MR"]}),
        (["modality=!CT"], {"modality": ["!CT"]}),
        (["modality = CT , MR"], {"modality": ["CT", "MR"]}),
        (["MODALITY=None,*"], {"modality": ["any", "none"]}),
        (["body-part=KNEE"], {"body_part": ["KNEE"]}),
        (["BodyPartExamined=knee"], {"body_part": ["KNEE"]}),
        (["manufacturer=STRASSE*"], {"manufacturer": ["strasse*"]}),
        (["manufacturer=Straße*"], {"manufacturer": ["strasse*"]}),
        (["manufacturer=e\u0301"], {"manufacturer": ["é"]}),
        (["rows>=512", "Rows<01024"], {"rows": ["<1024", ">=512"]}),
        (["rows=>= 512,7"], {"rows": ["7", ">=512"]}),
        (["NumberOfFrames=1,none"], {"frames": ["1", "none"]}),
        (["rows!=512"], {"rows": ["!512"]}),
        (["series_number=-1,+2,-0"], {"series_number": ["-1", "0", "2"]}),
        (["bytes<1MB", "bytes>=2 KiB", "bytes!=3gb"], {"bytes": ["!3000000000", "<1000000", ">=2048"]}),
        (["burned_in=No", "palette=yes,none"], {"burned_in": ["false"], "palette": ["none", "true"]}),
        (["transfer_syntax=JPEG2000Lossless"], {"transfer_syntax": ["1.2.840.10008.1.2.4.90"]}),
        (["transfer_syntax!=RLE*"], {"transfer_syntax": ["!1.2.840.10008.1.2.5"]}),
        (["SOPClassUID=CT Image Storage"], {"sop_class": [CT]}),
        (["sop_class=1.9.*,any"], {"sop_class": ["1.9.*", "any"]}),
        (["path=Brain/**,**/*.DCM"], {"path": ["**/*.DCM", "Brain/**"]}),
        (["path=none"], {"path": ["none"]}),
        (["preamble=none"], {"preamble": ["none"]}),
        (["defects=meta.*"], {"defects": ["meta.*"]}),
        (["digest=" + "AB" * 32], {"digest": ["b3:" + "ab" * 32]}),
        (["digest=b3:AB*"], {"digest": ["b3:ab*"]}),
        (["license=CC0-1.0 OR MIT"], {"license": ["cc0-1.0 or mit"]}),
        ([], {}),
    ],
)
def test_the_normal_form_of_what_is_written(items, normal):
    assert Where.parse(items).to_toml() == normal


def test_the_three_ways_of_writing():
    parsed = Where.parse(["modality=CT,MR", "rows>=512", "burned_in=false", "body_part=none", "frames=2"])
    table = {"Modality": ["MR", "CT"], "rows": ">=512", "burned_in": False, "body_part": "none", "frames": [2]}
    assert Where.from_toml(table, "zoo.toml") == parsed
    assert Where.of(modality={"MR", "CT"}, rows=">=512", burned_in=False, body_part=None, frames=2) == parsed
    assert str(parsed) == "body_part=none burned_in=false frames=2 modality=CT,MR rows>=512"


def test_two_names_of_one_key_join_their_values():
    assert Where.from_toml({"modality": "CT", "Modality": "MR"}, "zoo.toml") == Where.of(modality=["CT", "MR"])


def test_a_comma_in_toml_parts_nothing():
    where = Where.from_toml({"private_creators": "A,B"}, "zoo.toml")
    assert where.matches(an_instance(private_creators=["A,B"]))
    assert not where.matches(an_instance(private_creators=["A"]))


def test_the_empty_filter_is_false_and_keeps_all():
    assert not Where.ALL
    assert Where.parse([]) == Where.of() == Where.from_toml({}, "zoo.toml") == Where.ALL
    assert Where.ALL.matches(an_instance())
    assert str(Where.ALL) == ""
    assert Where.of(modality="CT")


DICOM = an_instance(
    "brain/T1/IM1.dcm",
    2048,
    "MIT",
    kind="dicom",
    preamble="none",
    transfer_syntax="1.2.840.10008.1.2.4.90",
    modality="MR",
    manufacturer="Größe GmbH",
    rows=512,
    burned_in=False,
    overlay=True,
    charset=["", "ISO 2022 IR 87"],
    defects=["meta.missing-preamble", "pixel.short"],
)


@pytest.mark.parametrize(
    ("item", "matches"),
    [
        ("modality=MR", True),
        ("modality=ct,mr", True),
        ("modality=m?", True),
        ("modality=[A-L]*", False),
        ("modality!=CT", True),
        ("modality!=mr", False),
        ("modality=any", True),
        ("modality=none", False),
        ("body_part=none", True),
        ("body_part=*", False),
        ("body_part!=KNEE", True),
        ("body_part!=none", False),
        ("manufacturer=GRÖSSE*", True),
        ("manufacturer=größe", False),
        ("transfer_syntax=JPEG2000*", True),
        ("transfer_syntax=JPEG2000", False),
        ("transfer_syntax=1.2.840.10008.1.2.4.9?", True),
        ("rows=512", True),
        ("rows>511", True),
        ("rows<512", False),
        ("rows=>=256,<=512", True),
        ("rows=7,>=256", False),
        ("columns<5", False),
        ("columns>=0", False),
        ("columns!=5", True),
        ("columns=none,5", True),
        ("frames=1", False),
        ("burned_in=no", True),
        ("lossy=false", False),
        ("lossy=none", True),
        ("palette=false", True),
        ("palette=none", False),
        ("overlay=true", True),
        ("sequence_depth<1", True),
        ("sequence_depth=any", True),
        ("charset=*87", True),
        ("charset!=*87", False),
        ("charset!=*100", True),
        ("defects=meta.*", True),
        ("defects!=meta.*", False),
        ("defects=none", False),
        ("defects=any", True),
        ("defects=voi.*,pixel.short", True),
        ("preamble=none", True),
        ("preamble=!any", False),
        ("path=brain/**", True),
        ("path=brain/*", False),
        ("path=BRAIN/**", False),
        ("path=**/*.dcm", True),
        ("bytes=2KiB", True),
        ("bytes<2kB", False),
        ("license=mit", True),
        (f"digest={DICOM.digest}", True),
        (f"digest={DICOM.digest.hex}", True),
        (f"digest!={str(DICOM.digest)[:9]}*", False),
    ],
)
def test_what_is_kept(item, matches):
    assert Where.parse([item]).matches(DICOM) is matches


def test_what_absent_means_holds_for_dicom_alone():
    other = an_instance(kind="other")
    assert Where.parse(["palette=none", "sequence_depth=none"]).matches(other)
    assert not Where.parse(["palette=false"]).matches(other)
    assert Where.parse(["palette=false", "sequence_depth=0"]).matches(an_instance(kind="dicomdir"))


def test_the_license_of_the_pack_counts_where_an_instance_states_none():
    where = Where.of(license="CC-BY-4.0")
    assert where.matches(an_instance(), "CC-BY-4.0")
    assert not where.matches(an_instance(own_license="MIT"), "CC-BY-4.0")
    assert not where.matches(an_instance())
    assert Where.of(license=None).matches(an_instance())


def test_an_empty_list_is_null_and_no_defect_is_known():
    for facets in ({}, {"defects": []}):
        assert Where.of(defects="none").matches(an_instance(**facets))
        assert not Where.of(defects="any").matches(an_instance(**facets))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("rows", "512"),
        ("rows", True),
        ("rows", [1]),
        ("modality", 5),
        ("modality", ["CT"]),
        ("lossy", 1),
        ("charset", "x"),
    ],
)
def test_a_value_of_another_type_is_null(key, value):
    instance = an_instance(**{key: value})
    assert Where.of(**{key: "none"}).matches(instance)
    assert not Where.of(**{key: "any"}).matches(instance)


def test_one_and_true_are_not_mixed_up():
    where = Where.of(rows=1)
    assert [where.matches(an_instance(rows=value)) for value in (1, True, 1)] == [True, False, True]


@pytest.mark.parametrize(
    ("item", "told"),
    [
        ("modalty=CT", "'modalty' is no key of a filter; modality is the nearest"),
        ("SOPClasUID=x", "'SOPClasUID' is no key of a filter; sop_class is the nearest"),
        ("zzz=1", "'zzz' is no key of a filter"),
        ("=1", "'' is no key of a filter"),
        ("CT", "'CT' is no filter"),
        ("modality=", "'' is no value of modality"),
        ("modality=CT,", "'' is no value of modality"),
        ("modality!=!CT", "'!!CT' is no value of modality"),
        ("rows=many", "'many' is no whole number, which rows is"),
        ("rows==5", "'=5' is no whole number, which rows is"),
        ("rows=1kB", "'1kB' is no whole number, which rows is"),
        ("rows>=", "'' is no whole number, which rows is"),
        ("rows=1.5", "'1.5' is no whole number, which rows is"),
        ("rows=٣", "'٣' is no whole number, which rows is"),
        ("bytes=1.5GB", "'1.5GB' is no whole number, which bytes is"),
        ("bytes=none", "'none' is no whole number, which bytes is"),
        ("bytes<9999999999GB", "'9999999999GB' is too large a number for bytes"),
        ("rows!=>=5", "'!>=5' negates a comparison"),
        ("modality>=CT", "'>=CT' compares modality, which is no number"),
        ("lossy=1", "'1' is neither true nor false, which lossy is"),
        ("transfer_syntax=JPEG2000Losless", "'JPEG2000Losless' is the name of no transfer syntax"),
        ("modality=C\x1b[1m", "a value of modality holds a character that cannot be shown: 'C\\x1b[1m'"),
        ("path=\udc80", "a value of path holds a character that cannot be shown: '\\udc80'"),
    ],
)
def test_what_is_refused(item, told):
    with pytest.raises(UsageError) as error:
        Where.parse([item])
    assert error.value.message == told


def test_an_unknown_key_is_told_with_all_keys():
    with pytest.raises(UsageError) as error:
        Where.of(colour="red")
    assert all(key in error.value.hint for key in KEYS)


@pytest.mark.parametrize(
    "value", [1.5, {"a": 1}, b"CT", [["CT"]], [], 2**53, 10**5000, [1.5]], ids=lambda v: str(type(v))
)
def test_what_toml_may_not_hold(value):
    with pytest.raises(UsageError, match=r"^in where of zoo/ct-basic in zoo\.toml: a (value of rows is|filter has 0)"):
        Where.from_toml({"rows": value}, "zoo/ct-basic in zoo.toml")


def test_the_bare_digest_of_some_bytes():
    assert Where.of(digest=Digest.of(b"").hex) == Where.of(digest=str(Digest.of(b"")))
