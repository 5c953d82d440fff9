"""Fitting a forecaster: from a panel to members and their calibration.

panel -> parts to fit -> members without the newest rows -> their forecasts of those rows
      -> parts kept, calibration, skill -> members on all rows, where those are many more
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from gatecast._group import Group
from gatecast._types import Integers, Panel
from gatecast.data import head, refuse_tiny, require_rows, season_of
from gatecast.forecasting._model import Model, context_of
from gatecast.forecasting._part import Part
from gatecast.forecasting.fitting._columns import verdict_on_columns
from gatecast.forecasting.fitting._options import FitOptions
from gatecast.forecasting.fitting._samples import windows_of
from gatecast.forecasting.fitting._train import train
from gatecast.forecasting.intervals import (
    Calibration,
    calibrate,
    choosing_rows,
    forecast_held_back,
    held_back_rows,
    uncorrected,
)
from gatecast.forecasting.members import Combination, Members, with_kinds
from gatecast.forecasting.recipe import chosen_parts
from gatecast.framing import Verdict
from gatecast.network import Point
from gatecast.training import Trained

PartsOf: TypeAlias = Callable[[Panel], Sequence[Part]]
"""The parts to fit to a panel: those of the user's settings, or of `AutoLSTM`."""

# Up to this share of held-out rows, networks of `AutoLSTM` are not trained again on all rows: a
# forecast reads the newest rows anyway, and the intervals are those of the very networks that were
# calibrated (see "Long series" in docs/tried.md).
_FEW_HELD_BACK = 0.1

_ByPart: TypeAlias = dict[int, Members]
"""Number of a part -> its members."""


@dataclass(frozen=True)
class Fitted:
    """What was fitted on one fold.

    Attributes:
        members: of all parts that stay, trained on all rows of the fold, or on nearly all.
        calibration: of their intervals, None where too few rows could be held out.
        runs: of the last training of each part that is trained.
        verdict: on the columns whose effects are taken out, if there are any.
    """

    members: Combination
    calibration: Calibration | None
    runs: tuple[Trained, ...]
    verdict: Verdict | None = None


def fit_model(
    parts_of: PartsOf, panel: Panel, h: int, options: FitOptions = FitOptions()
) -> tuple[Model, tuple[Trained, ...]]:
    """Fit a forecaster on all rows of a panel.

    Args:
        parts_of: what is fitted.
        panel: the series.
        h: the default horizon, and the one that intervals are calibrated for.
        options: further options.

    Returns:
        The model, and the last training run of each part.

    Raises:
        InputError: if a series is too short, naming it.
    """
    season = season_of(panel)
    rows = lag(parts_of(_of_all(panel, options.group)), season)
    require_rows(panel, rows + 1, f"the {rows} rows that the scaler looks back on, and one more")
    (fitted,) = fit(parts_of, panel, [panel.lengths], h, options)
    context = context_of(fitted.members, panel)
    model = Model(h, panel.freq, season, fitted.members, context, fitted.calibration)
    model = replace(model, verdict=fitted.verdict)
    return model, fitted.runs


def fit(
    parts_of: PartsOf,
    panel: Panel,
    folds: Sequence[Integers],
    h: int,
    options: FitOptions = FitOptions(),
) -> list[Fitted]:
    """Fit a forecaster on the leading rows of each series, once for each fold.

    Folds that have the same parts are trained together.

    Args:
        parts_of: what is fitted; it gets the rows of the fold alone.
        panel: the series.
        folds: [folds] of [series] leading rows; 0 leaves a series out.
        h: rows to forecast.
        options: further options.
    """
    refuse_tiny(panel)
    known = [head(panel, np.maximum(rows, 1)) for rows in folds]
    parts = [list(parts_of(_of_all(each, options.group))) for each in known]
    verdicts = [
        verdict_on_columns(own, each, rows, h, options)
        for own, each, rows in zip(parts, known, folds, strict=True)
    ]
    parts = [
        own
        if verdict is None
        else [replace(part, effects=verdict.used, static=verdict.used_static) for part in own]
        for own, verdict in zip(parts, verdicts, strict=True)
    ]
    found: dict[int, Fitted] = {}
    for number, own in enumerate(parts):
        if number not in found:
            alike = [fold for fold, other in enumerate(parts) if other == own]
            job = _Job(own, panel, [folds[fold] for fold in alike], options)
            fitted = _fit_alike(job, [known[fold] for fold in alike], h)
            found |= dict(zip(alike, fitted, strict=True))
    return [replace(found[number], verdict=verdict) for number, verdict in enumerate(verdicts)]


def _of_all(panel: Panel, group: Group) -> Panel:
    """The panel with the lengths of all processes' series, and nothing else of these.

    The parts depend on the calendar and the lengths only.
    """
    if group.alone:
        return panel
    return replace(panel, offsets=np.append(0, np.cumsum(group.joined(panel.lengths))))


