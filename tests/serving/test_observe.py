"""Rows into the log and states that follow from it, against a plain replay by the library."""

import time
from collections.abc import Sequence
from contextlib import closing
from copy import copy
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from plain_replay import PlainReplay
from served_models import KINDS, LATER, OFTEN, before_and_after, forecaster_of, new_rows, serving
from sqlalchemy import text

from gatecast import InputError
from gatecast.serving.engine import (
    ForecastRequest,
    Models,
    NewRow,
    NotFoundError,
    Outcome,
    RowError,
    TooFewRowsError,
    observe,
)
from gatecast.serving.engine._forecasts import forecasts, stands_of
from gatecast.serving.store import Database

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*count as missing"),
    pytest.mark.filterwarnings("ignore:.*constant series"),
]

Found = Outcome | InputError
EVERY = [pytest.param(kind, marks=[] if kind in OFTEN else [pytest.mark.slow]) for kind in KINDS]


class Service:
    """A database and the models in it, without a thread."""

    def __init__(self, url: str, kind: str) -> None:
        self.kind, self.database = kind, Database(url)
        self.models: Models = serving(self.database, kind)

    def close(self) -> None:
        self.database.close()

    def tell(self, unique_id: str, rows: Sequence[NewRow]) -> None:
        """The columns of rows to come."""
        told = {unique_id: {row.ds: dict(row.others) for row in rows}}
        with self.database.writing() as connection:
            observe(connection, self.models.serving(connection, self.kind), [[]], [told])

    def take(self, *requests: Sequence[NewRow]) -> list[Found]:
        """In one transaction."""
        with self.database.writing() as connection:
            return observe(connection, self.models.serving(connection, self.kind), requests)

    def took(self, *requests: Sequence[NewRow]) -> list[Outcome]:
        """None of them refused."""
        found = self.take(*requests)
        assert all(isinstance(each, Outcome) for each in found), found
        return found  # type: ignore[return-value]

    def refused(self, *rows: NewRow) -> str:
        """Why; nothing of them is left."""
        before = self.everything()
        (found,) = self.take(rows)
        assert isinstance(found, InputError)
        assert self.everything() == before
        return str(found)

    def forecast(self, unique_id: str, h: int | None = None, level: Any = ()) -> Any:
        with self.database.reading() as connection:
            served = self.models.serving(connection, self.kind)
            return forecasts(connection, served, [ForecastRequest(unique_id, h, level)])[0]

    def state(self, unique_id: str) -> Any:
        with self.database.reading() as connection:
            served = self.models.serving(connection, self.kind)
            return stands_of(connection, served, [unique_id])[unique_id].state  # type: ignore[union-attr]

    def everything(self) -> dict[str, list[Any]]:
        """Each table of what is observed, whole."""
        with self.database.reading() as connection:
            return {
                name: sorted(map(tuple, connection.execute(text(f"SELECT * FROM {name}"))))  # noqa: S608
                for name in ("series", "observations", "states", "snapshots", "futures")
            }

    def log(self, unique_id: str) -> list[tuple[int, int, float | None]]:
        """Time, revision and value of each row of the log."""
        with self.database.reading() as connection:
            query = text(
                "SELECT ds, revision, y FROM observations JOIN series ON series = number "
                "WHERE unique_id = :name ORDER BY ds, revision"
            )
            return [tuple(row) for row in connection.execute(query, {"name": unique_id})]


def rows_for(kind: str, unique_id: str, count: int = LATER) -> list[NewRow]:
    _, later = before_and_after(kind)
    return new_rows(later[later["unique_id"] == unique_id])[:count]


def assert_as_replayed(service: Service, unique_id: str, rows: Sequence[NewRow]) -> None:
    plain = PlainReplay(service.kind, unique_id, rows)
    assert plain.state is not None
    assert service.state(unique_id)["record"].tobytes() == plain.record
    assert service.state(unique_id).tobytes() == plain.state.tobytes()
    if service.kind != "futr":
        answer = service.forecast(unique_id)
        assert [row[plain.alone.model_.name] for row in answer.rows] == plain.forecast()
        assert answer.record == plain.track


@pytest.fixture
def service(sqlite_url: str) -> Service:
    return Service(sqlite_url, "stateful")


