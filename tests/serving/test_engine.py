"""The thread that gathers requests; a database that is full or gone."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from postgres_server import PostgresServer
from served_models import serving
from serving_worker import load
from sqlalchemy import text

from gatecast import InputError
from gatecast.serving.engine import (
    BusyError,
    Engine,
    ForecastRequest,
    NewRow,
    NotFoundError,
    Once,
    RowError,
)
from gatecast.serving.store import Database, StoreFullError, StoreUnavailableError

KIND = "integer"
BEGIN = 43
PATIENCE = 60


@contextmanager
def engine_on(url: str) -> Iterator[tuple[Engine, Database]]:
    database = Database(url)
    engine = Engine(database, serving(database, KIND))
    engine.start()
    try:
        yield engine, database
    finally:
        engine.close()
        database.close()


def holding(engine: Engine) -> Callable[[], None]:
    """Let the engine wait; what is asked meanwhile is gathered when it goes on."""
    begun, goes_on = Event(), Event()

    def wait() -> None:
        begun.set()
        goes_on.wait(PATIENCE)

    engine.call(wait)
    begun.wait(PATIENCE)
    return goes_on.set


def accepted(engine: Engine, *rows: NewRow) -> int:
    return engine.observe(KIND, rows).result(PATIENCE).accepted


class TestGathered:
    def test_each_gets_its_own_answer(self, sqlite_url: str):
        rows = load("a", BEGIN, 4)
        with engine_on(sqlite_url) as (engine, _):
            go_on = holding(engine)
            observed = [engine.observe(KIND, [row]) for row in rows[:3]]
            bad = engine.observe(KIND, [replace(rows[3], ds=0), replace(rows[3], y=float("nan"))])
            unknown = engine.observe("air", rows)
            last = engine.observe(KIND, rows)
            made = engine.forecast(KIND, [ForecastRequest("a"), ForecastRequest("nobody")])
            go_on()
            assert [each.result(PATIENCE).accepted for each in observed] == [1, 1, 1]
            assert isinstance(bad.exception(PATIENCE), RowError)
            assert isinstance(unknown.exception(PATIENCE), NotFoundError)
            assert last.result(PATIENCE).duplicates == 3
            answer, none = made.result(PATIENCE)
            assert not isinstance(answer, InputError)
            assert int(answer.as_of) == rows[3].ds
            assert isinstance(none, NotFoundError)

    def test_of_two_under_one_key_one_is_carried_out(self, sqlite_url: str):
        rows = load("a", BEGIN, 2)
        other = [replace(rows[0], y=1.0)]
        with engine_on(sqlite_url) as (engine, _):
            go_on = holding(engine)
            once = Once("key", "content")
            first, again = (engine.observe(KIND, rows[:1], once=once) for _ in range(2))
            corrected = engine.observe(KIND, other)
            last = engine.observe(KIND, rows[:1], once=once)
            wrong = engine.observe(KIND, rows, once=replace(once, content="other"))
            go_on()
            assert corrected.result(PATIENCE).corrected == 1
            for each in (first, again, last):
                found = each.result(PATIENCE)
                assert (found.accepted, found.corrected, found.duplicates) == (1, 0, 0)
            assert isinstance(wrong.exception(PATIENCE), InputError)

    def test_who_has_gone_gets_nothing_and_the_others_go_on(self, sqlite_url: str):
        rows = load("a", BEGIN, 2)
        with engine_on(sqlite_url) as (engine, _):
            go_on = holding(engine)
            gone = engine.observe(KIND, rows[:1]), engine.forecast(KIND, [ForecastRequest("a")])
            assert all(each.cancel() for each in gone)
            go_on()
            assert accepted(engine, *rows) == 2

    def test_what_was_asked_before_the_end_is_answered(self, sqlite_url: str):
        with engine_on(sqlite_url) as (engine, _):
            waiting = [engine.observe(KIND, [row]) for row in load("a", BEGIN, 5)]
        assert [each.result(0).accepted for each in waiting] == [1] * 5
        with pytest.raises(BusyError, match="stopping"):
            engine.observe(KIND, [])


def test_two_workers_that_get_a_request_at_once_carry_it_out_once(postgres_url: str):
    """Whichever is first, the other has its answer."""
    rows = [NewRow(f"s{number}", 1, float(number)) for number in range(100)]
    with engine_on(postgres_url) as (one, _), engine_on(postgres_url) as (other, _):
        for number in range(5):
            once = Once(f"key {number}", "content")
            sent = [replace(row, ds=number + 1) for row in rows]
            both = [engine.observe(KIND, sent, once=once) for engine in (one, other)]
            found = [each.result(PATIENCE) for each in both]
            assert [each.accepted for each in found] == [100, 100]
            assert sorted(each.again for each in found) == [False, True]
            assert found[0].ids == found[1].ids


def test_no_room(sqlite_url: str):
    """Reads go on; when there is room again, so do writes."""
    with engine_on(sqlite_url) as (engine, database):
        rows = load("a", BEGIN, 2)
        assert accepted(engine, rows[0]) == 1
        many = [NewRow(f"series {number}", 1, 1.0) for number in range(3000)]
        _pages(database, more=2)
        assert isinstance(engine.observe(KIND, many).exception(PATIENCE), StoreFullError)
        (answer,) = engine.forecast(KIND, [ForecastRequest("a")]).result(PATIENCE)
        assert not isinstance(answer, InputError)
        _pages(database, more=10_000)
        assert accepted(engine, *many) == 3000
        assert accepted(engine, *rows) == 1


def test_a_database_that_is_gone_for_a_while(postgres_url: str, postgres: PostgresServer):
    with engine_on(postgres_url) as (engine, _):
        rows = load("a", BEGIN, 3)
        assert accepted(engine, rows[0]) == 1
        postgres.stop()
        try:
            for job in (
                engine.observe(KIND, rows[:2]),
                engine.forecast(KIND, [ForecastRequest("a")]),
            ):
                error = job.exception(PATIENCE)
                assert isinstance(error, StoreUnavailableError)
                assert "127.0.0.1" not in str(error)
        finally:
            postgres.start()
        outcome = engine.observe(KIND, rows).result(PATIENCE)
        assert (outcome.accepted, outcome.duplicates) == (2, 1)


def _pages(database: Database, more: int) -> Any:
    """Let the file grow by so many pages at most, over the connection that the engine reuses."""
    with database.reading() as connection:
        there = connection.scalar(text("PRAGMA page_count"))
        connection.execute(text(f"PRAGMA max_page_count = {there + more}"))
