"""What is exported, and what cannot be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gatecast._types import IRREGULAR, MOST_ROWS, InputError, check_whole
from gatecast.data import show_series
from gatecast.forecasting._model import Model
from gatecast.forecasting.exporting._outputs import exports_quantiles
from gatecast.forecasting.intervals import LEVELS, check_levels, numbers
from gatecast.forecasting.members import Members
from gatecast.framing import Year

# Each is a copy of the calls of all networks in the file.
_MOST_TURNS = 64


@dataclass(frozen=True)
class ExportOptions:
    """What an exported forecaster should do.

    Attributes:
        h: rows that it forecasts; the model's own number if None.
        level: coverage in percent of its intervals; None for 50, 80, 90, 95 and 99 where the model
            can have them.
        quantiles: probabilities.
        stream: it reads one row at a time.
    """

    h: int | None = None
    level: float | Sequence[float] | None = None
    quantiles: float | Sequence[float] = ()
    stream: bool = False


@dataclass(frozen=True)
class Checked:
    """The options, with what is left open filled in."""

    h: int
    level: tuple[float, ...]
    quantiles: tuple[float, ...]
    stream: bool


def checked(model: Model, options: ExportOptions) -> Checked:
    """The options for a model.

    Raises:
        InputError: naming the setting of the model, or the option, that cannot be exported.
    """
    _check_settings(model)
    named = [*model.members.exog, *_calendar(model)]
    if options.stream and named:
        raise InputError(
            f"a stream reads values alone, but this model reads {named[0]!r}: export it with "
            "stream=False"
        )
    h = model.h if options.h is None else options.h
    check_whole("h", h, 1, MOST_ROWS)
    for part in model.members.parts:
        framing, carried = part.settings.framing, part.settings.stateful
        turns = -(-(h - framing.horizon) // (1 if carried else framing.horizon))
        if turns > _MOST_TURNS:
            raise InputError(
                f"h={h} cannot be exported: the networks forecast {framing.horizon} at once, and "
                f"an export feeds forecasts back at most {_MOST_TURNS} times; export fewer rows"
            )
    quantiles = numbers(options.quantiles)
    for probability in quantiles:
        if not 0 < probability < 1:
            raise InputError(f"quantiles must lie between 0 and 1, got {probability}")
    level = () if options.level is None else check_levels(options.level)
    model.require_calibration(level, quantiles)
    obstacle = _no_intervals(model, h)
    if obstacle and (level or quantiles):
        raise InputError(obstacle)
    if options.level is None and model.calibration is not None and not obstacle:
        level = LEVELS
    return Checked(h, level, quantiles, options.stream)


def _calendar(model: Model) -> list[str]:
    return [name for part in model.members.parts for name in part.settings.exogenous.calendar]


def _refuse_season_of_the_year(part: Members, model: Model) -> None:
    for stage in part.view.scaler.stages:
        if isinstance(stage, Year) and stage.found.any():
            name = show_series(model.context.panel, int(stage.found.argmax()))
            raise InputError(
                f"series {name} follows the calendar year, which cannot be exported: an export "
                "reads no dates; forecast with gatecast, or take LSTMForecaster"
            )


def _refuse_blocks(part: Members) -> None:
    block = part.settings.framing.block
    if block > 1:
        raise InputError(
            f"the networks read {block} rows as one, which cannot be exported: forecast with "
            "gatecast, fit with a smaller h, or take LSTMForecaster"
        )


def _check_settings(model: Model) -> None:
    members = model.members
    if members.effects:
        raise InputError(
            f"the effect of {members.effects[0]!r} is added to forecasts, which cannot be "
            "exported: forecast with gatecast, fit without it, or take LSTMForecaster"
        )
    if model.freq == IRREGULAR:
        raise InputError(
            "freq='irregular' cannot be exported: an export reads a row for each calendar step"
        )
    if members.exog_categories:
        name = next(iter(members.exog_categories))
        raise InputError(
            f"column {name!r} holds text and cannot be exported: an export reads numbers; give a "
            "column of 0 and 1 for each category"
        )
    unnamed = [name for name in members.exog if "/" in name]
    if unnamed:
        raise InputError(
            f"column {unnamed[0]!r} cannot be exported: Keras allows no '/' in the name of an "
            "input; fit with another name"
        )
    if members.finishes:
        raise InputError(
            "counts, series with many zeros, yes and no, and metric='rmse' of AutoLSTM cannot be "
            "exported, as their forecasts come from past values too, or are means: forecast with "
            "gatecast, or take LSTMForecaster"
        )
    targets = model.context.panel.targets
    if len(targets) > 1 and any(part.part.apart for part in members.parts):
        raise InputError(
            f"AutoLSTM of {len(targets)} targets cannot be exported, since it reads each by "
            f"itself: fit one of them (target_col={targets[0]!r}), or take LSTMForecaster"
        )
    for part in members.parts:
        settings = part.settings
        _refuse_season_of_the_year(part, model)
        _refuse_blocks(part)
        if settings.gaps == "decay":
            raise InputError(
                "gaps='decay' cannot be exported: no layer of Keras has a state that decays; fit "
                "with gaps='mask'"
            )
        if part.groups > 1:
            raise InputError(
                "scope='local' cannot be exported for several series, since each has networks of "
                "its own: fit with scope='global', or fit and export each series by itself"
            )


def _no_intervals(model: Model, h: int) -> str:
    """Why intervals of a distribution cannot be exported; empty if they can be."""
    if model.calibration is None or not model.calibration.of_probabilities:
        return ""
    for part in model.members.parts:
        output, horizon = part.settings.output, part.settings.framing.horizon
        if not exports_quantiles(output):
            return (
                f"intervals of output {type(output).__name__} cannot be exported, as they need its "
                "distribution function: export with level=() for points alone, or fit with "
                "Quantiles() or Normal()"
            )
        if h > horizon:
            return (
                f"intervals of h={h} rows cannot be exported: beyond {horizon} rows random draws "
                f"are fed back; export with h={horizon} or level=()"
            )
    return ""
