"""What `mirror sync`, `push` and `test` did and found out, in words and as documents."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zoopkg.model.text import human, plural
from zoopkg.transport.urls import redacted

if TYPE_CHECKING:
    from zoopkg.index.published import Moment
    from zoopkg.mirror.place import Place
    from zoopkg.mirror.probe import Health
    from zoopkg.mirror.sync import Report

COLUMNS = ("mirror", "answers", "latency", "rate", "has", "timestamp", "ranges")


def report_lines(report: "Report", name: str, to: str, *, dry_run: bool) -> Iterator[str]:
    """What was copied and removed, for a person."""
    would = "would copy" if dry_run else "copied"
    serves = f"; it serves timestamp {report.moment.version}" if report.moment and not dry_run else ""
    if report.copied or report.renewed:
        amount = f"{plural(len(report.copied), 'file')} ({human(report.size)})"
        yield f"{would.capitalize()} {amount} of {name} to {redacted(to)}, where {report.present:,} were{serves}"
    elif not report.removed:
        yield f"Nothing to do: {redacted(to)} has all of {plural(report.present, 'file')} of {name}{serves}"
    if report.removed:
        yield f"{'Would remove' if dry_run else 'Removed'} {plural(len(report.removed), 'file')}:"
        yield from (f"  {name}" for name in report.removed)


def report_document(report: "Report", place: "Place", name: str, to: str, *, dry_run: bool) -> dict[str, Any]:
    """The same for a script."""
    return {
        "index": name,
        "to": redacted(to),
        "template": redacted(place.template),
        "dry_run": dry_run,
        "copied": {"files": len(report.copied), "bytes": report.size},
        "present": report.present,
        "removed": list(report.removed),
        "renewed": report.renewed,
        "timestamp": report.moment and {"version": report.moment.version, "expires": report.moment.expires.isoformat()},
    }


def health_row(health: "Health") -> list[str]:
    """What was found out about a mirror, as cells."""
    if not health.reached:
        return [str(health.mirror), "no", "-", "-", "-", "-", "-"]
    moment = f" ({health.moment.version}, until {health.moment.expires:%Y-%m-%d})" if health.moment else ""
    return [
        str(health.mirror),
        "yes",
        "-" if health.latency is None else f"{health.latency * 1000:.1f} ms",
        "-" if health.rate is None else f"{human(int(health.rate))}/s",
        f"{health.held:,} of {health.asked:,}",
        f"{health.standing.value}{moment}" if health.standing else "none",
        "-" if health.ranges is None else "yes" if health.ranges else "no",
    ]


def health_faults(health: "Health") -> Iterator[str]:
    """What is wrong with a mirror, a line each."""
    yield from (f"{health.mirror}: wrong: {fault}" for fault in health.wrong)
    yield from (f"{health.mirror}: {fault}" for fault in health.faults)


def health_document(health: "Health") -> dict[str, Any]:
    """What was found out about a mirror, for a script."""
    return {
        "name": str(health.mirror),
        "template": redacted(health.mirror.template),
        "reached": health.reached,
        "latency": health.latency,
        "rate": health.rate,
        "held": health.held,
        "asked": health.asked,
        "ranges": health.ranges,
        "standing": health.standing.name.lower() if health.standing else None,
        "timestamp": _moment(health.moment),
        "faults": list(health.faults),
        "wrong": list(health.wrong),
    }


def _moment(moment: "Moment | None") -> dict[str, Any] | None:
    return {"version": moment.version, "expires": moment.expires.isoformat()} if moment else None
