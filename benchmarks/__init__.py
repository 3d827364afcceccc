"""What zoopkg costs, beside the tools that do the same work without it: `python -m benchmarks`.

Makes its own data, serves it by nginx on the loopback interface, runs the real command lines by turns, and compares
minima. Nothing here is imported by zoopkg, and nothing asserts a time.
"""
