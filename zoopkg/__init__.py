"""zoopkg, the package manager of the DICOM zoo. Importing it does no I/O."""

__version__ = "0.1.0"
