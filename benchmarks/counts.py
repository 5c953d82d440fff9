"""Counts, many zeros, yes and no: AutoLSTM without training beside models made for them.

python -m benchmarks.counts [--quick]

Panels of daily series are drawn with a fixed seed: 186 rows to learn from, 14 to forecast. The
distribution of each coming row is known, so the loss of its quantiles can be compared with that of
the truth. Peers are those of statsforecast; models without a distribution get conformal intervals
of five windows, and whatever falls below zero is moved to it.

- `mase_vs_<peer>`, `wql_vs_<peer>`: MASE and weighted quantile loss (0.1 to 0.9) divided by the
  peer's, the geometric mean over panels; below 1 AutoLSTM is better.
- `rmse_vs_<peer>`: the same of the means that `metric="rmse"` forecasts.
- `wql_vs_truth`: divided by the loss of the true quantiles, over the panels of counts.
- `coverage_80`, `coverage_95` of intervals in percent, over panels of counts; whole numbers cover
  more than asked: `coverage_80_truth`, `coverage_95_truth` of the true distribution's.
- `brier_vs_seasonal_frequency`, `brier_vs_truth`: of yes and no, against the share of yes in the
  same day of the week before, and against the true probability.
- `seconds`: of AutoLSTM, all panels.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats
from statsforecast.models import TSB, AutoETS, CrostonSBA, SeasonalNaive
from statsforecast.utils import ConformalIntervals

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results
from gatecast._types import Floats

ROWS, H, WEEK = 186, 14, 7
TAUS = np.arange(1, 10) / 10
_CONFORMAL = ConformalIntervals(n_windows=5, h=H)
PEERS: Mapping[str, Any] = {
    "CrostonSBA": CrostonSBA(prediction_intervals=_CONFORMAL),
    "TSB": TSB(0.2, 0.2, prediction_intervals=_CONFORMAL),
    "SeasonalNaive": SeasonalNaive(WEEK),
    "AutoETS": AutoETS(WEEK),
}
TARGETS = {f"{score}_vs_{peer}": "<=1" for score in ("mase", "wql") for peer in PEERS} | {
    "wql_vs_truth": "<=1.08",
    "brier_vs_seasonal_frequency": "<1",
}


class Panel(NamedTuple):
    """Drawn series.

    Attributes:
        y: [series, rows + h].
        truth: the distribution of each value.
        yes_no: whether values are 0 and 1.
    """

    y: Floats
    truth: Any
    yes_no: bool = False


class Forecast(NamedTuple):
    """[series, h] points and [series, h, taus] quantiles."""

    point: Floats
    quantiles: Floats


def main() -> None:
    """Draw, forecast and score; `--quick` takes 8 series of each panel instead of 60."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="8 series of each panel")
    asked = parser.parse_args()
    ratios: dict[str, list[float]] = {}
    means: dict[str, list[float]] = {}
    seconds = 0.0
    for name, panel in drawn(8 if asked.quick else 60).items():
        frame = _frame(panel.y[:, :ROWS])
        began = time.perf_counter()
        ours, ends = _ours(frame, "mae")
        seconds += time.perf_counter() - began
        found = _yes_no(panel, ours) if panel.yes_no else _counts(panel, ours, frame)
        for key, value in found.items():
            ratios.setdefault(key, []).append(value)
        if not panel.yes_no:
            for key, value in _coverage(panel, ends).items():
                means.setdefault(key, []).append(value)
        print(name, {key: round(value, 3) for key, value in found.items()}, flush=True)
    results = {key: float(np.exp(np.mean(np.log(each)))) for key, each in ratios.items()}
    results |= {key: float(np.mean(each)) for key, each in means.items()}
    results["seconds"] = seconds
    packages = ("statsforecast", "keras", "jax")
    print_results(results, packages, record=asked.record, targets=TARGETS)


def drawn(series: int) -> dict[str, Panel]:
    """The panels, each of so many series."""
    rng = np.random.default_rng(7)
    rows = np.arange(ROWS + H)
    shape = (series, ROWS + H)
    mean = np.exp(rng.uniform(np.log(0.1), np.log(4), (series, 1))) * np.ones(shape)
    week = np.exp(0.6 * np.sin(2 * np.pi * rows / WEEK + rng.uniform(0, 6, (series, 1))))
    drift = np.exp(0.05 * rng.standard_normal(shape).cumsum(axis=1) - 0.3)
    often = rng.uniform(0.05, 0.95, (series, 1)) * np.ones(shape)
    odds = np.log(often / (1 - often)) + 1.5 * np.sin(2 * np.pi * rows / WEEK + 1)
    size = 0.5
    truths = {
        "poisson": stats.poisson(mean),
        "poisson with a week": stats.poisson(mean * week),
        "poisson that drifts": stats.poisson(drift),
        "negative binomial": stats.nbinom(size, size / (size + mean)),
        "rare": stats.nbinom(1, 1 / (1 + mean / 8)),
        "yes and no": stats.bernoulli(often),
        "yes and no with a week": stats.bernoulli(1 / (1 + np.exp(-odds))),
    }
    return {
        name: Panel(truth.rvs(shape, random_state=rng).astype(float), truth, name.startswith("yes"))
        for name, truth in truths.items()
    }