@pytest.mark.parametrize("kind", EVERY)
def test_however_rows_come_states_and_forecasts_are_the_same_bit_for_bit(kind: str, tmp_path: Any):
    """Live, all at once, beside other series, late and corrected: as `update` row by row."""
    names = ["a", "b"] if kind == "local" else ["a", "b", "new"]
    rows = {name: rows_for(kind, name, 27 if name == "new" else 17) for name in names}
    live = Service(f"sqlite:///{tmp_path / 'live.db'}", kind)
    for place in range(4):
        live.took([rows["a"][place]])
    live.took(*([row] for row in rows["a"][4:9]), rows["b"][:3])
    late, wrong = rows["a"][12], replace(rows["a"][15], y=3.0)
    live.took([*rows["a"][9:12], *rows["a"][13:15], wrong, *rows["a"][16:], *rows["b"][3:]])
    live.took([late])
    live.took([rows["a"][15]])
    if "new" in rows:
        live.took(rows["new"][::-1])
    at_once = Service(f"sqlite:///{tmp_path / 'once.db'}", kind)
    at_once.took([row for name in names for row in rows[name]])

    for name in names:
        assert_as_replayed(live, name, rows[name])
        assert live.state(name).tobytes() == at_once.state(name).tobytes()


@pytest.mark.parametrize("kind", [each for each in EVERY if each.values != ("futr",)])
def test_forecasts_that_were_asked_for_change_no_bit(kind: str, tmp_path: Any):
    """One of the model's own length judges the next row in place of one that is made anew."""
    asked = Service(f"sqlite:///{tmp_path / 'asked.db'}", kind)
    unasked = Service(f"sqlite:///{tmp_path / 'unasked.db'}", kind)
    for row, h in zip(rows_for(kind, "a", 4), (None, 1, 30, None), strict=True):
        asked.took([row])
        unasked.took([row])
        assert asked.state("a").tobytes() == unasked.state("a").tobytes()
        asked.forecast("a", h)


@pytest.mark.parametrize("kind", EVERY)
def test_history_at_once_is_history_row_by_row(kind: str, tmp_path: Any):
    """Rows that are not judged are read several at a time."""
    names = ["a", "b"] if kind == "local" else ["a", "b", "new"]
    rows = [
        replace(row, judge=False)
        for name in names
        for row in rows_for(kind, name, 27 if name == "new" else 17)
        # A gap.
        if row != rows_for(kind, name, 6)[5]
    ]
    one_by_one = Service(f"sqlite:///{tmp_path / 'one.db'}", kind)
    for row in rows:
        one_by_one.took([row])
    at_once = Service(f"sqlite:///{tmp_path / 'once.db'}", kind)
    at_once.took(rows)
    for name in names:
        assert at_once.state(name).tobytes() == one_by_one.state(name).tobytes()


class TestTheSameRowAgain:
    def test_is_counted_and_not_stored(self, service: Service):
        rows = rows_for("stateful", "a", 3)
        assert service.took(rows)[0].accepted == 3
        before = service.everything()
        (found,) = service.took(rows)
        assert (found.accepted, found.corrected, found.duplicates) == (0, 0, 3)
        assert service.everything() == before

    def test_in_one_request_and_in_two(self, service: Service):
        row = rows_for("stateful", "a", 1)[0]
        first, second = service.took([row, row], [row])
        assert (first.accepted, first.duplicates) == (1, 1)
        assert (second.accepted, second.duplicates) == (0, 1)

    def test_that_the_model_was_fitted_on(self, service: Service):
        fitted, _ = before_and_after("stateful")
        rows = new_rows(fitted[fitted["unique_id"] == "a"])
        assert service.took(rows)[0].duplicates == len(rows)
        assert service.log("a") == []
        assert "fit again" in service.refused(replace(rows[-1], y=1.0))


