"""The project's own files, zoo.toml (or pyproject.toml) and zoo.lock: text to values and back. No disk, no network."""
