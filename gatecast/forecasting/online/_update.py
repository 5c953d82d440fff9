"""New rows, or other histories, for a fitted model, without training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jax
import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast._warn import warn
from gatecast.data import (
    append,
    refuse_tiny,
    require_rows,
    show_series,
    show_some,
    show_time,
    tail,
)
from gatecast.forecasting._model import Context, Model, context_of
from gatecast.forecasting.intervals import scales
from gatecast.forecasting.members import (
    Combination,
    Kinds,
    Members,
    PartState,
    level_before,
    memory_after,
    with_kinds,
    with_traits,
)
from gatecast.framing import (
    COUNTS,
    YES_NO,
    ZEROS,
    first_target,
    fit_scaler,
    load_scaler,
    mean_size,
    usual_traits,
    warn_about_unseen,
)
from gatecast.network import State

# A history so many times as large or small as the one before has another unit; with so many rows it
# can be scaled by itself.
_ANOTHER_UNIT = 30
_ROWS_TO_SCALE_BY = 8
_OF_KIND = {
    ZEROS: "had no negative value",
    COUNTS: "had counts alone",
    YES_NO: "had 0 and 1 alone",
}


def updated(
    model: Model, rows: Panel, memory: Sequence[State] | None = None, *, silent: bool = False
) -> Model:
    """The model after new rows: the state moves on, weights, scalers and kinds stay.

    The cost depends on the number of new rows alone. Reading rows one by one or all at once gives
    the same state, as does replaying the whole history under the same scaler. An `InputWarning`
    tells of a value that the kind of its series does not have.

    Args:
        model: fitted.
        rows: of series the model knows, each beginning after the last row read.
        memory: hidden and cell state of each part before its new last window, where it is known.
        silent: whether the user knows of calendar steps that are left out.

    Raises:
        InputError: naming a series the model does not know, or a row it has read already.
    """
    warn_about_unseen(rows, model.members.exog_categories)
    known, before = model.context.panel, model.context.states
    whole = append(known, rows, silent=silent)
    if not silent:
        _warn_about_other_kinds(model, rows, _places(model, rows))
    last = tail(whole, model.members.kept_rows)
    parts = model.members.parts
    if memory is None:
        memory = [
            memory_after(part, known, whole, state)
            for part, state in zip(parts, before, strict=True)
        ]
    place = whole.offsets[1:] - last.lengths - 1
    states = [
        PartState(after, level_before(part, whole, place, state.level))
        for part, state, after in zip(parts, before, memory, strict=True)
    ]
    return replace(model, context=Context(last, states))


def on_history(model: Model, panel: Panel) -> Model:
    """The model at the end of other histories, of known or unknown series.

    A series the model was fitted on keeps its scaler, traits, kind and effects of columns; a new
    one gets them from its own history, and the effects of the panel. So does, with an
    `InputWarning`, one whose history is in another unit. An `InputWarning` tells of a value that
    the kind of its series does not have, too. Weights stay.

    Args:
        model: fitted.
        panel: the history of each series to forecast.

    Raises:
        InputError: if a history is too short, or all its values too small, naming it.
    """
    if panel.freq != model.freq:
        raise InputError(
            f"the rows have freq {panel.freq!r}, the model was fitted on {model.freq!r}"
        )
    refuse_tiny(panel)
    warn_about_unseen(panel, model.members.exog_categories)
    known = _places(model, panel)
    own = _own_weights(model, panel, known)
    known = np.where(_in_another_unit(model, panel, known), -1, known)
    parts = tuple(
        replace(_rescaled(part, panel, known, model.season_length), weights=weights)
        for part, weights in zip(model.members.parts, own, strict=True)
    )
    _warn_about_other_kinds(model, panel, known)
    lag = max(part.view.scaler.lag for part in parts)
    require_rows(panel, lag + 1, f"the {lag} rows that the scaler looks back on, and one more")
    members, calibration = _of_kinds(model, parts, panel, known), model.calibration
    if calibration:
        scale = calibration.scale[known]
        if (known < 0).any():
            fresh = scales(panel, panel.lengths, model.season_length)
            scale = np.where(known >= 0, scale, fresh)
        calibration = replace(calibration, scale=scale)
    context = context_of(members, panel)
    return replace(model, members=members, context=context, calibration=calibration)


def _of_kinds(
    model: Model, parts: tuple[Members, ...], panel: Panel, known: Integers
) -> Combination:
    """The members with the kinds of the series of a panel; a new one's is that of its history."""
    kinds = model.members.kinds
    if kinds is None:
        return Combination(parts)
    old = known >= 0
    # Where all series of a target are of yes and no, a new one may be, too.
    targets = len(panel.targets)
    usual = kinds.kind.reshape(-1, targets).max(axis=0)
    kind = np.where(old, kinds.kind[known], np.resize(usual, len(known)))
    members = Combination(parts, Kinds(kind, np.where(old, kinds.share[known], 1.0)))
    rows = np.where(old, 0, panel.lengths)
    return with_kinds(members, parts[0], panel, rows, model.season_length)


