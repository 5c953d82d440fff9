"""A fitted model that moves on: new rows, or other histories, without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import jax
import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast.data import append, require_rows, tail
from gatecast.forecasting._calibrate import seasonal_change
from gatecast.forecasting._combination import Combination, Start
from gatecast.forecasting._ensemble import Ensemble
from gatecast.forecasting._model import Context, Model, context_of
from gatecast.framing import Windows, fit_scaler, leads, load_scaler
from gatecast.network import State


def updated(model: Model, rows: Panel, memory: Sequence[State] | None = None) -> Model:
    """The model after seeing new rows: state moves on, weights and scalers stay.

    The cost depends on the number of new rows alone. Seeing rows one by one or all at once comes
    to the same state, as does replaying the whole history under the same scaler.

    Args:
        model: fitted.
        rows: of series the model knows, each beginning after the last row seen.
        memory: what each part remembers before its new last window, where that is known already.

    Raises:
        InputError: naming a series the model does not know, or a row it has seen already.
    """
    known = model.context.panel
    whole = append(known, rows)
    last = tail(whole, model.combination.kept_rows)
    parts, own = model.combination.parts, model.context.start
    if memory is None:
        memory = [
            _memory(part, start, known, whole) for part, start in zip(parts, own, strict=True)
        ]
    place = whole.offsets[1:] - last.lengths - 1
    start = [
        Start(new, part.level_before(whole, place, old.level))
        for part, old, new in zip(parts, own, memory, strict=True)
    ]
    return replace(model, context=Context(last, start))


def _memory(part: Ensemble, start: Start, known: Panel, whole: Panel) -> State:
    """What a part remembers before the last window of a panel that has grown."""
    if not start.memory:
        return start.memory
    # The windows after the one that the memory stands before, up to the new last one.
    lead, before = leads(whole), leads(known).lengths
    first = np.maximum(before, part.context_rows)
    counts = np.maximum(lead.lengths - first, 0)
    series = np.repeat(np.arange(len(lead.ids)), counts)
    step = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    windows = Windows(series, lead.offsets[series] + first[series] + step)
    return part.moved(whole, windows, start.memory, start.level)


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
    known = _places(model, panel)
    parts = tuple(
        _rescaled(part, panel, known, model.season_length) for part in model.combination.parts
    )
    lag = max(part.view.scaler.lag for part in parts)
    require_rows(panel, lag + 1, f"the {lag} rows that the scaler looks back on, and one more")
    combination, calibration = Combination(parts), model.calibration
    if calibration:
        scale = calibration.scale[known]
        if (known < 0).any():
            fresh = seasonal_change(panel, panel.lengths, model.season_length)
            scale = np.where(known >= 0, scale, fresh)
        calibration = replace(calibration, scale=scale)
    context = context_of(combination, panel)
    return replace(model, combination=combination, context=context, calibration=calibration)


def _places(model: Model, panel: Panel) -> Integers:
    """[series] the number of each series in the model, -1 where it is new."""
    targets = len(panel.targets)
    known = {name: place for place, name in enumerate(model.context.panel.ids[::targets].tolist())}
    lead = np.array([known.get(name, -1) for name in panel.ids[::targets].tolist()])
    place = lead[:, None] * targets + np.arange(targets)
    return np.where(lead[:, None] < 0, -1, place).reshape(-1)


def _rescaled(part: Ensemble, panel: Panel, known: Integers, season_length: int) -> Ensemble:
    names = part.settings.scaler
    arrays = {name: array[known] for name, array in part.view.scaler.arrays().items()}
    if (known < 0).any():
        # Series that keep their scaler may since hold values that it could not be fitted on.
        learnt_on = np.where(known >= 0, 0, panel.lengths)
        fresh = fit_scaler(names, panel, learnt_on, season_length=season_length).arrays()
        arrays = {name: np.where(known >= 0, arrays[name], fresh[name]) for name in fresh}
    scaler = load_scaler(names, arrays, season_length=season_length)
    return replace(
        part,
        view=replace(part.view, scaler=scaler),
        weights=_own_weights(part, panel, known[:: len(panel.targets)] // len(panel.targets)),
    )


def _own_weights(part: Ensemble, panel: Panel, known: Sequence[int] | Integers) -> object:
    if part.settings.scope == "global":
        return part.weights
    new = np.flatnonzero(np.asarray(known) < 0)
    if len(new):
        raise InputError(
            f"series {str(leads(panel).ids[new[0]])!r} has no model: with scope='local' each "
            "series has its own; fit again with it, or use scope='global'"
        )
    return jax.tree.map(lambda value: value[np.asarray(known)], part.weights)
