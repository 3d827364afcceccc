"""Adapters of the port in `zoopkg.mirror.place`, one kind of place each."""
