"""Ways to packs for programs that do not know zoopkg: fsspec, pydicom's data sources, pytest."""
