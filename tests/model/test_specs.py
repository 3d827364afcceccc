"""What a person writes after a pack's name."""

import pytest

from zoopkg.errors import UsageError
from zoopkg.model.names import PackName
from zoopkg.model.version import Requirement, Spec, parse_version


@pytest.mark.parametrize(
    ("text", "name", "requirement"),
    [
        ("ct-basic", "zoo/ct-basic", None),
        ("zoo/ct-basic", "zoo/ct-basic", None),
        ("ct-basic@latest", "zoo/ct-basic", None),
        ("ct-basic@1", "zoo/ct-basic", ">=1, <2"),
        ("ct-basic@0", "zoo/ct-basic", ">=0, <1"),
        ("ct-basic@1.2", "zoo/ct-basic", ">=1.2, <1.3"),
        ("ct-basic@1.2.3", "zoo/ct-basic", "=1.2.3"),
        ("ct-basic@1.2.3-rc.1", "zoo/ct-basic", "=1.2.3-rc.1"),
        ("ct-basic@^1.2", "zoo/ct-basic", "^1.2"),
        ("hospital/ct@~1.2.3", "hospital/ct", "~1.2.3"),
        ("ct-basic@>=1,<3", "zoo/ct-basic", ">=1,<3"),
        ("ct-basic@*", "zoo/ct-basic", "*"),
    ],
)
def test_every_form(text: str, name: str, requirement: str | None) -> None:
    spec = Spec.parse(text)
    assert spec.name == PackName.parse(name)
    if requirement is None:
        assert spec.requirement is None
        return
    assert spec.requirement is not None
    wanted = Requirement.parse(requirement)
    for number in ("0.0.1", "1.0.0", "1.2.3-rc.1", "1.2.3", "1.2.4", "1.9.0", "2.0.0"):
        version = parse_version(number)
        assert spec.requirement.allows(version) == wanted.allows(version), version


@pytest.mark.parametrize("text", ["ct@", "ct@ "])
def test_nothing_after_the_at_sign(text: str) -> None:
    with pytest.raises(UsageError, match="names no version after the @") as caught:
        Spec.parse(text)
    assert caught.value.hint == "Write ct@1, for instance."


@pytest.mark.parametrize(
    "text", ["", "@1", "CT@1", "ct@one", "ct@1@2", "ct@1.2.3.4", "ct@\N{SUPERSCRIPT TWO}", "ct@1.2-rc"]
)
def test_what_is_no_spec(text: str) -> None:
    with pytest.raises(UsageError, match="is not a"):
        Spec.parse(text)
