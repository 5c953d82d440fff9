"""New, late and corrected rows of several requests, in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from gatecast._types import InputError
from gatecast.serving import store
from gatecast.serving._served import Served
from gatecast.serving.engine._forecasts import Stand, stand_at, too_few_rows
from gatecast.serving.engine._new_rows import Futures, NewRow, Outcome
from gatecast.serving.engine._replay import Replay, replay, told_ahead
from gatecast.serving.engine._take import Taken, TakenSeries, same, take
from gatecast.serving.engine._values import check_taken, check_values
from gatecast.serving.store import StoredState


def observe(
    connection: Connection,
    served: Served,
    requests: Sequence[Sequence[NewRow]],
    futr: Sequence[Futures] | None = None,
) -> list[Outcome | InputError]:
    """Take the rows of some requests, each of them wholly or not at all.

    Rows that were there already are counted and left out. Those that follow the last row of their
    series move its state on; late and corrected ones replay it from the last snapshot before them.

    Args:
        connection: in a transaction that writes.
        served: the version that serves.
        requests: rows of any series in any order.
        futr: what each request tells of rows to come, after its own; None if none does.

    Returns:
        What became of each, or why it was refused.
    """
    futr = [{}] * len(requests) if futr is None else futr
    problems = [_problem(served, *each) for each in zip(requests, futr, strict=True)]
    good = [place for place, problem in enumerate(problems) if problem is None]
    found = iter(
        _observed(
            connection, served, [requests[each] for each in good], [futr[each] for each in good]
        )
    )
    return [next(found) if problem is None else problem for problem in problems]


def _problem(served: Served, rows: Sequence[NewRow], futr: Futures) -> InputError | None:
    """What is wrong with a request, whatever is stored."""
    try:
        check_values(served, rows)
        for name in futr:
            check_taken(served, name)
    except InputError as error:
        return error
    return None


def _observed(
    connection: Connection,
    served: Served,
    requests: Sequence[Sequence[NewRow]],
    futr: Sequence[Futures],
) -> list[Outcome | InputError]:
    ids = sorted({row.unique_id for rows in requests for row in rows}.union(*futr))
    numbers, created = store.series_of(connection, served.name, ids)
    outcomes: list[Outcome | InputError] = []
    rest = iter(futr)
    for some in _without_corrections(requests):
        told = [next(rest) for _ in some]
        every = _series(connection, served, some, told, numbers)
        taken = [take(served, every, *each) for each in zip(some, told, strict=True)]
        for name, series in every.items():
            if series.futr:
                store.put_futures(connection, series.number, series.futr)
                created.discard(name)
        changed = {name: series for name, series in every.items() if series.pending}
        _move(connection, served, changed)
        created -= changed.keys()
        outcomes += [_outcome(every, *each) for each in zip(some, told, taken, strict=True)]
    for name in created:
        store.drop_series(connection, numbers[name])
    return outcomes


def _without_corrections(requests: Sequence[Sequence[NewRow]]) -> Iterator[list[Sequence[NewRow]]]:
    """Parts of the requests; in none of them a request gives another value to a row of another."""
    some: list[Sequence[NewRow]] = []
    values: dict[tuple[str, int], NewRow] = {}
    for rows in requests:
        own = {(row.unique_id, row.ds): row for row in rows}
        if any(key in values and not same(values[key], row) for key, row in own.items()):
            yield some
            some, values = [], {}
        some.append(rows)
        values |= own
    yield some


def _series(
    connection: Connection,
    served: Served,
    requests: Iterable[Sequence[NewRow]],
    futr: Iterable[Futures],
    numbers: Mapping[str, int],
) -> dict[str, TakenSeries]:
    """The series of some rows, with the rows of the log that these may repeat."""
    ids = {row.unique_id for rows in requests for row in rows}.union(*futr)
    numbers = {name: number for name, number in numbers.items() if name in ids}
    states = store.states_of(connection, numbers.values(), served.version)
    ends = served.fitted_ends
    every = {
        name: TakenSeries(number, states.get(number), ends.get(name), None)
        for name, number in numbers.items()
    }
    earlier: dict[int, set[int]] = {}
    for rows in requests:
        for row in rows:
            series = every[row.unique_id]
            if series.stored is not None and row.ds <= series.stored.ds:
                earlier.setdefault(series.number, set()).add(row.ds)
    by_number = {series.number: series for series in every.values()}
    times = {number: sorted(wanted) for number, wanted in earlier.items()}
    for (number, ds), known in store.observations_at(connection, times).items():
        by_number[number].known[ds] = known
    for number in earlier:
        bounds = store.bounds_of(connection, number)
        by_number[number].first = None if bounds is None else bounds[0]
    return every


def _move(connection: Connection, served: Served, changed: Mapping[str, TakenSeries]) -> None:
    """Let the changed series read their rows, and store the log and what follows from it."""
    replays = {
        name: _replay_of(connection, served, name, series) for name, series in changed.items()
    }
    replay(served, list(replays.values()))
    rows, states, snapshots = [], [], []
    for name, series in changed.items():
        done = replays[name]
        for row in done.rows:
            if row.ds in series.pending:
                series.pending[row.ds] = row
        new = [*series.pending.values()]
        position = len(new) + (0 if series.stored is None else series.stored.position)
        observed = done.observed + len(done.rows)
        last = done.rows[-1].ds
        rows += new
        series.stored = StoredState(
            series.number, served.version, position, observed, last, done.state
        )
        states.append(series.stored)
        snapshots += done.snapshots
    store.append(connection, rows)
    store.put_states(connection, states)
    store.put_snapshots(connection, snapshots)


def _replay_of(connection: Connection, served: Served, name: str, series: TakenSeries) -> Replay:
    """From the last state before the first change of a series."""
    stored, earliest = series.stored, min(series.pending)
    if stored is not None and stored.state is not None and earliest > stored.ds:
        rows = [series.pending[ds] for ds in sorted(series.pending)]
        told = told_ahead(connection, served, series.number, stored.ds)
        return Replay(name, rows, stored.state, told, stored.observed)
    found = store.snapshot_before(connection, series.number, served.version, earliest)
    store.drop_snapshots(connection, series.number, earliest)
    if found is None:
        # The rows up to there are part of the state, even where the log has them too.
        fitted = served.fitted_state(name)
        state, observed = None if fitted is None else fitted.tobytes(), 0
        after = series.fitted
    else:
        state, observed, after = found.state, found.observed, found.ds
    known = store.observations_of(connection, series.number, after)
    merged = {row.ds: row for row in known} | series.pending
    told = told_ahead(connection, served, series.number, after)
    return Replay(name, [merged[ds] for ds in sorted(merged)], state, told, observed)


def _outcome(
    every: Mapping[str, TakenSeries],
    given: Sequence[NewRow],
    futr: Futures,
    taken: Taken | InputError,
) -> Outcome | InputError:
    if isinstance(taken, InputError):
        return taken
    series_of = {name: every[name] for name in {row.unique_id for row in given}.union(futr)}
    rows = tuple(every[name].pending[ds] for name, ds in taken.new)
    ids = tuple(name for name, _ in taken.new)
    return Outcome(
        len(rows),
        taken.corrected,
        taken.duplicates,
        rows,
        ids,
        taken.futr,
        {name: (series.number, series.stored) for name, series in series_of.items()},
    )


def stands_after(served: Served, outcome: Outcome) -> dict[str, Stand | InputError]:
    """Where the series of a request stand after it."""
    found: dict[str, Stand | InputError] = {}
    for name, (number, stored) in outcome.stored.items():
        stand = stand_at(served, name, number, stored)
        # Of a new series only rows to come are known.
        found[name] = too_few_rows(served, name, 0) if stand is None else stand
    return found
