"""Instances and filters for the tests of filters: short to write, and as hypothesis draws them."""

import hashlib

from hypothesis import strategies as st

from zoopkg.model.digest import Digest
from zoopkg.model.facets import FACETS, KEYWORDS, LISTS, FacetType
from zoopkg.model.instance import Instance
from zoopkg.model.where import Where


def an_instance(path="a.dcm", size=100, own_license="", **facets):
    """An instance whose content is told by its path."""
    return Instance(path, Digest(hashlib.sha256(path.encode()).digest()), size, facets, own_license)


_SAMPLES = {
    FacetType.WORD: st.sampled_from(["dicom", "dicomdir", "zero", "none", "window", "meta.a", "meta.b"]),
    FacetType.CODE: st.sampled_from(["CT", "MR", "", "None", "ISO 2022 IR 87", "M,R"]),
    FacetType.TEXT: st.sampled_from(["Maker", "MAKER", "Straße", "école", "None"]),
    FacetType.UID: st.sampled_from(["1.2", "1.3", "1.2.3"]),
    FacetType.NAMED_UID: st.sampled_from(["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2", "1.2.3"]),
    FacetType.NUMBER: st.integers(-2, 3),
    FacetType.BOOLEAN: st.booleans(),
}
_facets = st.fixed_dictionaries(
    {},
    optional={
        name: st.lists(_SAMPLES[kind], max_size=2) if name in LISTS else _SAMPLES[kind] for name, kind in FACETS.items()
    },
)
instances = st.builds(
    an_instance,
    st.sampled_from(["a.dcm", "a/b.dcm", "a/B/c", "none"]),
    st.integers(0, 2000),
    st.sampled_from(["", "MIT"]),
).flatmap(
    lambda plain: _facets.map(lambda facets: Instance(plain.path, plain.digest, plain.size, facets, plain.license))
)

_texts = st.one_of(
    st.sampled_from(
        ["CT", "ct", "*", "?R", "[CM]*", "none", "ANY", "window", "meta.*", "maker", "STRASSE", "**/b*", "1.2*"]
    ),
    st.text(st.characters(exclude_categories=("Cc", "Cf", "Co", "Cs", "Zl", "Zp")), min_size=1, max_size=6),
).filter(lambda text: text.strip() and text.strip()[0] not in "!<>")
_PLAIN = {
    FacetType.NUMBER: st.one_of(st.integers(-2, 3).map(str), st.sampled_from(["none", "any", "+1", "007"])),
    FacetType.BOOLEAN: st.sampled_from(["true", "Yes", "false", "NO", "none", "any"]),
    FacetType.NAMED_UID: st.sampled_from(["JPEG2000*", "none", "any", "1.2.3", "1.2*"]),
}
_OWN = {"path": _texts, "digest": _texts, "license": _texts, "bytes": st.sampled_from(["1kB", "100", "1 KiB"])}
_UIDS_OF = {"sop_class": st.sampled_from(["CT*", "CTImageStorage", "MR Image Storage", "any", "1.2.3"])}
KEY_VALUES = {name: _PLAIN.get(kind, _texts) for name, kind in FACETS.items()} | _OWN | _UIDS_OF
"""For each key, values that may stand alone."""

_SPELLED = {key: [key, key.upper(), key.replace("_", "-")] for key in KEY_VALUES}
for _keyword, _facet in KEYWORDS.items():
    _SPELLED[_facet].append(_keyword)


@st.composite
def key_and_values(draw):
    """A key in some spelling, and values for it, negations and comparisons among them."""
    key = draw(st.sampled_from(sorted(KEY_VALUES)))
    value = st.tuples(st.sampled_from(["", "!"]), KEY_VALUES[key]).map("".join)
    if key == "bytes" or FACETS.get(key) is FacetType.NUMBER:
        bound = st.tuples(st.sampled_from([">=", "<", "<= ", ">"]), st.integers(0, 2).map(str)).map("".join)
        value = st.one_of(value, bound)
    return draw(st.sampled_from(_SPELLED[key])), draw(st.lists(value, min_size=1, max_size=3))


tables = st.lists(key_and_values(), max_size=3).map(dict)
"""Filters as TOML has them."""
wheres = tables.map(lambda table: Where.from_toml(table, "a test"))
