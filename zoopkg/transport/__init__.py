"""Bytes from elsewhere: one port, small adapters for files and HTTP, and wrappers for retry and resumption.

Trusts nothing and verifies nothing but lengths: what bytes mean, and whether they are the right ones, is the caller's.
"""
