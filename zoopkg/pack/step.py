"""How far a pack's version must move for what changed in it. Pure: two manifests in, a verdict out.

A version means something for data: major when an instance is gone or its bytes differ, minor when instances are added
or what it requires or its license changed, patch when only descriptions or facets changed. Below 1.0.0 each step counts
one place further right, as in Cargo.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

from zoopkg.errors import UsageError
from zoopkg.model.manifest import Manifest
from zoopkg.model.version import Version


class Step(IntEnum):
    """The size of a change, or of a version's move."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two versions of a pack, and the step that it asks for."""

    step: Step
    reason: str


def change(old: Manifest, new: Manifest) -> Change:
    """The largest difference between two versions, with one example."""
    before = {instance.path: instance for instance in old.instances}
    after = {instance.path: instance for instance in new.instances}
    differences = chain(
        ((Step.MAJOR, f"{path} is no longer there") for path in before if path not in after),
        (
            (Step.MAJOR, f"the bytes of {path} differ")
            for path, each in before.items()
            if path in after and after[path].digest != each.digest
        ),
        ((Step.MINOR, f"{path} is new") for path in after if path not in before),
        ((Step.MINOR, "what it requires differs") for _ in range(old.header.requires != new.header.requires)),
        ((Step.MINOR, "its license differs") for _ in range(old.header.license != new.header.license)),
        (
            (Step.MINOR, f"the license of {path} differs")
            for path, each in before.items()
            if path in after and after[path].license != each.license
        ),
        [(Step.PATCH, "only descriptions or facets differ")],
    )
    step, reason = next(differences)
    return Change(step, reason)


def step_between(old: Version, new: Version) -> Step:
    """The step from a version to a later one, by what it promises to those who wrote `^OLD`."""
    if new.to_tuple()[:3] == old.to_tuple()[:3]:
        return Step.NONE if old.prerelease is None else Step.MAJOR  # a pre-release promises nothing
    if new.major != old.major:
        return Step.MAJOR
    if old.major == 0:
        return Step.MAJOR if new.minor != old.minor or old.minor == 0 else Step.MINOR
    return Step.MINOR if new.minor != old.minor else Step.PATCH


def check_step(old: Manifest, new: Manifest) -> None:
    """Refuse a version whose number says less than its content.

    Raises:
        UsageError: names what changed, and the smallest version that would do.
    """
    needed, taken = change(old, new), step_between(old.header.version, new.header.version)
    if taken >= needed.step or old.header.version.prerelease:
        return
    raise UsageError(
        f"{new.header.name} {new.header.version} says less than its content:"
        f" since {old.header.version}, {needed.reason}",
        hint=f"Call it {_bump(old.header.version, needed.step)} or later in pack.toml.",
    )


def _bump(version: Version, step: Step) -> Version:
    zero = version.major == 0
    if step is Step.MAJOR and not zero:
        return version.bump_major()
    if (step is Step.MAJOR and version.minor) or (step is Step.MINOR and not zero):
        return version.bump_minor()
    return version.bump_patch()
