"""A query reads the files it names, and can do nothing else."""
# ruff: noqa: S608 (queries are put together from parts)

from __future__ import annotations

from pathlib import Path

import pytest

from gatecast._types import InputError
from gatecast.data import read

CSV = "ds,y\n2024-01-01,1\n2024-01-02,2\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sales.csv").write_text(CSV)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


COPY = "COPY (SELECT 42 AS y) TO"
WRITES = [
    f"{COPY} 'sales.csv'",
    f"WITH t AS ({COPY} 'new.csv') SELECT * FROM t",
    f"WITH t AS ({COPY} 'sales.csv' (USE_TMP_FILE false)) SELECT 1 AS ds, 2 AS y",
    f"FROM 'sales.csv' WHERE y IN (WITH t AS ({COPY} 'sales.csv') SELECT 1)",
    f"SELECT * FROM (WITH t AS ({COPY} 'new.csv') FROM t)",
    f"SELECT * FROM query('WITH t AS ({COPY} ''new.csv'') FROM t')",
    f"FROM json_execute_serialized_sql(json_serialize_sql('{COPY} ''new.csv'''))",
    "WITH t AS (INSERT INTO x VALUES (1)) SELECT 1 AS ds, 2 AS y",
    "WITH t AS (DELETE FROM x RETURNING *) SELECT 1 AS ds, 2 AS y",
    "CREATE TABLE t AS SELECT 1",
    "CREATE OR REPLACE MACRO f() AS 1",
    "EXPORT DATABASE 'new'",
    "ATTACH 'new.db'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SET enable_external_access = true",
    "RESET lock_configuration",
    "PRAGMA database_list",
    "CALL pragma_version()",
    "CHECKPOINT",
    f"SELECT 1 AS ds, 2 AS y; {COPY} 'new.csv'",
]


@pytest.mark.parametrize("query", WRITES)
def test_nothing_is_written_and_no_setting_changed(folder: Path, query: str):
    with pytest.raises(InputError) as caught:
        read(sql=query)
    assert "\n" not in str(caught.value)
    assert contents(folder) == {str(folder / "sales.csv"): CSV.encode()}


@pytest.mark.parametrize(
    "query",
    [
        "FROM 'http://127.0.0.1:9/sales.csv'",
        "FROM read_csv('https://127.0.0.1:9/sales.csv')",
        "FROM 's3://bucket/sales.parquet'",
        "FROM read_csv('sal' || 'es.csv')",
        "FROM sniff_csv('/etc/' || 'passwd')",
        "FROM postgres_scan('host=localhost', 'public', 'sales')",
        "FROM duckdb_secrets()",
    ],
)
@pytest.mark.usefixtures("folder")
def test_neither_addresses_nor_files_that_are_not_named(query: str):
    with pytest.raises(InputError, match=r"a query (only )?reads"):
        read(sql=query)


@pytest.mark.parametrize(
    "source",
    [
        "'sales.csv'",
        "'./sales.csv'",
        "'*.csv'",
        "read_csv('sales.csv')",
        "read_csv(['sales.csv'], header = true)",
        "(FROM 'sales.csv' UNION ALL FROM 'sales.csv' LIMIT 2)",
    ],
)
@pytest.mark.usefixtures("folder")
def test_named_files_are_read(source: str):
    frame = read(sql=f"WITH t AS MATERIALIZED (FROM {source}) SELECT ds, y FROM t ORDER BY y")
    assert frame["y"].is_monotonic_increasing
    assert len(frame) == 2


def test_a_query_is_run_only_where_asked_for(folder: Path):
    query = "SELECT * FROM 'sales.csv'"
    with pytest.raises(InputError, match=r"is no file; to run it as a query, give it as sql="):
        read(query)
    with pytest.raises(InputError, match="either a source or sql"):
        read("sales.csv", sql=query)
    (folder / "from here.csv").write_text(CSV)
    assert len(read("from here.csv")) == 2
