"""Choosing the settings of an LSTM on validation windows inside the training rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.forecasting._fitting import fit_ensemble
from gatecast.forecasting._samples import Fit
from gatecast.forecasting._settings import Settings
from gatecast.framing import Framing
from gatecast.network import Architecture
from gatecast.training import Trained, Training

# Where validation begins, as shares of the training rows.
_CUTOFFS = (1 / 2, 5 / 8, 3 / 4)
# Optimiser steps of one training run of small batches; fewer where batches or inputs are large.
_STEPS = 2000
_SMALL_BATCH = 8
_LONG_INPUT = 24
# With more training rows candidates are compared on the last cutoff alone, with fewer members.
_FEW_ROWS = 500
_COMPARED_MEMBERS = 3
_PLAIN_LOOK_BACK = 12
# Input and target rows of the candidate that needs fewest.
_SHORTEST = 4


@dataclass(frozen=True)
class Choice:
    """The combinations of candidates that did best on validation windows.

    Attributes:
        one_step: lowest RMSE one step ahead.
        multi_step: lowest RMSE from each cutoff to the end of the training rows.
        future: lowest RMSE over the first `h` of those steps.
        scores: candidate -> its own three RMSEs, averaged over cutoffs.
        runs: every training run, for its seconds.
    """

    one_step: tuple[Settings, ...]
    multi_step: tuple[Settings, ...]
    future: tuple[Settings, ...]
    scores: dict[str, tuple[float, ...]]
    runs: list[Trained]


def candidates(
    panel: Panel, train: Integers, season_length: int, members: int
) -> dict[str, Settings]:
    """Settings worth comparing on a panel, by name.

    All are small: 8 units (cell size hardly matters: Hewamalage, Bergmeir and Bandara 2021). They
    differ in how trend and season are taken out, which does: by the level of each window, by a
    seasonal difference, on logarithms where every value is positive; and in whether a whole
    season or one step is forecast at once. Those that need more rows than there are left out.

    Raises:
        InputError: if the training rows are too few for any, naming the shortest series.
    """
    seen = panel.position < train[panel.series_of_row]
    positive = bool((panel.y[seen & ~np.isnan(panel.y)] > 0).all())
    season = _learnable_season(train, season_length)
    season_rows = season if season > 1 else max(1, min(_PLAIN_LOOK_BACK, int(train.min()) // 4))
    half = max(3, season_rows // 2)
    scale = ("log",) if positive else ("standard",)
    changes: tuple[str, ...]
    chosen: dict[str, Settings] = {}

    def add(name: str, scaler: tuple[str, ...], framing: Framing, *, skip: bool = False) -> None:
        architecture = Architecture(units=8, linear_skip=skip)
        training = _training(train, framing)
        chosen[name] = Settings(framing, architecture, training, scaler=scaler, members=members)

    for level in ("last", "mean"):
        framing = Framing(season_rows, season_rows, level=level, level_span=season_rows)
        add(f"{scale[0]}, {level} level", scale, framing, skip=True)
    if season > 1:
        plain = ("seasonal_difference", "standard")
        changes = ("log", "seasonal_difference") if positive else plain
        add("seasonal change, last level", changes, Framing(3, 1, level="last"))
        mean = Framing(half, 1, level="mean", level_span=half)
        add("seasonal change, mean level", changes, mean)
        add("absolute seasonal change, one step", plain, Framing(season_rows, 1))
        add("absolute seasonal change, one season", plain, Framing(season_rows, season_rows))
    else:
        changes = ("log", "difference", "standard") if positive else ("difference", "standard")
        add("change", changes, Framing(season_rows, 1))
    return _trainable(chosen, panel, train, season)


def _trainable(
    options: dict[str, Settings], panel: Panel, train: Integers, season_length: int
) -> dict[str, Settings]:
    """The candidates whose first sample, with two seasons to learn from, ends by every cutoff."""
    needed = {
        name: each.framing.look_back + each.framing.horizon + 2 * season_length
        for name, each in options.items()
    }
    shortest = int(np.argmin(train))
    rows = int(_cutoffs(train)[0].min())
    if rows < min(needed.values()):
        raise InputError(
            f"series {str(panel.ids[shortest])!r} has {panel.lengths[shortest]} rows, "
            f"{train[shortest]} of them for training: too few to choose an LSTM on, which takes "
            f"at least {2 * min(needed.values())} for training; add rows or leave the series out"
        )
    return {name: settings for name, settings in options.items() if needed[name] <= rows}


def choose(
    options: Mapping[str, Settings], panel: Panel, train: Integers, season_length: int, h: int
) -> Choice:
    """Compare candidates on windows inside the training rows; later rows are not looked at.

    The best candidate is joined by others as long as the mean of their forecasts gets better
    (ensemble selection: Caruana et al. 2004).

    Args:
        options: by name.
        panel: the series.
        train: [series] leading rows of each series that may be used.
        season_length: rows per season.
        h: the horizon of the future forecast.
    """
    runs: list[Trained] = []
    errors = {
        name: [
            _validate(settings, panel, (cutoff, train), season_length, runs)
            for cutoff in _cutoffs(train)
        ]
        for name, settings in options.items()
    }

    def best(score: Callable[[_Errors], Floats]) -> tuple[Settings, ...]:
        found = {name: [score(error) for error in folds] for name, folds in errors.items()}
        return tuple(options[name] for name in _select(found))

    one_step, multi_step, future = (best(score) for score in _scores(h))
    scores = {
        name: tuple(_mean_rms([score(error) for error in folds]) for score in _scores(h))
        for name, folds in errors.items()
    }
    return Choice(one_step, multi_step, future, scores, runs)


class _Errors(NamedTuple):
    """Forecast minus truth after one cutoff: [judged rows], and [series, steps]."""

    one_step: Floats
    ahead: Floats


def _scores(h: int) -> list[Callable[[_Errors], Floats]]:
    return [lambda e: e.one_step, lambda e: e.ahead, lambda e: e.ahead[:, :h]]


def _select(errors: Mapping[str, list[Floats]]) -> list[str]:
    """Names in the order in which they joined; `errors` holds one array per cutoff."""
    chosen: list[str] = []
    lowest = np.inf
    while len(chosen) < len(errors):
        joined = {
            name: _mean_rms(
                [
                    np.mean(folds, axis=0)
                    for folds in zip(*(errors[part] for part in (*chosen, name)), strict=True)
                ]
            )
            for name in errors
            if name not in chosen
        }
        name = min(joined, key=lambda each: joined[each])
        if joined[name] >= lowest:
            break
        lowest = joined[name]
        chosen.append(name)
    return chosen


def _learnable_season(train: Integers, season_length: int) -> int:
    """Rows per season, or 1 where the training rows are too few to learn one from."""
    # Half of them, the first cutoff, have to hold two seasons and the shortest sample.
    return season_length if train.min() >= 2 * (2 * season_length + _SHORTEST) else 1


def _cutoffs(train: Integers) -> list[Integers]:
    shares = _CUTOFFS if train.sum() <= _FEW_ROWS else _CUTOFFS[-1:]
    return [np.maximum((train * share).astype(np.int64), 1) for share in shares]


def _validate(
    settings: Settings,
    panel: Panel,
    rows: tuple[Integers, Integers],
    season_length: int,
    runs: list[Trained],
) -> _Errors:
    """Errors on the rows between a cutoff and the end of the training rows."""
    cutoff, train = rows
    if train.sum() > _FEW_ROWS:
        settings = replace(settings, members=min(settings.members, _COMPARED_MEMBERS))
    ensemble, run = fit_ensemble(
        settings, panel, cutoff, Fit(season_length, room=train, verbose=False)
    )
    runs.append(run)
    position, series = panel.position, panel.series_of_row
    judged = (position >= cutoff[series]) & (position < train[series])
    one_step = np.median(ensemble.one_step(panel), axis=0)
    # The same horizon at each cutoff, so that the program is compiled once.
    longest = int((train - _cutoffs(train)[0]).max())
    steps = int((train - cutoff).min())
    ahead = np.median(ensemble.ahead(panel, longest, cutoff), axis=0)[:, :steps]
    targets = panel.y[(panel.offsets[:-1] + cutoff)[:, None] + np.arange(steps)]
    return _Errors((one_step - panel.y)[judged], ahead - targets)


def _training(train: Integers, framing: Framing) -> Training:
    """About as much work for any number of samples."""
    samples = max(int(np.maximum(train - framing.look_back - framing.horizon, 1).sum()), 1)
    batch_size = int(np.clip(samples // 10, _SMALL_BATCH, 256))
    steps = _STEPS * np.sqrt(_SMALL_BATCH / batch_size)
    steps *= min(1, _LONG_INPUT / framing.look_back)
    epochs = int(np.clip(steps * batch_size // samples, 5, 200))
    return Training(epochs=epochs, batch_size=batch_size, learning_rate=5e-3)


def _mean_rms(folds: list[Floats]) -> float:
    """Mean over cutoffs of the root of the mean squared error."""
    return float(np.mean([np.sqrt(np.nanmean(errors**2)) for errors in folds]))
