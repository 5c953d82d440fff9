"""What commands say of work that was done in parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gatecast.cli.shared._show import count, emit, note, say

if TYPE_CHECKING:
    from gatecast.cli import options
    from gatecast.scaleout import Done


def tell_done(done: Done, talk: options.Talk, what: str) -> None:
    """Print what was done: one JSON document, or words; failures are told in any case.

    Args:
        done: a finished run.
        talk: how much is printed.
        what: was done to the series, such as "forecast".
    """
    if done.failures:
        first = done.failed[0]
        note(
            f"note: {count(done.failures, 'series', 'series')} failed, such as "
            f"{first.unique_id!r}: {first.error}; all are listed in "
            f"{done.folder}/_failures.parquet",
            quiet=talk.quiet,
        )
    if talk.as_json:
        emit(facts_of(done))
    elif not talk.quiet:
        say(
            f"{what} {count(done.series, 'series', 'series')} in {done.seconds:,.1f} s, "
            f"{done.series_per_second:,.1f} a second",
            f"{count(done.rows, 'row')} in {count(done.parts, 'part')}: {done.folder}",
        )


def facts_of(done: Done) -> dict[str, Any]:
    """What `--json` says of a run."""
    return {
        "series": done.series,
        "rows": done.rows,
        "parts": done.parts,
        "seconds": done.seconds,
        "series_per_second": round(done.series_per_second, 3),
        "failures": done.failures,
        "failed": [{"unique_id": each.unique_id, "error": each.error} for each in done.failed],
        "out": done.folder,
    }
