"""Names that someone may have meant: near ones that can be installed, few, the nearest first."""

from hypothesis import given
from hypothesis import strategies as st
from strategies import law, pack_names

from zoopkg.index.catalog import CatalogEntry, near_names, spelling_hint
from zoopkg.model.names import PackName
from zoopkg.model.version import parse_version

VERSIONS = (parse_version("1.0.0"),)


def catalog(*names: str, namespace: str = "zoo") -> list[CatalogEntry]:
    return [CatalogEntry(PackName(namespace, name), "", (), VERSIONS) for name in names]


def test_a_slip_of_the_finger() -> None:
    known = catalog("broken", "ct-basic", "ct-derived", "mr-brain")
    assert near_names(PackName("zoo", "ct-basci"), known) == ["ct-basic"]
    assert spelling_hint(PackName("zoo", "borken"), known) == "Did you mean broken?"
    assert near_names(PackName("zoo", "ultrasound"), known) == []
    assert "spelling" in spelling_hint(PackName("zoo", "ultrasound"), known)


def test_the_nearest_comes_first_and_three_are_the_most() -> None:
    known = catalog("ct-1", "ct-12", "ct-123", "ct-1234", "ct-12345")
    assert near_names(PackName("zoo", "ct-1235"), known) == ["ct-12345", "ct-123", "ct-1234"]
    assert spelling_hint(PackName("zoo", "ct-1"), known[:2]) == "Did you mean ct-1 or ct-12?"


def test_what_cannot_be_chosen_is_not_named() -> None:
    yanked = CatalogEntry(PackName("zoo", "ct-basic"), "", (), ())
    assert near_names(PackName("zoo", "ct-basik"), [yanked]) == []


def test_names_of_other_namespaces_are_whole() -> None:
    assert near_names(PackName("clinic", "knes"), catalog("knee", namespace="clinic")) == ["clinic/knee"]


@law
@given(pack_names, st.lists(pack_names, max_size=5))
def test_only_names_that_there_are(name: PackName, names: list[PackName]) -> None:
    near = near_names(name, [CatalogEntry(each, "", (), VERSIONS) for each in names])
    assert len(near) <= 3
    assert set(near) <= {each.short for each in names}