class TestCorrections:
    def test_the_log_keeps_every_revision(self, service: Service):
        row = rows_for("stateful", "a", 1)[0]
        for y in (1.0, 2.0, 1.0):
            (found,) = service.took([replace(row, y=y)])
        assert found.corrected == 1
        assert service.log("a") == [(row.ds, place, y) for place, y in enumerate((1.0, 2.0, 1.0))]
        assert_as_replayed(service, "a", [replace(row, y=1.0)])

    def test_two_requests_of_one_transaction_are_as_two_transactions(
        self, service: Service, tmp_path: Any
    ):
        rows = rows_for("stateful", "a", 3)
        requests = [rows, [replace(rows[1], y=9.0)], [replace(rows[1], y=8.0)], rows[2:]]
        apart = Service(f"sqlite:///{tmp_path / 'apart.db'}", "stateful")
        expected = [apart.took(request)[0] for request in requests]
        found = service.took(*requests)

        def shown(outcome: Outcome) -> Any:
            kept = [replace(row, arrived=0.0) for row in outcome.rows]
            return outcome.accepted, outcome.corrected, outcome.duplicates, kept

        assert [shown(each) for each in found] == [shown(each) for each in expected]
        assert service.log("a") == apart.log("a")
        assert service.state("a").tobytes() == apart.state("a").tobytes()

    def test_of_one_request_are_refused(self, service: Service):
        row = rows_for("stateful", "a", 1)[0]
        assert "given twice" in service.refused(row, replace(row, y=1.0))

    def test_replay_from_the_last_snapshot_before(self, sqlite_url: str, tmp_path: Any):
        service = Service(sqlite_url, "integer")
        begin = rows_for("integer", "a", 1)[0].ds
        rows = [NewRow("a", begin + step, 50.0 + step % 7) for step in range(220)]
        service.took(rows)
        for place in (219, 150, 100, 99, 0):
            rows[place] = replace(rows[place], y=70.0)
            service.took([rows[place]])
        again = Service(f"sqlite:///{tmp_path / 'again.db'}", "integer")
        again.took(rows)
        assert service.state("a").tobytes() == again.state("a").tobytes()
        assert service.everything()["snapshots"] == again.everything()["snapshots"]
        assert [row[2] for row in service.everything()["snapshots"]] == [100, 200]


class TestNewSeries:
    def test_old_enough_row_by_row(self, service: Service):
        rows = rows_for("stateful", "new", 30)
        needed = 24
        for place, row in enumerate(rows[:needed]):
            service.took([row])
            if place < needed - 1:
                answer = service.forecast("new")
                assert isinstance(answer, TooFewRowsError)
                assert f"has {place + 1} rows" in str(answer)
        assert_as_replayed(service, "new", rows[:needed])
        service.took(rows[needed:])
        assert_as_replayed(service, "new", rows)

    def test_late_and_corrected_among_the_first_rows(self, service: Service):
        rows = rows_for("stateful", "new", 30)
        service.took([rows[0], *rows[2:5], replace(rows[5], y=1.0), *rows[6:]])
        service.took([rows[1]])
        service.took([rows[5]])
        assert_as_replayed(service, "new", rows)

    def test_rows_of_one_transaction_may_follow_or_come_between(self, service: Service):
        rows = rows_for("stateful", "new", 30)
        service.took(rows[:2])
        # Of the two, the second lies between the known rows and the first.
        service.took([rows[4]], [rows[3]], rows[5:])
        service.took([rows[2]])
        assert_as_replayed(service, "new", rows)

    def test_all_of_one_transaction_lie_on_one_calendar(self, service: Service):
        row = rows_for("stateful", "new", 1)[0]
        first, second = service.take([row], [replace(row, ds=row.ds + 86_400 * 10**9)])
        assert isinstance(first, Outcome)
        assert isinstance(second, RowError)
        assert "calendar" in str(second)

    def test_the_first_row_is_the_first(self, service: Service):
        rows = rows_for("stateful", "new", 3)
        service.took(rows[1:])
        assert "before the first row" in service.refused(rows[0])
        service.took([replace(rows[1], y=1.0)])

    def test_of_a_model_that_takes_none(self, sqlite_url: str):
        service = Service(sqlite_url, "local")
        assert "is new" in service.refused(rows_for("local", "new", 1)[0])

    def test_that_does_not_change(self, service: Service):
        rows = [replace(row, y=5.0) for row in rows_for("stateful", "new", 26)]
        service.took(rows)
        assert_as_replayed(service, "new", rows)

    def test_begins_with_values(self, service: Service):
        rows = rows_for("stateful", "new", 30)
        service.took(rows[:3], rows[5:20])
        assert "lacks a value" in service.refused(replace(rows[3], y=None))
        service.took(rows[20:])
        late = replace(rows[3], y=None)
        service.took([late])
        assert_as_replayed(service, "new", [*rows[:3], late, *rows[5:]])


