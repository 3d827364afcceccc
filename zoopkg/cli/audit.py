"""`index verify`: an index and every blob of it, as an auditor looks at them."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from zoopkg.cli.common import Run, common
from zoopkg.install.context import now

if TYPE_CHECKING:
    from zoopkg.index.verify import Report


@click.command()
@click.argument("idx", metavar="IDX")
@common
def verify(run: Run, idx: str) -> int:
    """Check an index and every byte of it.

    A folder, or a URL with `--root`. Begins at the root, as a client does; checks that documents agree with each other,
    hashes every blob, decompresses every block, and hashes every content in it. Finds withdrawn bytes that still lie
    there. Notes what is no fault: dates that come near, files that no release needs. Exit code 5 if something is wrong.
    """
    from zoopkg.cli.progress import Display
    from zoopkg.index.upkeep import thresholds
    from zoopkg.pack.audit import Auditor
    from zoopkg.transport.urls import redacted

    with Display(run.out) as display:
        auditor = Auditor(run.context.opener, display, run.workers)
        report = auditor.audit(idx, run.context.root_file, now())
    for note in report.notes:
        run.out.say(f"note: {note.what}: {note.why}")
    if run.out.verbose and Path(idx).is_dir() and report.revoked:
        for line in thresholds(Path(idx)):
            run.out.detail(line)
    shown = redacted(idx)
    lines = [f"{finding.what}: {finding.why}" for finding in report.findings]
    run.out.result(lines or f"{shown.rstrip('/')} is right", _document(shown, report))
    return 5 if report.findings else 0


def _document(idx: str, report: "Report") -> dict[str, Any]:
    return {
        "index": idx,
        "findings": [{"what": each.what, "why": each.why} for each in report.findings],
        "notes": [{"what": each.what, "why": each.why} for each in report.notes],
    }
