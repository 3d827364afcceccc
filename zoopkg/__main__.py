"""`python -m zoopkg`: the same as the command `zoopkg`."""

from zoopkg.cli import main

if __name__ == "__main__":
    main()
