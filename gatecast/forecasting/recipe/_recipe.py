"""The parts of a forecaster that needs no settings: `AutoLSTM`.

What it is made of, each with its source:

- logarithms, or arcsinh where values are zero or negative: `framing.scaling.Asinh` (Burbidge et
  al. 1988); networks that are not trained on the panel see cube roots instead, except for months:
  `framing.scaling.Power` (Box and Cox 1964);
- the season of the calendar year of days and shorter steps, taken out where a series evidently has
  one: `framing.scaling.Year` (harmonics, by generalised least squares);
- the effects of columns, calendar and holidays, where held-back rows say that they help:
  `framing.effects` (generalised least squares; empirical Bayes);
- each window without its season, level and spread, and bounds on what is plausible:
  `framing.seasonal` (classical decomposition; James and Stein 1961; Smyl 2020);
- networks trained on a prior of synthetic series: `_pretrained` (Dooley et al. 2023); their
  trends are damped where they are not trained on the panel (Gardner and McKenzie 1985);
- a few steps that adapt them to the panel, on the errors that should be small (of logarithms,
  which is close to sMAPE, or in percent, as in Oreshkin et al. 2020): `_training` (Howard and
  Ruder 2018);
- networks that read series differently: the whole window with the season as input, or the newest
  36 rows without the season: `_seen` (mixed look-backs: Oreshkin et al. 2020);
- networks trained from scratch, smaller ones too, where the panel has samples enough;
- the median of members, and the mean over parts, unless held-out windows show that fewer parts
  are better: `_choose` (Wortsman et al. 2022; Caruana et al. 2004).

The thresholds below were chosen on validation windows; docs/tried.md has the figures.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast.forecasting._part import Metric, Part, Role, WeightSource
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.recipe import _pretrained as pretrained
from gatecast.forecasting.recipe._season import framing_for
from gatecast.framing import Exogenous, Framing, daily_or_shorter
from gatecast.training import Training

Quality = Literal["zero_shot", "fast", "auto", "best"]

_MONTHS = 12
_NO_COLUMNS = Exogenous()
# Networks that were not adapted to a panel are less sure of its distribution: for errors in percent
# they leave their median half as far as it says ("Half as far from the median" in docs/tried.md).
_CAUTIOUS = 0.5
_LOGARITHMS, _CUBE_ROOTS = ("asinh",), ("power",)
_FEWEST_SAMPLES, _MOST_EPOCHS, _BATCH_SIZE = 200, 20, 64
# From so many samples on, 300 strong steps see no sample four times, and 1,000 steps from scratch
# none more than three times (1,000 * 64 / 3 = 21,334): samples seen more often are overfitted.
_SOME_SAMPLES, _MANY_SAMPLES = 5_000, 21_334
# Windows of a long series overlap. From so many per series on, networks that would see each more
# than twice are adapted in fewer and larger steps ("Long series" in docs/tried.md).
_LONG, _TWICE = 500, 2
_FEW_STEPS, _LARGE_RATE = 100, 2e-3
# Members of a trained part; four forecast hardly better.
_MEMBERS = 2
_ALL_ROWS, _FEW_ROWS = pretrained.STEPS, 36


@dataclass(frozen=True)
class _Trained:
    """A part whose networks are trained on the panel.

    Attributes:
        role: in the combination.
        steps: of the optimizer.
        learning_rate: the highest of the schedule.
        read: rows that they read of a series with a season; of other series they read all.
        season_shown: whether the season is part of their input.
        units: of each layer; adapted networks have those of the pre-trained ones.
        weights: initial ones.
        fewest_samples: in the panel; with fewer there is no such part.
    """

    role: Role
    steps: int
    learning_rate: float
    read: int = _ALL_ROWS
    season_shown: bool = True
    units: int = pretrained.ARCHITECTURE.units
    weights: WeightSource = "pretrained"
    fewest_samples: int = _FEWEST_SAMPLES


_BRIEFLY = _Trained("adapted_lightly", 150, 1e-3, _FEW_ROWS, season_shown=False)
_LIGHTLY = _Trained("adapted_lightly", 300, 3e-4, _FEW_ROWS, season_shown=False)
_STRONGLY = _Trained("adapted_strongly", 300, 2e-3, fewest_samples=_SOME_SAMPLES)
_FROM_SCRATCH = _Trained(
    "from_scratch",
    1000,
    3e-3,
    _FEW_ROWS,
    units=64,
    weights="drawn",
    fewest_samples=_MANY_SAMPLES,
)
_LARGE_FROM_SCRATCH = replace(
    _FROM_SCRATCH, season_shown=False, units=pretrained.ARCHITECTURE.units
)
_OF_QUALITY: Mapping[str, tuple[_Trained, ...]] = MappingProxyType(
    {
        "zero_shot": (),
        "fast": (_BRIEFLY,),
        "auto": (_LIGHTLY, _STRONGLY, _FROM_SCRATCH),
        "best": (_LIGHTLY, _STRONGLY, _FROM_SCRATCH, _LARGE_FROM_SCRATCH),
    }
)


def check_recipe(quality: str, metric: str) -> None:
    """Raise an `InputError` unless there is such a quality, and such a metric."""
    for what, value, known in (("quality", quality, Quality), ("metric", metric, Metric)):
        if value not in get_args(known):
            raise InputError(f"{what} must be one of {', '.join(get_args(known))}, got {value!r}")


def recipe_parts(
    quality: Quality,
    panel: Panel,
    h: int,
    random_seed: int = 0,
    metric: Metric = "mae",
    exogenous: Exogenous = _NO_COLUMNS,
) -> list[Part]:
    """The parts that are combined: networks without adaptation, and trained ones.

    Args:
        quality: one of `Quality`.
        panel: the series; its calendar gives the season, its lengths decide on the parts.
        h: rows to forecast.
        random_seed: of the order of samples.
        metric: the errors that should be small.
        exogenous: columns whose effects are taken out of the series.
    """
    framing = framing_for(panel, h)
    # Weeks, months and quarters have the year as their season.
    years = ("year",) if daily_or_shorter(panel) else ()
    settings = Settings(
        framing,
        pretrained.ARCHITECTURE,
        output=pretrained.output(metric, framing.season),
        # Monthly series grow by constant percentages, and their season with them; others less so.
        scaler=(*(_LOGARITHMS if framing.season == _MONTHS else _CUBE_ROOTS), *years),
        gaps="mask",
        members=pretrained.members(),
        random_seed=random_seed,
        exogenous=exogenous,
    )
    # Until held-back rows have told which are used. Networks do not read static columns either.
    effects: tuple[str, ...] | None = (*exogenous.columns, *exogenous.calendar)
    static = tuple(panel.static)
    effects = effects if effects or static else None
    lags = _lags(h, framing.season) if exogenous.hist else ()
    spare = _samples(panel, framing)
    first = Part(settings, "pretrained", "pretrained", metric, effects, lags, static)
    trained = [
        _trained(each, first, panel, spare)
        for each in _OF_QUALITY[quality]
        if (spare // framing.block).sum() >= each.fewest_samples
    ]
    if metric == "mape":
        cautious = replace(pretrained.output(metric, framing.season), power=_CAUTIOUS)
        first = replace(first, settings=replace(settings, output=cautious))
    return [first, *trained]


def _trained(how: _Trained, first: Part, panel: Panel, spare: Integers) -> Part:
    """A part whose networks are trained, beside the first one, of so many samples."""
    settings = first.settings
    years = [name for name in settings.scaler if name == "year"]
    settings = replace(
        settings,
        scaler=(*_LOGARITHMS, *years),
        framing=_seen(how, panel, settings.framing),
        architecture=replace(pretrained.ARCHITECTURE, units=how.units),
        members=_MEMBERS,
        training=_training(how, spare, settings.framing),
    )
    return replace(first, role=how.role, weights=how.weights, settings=settings)


def _lags(h: int, season: int) -> tuple[int, ...]:
    """How many rows before the value of a column counts that is not known ahead.

    All rows ahead know the value h rows before; beside it the two before that one, and the last
    one of the same place in the season that all know.
    """
    return tuple(sorted({h, h + 1, h + 2, -(-h // season) * season}))


def _seen(how: _Trained, panel: Panel, framing: Framing) -> Framing:
    """What a trained part reads; parts that read differently err differently."""
    if framing.season > 1:
        return replace(framing, read=how.read, season_shown=how.season_shown)
    # More rows than the longest series has would be padding.
    longest = -(-int(panel.lengths.max()) // framing.block)
    return replace(framing, read=int(np.clip(longest, _FEW_ROWS, _ALL_ROWS)))


def _samples(panel: Panel, framing: Framing) -> Integers:
    """[series] whole samples to train on, with about a horizon held out."""
    spare = panel.lengths - framing.fewest - 2 * framing.horizon + 1
    return np.maximum(spare, 0)


def _suited(how: _Trained, spare: Integers) -> _Trained:
    """How a part is trained on so many samples of each series: briefly on a few long ones.

    Samples that begin within one block of rows are nearly the same, and count as one.
    """
    samples, series = spare.sum(), (spare > 0).sum()
    often = how.steps * _BATCH_SIZE > _TWICE * samples
    if how.role == "adapted_lightly" and often and samples >= _LONG * series:
        return replace(how, steps=_FEW_STEPS, learning_rate=_LARGE_RATE)
    return how


def _training(how: _Trained, spare: Integers, framing: Framing) -> Training:
    """Settings that give about `how.steps` steps for any number of samples.

    Where there are more samples than these steps can use, the newest of each series are used.
    """
    how = _suited(how, spare // framing.block)
    wanted = how.steps * _BATCH_SIZE
    recent = None
    if spare.sum() > wanted:
        # The largest number of samples per series that comes to no more than wanted.
        every = range(int(spare.max()))
        recent = max(1, bisect_right(every, wanted, key=lambda n: np.minimum(spare, n).sum()) - 1)
        spare = np.minimum(spare, recent)
    samples = int(spare.sum())
    batch_size = int(np.clip(samples // 4, 8, _BATCH_SIZE))
    return Training(
        epochs=int(np.clip(round(how.steps * batch_size / samples), 1, _MOST_EPOCHS)),
        batch_size=batch_size,
        learning_rate=how.learning_rate,
        schedule="cosine",
        warmup=0.1,
        clip=1.0,
        # `recent` counts rows, and the last target begins a horizon before the end.
        recent=recent and recent + framing.horizon - 1,
    )
