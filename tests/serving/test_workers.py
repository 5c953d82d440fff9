"""Several processes on one database, and processes that are killed."""

import time
from collections.abc import Sequence

import numpy as np
import pytest
from plain_replay import Replays
from served_models import ROWS, serving
from serving_worker import Worker, load
from sqlalchemy import text

from gatecast.serving.engine import Models, NewRow, stands_of
from gatecast.serving.engine._forecasts import ForecastAnswer, ForecastRequest, forecasts
from gatecast.serving.store import Database

# A row that is still missing is a gap.
pytestmark = pytest.mark.filterwarnings("ignore:.*count as missing")

KIND = "integer"
BEGIN = {"a": ROWS + 7, "b": ROWS + 7, "new": 100}


@pytest.fixture
def models(database: Database) -> Models:
    """The model is in the database."""
    return serving(database, KIND)


def log_of(database: Database) -> dict[str, list[NewRow]]:
    """The rows of each series; no time may be there twice."""
    with database.reading() as connection:
        query = text(
            "SELECT unique_id, ds, revision, y FROM observations JOIN series ON series = number"
        )
        found: dict[str, list[NewRow]] = {}
        for unique_id, ds, revision, y in connection.execute(query):
            assert revision == 0
            found.setdefault(unique_id, []).append(NewRow(unique_id, ds, y))
    return found


def assert_as_replayed(
    database: Database, models: Models, replays: Replays
) -> dict[str, list[NewRow]]:
    """Every state and forecast is what a plain replay of the log gives."""
    log = log_of(database)
    with database.reading() as connection:
        served = models.serving(connection, KIND)
        for unique_id, rows in log.items():
            plain = replays.of(unique_id, rows)
            if plain.state is None:
                continue
            stand = stands_of(connection, served, [unique_id])[unique_id]
            assert not isinstance(stand, Exception)
            assert stand.state.tobytes() == plain.state.tobytes()
            assert stand.position == len(rows)
            answer = forecasts(connection, served, [ForecastRequest(unique_id)])[0]
            assert isinstance(answer, ForecastAnswer)
            assert [row["LSTM"] for row in answer.rows] == plain.forecast()
            assert answer.record == plain.track
    return log


def swapped(rows: Sequence[NewRow]) -> list[NewRow]:
    """The first row, then pairs whose second row comes first."""
    pairs = [rows[place : place + 2][::-1] for place in range(1, len(rows), 2)]
    return [rows[0], *(row for pair in pairs for row in pair)]


def test_two_workers_take_the_same_rows_at_once(url: str, database: Database, models: Models):
    rows = {name: swapped(load(name, begin, 30)) for name, begin in BEGIN.items()}
    # Ids in both orders, some requests with several of them.
    forth = [[rows[name][place] for name in BEGIN] for place in range(30)]
    back = [[rows[name][place]] for place in range(30) for name in reversed(BEGIN)]
    workers = [Worker(url, KIND, forth), Worker(url, KIND, back)]
    answers = [worker.answers() for worker in workers]

    assert answers == [list(range(len(forth))), list(range(len(back)))]
    log = assert_as_replayed(database, models, Replays(KIND))
    for name, expected in rows.items():
        assert sorted(log[name], key=lambda row: row.ds) == sorted(expected, key=lambda row: row.ds)


def kill_again_and_again(
    url: str, database: Database, models: Models, rounds: int, seed: int
) -> None:
    """A client sends what was not acknowledged again, as it would over a network.

    After each kill, all acknowledged rows are there once, and states and forecasts are a replay's.
    """
    chance, replays = np.random.default_rng(seed), Replays(KIND)
    rows = {name: swapped(load(name, begin, 40 * rounds)) for name, begin in BEGIN.items()}
    requests = [[rows[name][place]] for place in range(40 * rounds) for name in BEGIN]
    acknowledged: list[NewRow] = []
    done = 0
    for _ in range(rounds):
        worker = Worker(url, KIND, requests[done : done + 100])
        found = worker.answers(int(chance.integers(30)))
        time.sleep(chance.random() * 0.02)
        worker.kill()
        found += worker.answers()
        assert found == list(range(len(found)))
        acknowledged += [row for request in requests[done : done + len(found)] for row in request]
        done += len(found)
        log = assert_as_replayed(database, models, replays)
        there = {(row.unique_id, row.ds): row for each in log.values() for row in each}
        assert all(there[row.unique_id, row.ds] == row for row in acknowledged)
    assert done > 0


def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_twice(
    url: str, database: Database, models: Models
):
    kill_again_and_again(url, database, models, rounds=2, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "part", [f"rounds {first + 1} to {first + 50}" for first in range(0, 100, 50)]
)
def test_200_rounds_of_kill_9(url: str, database: Database, models: Models, part: str):
    """A hundred on each database, whose name the test has as well."""
    kill_again_and_again(url, database, models, rounds=50, seed=int(part.split()[1]))