def _warn_about_other_kinds(model: Model, panel: Panel, known: Integers) -> None:
    """Warn once if values are none that the kind of their series has.

    Args:
        model: fitted.
        panel: rows of some series.
        known: [series] their numbers in the model, -1 for a new one.
    """
    kinds = model.members.kinds
    if kinds is None:
        return
    rows = np.flatnonzero(kinds.unlike(panel, known))
    if len(rows):
        series = panel.series_of_row[rows[0]]
        more = f" ({len(rows) - 1:,} more like it)" if len(rows) > 1 else ""
        warn(
            f"series {show_series(panel, series)} has {panel.y[rows[0]]:g} at "
            f"{show_time(panel.ds[rows[0]])}{more}, but {_OF_KIND[kinds.kind[known[series]]]} "
            "when it was fitted, and is forecast so: fit again, or correct the value"
        )


def _places(model: Model, panel: Panel) -> Integers:
    """[series] the number of each series in the model, -1 where it is new."""
    targets = len(panel.targets)
    known = {name: place for place, name in enumerate(model.context.panel.ids[::targets].tolist())}
    ids = np.array([known.get(name, -1) for name in panel.ids[::targets].tolist()])[:, None]
    return np.where(ids < 0, -1, ids * targets + np.arange(targets)).reshape(-1)


def _rescaled(part: Members, panel: Panel, known: Integers, season_length: int) -> Members:
    names = part.settings.scaler
    arrays = {name: array[known] for name, array in part.view.scaler.arrays().items()}
    traits = part.view.traits
    if traits is not None:
        traits = np.where(known[:, None] >= 0, traits[known], usual_traits(len(known)))
    learnt_on = np.where(known >= 0, 0, panel.lengths)
    effects = part.view.effects and part.view.effects.on_history(panel, known)
    if (known < 0).any():
        # Known series keep their scaler, and may now have values that a fit would refuse; so the
        # new scalers are fitted without their rows.
        fresh = fit_scaler(
            names,
            panel,
            learnt_on,
            season_length=season_length,
            effects=None if effects is None else effects.of(panel),
        ).arrays()
        for name, array in arrays.items():
            array[known < 0] = fresh[name][known < 0]
    scaler = load_scaler(names, arrays, season_length=season_length)
    rescaled = replace(part, view=replace(part.view, scaler=scaler, traits=traits, effects=effects))
    if traits is None:
        return rescaled
    return with_traits(rescaled, panel, learnt_on, season_length)


def _in_another_unit(model: Model, panel: Panel, known: Integers) -> Any:
    """[series] whether a known series is so much larger or smaller that it is scaled by itself.

    A history with rows of the times that the model keeps is compared by these; else by its last.
    """
    last = tail(panel, model.members.kept_rows)
    fitted, series = model.context.panel, panel.series_of_row
    first, until = fitted.ds[fitted.offsets[:-1]][known], fitted.ds[fitted.offsets[1:] - 1][known]
    both = (panel.ds >= first[series]) & (panel.ds <= until[series])
    shared = mean_size(np.where(both, panel.y, np.nan), panel)
    before = mean_size(fitted.y, fitted)[known]
    now = np.where(shared > 0, shared, mean_size(last.y, last))
    there = (known >= 0) & (before > 0) & (now > 0)
    ratio = np.divide(now, before, out=np.ones_like(now), where=there)
    other = np.flatnonzero(np.maximum(ratio, 1 / ratio) > _ANOTHER_UNIT)
    enough = panel.lengths >= _ROWS_TO_SCALE_BY
    if len(other):
        words = show_some(other, lambda series: _compared(panel, series, ratio[series]))
        done = (
            "it is scaled by itself, as a new series is"
            if enough[other].all()
            else f"fewer than {_ROWS_TO_SCALE_BY} rows are too few to scale by"
        )
        warn(f"series {words}: {done}; fit again if the unit of the values has changed")
    return np.isin(np.arange(len(known)), other) & enough


def _compared(panel: Panel, series: int, ratio: float) -> str:
    size = f"{float(f'{max(ratio, 1 / ratio):.1g}'):,.0f}"
    comparison = "large" if ratio > 1 else "small"
    name = show_series(panel, series)
    return f"{name} is about {size} times as {comparison} as the rows it was fitted on"


def _own_weights(model: Model, panel: Panel, known: Integers) -> list[Any]:
    """The weights of each part for the series of a panel."""
    targets = len(panel.targets)
    ids = known[::targets] // targets
    return [weights_for(part, panel, ids) for part in model.members.parts]


def weights_for(part: Members, panel: Panel, known: Integers) -> Any:
    """The weights of a part for the series of a panel, numbered as in the model; -1 is a new one.

    Raises:
        InputError: naming a new series of a model that has weights for each one.
    """
    if part.settings.scope == "global":
        return part.weights
    new = np.flatnonzero(known < 0)
    if len(new):
        raise InputError(
            f"series {str(first_target(panel).ids[new[0]])!r} has no model: with scope='local' "
            "each series has its own; fit again with it, or use scope='global'"
        )
    return jax.tree.map(lambda value: value[known], part.weights)
