"""From a plan and a file to all that a page shows and a visitor takes away."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatecast._files import put_in_place, staging
from gatecast._progress import follow
from gatecast._types import InputError, InputWarning
from gatecast._wording import count
from gatecast.evaluation import Backtest, backtest
from gatecast.studio.work._files import (
    write_forecast_files,
    write_future,
    write_report,
    write_workbook,
)
from gatecast.studio.work._forecaster import forecaster_of
from gatecast.studio.work._listen import Listener
from gatecast.studio.work._memory import memory_of
from gatecast.studio.work._plan import Plan
from gatecast.studio.work._result import Found, result_of
from gatecast.studio.work._rows import Rows, future_of, read_rows
from gatecast.studio.work._told import Progress

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator


def carry_out(plan: Plan, data: Path, folder: Path, tell: Callable[[Progress], object]) -> None:
    """Fit, forecast, test and explain; fill a folder.

    Args:
        plan: what to do.
        data: the file that the plan is about.
        folder: is made, with `result.json`, `pictures.json`, `forecast.csv`, `forecast.xlsx`,
            `forecast.png`, `forecast.svg`, `model.gatecast`, `report.html` where there was a test,
            and `future.csv` where columns of the future are read. All of them, or none.
        tell: is told how far it is; "done" comes last.

    Raises:
        InputError: if the data or the plan cannot be used, or the folder exists.
    """
    if folder.exists():
        raise InputError(f"{folder} exists already; give another folder, or remove it")
    with warnings.catch_warnings(record=True) as told, staging(folder) as staged:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", InputWarning)
        staged.mkdir()
        found = _worked(plan, data, staged, Listener(tell))
        # A visitor knows the file by its name, not by its place.
        notes = [
            str(each.message).replace(str(data), plan.source)
            for each in told
            if issubclass(each.category, InputWarning)
        ]
        _write_json(staged / "result.json", result_of(found, list(dict.fromkeys(notes)), staged))
        put_in_place(staged, folder)
    tell(Progress("done"))


def _worked(plan: Plan, data: Path, staged: Path, listener: Listener) -> Found:
    listener.stage("reading")
    asked, (rows, plan) = plan.windows > 0, read_rows(plan, data)
    forecaster = forecaster_of(plan)
    listener.trainings = _trainings(forecaster, rows)
    with follow(listener.heard):
        listener.stage("training")
        freq = plan.reading.freq
        forecaster.fit(rows.frame, freq=freq, **rows.names.keywords)
        if forecaster.model_.calibration is None:
            plan = replace(plan, levels=())
        listener.stage("forecasting")
        future = future_of(forecaster.model_, rows, plan.horizon or 1)
        known = None if future is None else future.frame
        forecast = forecaster.predict(level=list(plan.levels), futr_df=known)
        listener.stage("testing")
        test, untested = _test(plan, forecaster, rows, asked=asked)
    listener.stage("understanding")
    memory = memory_of(forecaster.inspect())
    listener.stage("writing")
    write_forecast_files(staged, forecaster, forecast)
    write_workbook(staged, forecast, test)
    if test is not None:
        write_report(staged, rows, test)
    if future is not None:
        write_future(staged, future)
    found = Found(plan, rows, forecaster, forecast, memory, test, future, untested)
    _write_json(staged / "pictures.json", found.pictures())
    return found


def _trainings(forecaster: Estimator, rows: Rows) -> int:
    """How many trainings follow each other, at most: each part may be trained twice."""
    trained = [part for part in forecaster.parts_for(rows.panel) if part.trained]
    return len(trained) * (2 if forecaster.intervals else 1)


def _test(
    plan: Plan, forecaster: Estimator, rows: Rows, *, asked: bool
) -> tuple[Backtest | None, str]:
    """The test, or why there is none: a forecast is worth showing without one."""
    if not asked:
        return None, "No test was asked for."
    if not plan.windows:
        longest = count(int(rows.panel.lengths.max()), "row")
        return None, (
            f"The longest series has {longest}, too few to keep the last {forecaster.h} apart and "
            "still learn from the rest. With more rows, or a shorter forecast, it can be tested."
        )
    try:
        found = backtest(
            forecaster,
            rows.frame,
            h=forecaster.h,
            n_windows=plan.windows,
            baselines=plan.baselines or (),
            level=plan.levels,
            freq=plan.reading.freq,
            season_length=forecaster.season_length,
            verbose=False,
            **rows.names.keywords,
        )
    except InputError as error:
        return None, f"The test did not work: {error}."
    return found, ""


def _write_json(file: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    file.write_text(text, encoding="utf-8")
