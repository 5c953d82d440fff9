"""Two versions of a model on the same recent truths, before the newer one serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gatecast._types import IRREGULAR, check_whole
from gatecast.data import steps_between
from gatecast.forecasting.intervals import TRACK, Record, record_of
from gatecast.serving import store
from gatecast.serving._served import Served, Told
from gatecast.serving.engine._engine import Engine
from gatecast.serving.engine._fits import check_fits
from gatecast.serving.engine._models import Models, served_of
from gatecast.serving.engine._replay import Replay, replay
from gatecast.serving.store import Database, Observation

# Series and rows of each that are replayed between two requests.
_SERIES_AT_ONCE = 8
_ROWS_AT_ONCE = 32


@dataclass(frozen=True)
class Comparison:
    """How well two versions forecast the same truths, which neither was fitted on.

    Attributes:
        serving: the version that serves.
        candidate: the other one.
        series: that have such truths.
        truths: forecasts of each version that were compared with one; where there are none, both
            records are empty.
        serving_record: coverage, skill and CRPS of the first.
        candidate_record: of the other.
    """

    serving: str
    candidate: str
    series: int
    truths: int
    serving_record: Record
    candidate_record: Record


@dataclass(frozen=True)
class _Log:
    """A series, its log, of which some rows are judged, and what was told of these."""

    unique_id: str
    rows: Sequence[Observation]
    futr: Told


def compare(
    database: Database,
    models: Models,
    engine: Engine,
    name: str,
    content: bytes,
    *,
    recent: int = 24,
    most: int = 100,
) -> Comparison:
    """Replay the stored history of some series under the serving version and under another.

    Only the last rows are judged, and of those only the ones that neither version was fitted on.
    Nothing is stored.

    Args:
        database: that holds the log.
        models: of this process.
        engine: that runs them; requests are answered in between.
        name: of the model.
        content: the artefact of the other version.
        recent: rows of each series that are judged, at most.
        most: series, spread over all; at most so many.

    Raises:
        InputError: if the artefact is none, or does not fit the stored log.
        StoreError: if the database fails.
    """
    check_whole("recent", recent, 1)
    check_whole("most", most, 1)

    def loaded() -> tuple[Served, Served, list[str]]:
        with database.reading() as connection:
            serving = models.serving(connection, name)
            candidate = served_of(name, content, adaptive=models.adaptive)
            check_fits(connection, serving, candidate)
            ids = store.ids_of(connection, name)
        place = np.linspace(0, len(ids), min(most, len(ids)), endpoint=False).astype(int)
        return serving, candidate, [ids[each] for each in place]

    serving, candidate, ids = engine.call(loaded).result()
    series = 0
    tracks: dict[str, list[NDArray[Any]]] = {serving.version: [], candidate.version: []}
    for begin in range(0, len(ids), _SERIES_AT_ONCE):
        some, versions = ids[begin : begin + _SERIES_AT_ONCE], (serving, candidate)
        logs = _logs(database, name, some)
        found = [_judged(each, recent, *versions) for each in logs]
        judged = [each for each in found if each is not None]
        series += len(judged)
        for served in {each.version: each for each in versions}.values():
            tracks[served.version] += _tracks(engine, served, judged)
    old, new = (
        record_of(np.concatenate([np.zeros(0, TRACK), *tracks[each.version]]))
        for each in (serving, candidate)
    )
    return Comparison(serving.version, candidate.version, series, old.judged, old, new)


def _logs(database: Database, name: str, ids: Sequence[str]) -> list[_Log]:
    with database.reading() as connection:
        return [
            _Log(
                each,
                store.observations_of(connection, number),
                store.futures_of(connection, number),
            )
            for each, number in store.numbers_of(connection, name, ids).items()
        ]


def _judged(log: _Log, recent: int, *versions: Served) -> _Log | None:
    """The series, if it has truths that no version was fitted on."""
    unique_id, rows = log.unique_id, log.rows
    begin = 0
    for served in versions:
        end = served.fitted_ends.get(unique_id)
        read = served.first_rows if end is None else sum(row.ds <= end for row in rows)
        begin = max(begin, read)
    # Both have read the row before the first one; else it may come after a gap for one alone.
    first = max(begin + 1, len(rows) - recent)
    if first >= len(rows):
        return None
    both = _forecast_by_all(log, versions)
    judged = [
        replace(row, judge=row.judge and place >= first and both[place])
        for place, row in enumerate(rows)
    ]
    return replace(log, rows=judged)


def _forecast_by_all(log: _Log, versions: Sequence[Served]) -> list[bool]:
    """Which rows every version has forecast: it may look less far, or read further columns."""
    freq = versions[0].model.freq
    names = {name for served in versions for name in served.model.members.futr_exog}
    told = [names <= log.futr.get(row.ds, {}).keys() for row in log.rows]
    if freq == IRREGULAR:
        return told
    ds = np.array([versions[0].time(row.ds) for row in log.rows])
    following = steps_between(ds[:-1], ds[1:], freq) == 1
    return [known and bool(each) for known, each in zip(told, [True, *following], strict=True)]


def _tracks(engine: Engine, served: Served, judged: Sequence[_Log]) -> list[NDArray[Any]]:
    """What is known of the forecasts of a version, over the rows that are judged."""
    replays = [_before(served, each) for each in judged]
    waiting = {each.unique_id: each.rows for each in replays}
    rows = max(_ROWS_AT_ONCE, served.first_rows)
    while any(waiting.values()):
        for each in replays:
            each.rows, each.read = waiting[each.unique_id][:rows], 0
            waiting[each.unique_id] = waiting[each.unique_id][rows:]
        engine.call(lambda: replay(served, replays)).result()
    states = [served.states_from(each.state) for each in replays if each.state is not None]
    return [each["track"].reshape(-1) for each in states]


def _before(served: Served, series: _Log) -> Replay:
    """A series before the rows that the version has not read."""
    end = served.fitted_ends.get(series.unique_id)
    rows = [row for row in series.rows if end is None or row.ds > end]
    fitted = served.fitted_state(series.unique_id)
    state = None if fitted is None else fitted.tobytes()
    return Replay(series.unique_id, rows, state, series.futr)