def _frame(y: Floats) -> pd.DataFrame:
    days = pd.date_range("2025-01-06", periods=y.shape[1])
    ids = np.repeat([f"s{number:03d}" for number in range(len(y))], y.shape[1])
    return pd.DataFrame({"unique_id": ids, "ds": np.tile(days, len(y)), "y": y.reshape(-1)})


def _ours(frame: pd.DataFrame, metric: Any) -> tuple[Forecast, dict[int, Floats]]:
    """The forecast, and the ends of its intervals [series, h, 2]."""
    model = gatecast.AutoLSTM(h=H, quality="zero_shot", metric=metric, verbose=False).fit(frame)
    found = model.predict(level=[80, 95], quantiles=TAUS.tolist())

    def columns(*ends: str) -> Floats:
        values: Floats = found[[f"LSTM{end}" for end in ends]].to_numpy()
        return values.reshape(-1, H, len(ends))

    ends = {level: columns(f"-lo-{level}", f"-hi-{level}") for level in (80, 95)}
    quantiles = columns(*(f"-q-{tau:g}" for tau in TAUS))
    return Forecast(columns("")[..., 0], quantiles), ends


def _peer(model: Any, y: Floats) -> Forecast:
    """Of each series by itself."""
    levels = [20, 40, 60, 80]
    each = [model.forecast(y=series, h=H, level=levels) for series in y]
    low = [np.stack([one[f"lo-{level}"] for one in each]) for level in levels]
    high = [np.stack([one[f"hi-{level}"] for one in each]) for level in levels]
    point = np.maximum(np.stack([one["mean"] for one in each]), 0)
    return Forecast(point, np.maximum(np.stack([*low[::-1], point, *high], axis=-1), 0))


def _counts(panel: Panel, ours: Forecast, frame: pd.DataFrame) -> dict[str, float]:
    known, y = panel.y[:, :ROWS], panel.y[:, ROWS:]
    means = _ours(frame, "rmse")[0]
    scale = np.abs(known[:, WEEK:] - known[:, :-WEEK]).mean(axis=1)
    scale = np.where(scale > 0, scale, 1)
    truth = np.stack([panel.truth.ppf(tau)[:, ROWS:] for tau in TAUS], axis=-1)
    found = {"wql_vs_truth": _wql(ours.quantiles, y) / _wql(truth, y)}
    for name, model in PEERS.items():
        theirs = _peer(model, known)
        found |= {
            f"mase_vs_{name}": _mase(ours.point, y, scale) / _mase(theirs.point, y, scale),
            f"wql_vs_{name}": _wql(ours.quantiles, y) / _wql(theirs.quantiles, y),
            f"rmse_vs_{name}": _rmse(means.point, y) / _rmse(theirs.point, y),
        }
    return found


def _yes_no(panel: Panel, ours: Forecast) -> dict[str, float]:
    known, y = panel.y[:, :ROWS], panel.y[:, ROWS:]
    ahead = (np.arange(H)[:, None] + ROWS - np.arange(ROWS)) % WEEK == 0
    frequency = known @ (ahead / ahead.sum(axis=1, keepdims=True)).T
    score = _rmse(ours.point, y) ** 2
    return {
        "brier_vs_seasonal_frequency": score / _rmse(frequency, y) ** 2,
        "brier_vs_truth": score / _rmse(panel.truth.mean()[:, ROWS:], y) ** 2,
    }


def _coverage(panel: Panel, ends: Mapping[int, Floats]) -> dict[str, float]:
    y, found = panel.y[:, ROWS:], {}
    for level, own in ends.items():
        share = (1 - level / 100) / 2
        low, high = (panel.truth.ppf(each)[:, ROWS:] for each in (share, 1 - share))
        found[f"coverage_{level}"] = 100 * ((own[..., 0] <= y) & (y <= own[..., 1])).mean()
        found[f"coverage_{level}_truth"] = 100 * ((low <= y) & (y <= high)).mean()
    return found


def _mase(point: Floats, y: Floats, scale: Floats) -> float:
    return float((np.abs(point - y).mean(axis=1) / scale).mean())


def _wql(quantiles: Floats, y: Floats) -> float:
    over = y[..., None] - quantiles
    loss = np.maximum(TAUS * over, (TAUS - 1) * over).sum(axis=(0, 1))
    return float(2 * loss.mean() / np.abs(y).sum())


def _rmse(point: Floats, y: Floats) -> float:
    return float(np.sqrt(((point - y) ** 2).mean()))


if __name__ == "__main__":
    main()
