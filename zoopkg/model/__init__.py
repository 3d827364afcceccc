"""Values of the zoo: digests, names, versions, manifests, layouts, records. No disk, no network, no clock."""
