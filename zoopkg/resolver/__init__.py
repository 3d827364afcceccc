"""From requirements and a catalog to one version of each pack. Pure: no disk, no network, no clock."""
