"""Long seasons, and periods that series show: AutoLSTM without training beside MSTL.

python -m benchmarks.long_seasons [--quick] [--data FOLDER]

Series are drawn with a fixed seed: quarter-hours with a day and a week, minutes with a day, days
with a year, integer steps with a period that no calendar tells, and integer steps without any. The
newest rows are forecast from those before. Errors are MASE, in units of the mean change over a
season; MSTL is that of statsforecast, with AutoETS for its trend.

- `mase_<panel>`: of AutoLSTM; `_vs_seasonal_naive`, `_vs_mstl`: divided by theirs; below 1 AutoLSTM
  is better.
- `coverage_80_<panel>`: of its intervals, in percent.
- `found`: percent of the panels of integer steps whose period is found, to 2 %; `found_alone`: of
  the single series.
- `false`: percent of series without a period in which one is found.
- `seconds`: of AutoLSTM, all panels.
- with `--data`: the same of each `.csv` file in a folder (columns unique_id, ds and y, the step
  told by the times), of which the last day is forecast.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from statsforecast.models import MSTL, AutoETS

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast._types import Floats
from gatecast.data.panel import period_in
from gatecast.forecasting.recipe import LONGEST_SEASON

TARGETS = {"found": ">=95", "false": "<=2"}
_PERIODS = (11, 17, 30, 43, 100, 365)


class Kind(NamedTuple):
    """What is drawn.

    Attributes:
        freq: the calendar step; None for integers.
        season: rows per season.
        longer: rows per longer one; 1 for none.
        seasons: of training rows.
        h: rows to forecast.
    """

    freq: str | None
    season: int
    longer: int
    seasons: int
    h: int

    @property
    def rows(self) -> int:
        """Of training."""
        return self.season * self.seasons


KINDS: Mapping[str, Kind] = {
    "quarter_hours": Kind("15min", 96, 672, 35, 96),
    "minutes": Kind("min", 1440, 1, 5, 720),
    "days_with_a_year": Kind("D", 365, 1, 5, 60),
}


def main() -> None:
    """Draw, forecast and score; `--quick` takes 4 series of each panel, not 24, and few periods."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="4 series of each panel")
    parser.add_argument("--data", type=Path, help="a folder of .csv files to forecast, too")
    asked = parser.parse_args()
    series = 4 if asked.quick else 24
    rng, results, began = np.random.default_rng(11), {}, time.perf_counter()
    seconds = 0.0
    for name, kind in KINDS.items():
        y = np.stack(
            [drawn(rng, kind.season, kind.longer, kind.rows + kind.h) for _ in range(series)]
        )
        found, took = scored(name, _frame(y, kind.freq), kind)
        results |= found
        seconds += took
    found, took = _integers(
        rng, _PERIODS[1::2] if asked.quick else _PERIODS, 2 if asked.quick else 6
    )
    results |= found | {"false": _false(rng, 25 if asked.quick else 200)}
    results["seconds"] = seconds + took
    for path in sorted(asked.data.glob("*.csv")) if asked.data else ():
        results |= _of_file(path)
    print(f"{time.perf_counter() - began:.0f} seconds in all")
    print_results(results, ("statsforecast", "keras", "jax"), record=asked.record, targets=TARGETS)


def drawn(rng: np.random.Generator, season: int, longer: int, rows: int) -> Floats:
    """[rows] a series with a season, days of the week, a level that wanders, and noise."""
    t = np.arange(rows)
    change = rng.uniform(0.1, 0.5) * _shape(rng, season)[t % season]
    if longer > season:
        days = rng.normal(size=longer // season)
        change += rng.uniform(0, 0.25) * (days - days.mean())[t // season % len(days)]
    walk = rng.normal(size=rows).cumsum() * rng.uniform(0, 0.3) / np.sqrt(season)
    noise = rng.uniform(0.02, 0.2) * rng.normal(size=rows)
    found: Floats = 100 * np.exp(change + walk + noise)
    return found


def _shape(rng: np.random.Generator, season: int) -> Floats:
    """[season] some waves, of mean square 1."""
    place = np.arange(season) / season
    waves = [
        rng.normal() / order * np.sin(2 * np.pi * (order * place + rng.uniform()))
        for order in range(1, 7)
    ]
    shape: Floats = np.sum(waves, axis=0)
    return shape / shape.std()


def _frame(y: Floats, freq: str | None) -> pd.DataFrame:
    series, rows = y.shape
    ds = np.arange(rows) if freq is None else pd.date_range("2024-01-01", periods=rows, freq=freq)
    ids = np.repeat([f"s{number:03d}" for number in range(series)], rows)
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(ds, series), "y": y.reshape(-1)})


