"""This machine's content-addressed objects, shared by all projects. Knows nothing of mirrors, indexes or projects."""