@dataclass(frozen=True)
class _Job:
    """The same parts to fit on each of some folds of a panel."""

    parts: Sequence[Part]
    panel: Panel
    folds: Sequence[Integers]
    options: FitOptions

    @property
    def season_length(self) -> int:
        return season_of(self.panel)

    def trainable(self, rows: Integers) -> list[int]:
        """The numbers of the parts that can be trained on so many leading rows of each series.

        A part of `AutoLSTM` without a single sample is left out. What the user has asked for, or
        has trained before, is not: training it tells how many rows are missing.
        """
        return [
            number
            for number, part in enumerate(self.parts)
            if part.role == "own" or self.options.start or self.has_samples(part, rows)
        ]

    def trained_enough(self, early: Integers | None, rows: Integers) -> list[int]:
        """The numbers of the parts that stay as trained on the `early` rows of each series."""
        if early is None or self.options.start:
            return []
        if self.options.group.any((rows - early > _FEW_HELD_BACK * rows).any()):
            return []
        return [
            number for number, part in enumerate(self.parts) if part.trained and part.role != "own"
        ]

    @property
    def holds_rows_back(self) -> bool:
        """Whether rows are held back: not for distributions as they were pre-trained."""
        as_pretrained = self.distributional and not any(part.trained for part in self.parts)
        return self.options.intervals and (self.options.choose or not as_pretrained)

    @property
    def distributional(self) -> bool:
        """Whether every part forecasts a distribution."""
        return not any(isinstance(part.settings.output, Point) for part in self.parts)

    def has_samples(self, part: Part, rows: Integers) -> bool:
        """Whether so many leading rows of each series hold a sample, if the part needs one."""
        own_lag = lag([part], self.season_length)
        return not part.trained or self.options.group.any(
            len(windows_of(part.settings, self.panel, rows, own_lag))
        )


def _fit_alike(job: _Job, known: Sequence[Panel], h: int) -> list[Fitted]:
    """Fit all folds without their newest rows, judge the fits on these rows, then fit on all."""
    early = [_early_rows(job, *fold, h) for fold in zip(known, job.folds, strict=True)]
    tried = [
        job.trainable(rows if fold is None else fold)
        for fold, rows in zip(early, job.folds, strict=True)
    ]
    first, first_runs = _train_parts(job, early, tried, "early")
    judged = [_judge(job, *fold, h) for fold in zip(first, known, early, strict=True)]
    stay = [
        numbers if kept is None else [numbers[place] for place in kept]
        for numbers, (kept, _) in zip(tried, judged, strict=True)
    ]
    done = [job.trained_enough(*fold) for fold in zip(early, job.folds, strict=True)]
    again = [
        [number for number in kept if number not in enough]
        for kept, enough in zip(stay, done, strict=True)
    ]
    last, last_runs = _train_parts(job, job.folds, again, "part")
    runs = first_runs | last_runs
    kept = [
        _kind_of(job, before | after, numbers, rows, panel)
        for before, after, numbers, rows, panel in zip(
            first, last, stay, job.folds, known, strict=True
        )
    ]
    return [
        Fitted(members, calibration, tuple(runs[number] for number in sorted(runs)))
        for members, (_, calibration) in zip(kept, judged, strict=True)
    ]


def _kind_of(
    job: _Job, parts: _ByPart, numbers: Sequence[int], rows: Integers, known: Panel
) -> Combination:
    """The members of some parts, which know what kind each series is of."""
    members = Combination(tuple(parts[number] for number in numbers))
    # Of `AutoLSTM` the first part is not trained on the panel.
    judge = parts[min(parts)]
    return with_kinds(members, judge, known, rows, job.season_length, job.options.group)


def _early_rows(job: _Job, known: Panel, rows: Integers, h: int) -> Integers | None:
    """[series] leading rows of a fold without the held-out ones; None to hold none out."""
    group = job.options.group
    early = rows - held_back_rows(known, h, job.season_length, group)
    enough = group.any((early >= lag(job.parts, job.season_length) + 2).any()) and all(
        job.has_samples(part, early) for part in job.parts if part.role == "own"
    )
    return early if job.holds_rows_back and enough else None


def _train_parts(
    job: _Job, rows: Sequence[Integers | None], kept: Sequence[Sequence[int]], stage: str
) -> tuple[list[_ByPart], dict[int, Trained]]:
    """Train the parts that are wanted in each fold; also the run that trained each part."""
    # Both trainings of a single fold share their compiled programs.
    pad_to = job.folds[0] if len(job.folds) == 1 else None
    members: list[_ByPart] = [{} for _ in rows]
    runs = {}
    for number, part in enumerate(job.parts):
        wanted = {
            fold: each
            for fold, each in enumerate(rows)
            if each is not None and number in kept[fold]
        }
        if wanted:
            how = job.options.of_part(number, stage, job.season_length, pad_to)
            trained, run = train(part, job.panel, [*wanted.values()], how)
            for fold, own in zip(wanted, trained, strict=True):
                members[fold][number] = own
            if run:
                runs[number] = run
    return members, runs


def _judge(
    job: _Job, parts: _ByPart, known: Panel, early: Integers | None, h: int
) -> tuple[list[int] | None, Calibration | None]:
    """Result of the held-out rows: the parts of the members that stay, and their calibration.

    Without held-out rows the parts are None, for all stay, and distributions are not corrected.
    """
    if not parts or early is None:
        return None, _without_held_out_rows(job, known, h)
    members = _kind_of(job, parts, [*parts], early, known)
    choose, season, group = job.options.choose, job.season_length, job.options.group
    recent = choosing_rows(known, h, season)
    held_back = forecast_held_back(
        members, known, early, h, choose=choose, recent=recent, group=group
    )
    if held_back is None:
        return None, _without_held_out_rows(job, known, h)
    kept = chosen_parts(members, held_back, group) if choose else [*range(len(members.parts))]
    return kept, calibrate(members.of(kept), held_back.of(kept), known, early, season, group)


def _without_held_out_rows(job: _Job, known: Panel, h: int) -> Calibration | None:
    if not (job.options.intervals and job.distributional):
        return None
    return uncorrected(known, known.lengths, job.season_length, h)


def lag(parts: Sequence[Part], season_length: int) -> int:
    """Rows that the scalers of the parts look back on."""
    lags = {"difference": 1, "seasonal_difference": season_length}
    return max(sum(lags.get(name, 0) for name in part.settings.scaler) for part in parts)
