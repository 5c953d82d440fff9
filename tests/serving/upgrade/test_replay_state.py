"""A new version reads the log ahead, as a job: its states are those that the service computes."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from served_models import NAME as AIR
from served_models import artefact_of, before_and_after, new_rows, serving
from small_service import IDS, NAME, Service, content_of, fitted, rows_of, running, served
from sqlalchemy import select, update

import gatecast
from gatecast.scaleout.executors import Executor, LocalExecutor, Outcome
from gatecast.scaleout.partitions import Failure, Partitions, PartRecord
from gatecast.serving import replay_state, store
from gatecast.serving.engine import Engine
from gatecast.serving.store._tables import SERIES, SNAPSHOTS, STATES
from gatecast.serving.upgrade._job import compute_parts
from gatecast.serving.upgrade._part import PartReplay, states_of_part

OLD_ROWS, NEW_ROWS = 30, 34
QUIET = {"verbose": False}


@pytest.fixture(scope="module")
def contents(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Artefacts: one that serves, one fitted on some rows that the service has, and another."""
    folder = tmp_path_factory.mktemp("models")
    return [
        content_of(fitted(rows_of(IDS, 0, OLD_ROWS)), folder),
        content_of(fitted(rows_of(["a", "b", "z"], 0, NEW_ROWS), seed=1), folder),
        content_of(fitted(rows_of(IDS, 0, OLD_ROWS), seed=2), folder),
    ]


# Of each kind of database; what differs between them is tested with the store.
EITHER = pytest.mark.parametrize(
    "url", ["sqlite", pytest.param("postgres", marks=pytest.mark.slow)], indirect=True
)


@pytest.fixture
def service(url: str, contents: list[bytes]) -> Iterator[Service]:
    """It has seen long and short series, one that is new and ready, and one that is not."""
    with running(url, contents[0]) as found:
        found.observe(rows_of(["a", "new"], OLD_ROWS, 120))
        found.observe(rows_of(["b", "c"], OLD_ROWS, 2))
        found.observe(rows_of(["young"], OLD_ROWS, 3))
        # A correction, and a row that is late.
        found.observe(rows_of(["a"], OLD_ROWS + 50, 1).assign(y=70.0))
        found.observe(rows_of(["new"], OLD_ROWS + 130, 2))
        found.observe(rows_of(["new"], OLD_ROWS + 125, 1))
        yield found


def kept(database: store.Database, version: str) -> list[Any]:
    """All states and snapshots under a version, by id."""
    with database.reading() as connection:
        ids = {
            row[0]: row[1]
            for row in connection.execute(select(SERIES.c.number, SERIES.c.unique_id))
        }
        return sorted(
            (ids[row.series], table.name, *row[2:])
            for table in (STATES, SNAPSHOTS)
            for row in connection.execute(select(table).where(table.c.version == version))
        )


def forget(service: Service, version: str) -> None:
    """Drop what was computed ahead."""
    with service.database.writing() as connection:
        versions = store.versions_of(connection, NAME)
        assert versions is not None
        store.release_version(connection, NAME, version)
        after: int | None = 0
        while after is not None:
            after = store.forget_versions(connection, NAME, [versions.version], after)
    assert not kept(service.database, version)


def lacking(service: Service, version: str) -> list[str]:
    with service.database.reading() as connection:
        versions = store.versions_of(connection, NAME)
        assert versions is not None
        return sorted(
            each.unique_id for each in store.behind(connection, NAME, version, versions.version)
        )


@EITHER
def test_the_states_are_those_that_the_service_computes(service: Service, contents: list[bytes]):
    done = replay_state(service.database, NAME, contents[1], **QUIET)
    assert (done.series, done.changed, done.failures) == (5, 0, 0)
    assert not lacking(service, done.version)
    ahead = kept(service.database, done.version)
    forget(service, done.version)
    service.versions.prepare(NAME, contents[1])
    assert served(service).version == done.version
    assert ahead == kept(service.database, done.version)
    assert {row[1] for row in ahead} == {"states", "snapshots"}


@EITHER
def test_only_what_has_come_since_is_read_then(
    service: Service, contents: list[bytes], tmp_path: Path
):
    done = replay_state(service.database, NAME, contents[1], **QUIET)
    service.observe(rows_of(["a"], OLD_ROWS + 120, 5))
    service.observe(rows_of(["new"], OLD_ROWS + 100, 1).assign(y=60.0))
    assert lacking(service, done.version) == ["a", "new"]
    store.export_state(service.database, tmp_path / "moved")
    with running(f"sqlite:///{tmp_path / 'other.db'}") as other:
        store.import_state(other.database, tmp_path / "moved")
        forget(other, done.version)
        for each in (service, other):
            each.versions.prepare(NAME, contents[1])
            assert served(each).version == done.version
        assert kept(service.database, done.version) == kept(other.database, done.version)


