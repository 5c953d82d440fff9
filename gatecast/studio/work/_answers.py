"""The process that answers what the forecast of a finished run would be if."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gatecast._types import InputError
from gatecast.data import read_future
from gatecast.forecasting import load
from gatecast.studio.work._what_if import FILES

if TYPE_CHECKING:
    import pandas as pd

    from gatecast.forecasting import Estimator

_KEPT = 4


def answers(questions: Iterable[str], out: IO[str]) -> None:
    """What the process does: read questions, write answers."""
    known: OrderedDict[str, tuple[Estimator, pd.DataFrame]] = OrderedDict()
    for line in questions:
        question = json.loads(line)
        try:
            answer: dict[str, Any] = {"forecast": _forecast(question, known)}
        except InputError as error:
            answer = {"problem": str(error)}
        out.write(f"{json.dumps(answer)}\n")
        out.flush()


def _forecast(
    question: Mapping[str, Any], known: OrderedDict[str, tuple[Estimator, pd.DataFrame]]
) -> list[float]:
    folder = str(question["folder"])
    if folder not in known:
        known[folder] = _loaded(Path(folder))
    known.move_to_end(folder)
    while len(known) > _KEPT:
        known.popitem(last=False)
    forecaster, future = known[folder]
    found = forecaster.predict(
        h=_steps(forecaster, future), futr_df=future.assign(**question["changes"])
    )
    own = found[found[forecaster.model_.columns.unique_id] == question["series"]]
    return [float(value) for value in own[forecaster.model_.name]]


def _loaded(folder: Path) -> tuple[Estimator, pd.DataFrame]:
    forecaster = load(folder / FILES[0])
    names = forecaster.model_.columns
    return forecaster, read_future(folder / FILES[1], id_col=names.unique_id, time_col=names.ds)


def _steps(forecaster: Estimator, future: pd.DataFrame) -> int:
    """Rows to forecast of each series."""
    return int(future.groupby(forecaster.model_.columns.unique_id).size().min())
