"""The page of `python -m benchmarks.results`: one HTML file that needs nothing outside itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks._figures import ONCE, current, shown
from benchmarks._results_charts import course
from gatecast.reporting import pictures, render

ROOT = Path(__file__).parents[1]


def page(rows: pd.DataFrame) -> str:
    """Current figures against targets, and the course of those recorded more than once.

    Args:
        rows: from `read`.
    """
    kept = shown(rows)
    now = current(kept)
    drawn = [course(str(name), each) for name, each in kept.groupby("benchmark", sort=False)]
    figures = [figure for figure in drawn if figure]
    return render(
        "results.html",
        pictures(figures, {figure.name: figure.svg() for figure in figures}),
        folder=Path(__file__).parent / "templates",
        short=short,
        rows=len(rows),
        figures=len(now),
        first=rows["date"].min(),
        last=rows["date"].max(),
        verdict=verdict(now),
        targets=now[now["target"] != ""].to_dict("records"),
        sections=[_section(name, each) for name, each in now.groupby("benchmark", sort=False)],
        once=int((rows["benchmark"] == ONCE).sum()),
    )


def verdict(now: pd.DataFrame) -> str:
    """How many targets are met, and which are not."""
    judged = now[now["target"] != ""]
    missed = judged[judged["met"] == False]  # noqa: E712 (None is neither)
    if judged.empty:
        return "No figure has a target."
    if missed.empty:
        return f"All {len(judged)} targets are met."
    names = ", ".join(f"{row.benchmark} {row.metric}" for row in missed.itertuples())
    return f"{len(judged) - len(missed)} of {len(judged)} targets are met. Missed: {names}."


def short(machine: str) -> str:
    """A machine by its make: "Intel Xeon", "NVIDIA H100 80GB HBM3"."""
    return re.sub(r"\s*(\([^)]*\)|Processor|,.*)", "", machine).strip()


def _section(name: Any, now: pd.DataFrame) -> dict[str, Any]:
    return {
        "name": name,
        "about": about(name),
        "command": now["command"].iloc[-1],
        "figures": now.to_dict("records"),
    }


def about(benchmark: str) -> str:
    """The first paragraph of what a benchmark says it is; empty where it is no module of ours."""
    path = benchmark.replace(".", "/") if "." in benchmark else f"benchmarks/{benchmark}"
    source = ROOT / f"{path}.py"
    if not source.exists():
        return ""
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    return text.partition("\n\n")[0].replace("\n", " ").replace("`", "")
