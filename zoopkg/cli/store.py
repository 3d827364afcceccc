"""`store dir|size|verify`: look at this machine's store of instances."""

import click

from zoopkg.cli.common import Run, common
from zoopkg.cli.output import human, plural


@click.group()
def store() -> None:
    """Look at this machine's store of instances."""


@store.command("dir")
@common
def dir_(run: Run) -> None:
    """Print the store's folder."""
    run.out.result(str(run.store_path), {"store": str(run.store_path)})


@store.command()
@common
def size(run: Run) -> None:
    """Count the store's instances and their bytes."""
    sizes = [entry.stat(follow_symlinks=False).st_size for _, entry in run.store.all_objects()]
    total = sum(sizes)
    run.out.result(
        f"{plural(len(sizes), 'instance')}, {human(total)}, in {run.store_path}",
        {"store": str(run.store_path), "instances": len(sizes), "bytes": total},
    )


@store.command()
@common
def verify(run: Run) -> int:
    """Hash every instance in the store, and remove those that are wrong: the next install fetches them again."""
    from zoopkg.cli.progress import Display
    from zoopkg.store.audit import audit

    run.store.recover()
    with Display(run.out) as display:
        result = audit(run.store, run.workers, display)
    lines = [f"{digest}: wrong, and removed" for digest in result.removed]
    verdict = f"{plural(result.checked, 'instance')} ({human(result.size)}) checked, {len(result.removed):,} wrong"
    run.out.result(
        [*lines, verdict],
        {"checked": result.checked, "bytes": result.size, "removed": [str(digest) for digest in result.removed]},
    )
    return 5 if result.removed else 0