@pytest.mark.slow
def test_workers_of_ray_compute_the_same(sqlite_url: str, contents: list[bytes], tmp_path: Path):
    with running(sqlite_url, contents[0]) as service:
        service.observe(rows_of(["a", "new"], OLD_ROWS, 20))
        done = replay_state(service.database, NAME, contents[1], **QUIET)
        here = kept(service.database, done.version)
        forget(service, done.version)
        (tmp_path / "new.gatecast").write_bytes(contents[1])
        # In a process of its own: Ray forks, and JAX warns of that.
        command = ["state", "replay", NAME, "new.gatecast", "--state", sqlite_url, "--ray", "local"]
        subprocess.run(
            [sys.executable, "-m", "gatecast", *command, "--quiet"], check=True, cwd=tmp_path
        )
        assert kept(service.database, done.version) == here


def test_a_series_that_changes_before_its_state_is_loaded_is_left_to_the_service(
    sqlite_url: str, contents: list[bytes], tmp_path: Path
):
    with running(sqlite_url, contents[0]) as service:
        service.observe(rows_of(["a", "b"], OLD_ROWS, 30))
        first = replay_state(service.database, NAME, contents[1], work=tmp_path / "job", **QUIET)
        forget(service, first.version)
        service.observe(rows_of(["a"], OLD_ROWS + 20, 1).assign(y=66.0))
        # The log that was read before is read again: nothing is computed anew.
        parts = {path: path.stat().st_mtime_ns for path in (tmp_path / "job").glob("*.parquet")}
        again = replay_state(service.database, NAME, contents[1], work=tmp_path / "job", **QUIET)
        assert parts == {path: path.stat().st_mtime_ns for path in parts}
        assert (again.series, again.changed) == (1, 1)
        assert {row[0] for row in kept(service.database, first.version)} == {"b"}
        # Series that are gone, or have come back under the number of another one.
        forget(service, first.version)
        with service.database.writing() as connection:
            numbers = store.numbers_of(connection, NAME, ["b"])
            connection.execute(
                update(SERIES).where(SERIES.c.number == numbers["b"]).values(unique_id="other")
            )
        gone = replay_state(service.database, NAME, contents[1], work=tmp_path / "job", **QUIET)
        assert (gone.series, gone.changed) == (0, 2)
        assert not kept(service.database, first.version)
        with service.database.writing() as connection:
            connection.execute(
                update(SERIES).where(SERIES.c.number == numbers["b"]).values(unique_id="b")
            )
        # Once it serves, nothing is moved back.
        service.observe(rows_of(["b"], OLD_ROWS + 30, 1))
        service.versions.prepare(NAME, contents[1])
        assert served(service).state == "serving"
        before = kept(service.database, first.version)
        with pytest.raises(gatecast.InputError, match="serves already"):
            replay_state(service.database, NAME, contents[1], work=tmp_path / "job", **QUIET)
        assert kept(service.database, first.version) == before


def test_another_version_that_serves_meanwhile_throws_nothing_away(
    sqlite_url: str, contents: list[bytes]
):
    with running(sqlite_url, contents[0]) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 10))
        done = replay_state(service.database, NAME, contents[1], **QUIET)
        ahead = kept(service.database, done.version)
        service.versions.prepare(NAME, contents[2])
        assert served(service).version != done.version
        service.versions.close()
        assert kept(service.database, done.version) == ahead
        with service.database.writing() as connection:
            assert store.kept_version(connection, NAME) == done.version


def test_a_series_that_cannot_be_read_fails_alone(sqlite_url: str):
    database = store.Database(sqlite_url)
    models = serving(database, "exog", names=[AIR])
    engine = Engine(database, models)
    engine.start()
    _, after = before_and_after("exog")
    engine.observe(AIR, new_rows(after.groupby("unique_id").head(40))).result(60)
    engine.close()
    with database.writing() as connection:
        number = store.numbers_of(connection, AIR, ["b"])["b"]
        last = store.observations_of(connection, number, last=1)[0]
        word = store.Observation(number, last.ds, 1, 1.0, {"temp": "warm"})
        store.append(connection, [word])
    done = replay_state(database, AIR, artefact_of("exog again"), **QUIET)
    assert (done.series, done.failures) == (3, 1)
    assert done.failed[0].unique_id == "b"
    assert "warm" in done.failed[0].error
    database.close()


