"""State out of one database and into another."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import gatecast
from gatecast.serving import store

NAME = "air"
CONTENT = b"an artefact"


def filled(url: str, name: str = NAME, ids: tuple[str, ...] = ("a", "b")) -> store.Database:
    """A database with a model, two revisions of a row, states and what else there is."""
    database = store.Database(url)
    database.upgrade()
    with database.writing() as connection:
        version = store.put_artefact(connection, name, CONTENT)
        store.serve_version(connection, name, version)
        numbers = store.series_of(connection, name, ids)[0]
        for number in numbers.values():
            rows = [
                store.Observation(number, 2**60 + place, revision, y, {"price": 2.5}, arrived=1.5)
                for place, revision, y in ((0, 0, 0.1), (0, 1, 0.2), (1, 0, None))
            ]
            store.append(connection, rows)
            store.put_futures(connection, number, {2**60 + 2: {"price": 3.0}})
            store.put_snapshots(
                connection, [store.Snapshot(number, version, 100, 2**60, b"\0snapshot\xff")]
            )
            state = store.StoredState(number, version, 3, 2, 2**60 + 1, b"\0state\xff")
            store.put_states(connection, [state])
    return database


def content(database: store.Database, name: str = NAME) -> dict[str, Any]:
    """All that is known of a model, by id instead of number."""
    found: dict[str, Any] = {}
    with database.reading() as connection:
        versions = store.versions_of(connection, name)
        assert versions is not None
        found["versions"] = versions
        found["artefact"] = store.artefact(connection, name, versions.version)
        ids = store.ids_of(connection, name)
        for key, number in store.numbers_of(connection, name, ids).items():
            times = {number: [2**60, 2**60 + 1]}
            found[key] = [
                [each.__dict__ | {"series": 0} for each in some if each is not None]
                for some in (
                    store.observations_of(connection, number),
                    store.observations_at(connection, times).values(),
                    store.states_of(connection, [number], versions.version).values(),
                    [store.snapshot_before(connection, number, versions.version, 2**62)],
                )
            ]
            found[key].append(store.futures_of(connection, number, 0))
            found[key].append(store.bounds_of(connection, number))
    return found


@pytest.fixture
def other_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'other.db'}"


@pytest.fixture
def source(tmp_path: Path) -> Iterator[store.Database]:
    database = filled(f"sqlite:///{tmp_path / 'state.db'}")
    yield database
    database.close()


def test_all_that_is_known_moves(source: store.Database, other_url: str, tmp_path: Path):
    moved = store.export_state(source, tmp_path / "backup")
    other = store.Database(other_url)
    assert store.import_state(other, tmp_path / "backup") == moved
    assert moved.rows["observations"] == 6
    assert content(other) == content(source)


def test_it_moves_beside_another_model(source: store.Database, other_url: str, tmp_path: Path):
    store.export_state(source, tmp_path / "backup")
    other = filled(other_url, "rain", ("b", "c", "d"))
    before = content(other, "rain")
    store.import_state(other, tmp_path / "backup")
    assert content(other) == content(source)
    assert content(other, "rain") == before
    # And one of the two out again.
    store.export_state(other, tmp_path / "one", "air")
    third = store.Database(f"sqlite:///{tmp_path / 'third.db'}")
    assert store.import_state(third, tmp_path / "one").models == ("air",)
    assert content(third) == content(source)


def test_it_moves_between_the_kinds_and_is_written_to_there(
    source: store.Database, postgres_url: str, other_url: str, tmp_path: Path
):
    server, back = store.Database(postgres_url), store.Database(other_url)
    store.export_state(source, tmp_path / "there")
    store.import_state(server, tmp_path / "there")
    assert content(server) == content(source)
    with server.writing() as connection:
        numbers, created = store.series_of(connection, NAME, ["a", "b", "c"])
        store.append(connection, [store.Observation(numbers["c"], 1, 0, 1.0)])
    assert created == {"c"}
    store.export_state(server, tmp_path / "back")
    store.import_state(back, tmp_path / "back")
    assert content(back) == content(server)
    server.close()


def test_a_backup_is_of_one_moment(url: str, other_url: str, tmp_path: Path):
    """Rows that arrive while it is written are not in it."""
    source = filled(url)
    before, arrived = content(source), []

    def told(table: str, _: int) -> None:
        if table == "series":
            with source.writing() as connection:
                number = store.series_of(connection, NAME, ["late"])[0]["late"]
                store.append(connection, [store.Observation(number, 1, 0, 1.0)])
            arrived.append(number)

    store.export_state(source, tmp_path / "backup", told=told)
    other = store.Database(other_url)
    store.import_state(other, tmp_path / "backup")
    source.close()
    assert arrived
    assert content(other) == before


def test_a_folder_is_whole_or_not_there(source: store.Database, tmp_path: Path):
    def told(table: str, _: int) -> None:
        if table == "observations":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.export_state(source, tmp_path / "backup", told=told)
    assert sorted(path.name for path in tmp_path.glob("*") if path.is_dir()) == []


def test_an_import_is_whole_or_not_done(source: store.Database, other_url: str, tmp_path: Path):
    store.export_state(source, tmp_path / "backup")
    other = store.Database(other_url)

    def told(table: str, _: int) -> None:
        if table == "observations":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store.import_state(other, tmp_path / "backup", told)
    with other.reading() as connection:
        assert not store.models(connection)
        assert not store.ids_of(connection, NAME)
    store.import_state(other, tmp_path / "backup")
    assert content(other) == content(source)


def _no_summary(folder: Path) -> None:
    (folder / "state.json").unlink()


def _bad_summary(folder: Path) -> None:
    (folder / "state.json").write_text("[]")


def _newer(folder: Path) -> None:
    path = folder / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema": "9999"}))


def _no_table(folder: Path) -> None:
    (folder / "states.parquet").unlink()


def _no_parquet(folder: Path) -> None:
    (folder / "observations.parquet").write_bytes(b"ds,y\n1,2\n")


def _another_table(folder: Path) -> None:
    shutil.copy(folder / "series.parquet", folder / "observations.parquet")


def _fewer_rows(folder: Path) -> None:
    path = folder / "observations.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)


def _unknown_series(folder: Path) -> None:
    path = folder / "series.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)


def _other_artefact(folder: Path) -> None:
    path = folder / "artefacts.parquet"
    table = pq.read_table(path)
    other = pa.array([b"something else"], pa.large_binary())
    place = table.schema.get_field_index("content")
    pq.write_table(table.set_column(place, "content", other), path)


def _no_artefact(folder: Path) -> None:
    path = folder / "artefacts.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)


def _twice(folder: Path) -> None:
    path = folder / "observations.parquet"
    table = pq.read_table(path)
    pq.write_table(pa.concat_tables([table.slice(1), table.slice(1, 1)]), path)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_no_summary, "holds no exported state"),
        (_bad_summary, "damaged"),
        (_newer, "newer version"),
        (_no_table, "states.parquet"),
        (_no_parquet, "observations.parquet"),
        (_another_table, "observations.parquet"),
        (_fewer_rows, "damaged"),
        (_unknown_series, "series 1"),
        (_other_artefact, "artefacts.parquet"),
        (_no_artefact, "lacks the artefact of model 'air'"),
        (_twice, "twice"),
    ],
)
def test_what_is_damaged_is_refused(
    source: store.Database, other_url: str, tmp_path: Path, spoil: Any, words: str
):
    folder = tmp_path / "backup"
    store.export_state(source, folder)
    spoil(folder)
    other = store.Database(other_url)
    with pytest.raises(gatecast.InputError, match=words):
        store.import_state(other, folder)
    other.upgrade()
    with other.reading() as connection:
        assert not store.models(connection)


def test_a_model_that_is_there_is_not_replaced(source: store.Database, tmp_path: Path):
    store.export_state(source, tmp_path / "backup")
    before = content(source)
    with pytest.raises(gatecast.InputError, match="so does the database"):
        store.import_state(source, tmp_path / "backup")
    assert content(source) == before


def test_where_nothing_can_be_written(source: store.Database, tmp_path: Path):
    (tmp_path / "file").write_text("here")
    for folder in (tmp_path, tmp_path / "file"):
        with pytest.raises(gatecast.InputError, match="not empty"):
            store.export_state(source, folder)
    with pytest.raises(gatecast.InputError, match="cannot be written"):
        store.export_state(source, tmp_path / "no" / "where")
    with pytest.raises(gatecast.InputError, match="'air'"):
        store.export_state(source, tmp_path / "backup", "ari")


def test_a_database_without_state_is_not_made(tmp_path: Path):
    database = store.Database(f"sqlite:///{tmp_path / 'none.db'}")
    with pytest.raises(gatecast.InputError, match="does not exist"):
        store.export_state(database, tmp_path / "backup")
    assert not list(tmp_path.iterdir())
