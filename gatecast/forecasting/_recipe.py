"""Settings that need no tuning: `LSTMForecaster(h=..., recipe="auto")`.

What it is made of, each with its source:

- logarithms, or their like for every number: `framing.scaling.Asinh` (Burbidge et al. 1988);
  but for months, networks that are not trained on the panel see cube roots: `framing.scaling.Power`
  (Box and Cox 1964);
- each window without its season, level and spread, and bounds on what is plausible:
  `framing._seasonal` (classical decomposition; James and Stein 1961; Smyl 2020);
- networks that have seen a prior of synthetic series: `pretrained` (Dooley et al. 2023); their
  trends are damped where they are not trained on the panel (Gardner and McKenzie 1985);
- a few steps that adapt them to the panel, on the errors that are to be small (of logarithms,
  which is close to sMAPE, or in percent, as in Oreshkin et al. 2020): `_training` (Howard and
  Ruder 2018);
- networks that see series differently: all of the window and its season, or three years of months
  and no more than what the season left: `_seen` (mixed look-backs: Oreshkin et al. 2020);
- networks that begin from nothing, smaller ones too, where the panel has samples enough;
- the median of members, and the mean of trained and untrained networks, unless windows held back
  show that fewer are better: `_choose` (Wortsman et al. 2022; Caruana et al. 2004).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal, get_args

import numpy as np

from gatecast._types import InputError, Integers, Panel
from gatecast.data import longer_season_length, season_length
from gatecast.forecasting import pretrained
from gatecast.forecasting._settings import Pretrained, Settings
from gatecast.framing import Framing
from gatecast.training import Training

RecipeName = Literal["zero_shot", "fast", "auto", "best"]
Metric = Literal["mae", "mape"]

# Longer seasons are left out: their decomposition would be most of the time.
_LONGEST_SEASON, _LONGEST_WEEK = 168, 336
_MONTHS = 12
_LOGARITHMS, _CUBE_ROOTS = ("asinh",), ("power",)
_FEWEST_SAMPLES, _MOST_EPOCHS, _BATCH_SIZE = 200, 20, 64
# So that 300 large steps see none four times, and 1,000 of what begins from nothing three times at
# most: what networks see more often they learn by heart.
_SOME_SAMPLES, _MANY_SAMPLES = 5_000, 21_334
# Of trained networks; four forecast hardly better.
_MEMBERS = 2
# A season is estimated from ten, where these are not too many rows.
_MANY_SEASONS, _MANY_ROWS = 10, 120
_ALL_ROWS, _FEW_ROWS = pretrained.SIZES.steps, 36


@dataclass(frozen=True)
class Part:
    """An ensemble of networks that are trained on the panel.

    Attributes:
        steps: of the optimiser.
        learning_rate: at its highest.
        read: rows of a series with a season that they read at most; of others all.
        season_shown: whether they are told the season.
        units: of each layer; adapted networks keep theirs.
        pretrained: "adapted", or "none" for networks that begin from drawn weights.
        fewest_samples: in the panel; with less there is no such part.
    """

    steps: int
    learning_rate: float
    read: int = _ALL_ROWS
    season_shown: bool = True
    units: int = pretrained.ARCHITECTURE.units
    pretrained: Pretrained = "adapted"
    fewest_samples: int = _FEWEST_SAMPLES


_BRIEF = Part(150, 1e-3, _FEW_ROWS, season_shown=False)
_LITTLE = Part(300, 3e-4, _FEW_ROWS, season_shown=False)
_MUCH = Part(300, 2e-3, fewest_samples=_SOME_SAMPLES)
_ANEW = Part(1000, 3e-3, _FEW_ROWS, units=64, pretrained="none", fewest_samples=_MANY_SAMPLES)
_ANEW_LARGE = replace(_ANEW, season_shown=False, units=pretrained.ARCHITECTURE.units)
_TRAINED: Mapping[str, tuple[Part, ...]] = MappingProxyType(
    {
        "zero_shot": (),
        "fast": (_BRIEF,),
        "auto": (_LITTLE, _MUCH, _ANEW),
        "best": (_LITTLE, _MUCH, _ANEW, _ANEW_LARGE),
    }
)


def check_recipe(name: str | None, metric: str) -> None:
    """Raise an `InputError` unless there is such a recipe, or none, for such a metric."""
    for what, value, known in (("recipe", name, RecipeName), ("metric", metric, Metric)):
        if value is not None and value not in get_args(known):
            raise InputError(f"{what} must be one of {', '.join(get_args(known))}, got {value!r}")
    if name is None and metric != "mae":
        raise InputError(
            f"metric={metric!r} is for a recipe: set recipe='auto', or the loss of a "
            "training=gc.Training(...)"
        )


def recipe_settings(
    name: str, panel: Panel, h: int, random_seed: int = 0, metric: str = "mae"
) -> list[Settings]:
    """The settings of the ensembles that are combined: networks as they are, and trained.

    Args:
        name: one of `RecipeName`.
        panel: the series, whose calendar gives the season.
        h: rows to forecast; beyond 24 forecasts are fed back.
        random_seed: of the order of samples.
        metric: the errors that adapting makes small.

    Raises:
        InputError: for several targets, or columns that do not change in time.
    """
    if len(panel.targets) > 1 or panel.static:
        what = f"{len(panel.targets)} targets" if len(panel.targets) > 1 else "static_df"
        raise InputError(
            f"recipe={name!r} reads one target and no other columns, got {what}: give each target "
            "an id of its own and leave other columns out, or set recipe=None"
        )
    framing = _framing(panel, h)
    as_is = Settings(
        framing,
        pretrained.ARCHITECTURE,
        # It does not train, but its weights, and what a saved model stands for, follow the metric.
        Training(loss=metric),
        # Years of months grow by shares, and their season with them; others less.
        scaler=_LOGARITHMS if framing.season == _MONTHS else _CUBE_ROOTS,
        gaps="mask",
        members=pretrained.members(),
        random_seed=random_seed,
        pretrained="as_is",
    )
    spare = _samples(panel, framing)
    return [
        as_is,
        *(
            replace(
                as_is,
                scaler=_LOGARITHMS,
                framing=_seen(each, panel, framing),
                architecture=replace(pretrained.ARCHITECTURE, units=each.units),
                pretrained=each.pretrained,
                members=_MEMBERS,
                training=_training(each, spare, framing.horizon, metric),
            )
            for each in _TRAINED[name]
            if spare.sum() >= each.fewest_samples
        ),
    ]


def _framing(panel: Panel, h: int) -> Framing:
    """How the networks saw the series of their prior, with more rows to tell the season from."""
    season, week = season_length(panel.freq), longer_season_length(panel.freq)
    framing = pretrained.framing(
        season if season <= _LONGEST_SEASON else 1, h, week if week <= _LONGEST_WEEK else 1
    )
    many = min(_MANY_SEASONS * framing.season, _MANY_ROWS)
    return replace(framing, look_back=max(framing.look_back, many))


def _seen(how: Part, panel: Panel, framing: Framing) -> Framing:
    """What trained networks read: different ones err differently."""
    if framing.season > 1:
        return replace(framing, read=how.read, season_shown=how.season_shown)
    # No series has more rows.
    longest = int(panel.lengths.max())
    return replace(framing, read=int(np.clip(longest, _FEW_ROWS, _ALL_ROWS)))


def _samples(panel: Panel, framing: Framing) -> Integers:
    """[series] whole samples to train on, about a horizon being held back."""
    spare = panel.lengths - framing.fewest - 2 * framing.horizon + 1
    return np.maximum(spare, 0)


def _training(how: Part, spare: Integers, horizon: int, metric: str) -> Training:
    """About so many steps for any number of samples; the rate rises and falls.

    Where there are more samples than steps can take, the newest of each series are taken.
    """
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
        # Their targets end at the last row at most.
        recent=recent and recent + horizon - 1,
        loss=metric,
    )