def test_files_of_the_log_hold_whole_series(sqlite_url: str, contents: list[bytes], tmp_path: Path):
    with running(sqlite_url, contents[0]) as service:
        service.observe(rows_of(["a", "b", "c", "new"], OLD_ROWS, 20))
        service.observe(rows_of(["b"], OLD_ROWS, 3).assign(y=1.0))
        parts = store.split_log(service.database, NAME, tmp_path / "log", rows=30)
        rows = [store.rows_of_part(tmp_path / "log", part.number) for part in parts]
        assert [len(some) for some in rows] == [part.rows for part in parts]
        assert sum(part.rows for part in parts) == 4 * 20 + 3
        names = [{row["unique_id"] for row in some} for some in rows]
        assert len(parts) > 1
        assert sum(map(len, names)) == len(set.union(*names)) == 4
        # What is there stays, whatever has come since.
        service.observe(rows_of(["a"], OLD_ROWS + 20, 1))
        assert store.split_log(service.database, NAME, tmp_path / "log", rows=30) == parts


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [(b"nothing", NAME, "not a gatecast model"), (None, "other", "no model is named 'other'")],
)
def test_what_cannot_be_replayed_is_told(
    sqlite_url: str, contents: list[bytes], content: bytes | None, name: str, words: str
):
    with running(sqlite_url, contents[0]) as service, pytest.raises(gatecast.InputError) as told:
        replay_state(service.database, name, content or contents[1], **QUIET)
    assert words in str(told.value)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"address": "auto"}, "give work"),
        ({"work": "memory://job"}, "no folder on a disk"),
    ],
)
def test_what_workers_could_not_share_is_told(
    sqlite_url: str, contents: list[bytes], how: dict[str, Any], words: str
):
    with running(sqlite_url, contents[0]) as service, pytest.raises(gatecast.InputError) as told:
        replay_state(service.database, NAME, contents[1], **how, **QUIET)
    assert words in str(told.value)


@dataclass(frozen=True)
class Deadly:
    """An executor whose workers die of one series, or of so many at once."""

    log: Path
    unique_id: str = ""
    series: int = 10**9
    workers: int = 2

    def share(self, value: Any) -> Any:
        return LocalExecutor().share(value)

    def map(self, work: Any, tasks: Any) -> Iterator[Any]:
        for task in tasks:
            number = task if isinstance(task, int) else task.part
            every = [row["unique_id"] for row in store.rows_of_part(self.log, number)]
            ids = [*dict.fromkeys(every)]
            if isinstance(task, int):
                ids = [each for each in ids if each not in {f.unique_id for f in work.passed_over}]
            else:
                ids = ids[task.first : task.last]
            if self.unique_id in ids or len(ids) >= self.series:
                yield Outcome(task, None, lost="a bolt")
            else:
                yield Outcome(task, work(task))


def test_a_series_that_kills_workers_is_found(
    sqlite_url: str, contents: list[bytes], tmp_path: Path
):
    def computed(name: str, executor: Executor) -> tuple[list[PartRecord], dict[str, Any]]:
        partitions = Partitions.at(tmp_path / name)
        artefact, log = executor.share(contents[1]), str(tmp_path / "log")
        replay = PartReplay(NAME, artefact, adaptive=True, log=log, partitions=partitions)
        records = compute_parts(executor, replay, parts, verbose=False)
        return records, states_of_part(partitions, 0, "next")[0]

    with running(sqlite_url, contents[0]) as service:
        service.observe(rows_of(["a", "b", "c", "new"], OLD_ROWS, 20))
        parts = store.split_log(service.database, NAME, tmp_path / "log")
    _, states = computed("alone", LocalExecutor())
    (record,), others = computed("out", Deadly(tmp_path / "log", "b"))
    words = "the process that works on it dies: a bolt"
    assert (record.series, record.failures) == (3, (Failure("b", words),))
    assert others == {name: state for name, state in states.items() if name != "b"}
    # It dies of no single one.
    (record,), others = computed("none", Deadly(tmp_path / "log", series=3))
    assert [each.unique_id for each in record.failures] == ["a", "b", "c", "new"]
    assert (record.series, others) == (0, {})
