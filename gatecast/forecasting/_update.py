"""A fitted model that moves on: new rows, or other histories, without training."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from gatecast._types import Floats, InputError, Integers, Panel
from gatecast.data import require_rows, steps_between
from gatecast.forecasting._calibration import seasonal_change
from gatecast.forecasting._combination import Combination
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._model import Context, Model, context_of
from gatecast.framing import filled, fit_scaler, load_scaler


def updated(model: Model, rows: Panel) -> Model:
    """The model after seeing new rows: state moves on, weights and scalers stay.

    The cost depends on the number of new rows alone. Seeing rows one by one or all at once comes
    to the same state, as does replaying the whole history under the same scaler.

    Args:
        model: fitted.
        rows: of series the model knows, each beginning after the last row seen; steps left out
            are bridged by the last value, as in training.

    Raises:
        InputError: naming a series the model does not know, or a row it has seen already.
    """
    context = model.context
    known = pd.Index(context.ids).get_indexer(rows.ids)
    if (known < 0).any():
        raise InputError(
            f"series {str(rows.ids[known < 0][0])!r} is new to this model: forecast it with "
            "predict(df=...) from its history, or fit again"
        )
    first = rows.ds[rows.offsets[:-1]]
    skipped = steps_between(context.last_ds[known], first, model.freq) - 1
    if (skipped < 0).any():
        seen = int(np.flatnonzero(skipped < 0)[0])
        raise InputError(
            f"series {str(rows.ids[seen])!r}: the row at {first[seen]} is not after the last one "
            f"seen, {context.last_ds[known[seen]]}; leave it out"
        )
    history, last_ds = context.history.copy(), context.last_ds.copy()
    memory = [list(state) for state in context.memory]
    fresh = _bridged(rows, history[known, -1], skipped)
    for left in range(max(map(len, fresh)), 0, -1):
        # Series with fewer new rows wait until all are in step.
        moving = np.array([len(values) >= left for values in fresh])
        place = known[moving]
        newest = np.array([values[-left] for values in fresh if len(values) >= left])
        memory = _advance(model.combination, history, memory, place)
        history[place] = np.column_stack([history[place, 1:], newest])
    last_ds[known] = rows.ds[rows.offsets[1:] - 1]
    return replace(model, context=Context(context.ids, last_ds, history, memory))


def _bridged(rows: Panel, last: Floats, skipped: Integers) -> list[Floats]:
    """The new values of each series, with steps left out and gaps filled by what came before."""
    found = []
    for number, (begin, end) in enumerate(zip(rows.offsets[:-1], rows.offsets[1:], strict=True)):
        values = pd.Series(rows.y[begin:end]).ffill().to_numpy()
        found.append(np.concatenate([np.full(skipped[number], last[number]), values]))
    return found


def _advance(
    combination: Combination, history: Floats, memory: list[list[object]], place: Integers
) -> list[list[object]]:
    """The memory of each part after the windows that end with the history of some series."""
    return [
        part.remember(history[:, -part.context_rows :], state, place) if state else []
        for part, state in zip(combination.parts, memory, strict=True)
    ]


def on_history(model: Model, panel: Panel) -> Model:
    """The model standing at the end of other histories, of known or unknown series.

    A series the model was fitted on keeps its scaler; a new one gets a scaler of the same kind
    from its own history. Weights stay.

    Args:
        model: fitted.
        panel: the history of each series to forecast.

    Raises:
        InputError: if a history is too short, naming it.
    """
    if panel.freq != model.freq:
        raise InputError(
            f"the rows have freq {panel.freq!r}, the model was fitted on {model.freq!r}"
        )
    needed = model.combination.context_rows
    require_rows(panel, needed, f"the {needed} rows this model looks back on")
    known = pd.Index(model.context.ids).get_indexer(panel.ids)
    parts = tuple(
        _rescaled(part, panel, known, model.season_length) for part in model.combination.parts
    )
    combination, calibration = Combination(parts), model.calibration
    if calibration:
        fresh = seasonal_change(panel, filled(panel), panel.lengths, model.season_length)
        scale = np.where(known >= 0, calibration.scale[known], fresh)
        calibration = replace(calibration, scale=scale)
    context = context_of(combination, panel)
    return replace(model, combination=combination, context=context, calibration=calibration)


def _rescaled(part: Ensemble, panel: Panel, known: Integers, season_length: int) -> Ensemble:
    names = part.settings.scaler
    fresh = fit_scaler(names, panel, panel.lengths, season_length=season_length).arrays()
    kept = part.scaler.arrays()
    arrays = {name: np.where(known >= 0, kept[name][known], fresh[name]) for name in fresh}
    scaler = load_scaler(names, arrays, season_length=season_length)
    return replace(part, scaler=scaler)