class TestRefusals:
    def test_a_refused_request_leaves_nothing_and_spoils_nothing(self, service: Service):
        good, bad = rows_for("stateful", "a", 2), rows_for("stateful", "new", 2)
        bad[1] = replace(bad[1], ds=bad[1].ds + 1)
        found = service.take(good[:1], [*bad, good[1]], good[1:])
        assert isinstance(found[1], RowError)
        assert found[1].row == 1
        assert [row[:1] for row in service.log("a")] == [(row.ds,) for row in good]
        assert service.log("new") == []
        assert [row[2] for row in service.everything()["series"]] == ["a"]
        service.took(rows_for("stateful", "new", 1))
        answer = service.forecast("nwe")
        assert isinstance(answer, NotFoundError)
        assert "has no series 'nwe'; did you mean 'new'" in str(answer)

    @pytest.mark.parametrize("y", [float("nan"), float("inf"), -float("inf"), 1.1e100])
    def test_numbers_that_cannot_be_read(self, service: Service, y: float):
        assert f"y = {y:g}" in service.refused(replace(rows_for("stateful", "a", 1)[0], y=y))

    @pytest.mark.parametrize("name", ["", "x" * 501, "a\0b", "a\nb", "\ud800"])
    def test_ids_that_cannot_be_written(self, url: str, name: str):
        with closing(Service(url, "stateful")) as service:
            words = service.refused(replace(rows_for("stateful", "a", 1)[0], unique_id=name))
        assert "is no id: it needs 1 to 500 characters" in words

    def test_the_future(self, service: Service):
        row = rows_for("stateful", "a", 1)[0]
        year = pd.Timestamp(time.time_ns()).year + 2
        ds = pd.Timestamp(year, 1, 1).value
        assert "lies in the future" in service.refused(replace(row, ds=ds))

    def test_a_gap_that_is_too_wide(self, sqlite_url: str):
        service = Service(sqlite_url, "integer")
        rows = rows_for("integer", "a", 3)
        far = replace(rows[0], ds=rows[0].ds + 20_000)
        assert "may be left out" in service.refused(rows[0], far)
        # Rows from before the fit leave nothing out.
        (found,) = service.took([replace(rows[0], ds=rows[0].ds - 9_999), *rows])
        assert (found.accepted, found.duplicates) == (3, 1)

    def test_a_row_without_a_value_when_the_model_was_fitted(self, sqlite_url: str):
        service = Service(sqlite_url, "rnn")
        fitted, _ = before_and_after("rnn")
        last = new_rows(fitted[fitted["unique_id"] == "a"])[-1]
        assert "was" in service.refused(replace(last, y=None))


@pytest.mark.parametrize("kind", ["stateful", "auto"])
@pytest.mark.filterwarnings("ignore:.*encountered in:RuntimeWarning")
def test_extreme_values_are_kept_as_they_are(kind: str, url: str):
    values = [1e100, 5e-324, 1e-300, 3e99, -0.0, 0.1 + 0.2, 1e16 + 2]
    rows = [replace(row, y=y) for row, y in zip(rows_for(kind, "a", 7), values, strict=True)]
    with closing(Service(url, kind)) as service:
        for row in rows:
            service.took([row])
        assert [y for _, _, y in service.log("a")] == values
        assert service.took(rows)[0].duplicates == 7
        assert_as_replayed(service, "a", rows)


