"""The experiment on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from gatecast.reporting._facts import levels, models, of_kind, ranked_multi_step
from gatecast._wording import moments, number, short, skill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from gatecast.evaluation import Experiment

_NAME = 16
_FUTURE_ROWS = 12


def print_summary(experiment: Experiment, console: Console) -> None:
    """Prints scores, the first rows of the future and the verdict.

    Args:
        experiment: what was measured.
        console: where to print; its width is respected.
    """
    console.print(f"[bold]One step ahead[/], {experiment.data['test']:,} test rows")
    console.print(_one_step(experiment))
    if experiment.multi_step:
        console.print("[bold]Many steps ahead[/], from the end of the training rows")
        console.print(_multi_step(experiment))
    if not experiment.forecast.empty:
        console.print("[bold]The future[/]")
        console.print(_future(experiment))
    console.print(Text(experiment.verdict, style="bold"))


def _table(columns: Sequence[str]) -> Table:
    """A table without ornament: the first column to the left, numbers to the right."""
    table = Table(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        header_style="dim",
        caption_justify="left",
    )
    for place, name in enumerate(columns):
        justify: Any = "right" if place else "left"
        table.add_column(Text(name), justify=justify, no_wrap=True)
    return table


def _one_step(experiment: Experiment) -> Table:
    references = ["skill vs\npersistence", "vs seasonal\nnaive"]
    table = _table(["", "RMSE", "of seeds", *references])
    # Where values are large, a range takes two lines before any number loses a digit.
    table.columns[2].no_wrap = False
    for kind in ("framing", "lstm", "baseline"):
        for record in of_kind(experiment, kind):
            table.add_row(*_scores(record), style="bold" if kind == "lstm" else "")
        table.add_section()
    if any(record["mimics_persistence"] for record in experiment.one_step):
        table.caption = Text("= no better than repeating the last value\n", style="yellow")
    return table


def _scores(record: dict[str, Any]) -> list[Text | str]:
    name = Text(short(record["model"], _NAME))
    if record["mimics_persistence"]:
        name.append(" =", style="yellow")
    rmse = record["test_rmse"]
    spread = rmse["min"] != rmse["max"]
    return [
        name,
        number(rmse["median"]),
        f"{number(rmse['min'])} to {number(rmse['max'])}" if spread else "",
        skill(record["skill_vs_persistence"]),
        skill(record["skill_vs_seasonal_naive"]),
    ]


def _multi_step(experiment: Experiment) -> Table:
    table = _table(["", "steps", "RMSE"])
    for record in ranked_multi_step(experiment):
        name = Text(short(record["model"], _NAME))
        style = "bold" if record["kind"] == "lstm" else ""
        table.add_row(name, f"{record['h']:,}", number(record["test_rmse"]), style=style)
    return table


def _future(experiment: Experiment) -> Table:
    """The first rows of the forecast with its widest interval."""
    rows = experiment.forecast.head(_FUTURE_ROWS)
    model = models(rows)[0]
    widest = levels(rows, model)[-1:]
    bounds = {f"{model}-{side}-{level}" for level in widest for side in ("lo", "hi")}
    values = [name for name in rows if name == model or name in bounds]
    table = _table(["", "ds", *(short(name, 16) for name in values)])
    ids = [Text(short(name, _NAME)) for name in rows["unique_id"]]
    numbers = [[number(value) for value in rows[name]] for name in values]
    for cells in zip(ids, moments(rows["ds"]), *numbers, strict=True):
        table.add_row(*cells)
    left = len(experiment.forecast) - len(rows)
    if left:
        table.caption = f"and {left:,} more rows\n"
    return table
