"""From a file to rows, and from rows to what a plan leaves open."""

from __future__ import annotations

import warnings
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from gatecast._types import IRREGULAR, InputWarning, Panel
from gatecast.data import Columns, future_ds, median_step, read, season_of, to_panel
from gatecast.studio.work._forecaster import automatic, columns_of_file
from gatecast.studio.work._plan import UNNAMED, Names, Plan

if TYPE_CHECKING:
    from gatecast.forecasting import Model

# The shell looks back on as many rows if nothing else is said.
_LEAST_LOOK_BACK = 12
# Rows to forecast where there is no season.
_AHEAD = 12
# Statistical models are fitted for each series and window.
_MOST_ROWS = 20_000
_MOST_SERIES = 50
_LONGEST_SEASON = 24
_MOST_ROWS_OF_ARIMA = 2_000
_NAIVE = ("persistence", "seasonal_naive")


@dataclass(frozen=True)
class Rows:
    """The rows of a file.

    Attributes:
        frame: under the names of the file.
        names: which column is what.
        panel: the same, on their calendar.
    """

    frame: pd.DataFrame
    names: Names
    panel: Panel


def read_rows(plan: Plan, file: Path) -> tuple[Rows, Plan]:
    """Read a file; the plan that comes back leaves nothing open.

    Raises:
        InputError: naming the row, column and value that cannot be used.
    """
    reading = plan.reading
    frame = read(file, exog=() if reading.wide else columns_of_file(plan), **reading.keywords)
    taken = Columns.of(frame)
    if reading.wide:
        time = taken.time_col if taken.time_col != UNNAMED.time_col else None
        reading = replace(reading, time_col=time)
    else:
        found = {key: value for key, value in asdict(taken).items() if key in asdict(UNNAMED)}
        reading = replace(reading, **found)
    names = reading.names
    frame = frame.rename(columns=names.renamed)
    with warnings.catch_warnings():
        # The fit tells again what there is to tell about the rows.
        warnings.simplefilter("ignore", InputWarning)
        panel = to_panel(frame, freq=reading.freq, **names.keywords)
    return Rows(frame, names, panel), _settled(replace(plan, reading=reading), panel)


def usual_horizon(panel: Panel) -> int:
    """Rows to forecast if nothing is said: a season, or less where that could not be tested."""
    season, longest = season_of(panel), int(panel.lengths.max())
    wanted = season if season > 1 else _AHEAD
    return wanted if longest >= 3 * wanted else max(longest // 8, 1)


def _settled(plan: Plan, panel: Panel) -> Plan:
    season = season_of(panel)
    longest = int(panel.lengths.max())
    horizon = plan.horizon or usual_horizon(panel)
    settings = dict(plan.settings)
    if plan.kind == "auto" and not automatic(plan):
        settings.setdefault("look_back", max(season, _LEAST_LOOK_BACK))
    # What a model needs before a window: a season (or half of what there is) and a horizon to learn
    # from, and one to judge by.
    least = max(min(season, longest // 2), settings.get("look_back", 1)) + horizon + 2
    fit = max((longest - least) // horizon, 0)
    chosen = _baselines(panel, season) if plan.baselines is None else plan.baselines
    return replace(
        plan,
        settings=settings,
        horizon=horizon,
        windows=min(plan.windows, fit),
        baselines=tuple(chosen),
    )


def _baselines(panel: Panel, season: int) -> tuple[str, ...]:
    """Those that take a reasonable time."""
    if panel.rows > _MOST_ROWS or len(panel.ids) > _MOST_SERIES or season > _LONGEST_SEASON:
        return _NAIVE
    arima = ("auto_arima",) if panel.rows <= _MOST_ROWS_OF_ARIMA else ()
    return (*_NAIVE, "auto_ets", "auto_theta", *arima)


@dataclass(frozen=True)
class Future:
    """The rows to forecast, with what is known of them.

    Attributes:
        frame: the id, the time and the columns known in advance.
        carried: columns of which the file does not say all; there the last value stands.
    """

    frame: pd.DataFrame
    carried: list[str]


def future_of(model: Model, rows: Rows, horizon: int) -> Future | None:
    """What the file says of the rows to forecast; None for a model that needs nothing of them."""
    columns = list(model.members.futr_exog)
    if not columns:
        return None
    known, names = model.context.panel, rows.names
    last = known.ds[known.offsets[1:] - 1]
    step = median_step(known) if known.freq == IRREGULAR else None
    ds = future_ds(last, known.freq, horizon, step)
    keys = pd.DataFrame(
        {names.id_col: np.repeat(known.ids, horizon), names.time_col: ds.reshape(-1)}
    )
    own = rows.frame[[names.id_col, names.time_col, *columns]]
    if own[names.time_col].dtype == keys[names.time_col].dtype:
        keys = keys.merge(own, on=[names.id_col, names.time_col], how="left")
    else:
        keys = keys.assign(**dict.fromkeys(columns))
    carried = [name for name in columns if keys[name].isna().any()]
    ordered = own.sort_values(names.time_col, kind="stable")
    newest = ordered.groupby(names.id_col)[columns].last()
    for name in carried:
        before = keys.groupby(names.id_col)[name].ffill()
        keys[name] = before.fillna(keys[names.id_col].map(newest[name]))
    return Future(keys, carried)
