"""The tables: what the migrations make is what the code reads, and nothing is lost on the way."""

import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext

import gatecast
from gatecast.serving import store
from gatecast.studio.store import ACTIVE

MIGRATIONS = Path(store.__file__).parent / "migrations"


OBSERVATION = """
    INSERT INTO observations (series, ds, revision, y, judge, arrived)
    SELECT number, 5, 0, 0.1, true, 2.5 FROM series
"""


def migrated(database: store.Database, revision: str) -> None:
    """Bring a database to a revision."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.writing() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def tables(database: store.Database) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with database.reading() as connection:
        names = sa.inspect(connection).get_table_names()
        return {
            name: sorted(map(tuple, connection.execute(sa.text(f'SELECT * FROM "{name}"'))))  # noqa: S608 (names of tables)
            for name in names
        }


def test_the_migrations_make_the_tables(database: store.Database):
    with database.writing() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert ACTIVE  # the tables of the studio are loaded as well
        assert compare_metadata(context, store.METADATA) == []


def test_an_upgrade_of_what_is_up_to_date_changes_nothing(database: store.Database):
    before = tables(database)
    database.upgrade()
    assert tables(database) == before
    assert database.require_current() == database.revisions[0]


def test_an_upgrade_from_the_first_version_keeps_every_row(url: str):
    database = store.Database(url)
    migrated(database, "0001")
    with database.writing() as connection:
        for statement in (
            "INSERT INTO models VALUES ('air', 'v1', NULL)",
            "INSERT INTO artefacts VALUES ('air', 'v1', 'content', 1.5)",
            "INSERT INTO series (model, unique_id) VALUES ('air', 'a')",
            OBSERVATION,
            "INSERT INTO states SELECT number, 'v1', 1, 1, 5, 'state' FROM series",
            "INSERT INTO snapshots SELECT number, 'v1', 1, 5, 'state' FROM series",
            "INSERT INTO futures SELECT number, 6, '{}' FROM series",
            "INSERT INTO keys VALUES ('k', 'hash', 'read', NULL, 1.5, NULL, NULL)",
        ):
            connection.execute(sa.text(statement))
    before = tables(database)
    del before["alembic_version"]
    database.upgrade()
    after = tables(database)
    assert {name: after[name] for name in before} == before
    with database.writing() as connection:
        numbers, created = store.series_of(connection, "air", ["a", "b"])
    assert created == {"b"}
    assert len(set(numbers.values())) == 2
    database.close()


def test_two_processes_may_upgrade_at_once(url: str):
    code = f"from gatecast.serving.store import Database; Database({url!r}).upgrade()"
    processes = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    told = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0], told
    database = store.Database(url)
    assert database.require_current() == database.revisions[0]
    database.close()


@pytest.mark.parametrize("revision", [None, "0001"])
def test_tables_of_another_version_are_not_read(
    sqlite_url: str, tmp_path: Path, revision: str | None
):
    database = store.Database(sqlite_url)
    if revision is None:
        with database.writing():
            pass
    else:
        migrated(database, revision)
    with pytest.raises(gatecast.InputError, match=r"no state|another version"):
        store.export_state(database, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
