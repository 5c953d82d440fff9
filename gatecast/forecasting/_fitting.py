"""Training all members of an ensemble on the rows of a panel."""

from __future__ import annotations

from typing import Any

import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast.forecasting._ensemble import Ensemble, runner_of
from gatecast.forecasting._rollout import lane_order
from gatecast.forecasting._settings import Settings
from gatecast.framing import Chain, Windows, filled, fit_scaler, training_windows
from gatecast.training import Trained, train_network


def fit_ensemble(
    settings: Settings,
    panel: Panel,
    train: Integers,
    *,
    season_length: int,
    room: Integers | None = None,
    verbose: bool | None = None,
) -> tuple[Ensemble, Trained]:
    """Train all members on the leading rows of each series.

    Args:
        settings: of the forecaster.
        panel: the series; rows after the training rows are not looked at.
        train: [series] leading rows to train on.
        season_length: rows per season.
        room: [series] pad the samples as if so many rows were trained on: fits of different
            sizes then share one compiled program.
        verbose: progress, as in `Watch`.

    Raises:
        InputError: if no series has a whole sample, or training did not end in finite weights.
    """
    scaler = fit_scaler(settings.scaler, panel, train, season_length=season_length)
    samples = _samples(settings, panel, train, scaler)
    fitting, held_back = _held_back(samples, settings.training.validation)
    data = _rows(panel, train, scaler) | {"train": fitting.origin}
    if room is not None:
        room_for = len(_windows(settings, panel, room, scaler)) - len(samples)
        data["train"] = np.pad(fitting.origin, (0, room_for), constant_values=-1)
    if len(held_back):
        data["validation"] = held_back.origin
    if settings.stateful:
        data["order"] = lane_order(np.bincount(fitting.series, minlength=len(panel.ids)))
    missing = np.concatenate([[0], np.isnan(data["targets"]).cumsum()])
    gaps = missing[fitting.origin + settings.framing.horizon] - missing[fitting.origin]
    trained = train_network(
        runner_of(settings).network,
        settings.framing,
        data,
        settings.training,
        seeds=settings.seeds,
        complete=not gaps.any(),
        verbose=verbose,
    )
    weights = (trained.variables["trainable"], trained.variables["non_trainable"])
    if not all(np.isfinite(values).all() for values in weights[0]):
        raise InputError(
            f"training diverged: the weights are not finite; lower learning_rate "
            f"{settings.training.learning_rate} or set clip"
        )
    return Ensemble(settings, scaler, weights), trained


def _rows(panel: Panel, train: Integers, scaler: Chain) -> dict[str, Any]:
    """What samples are gathered from: scaled values, and targets with NaN where none is."""
    values = scaler.transform_rows(filled(panel), panel)
    seen = panel.position < train[panel.series_of_row]
    return {
        # Rows the scaler has no value for are inside no window, nor are later rows.
        "values": np.where(seen & ~np.isnan(values), values, 0).astype(np.float32),
        "targets": np.where(seen & ~np.isnan(panel.y), values, np.nan).astype(np.float32),
    }


def _windows(settings: Settings, panel: Panel, rows: Integers, scaler: Chain) -> Windows:
    framing = settings.framing
    return training_windows(panel, framing.look_back, framing.horizon, skip=scaler.lag, rows=rows)


def _samples(settings: Settings, panel: Panel, train: Integers, scaler: Chain) -> Windows:
    samples = _windows(settings, panel, train, scaler)
    if not len(samples):
        raise InputError(
            f"the longest series has {int(train.max())} training rows, but look_back "
            f"{settings.framing.look_back} + horizon {settings.framing.horizon} + {scaler.lag} for "
            "the scaler need more: shorten look_back or h"
        )
    return samples


def _held_back(windows: Windows, share: float) -> tuple[Windows, Windows]:
    """Training samples, and the newest share of each series' samples for validation."""
    counts = np.bincount(windows.series)
    place = np.arange(len(windows)) - (np.cumsum(counts) - counts)[windows.series]
    newest = place >= np.ceil(counts * (1 - share))[windows.series]
    return windows.where(~newest), windows.where(newest)
