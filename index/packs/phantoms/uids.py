"""Deterministic UIDs: the same name always gives the same UID.

A UID is `2.25.` and the decimal value of a name-based (version 5) UUID, PS3.5 section B.2.  Nothing is registered and
nothing can collide by accident; names are paths such as `ct/axial/series`.
"""

import uuid

from pydicom.uid import UID

NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/zoopkg/zoopkg")


def uid(name: str) -> UID:
    """Return the UID that belongs to `name`."""
    return UID(f"2.25.{uuid.uuid5(NAMESPACE, name).int}")


IMPLEMENTATION_CLASS_UID = uid("implementation")
IMPLEMENTATION_VERSION_NAME = "ZOOPKG"