def scored(name: str, frame: pd.DataFrame, kind: Kind) -> tuple[dict[str, float], float]:
    """The figures of a panel whose last rows are forecast, and the seconds that took.

    Args:
        name: of the panel.
        frame: series of at least `kind.rows + kind.h` rows each.
        kind: its seasons and horizon.
    """
    place = frame.groupby("unique_id").cumcount(ascending=False)
    known = frame[place >= kind.h]
    actual = frame.loc[place < kind.h, "y"].to_numpy().reshape(-1, kind.h)
    began = time.perf_counter()
    model = gatecast.AutoLSTM(h=kind.h, quality="zero_shot", verbose=False).fit(known)
    ahead = model.predict(level=80)
    seconds = time.perf_counter() - began
    point, low, high = (
        ahead[f"LSTM{end}"].to_numpy().reshape(-1, kind.h) for end in ("", "-lo-80", "-hi-80")
    )
    each = [own.to_numpy() for _, own in known.groupby("unique_id")["y"]]
    apart = max(kind.season, kind.longer)
    naive = np.stack([np.resize(y[-apart:], kind.h) for y in each])
    seasons = [rows for rows in (kind.season, kind.longer) if rows > 1]
    mstl = MSTL(seasons, trend_forecaster=AutoETS(model="ZZN"))
    peer = np.stack([mstl.forecast(y=y, h=kind.h)["mean"] for y in each])
    scale = np.array([np.nanmean(np.abs(y[kind.season :] - y[: -kind.season])) for y in each])

    def mase(forecast: Floats) -> float:
        return float((np.nanmean(np.abs(actual - forecast), axis=1) / scale).mean())

    found = {
        f"mase_{name}": mase(point),
        f"mase_{name}_vs_seasonal_naive": mase(point) / mase(naive),
        f"mase_{name}_vs_mstl": mase(point) / mase(peer),
        f"coverage_80_{name}": 100 * float(((low <= actual) & (actual <= high)).mean()),
    }
    print(name, {key: round(value, 3) for key, value in found.items()}, flush=True)
    return found, seconds


def _integers(
    rng: np.random.Generator, periods: Sequence[int], series: int
) -> tuple[dict[str, float], float]:
    """Of integer steps with periods that no calendar tells."""
    results: dict[str, list[float]] = {}
    alone, panels, seconds = [], [], 0.0
    for period in periods:
        kind = Kind(None, period, 1, 8, min(2 * period, 60))
        y = np.stack([drawn(rng, period, 1, kind.rows + kind.h) for _ in range(series)])
        frame = _frame(y, None)
        found, took = scored(f"period_of_{period}", frame, kind)
        seconds += took
        for key, value in found.items():
            results.setdefault(key.replace(f"period_of_{period}", "integers"), []).append(value)
        rows = np.array([period_in(own[: kind.rows], LONGEST_SEASON).rows for own in y])
        alone += [*(np.abs(rows - period) <= 0.02 * period)]
        panels.append(abs(np.median(rows) - period) <= 0.02 * period)
    means = {key: float(np.mean(each)) for key, each in results.items()}
    shares = {"found": 100 * float(np.mean(panels)), "found_alone": 100 * float(np.mean(alone))}
    return means | shares, seconds


def _false(rng: np.random.Generator, number: int) -> float:
    """Percent of white noise, random walks, autoregressions and lines with a period."""
    found = []
    for rows in (60, 150, 400):
        time = np.arange(rows)
        for _ in range(number):
            shocks = rng.normal(size=rows)
            remembered = [shocks[0]]
            for shock in shocks[1:]:
                remembered.append(0.8 * remembered[-1] + shock)
            line = rng.uniform(-1, 1) * time + shocks
            every = (shocks, shocks.cumsum(), np.array(remembered), line)
            found += [period_in(y, LONGEST_SEASON).rows > 1 for y in every]
    return 100 * float(np.mean(found))


def _of_file(path: Path) -> dict[str, float]:
    """The figures of a user's file."""
    frame = pd.read_csv(path, parse_dates=["ds"])
    panel = gatecast.data.infer_freq(frame["ds"].to_numpy(), pd.factorize(frame["unique_id"])[0])
    season = gatecast.data.day_length(panel)
    season = season if season > 1 else gatecast.data.season_length(panel)
    week = gatecast.data.longer_season_length(panel)
    return scored(path.stem, frame, Kind(str(panel), season, week, 0, max(season, 12)))[0]


if __name__ == "__main__":
    main()
