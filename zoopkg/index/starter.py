"""Where the starter index lies that ships with zoopkg. Its root is its own, and never that of an online index."""

from pathlib import Path

from zoopkg.errors import ZooError

NAME = "zoo"
_PACKAGE = Path(__file__).parents[1]


def starter_folder() -> Path:
    """The folder of the starter index: within the installed package, or beside it in a source checkout.

    Raises:
        ZooError: it is in neither place.
    """
    for folder in (_PACKAGE / "_starter", _PACKAGE.parent / "index"):
        if (folder / "timestamp.json").is_file():
            return folder
    raise ZooError(
        "the starter index that ships with zoopkg is not there",
        hint="Install zoopkg again, or name an index with --index.",
    )
