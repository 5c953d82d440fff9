"""The experiment on a terminal of 80 columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich import box
from rich.table import Table
from rich.text import Text

from gatecast._wording import METRIC_NAMES, model_name, moments, number, short, skill
from gatecast.reporting._facts import (
    beside,
    by_series,
    compared,
    error,
    in_units,
    levels,
    metric_name,
    models,
    of_kind,
    ranked_multi_step,
    spread,
)
from gatecast.reporting._terms import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from gatecast.evaluation import Experiment

_NAME = 16
_FUTURE_ROWS = 12
_SERIES = 12
_WIDEST = 9  # letters of a number


def print_summary(experiment: Experiment, console: Console) -> None:
    """Prints scores, the first rows of the future and the verdict.

    Args:
        experiment: what was measured.
        console: where to print; its width is respected.
    """
    console.print(f"[bold]One step ahead[/], {experiment.data['test']:,} test rows")
    console.print(_one_step(experiment))
    console.print(Text(f"{terms(experiment)}\n", style="dim"))
    if experiment.data["series"] > 1 and compared(experiment):
        console.print("[bold]Each series[/], one step ahead")
        console.print(_by_series(experiment))
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
    other = f"test_{beside(experiment.ranked_by)}"
    others = [number(record[other]["median"]) for record in experiment.one_step]
    # Two such columns have no room on a terminal where values are large.
    fits = max(map(len, others)) <= _WIDEST
    columns = ["", metric_name(experiment), "of seeds"]
    columns += [METRIC_NAMES[beside(experiment.ranked_by)]] * fits
    table = _table([*columns, "skill against\npersistence", "seasonal\nnaive"])
    # Then a range takes two lines before any number loses a digit.
    table.columns[2].no_wrap = False
    for kind in ("framing", "lstm", "baseline"):
        for record in of_kind(experiment, kind):
            cells = _scores(experiment, record)
            cells[3:3] = [number(record[other]["median"])] * fits
            table.add_row(*cells, style="bold" if kind == "lstm" else "")
        table.add_section()
    return table


def _scores(experiment: Experiment, record: dict[str, Any]) -> list[Text | str]:
    name = Text(model_name(record["model"], _NAME))
    if record["mimics_persistence"] and record["model"] != "persistence":
        name.append(" *", style="yellow")
    found = spread(experiment, record)
    ranges = found["min"] != found["max"]
    return [
        name,
        number(found["median"]),
        f"{number(found['min'])} to {number(found['max'])}" if ranges else "",
        skill(record["skill_vs_persistence"]),
        skill(record["skill_vs_seasonal_naive"]),
    ]


def _by_series(experiment: Experiment) -> Table:
    """The error of each of the first series, in units of the data."""
    frame = by_series(experiment)
    names = list(frame)[2:]
    unit = METRIC_NAMES[in_units(experiment.ranked_by)]
    table = _table(["", "test rows", *(f"{model_name(name, 16)}\n{unit}" for name in names)])
    for unique_id, rows, *errors in frame.head(_SERIES).itertuples(index=False):
        table.add_row(Text(short(unique_id, _NAME)), f"{rows:,}", *map(number, errors))
    if len(frame) > _SERIES:
        table.caption = f"and {len(frame) - _SERIES:,} more in by_series.csv\n"
    return table


def _multi_step(experiment: Experiment) -> Table:
    other = beside(experiment.ranked_by)
    table = _table(["", "steps", metric_name(experiment), METRIC_NAMES[other]])
    for record in ranked_multi_step(experiment):
        name = Text(model_name(record["model"], _NAME))
        style = "bold" if record["kind"] == "lstm" else ""
        errors = (error(experiment, record), record[f"test_{other}"])
        table.add_row(name, f"{record['h']:,}", *map(number, errors), style=style)
    return table


def _future(experiment: Experiment) -> Table:
    """The first rows of the forecast with its widest interval."""
    rows = experiment.forecast.head(_FUTURE_ROWS)
    model = models(rows)[0]
    widest = levels(rows, model)[-1:]
    bounds = {f"{model}-{side}-{level}" for level in widest for side in ("lo", "hi")}
    values = [name for name in rows if name == model or name in bounds]
    table = _table(["", "time", *(short(name, 16) for name in values)])
    ids = [Text(short(name, _NAME)) for name in rows["unique_id"]]
    numbers = [[number(value) for value in rows[name]] for name in values]
    for cells in zip(ids, moments(rows["ds"]), *numbers, strict=True):
        table.add_row(*cells)
    left = len(experiment.forecast) - len(rows)
    if left:
        table.caption = f"and {left:,} more rows\n"
    return table
