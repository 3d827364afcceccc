"""The maintainer's side of a pack: describe it, look at every file, and build manifest, layout and bundles."""
