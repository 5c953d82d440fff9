"""Which columns `AutoLSTM` uses, decided on rows that are held back from what is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from gatecast._types import Integers, Panel
from gatecast.data import season_of
from gatecast.forecasting._part import Part
from gatecast.forecasting.fitting._options import FitOptions
from gatecast.forecasting.fitting._samples import regression_of, with_gaps
from gatecast.forecasting.fitting._train import pretrained_members
from gatecast.forecasting.members import Combination
from gatecast.framing import Verdict, Windows, apart, fit_covariates, rows_from

# Two horizons are held back where they are at most a third of a series, else one.
_LONG = 6
# Fewer rows before them say nothing; more series say no more.
_FEWEST_ROWS, _MOST_SERIES = 8, 200


def verdict_on_columns(
    parts: Sequence[Part], panel: Panel, rows: Integers, h: int, options: FitOptions
) -> Verdict | None:
    """Whether columns are used, by errors of held-back rows; None where networks read them.

    Each column has to lower the errors one row ahead of rows all over the history, and all
    together may not raise those of the pre-trained networks on the newest rows.

    Args:
        parts: of one fit, those that are pre-trained first.
        panel: the series.
        rows: [series] leading rows that are fitted on; others are not read.
        h: rows to forecast.
        options: of the fit.
    """
    part = replace(parts[0], settings=with_gaps(parts[0].settings, panel))
    if part.effects is None or options.start:
        return None
    group, targets, panel = options.group, len(panel.targets), apart(panel)
    covariates = fit_covariates(part.settings.exogenous, panel, rows, group)
    regression = regression_of(part, panel, rows, covariates, group)
    verdict = Verdict(regression.verdicts())
    if not verdict.used:
        return verdict
    held_back = np.where(rows >= _LONG * h, 2 * h, h)
    early = rows - held_back
    enough = early >= max(part.settings.framing.fewest, _FEWEST_ROWS, h)
    if not group.any(enough.any()):
        return verdict
    total = group.total(len(rows))
    some = np.arange(len(rows)) // targets % -(-total // _MOST_SERIES) == 0
    windows = _windows(panel, np.where(enough & some, held_back, 0), rows, h)
    how = options.of_part(0, "columns", season_of(panel), None)
    errors = []
    for columns in (verdict.used, ()):
        tried = replace(part, effects=columns, static=verdict.used_static)
        members = pretrained_members(tried, panel, np.maximum(early, 0), how)
        missed = 0.0
        if len(windows):
            scaler = members.view.scaler.timeless
            point = Combination((members,)).forecast(panel, windows, h).point
            actual = rows_from(panel.y, windows.origin, h)
            scaled = [scaler.transform(each, windows.series) for each in (point, actual)]
            missed = float(np.nansum(np.abs(scaled[0] - scaled[1])))
        errors.append(missed)
    seen = int((~np.isnan(rows_from(panel.y, windows.origin, h))).sum())
    with_them, without, number = np.sum(group.gather([*errors, seen]), axis=0)
    if not number:
        return verdict
    return verdict.on_newest_rows(*(float(100 * error / number) for error in (with_them, without)))


def _windows(panel: Panel, held_back: Integers, rows: Integers, h: int) -> Windows:
    """The held-back horizons of each series."""
    number = held_back // h
    every = np.repeat(np.arange(len(rows)), number)
    back = np.concatenate([np.arange(count, 0, -1) for count in number]) * h
    return Windows(every, panel.offsets[every] + rows[every] - back.astype(int))