class TestRowsAfterAGap:
    def test_are_judged_by_the_forecast_so_far_ahead(self, service: Service):
        """By that of the library; beyond its h there was none."""
        rows = rows_for("stateful", "a", 10)
        expected = service.forecast("a", 3, (80.0,)).rows
        (outcome,) = service.took([rows[2]])
        assert outcome.rows[0].forecast == expected[2]["LSTM"]
        alone = copy(forecaster_of("stateful")).predict(3).query("unique_id == 'a'")
        assert outcome.rows[0].forecast == pytest.approx(alone["LSTM"].iloc[2], rel=1e-5)
        assert outcome.rows[0].p_value is not None
        record = service.forecast("a").record
        inside = expected[2]["LSTM-lo-80"] <= rows[2].y <= expected[2]["LSTM-hi-80"]
        assert (record.judged, record.coverage[80]) == (1, inside)
        (outcome,) = service.took([rows[6]])
        assert (outcome.rows[0].forecast, outcome.rows[0].p_value) == (None, None)
        assert service.forecast("a").record == record
        assert_as_replayed(service, "a", [rows[2], rows[6]])

    def test_replayed_and_beside_others_they_are_the_same(self, service: Service, tmp_path: Any):
        rows = {name: rows_for("stateful", name, 12) for name in ("a", "b")}
        for place in (0, 2, 5, 6, 9):
            service.took([rows["a"][place]])
        service.took([replace(rows["a"][2], y=50.0)], [rows["a"][2]])
        service.took([rows["a"][4]])
        at_once = Service(f"sqlite:///{tmp_path / 'once.db'}", "stateful")
        kept = [rows["a"][place] for place in (0, 2, 4, 5, 6, 9)]
        at_once.took([*kept, *rows["b"][::2]])
        assert service.state("a").tobytes() == at_once.state("a").tobytes()
        assert_as_replayed(service, "a", kept)


class TestColumnsOfTheFuture:
    """Rows are judged where these had been told before."""

    def test_with_the_forecast_that_was_made_from_them(self, sqlite_url: str):
        service = Service(sqlite_url, "futr")
        rows = rows_for("futr", "a", 6)
        assert service.took(rows[:1])[0].rows[0].forecast is None
        planned = [replace(row, others={"price": 50.0 + place}) for place, row in enumerate(rows)]
        service.tell("a", planned[1:4])
        expected = service.forecast("a", 3).rows
        # What is told of a row that has come is too late.
        (outcome,) = service.took([rows[1]])
        assert outcome.rows[0].forecast == expected[0]["LSTM"]
        service.tell("a", [replace(row, others={"price": 0.0}) for row in rows[:2]])
        # One further row is told: not enough for a forecast of three, but for these two.
        (outcome,) = service.took([rows[3]])
        assert outcome.rows[0].forecast is not None
        assert service.took([rows[4]])[0].rows[0].forecast is None
        assert service.state("a")["track"]["judged"].tolist() == [[2]]

    def test_however_rows_come_they_are_judged_the_same(self, sqlite_url: str, tmp_path: Any):
        service = Service(sqlite_url, "futr")
        rows = rows_for("futr", "a", 14)
        told = {}
        for place in (*range(6), 7, 8, *range(10, 14)):
            planned = [replace(row, others={"price": 50.0 + place}) for row in rows]
            ahead = [row for row in planned[place : place + 3] if row.ds != rows[11].ds]
            service.tell("a", ahead)
            told |= {row.ds: dict(row.others) for row in ahead}
            service.took([rows[place]])
        service.took([rows[6]])
        service.took([replace(rows[3], y=1.0)])
        service.took([rows[3]])
        kept = [row for row in rows if row != rows[9]]
        plain = PlainReplay("futr", "a", kept, told)
        assert plain.state is not None
        assert service.state("a").tobytes() == plain.state.tobytes()
        assert service.state("a")["track"]["judged"].tolist() == [[12]]
        at_once = Service(f"sqlite:///{tmp_path / 'once.db'}", "futr")
        at_once.tell("a", [replace(row, others=told[row.ds]) for row in rows if row.ds in told])
        at_once.took(kept)
        assert at_once.state("a").tobytes() == plain.state.tobytes()


def test_coverage_is_that_of_the_intervals_that_were_forecast(sqlite_url: str):
    service = Service(sqlite_url, "stateful")
    inside = dict.fromkeys((50, 80, 95), 0)
    rows = rows_for("stateful", "a", 40)
    for row in rows:
        answer = service.forecast("a", 1, (50.0, 80.0, 95.0))
        first = dict(answer.rows[0])
        assert row.y is not None
        for level in inside:
            inside[level] += first[f"LSTM-lo-{level}"] <= row.y <= first[f"LSTM-hi-{level}"]
        (outcome,) = service.took([row])
        assert outcome.rows[0].forecast == first["LSTM"]
    record = service.forecast("a").record
    assert record.judged == 40
    assert {level: record.coverage[level] * 40 for level in inside} == pytest.approx(inside)
