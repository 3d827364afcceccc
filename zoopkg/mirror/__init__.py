"""Mirrors as their operators see them: copying an index and its blobs from place to place, and looking after it."""
