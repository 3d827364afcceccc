"""What a filter leaves of a pack: the instances, file sets whole, and the digest that a lock keeps of them.

Reads no file: a file set is known by its paths alone.
"""

import re
from collections.abc import Iterable, Sequence

from blake3 import blake3

from zoopkg.model.digest import Digest
from zoopkg.model.instance import Instance
from zoopkg.model.where import Where

_FILE_ID = re.compile(r"[A-Z0-9_]+(?:/[A-Z0-9_]+)*")


def select(instances: Iterable[Instance], where: Where, pack_license: str = "") -> list[Instance]:
    """The instances that a filter keeps, in their order; of a file set all when it keeps any.

    A DICOMDIR refers to files by name (PS3.10 section 8), and one whose files are gone is no sound example. The
    manifest does not hold what a DICOMDIR refers to, but in a file set every DICOM file has a File ID for its name. So
    the folder of a DICOMDIR is a file set if every other DICOM file below has, from there, a path whose parts are of
    A-Z, 0-9 and `_` alone; names longer than the eight characters allowed count too, since real file sets have them.
    Where a DICOMDIR lies among files of other names, each file stands for itself. Of DICOMDIRs in folders within each
    other, the nearest one upwards has the file.

    Args:
        instances: all of a pack.
        where: the filter.
        pack_license: the pack's, which counts for instances that state none.
    """
    if not where:
        return list(instances)
    instances = list(instances)
    kept = [where.matches(instance, pack_license) for instance in instances]
    sets = _file_sets(instances, {_folder(each.path) for each in instances if _is_directory(each)})
    whole = {root for root, keep in zip(sets, kept, strict=True) if keep} - {None}
    return [instance for instance, keep, root in zip(instances, kept, sets, strict=True) if keep or root in whole]


def _is_directory(instance: Instance) -> bool:
    return instance.facets.get("kind") == "dicomdir" and instance.path.rpartition("/")[2] == "DICOMDIR"


def _folder(path: str) -> str:
    """The path up to its last slash, which stays; empty at the top."""
    return path[: path.rfind("/") + 1]


def _file_sets(instances: Sequence[Instance], roots: set[str]) -> list[str | None]:
    """For each instance the folder of the DICOMDIR whose file set it is in, if any."""
    if not roots:
        return [None] * len(instances)
    nearest: dict[str, str | None] = {}
    for folder in {_folder(instance.path) for instance in instances}:
        nearest[folder] = _nearest(folder, roots)
    members = [(instance, nearest[_folder(instance.path)]) for instance in instances]
    mixed = {root for instance, root in members if root is not None and not _may_belong(instance, root)}
    return [root if root not in mixed and _is_member(instance, root) else None for instance, root in members]


def _may_belong(instance: Instance, root: str) -> bool:
    """Whether a file set may have the instance beside its own: it has a File ID, or is no image for it to refer to."""
    return instance.facets.get("kind") != "dicom" or bool(_FILE_ID.fullmatch(instance.path, len(root)))


def _is_member(instance: Instance, root: str | None) -> bool:
    return root is not None and bool(_FILE_ID.fullmatch(instance.path, len(root)))


def _nearest(folder: str, roots: set[str]) -> str | None:
    while folder and folder not in roots:
        folder = _folder(folder[:-1])
    return folder if folder in roots else None


def selection(instances: Iterable[Instance]) -> Digest:
    """The digest of what was selected: over the sorted digests, each once, each with a line feed."""
    hasher = blake3()
    for digest in sorted({instance.digest for instance in instances}):
        hasher.update(f"{digest}\n".encode())
    return Digest(hasher.digest())
