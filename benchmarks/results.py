"""What was measured: current figures against targets, and their course.

python -m benchmarks.results [NAME ...] [--out FILE] [--file CSV]

Draws one page of all that `--record` has kept, and prints the figures that have a target; where
benchmarks are named, all of theirs.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmarks._figures import current, read, shown
from benchmarks._record import FILE
from benchmarks._results_page import page, short, verdict
from gatecast.reporting import number

PAGE = "benchmark-results.html"


def main() -> None:
    """Print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="print all figures of these")
    parser.add_argument(
        "--out", type=Path, default=Path(PAGE), help=f"the page, {PAGE} if not given"
    )
    parser.add_argument("--file", type=Path, default=FILE, help="the record")
    asked = parser.parse_args()
    rows = read(asked.file)
    now = current(shown(rows))
    if unknown := set(asked.names) - set(now["benchmark"]):
        known = ", ".join(now["benchmark"].unique())
        parser.error(f"no figures of {min(unknown)}: known are {known}")
    wanted = now["benchmark"].isin(asked.names) if asked.names else now["target"] != ""
    console = Console()
    console.print(table(now[wanted]))
    console.print(Text(verdict(now), style="bold"))
    asked.out.write_text(page(rows), encoding="utf-8")
    console.print(Text(f"The page: {asked.out}"))


def table(now: pd.DataFrame) -> Table:
    """Figures as they are now, against their targets."""
    drawn = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="dim")
    for name in ("", "figure", "now", "target", "", "before", "machine", "date", "commit"):
        right = name in {"now", "target", "before"}
        drawn.add_column(name, justify="right" if right else "left")
    before = None
    for row in now.to_dict("records"):
        same, before = row["benchmark"] == before, row["benchmark"]
        missed = row["met"] is False
        drawn.add_row(
            "" if same else Text(before),
            Text(" ".join(filter(None, (row["metric"], row["conditions"])))),
            number(row["value"]),
            row["target"],
            Text("missed", style="yellow") if missed else "met" if row["met"] else "",
            number(row["before"]),
            Text(short(row["machine"])),
            row["date"],
            Text(row["commit"]),
        )
    return drawn


if __name__ == "__main__":
    main()
