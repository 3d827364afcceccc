"""What zoopkg knows about DICOM: the facets of an instance, and the checks of a pack."""
