"""What `zoopkg` and `python -m zoopkg` run: the command line, imported where an interrupt is caught already.

Importing it takes most of the time of a short command; whoever presses Ctrl-C meanwhile is not to read a traceback.
"""

import sys


def main() -> None:
    """Run the command line, and end the process with its exit code; 130 if interrupted at any moment."""
    try:
        from zoopkg.cli import main as run  # noqa: PLC0415  (see above)

        run()
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrupted; run the same command again to complete it.\n")
        sys.exit(130)


if __name__ == "__main__":
    main()
