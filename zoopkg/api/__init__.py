"""The Python API: packs as sequences of instances, series in space, volumes; users reach it as `zoopkg.load` and so on.

Stands beside the command line, on top of `zoopkg.install`; neither imports the other. `docs/python.md` is the guide.
"""

from zoopkg.api.errors import GeometryError
from zoopkg.api.geometry import Duplicate, Gap
from zoopkg.api.groups import Series, Study
from zoopkg.api.instance import Instance
from zoopkg.api.loading import load
from zoopkg.api.pack import Pack
from zoopkg.api.slices import Slice
from zoopkg.api.volume import Volume

__all__ = ["Duplicate", "Gap", "GeometryError", "Instance", "Pack", "Series", "Slice", "Study", "Volume", "load"]
