"""`gatecast state`."""

import json
from pathlib import Path

import pytest
from shells import Shell
from small_service import IDS, NAME, content_of, fitted, rows_of, running

from gatecast.serving import store


@pytest.fixture
def database(folder: Path) -> store.Database:  # noqa: ARG001 (the folder it is made in)
    found = store.Database("sqlite:///state.db")
    found.upgrade()
    with found.writing() as connection:
        version = store.put_artefact(connection, "air", b"content")
        store.serve_version(connection, "air", version)
        numbers, _ = store.series_of(connection, "air", ["a"])
        store.append(connection, [store.Observation(numbers["a"], 1, 0, 2.5)])
    return found


@pytest.mark.usefixtures("database")
def test_state_moves_from_one_database_to_another(here: Shell, folder: Path):
    ended = here("state", "export", "--state", "sqlite:///state.db", "backup")
    assert ended.code == 0
    assert ended.out == "1 model, 1 series and 1 observation written to backup\n"
    assert "observations: 1 row ..." in ended.err
    ended = here("state", "import", "--state", "sqlite:///other.db", "backup", "--json")
    assert ended.code == 0
    found = json.loads(ended.out)
    assert found["models"] == ["air"]
    assert found["rows"]["observations"] == 1
    ended = here("state", "export", "--state", "sqlite:///other.db", "again", "--quiet")
    assert ended == (0, "", "")
    assert sorted(path.name for path in folder.glob("again/*")) == sorted(
        path.name for path in folder.glob("backup/*")
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "--state", "sqlite:///no.db", "backup"], "does not exist"),
        (["export", "--state", "mysql://x", "backup"], "not supported"),
        (["export", "--state", "sqlite:///state.db", "."], "not empty"),
        (["export", "--state", "sqlite:///state.db", "--model", "rain", "backup"], "'rain'"),
        (["import", "--state", "sqlite:///other.db", "nowhere"], "no exported state"),
        (["import", "--state", "sqlite:///no/where/other.db", "backup"], "state.json"),
        (["export", "backup"], "--state"),
        (["replay", "--state", "sqlite:///state.db", "air", "new.gatecast"], "new.gatecast"),
        (["replay", "--state", "sqlite:///state.db", "air", "state.db"], "not a gatecast model"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_cannot_be_moved_is_told_in_one_line(here: Shell, arguments: list[str], words: str):
    ended = here("state", *arguments)
    assert ended.code == 2
    assert words in ended.err
    assert ended.err.count("\n") == 1
    assert not ended.out


@pytest.mark.usefixtures("database")
def test_a_database_that_cannot_be_opened(here: Shell):
    assert here("state", "export", "--state", "sqlite:///state.db", "backup").code == 0
    ended = here("state", "import", "--state", "sqlite:///no/where/other.db", "backup", "--quiet")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err == (
        "error: sqlite:///no/where/other.db: the state database cannot be used now\n"
    )


def test_help_shows_examples(here: Shell):
    for command in ("export", "import"):
        ended = here("state", command, "--help")
        assert ended.code == 0
        assert f"gatecast state {command} --state" in ended.out


def test_a_new_version_reads_all_rows_ahead(here: Shell, folder: Path):
    contents = [content_of(fitted(rows_of(IDS, 0, 20), seed), folder) for seed in (0, 1)]
    with running("sqlite:///state.db", contents[0]) as service:
        service.observe(rows_of(["a", "b"], 20, 3))
    (folder / "new.gatecast").write_bytes(contents[1])
    command = ("state", "replay", NAME, "new.gatecast", "--state", "sqlite:///state.db")
    ended = here(*command, "--work", "job", "--json")
    assert ended.code == 0
    found = json.loads(ended.out)
    assert (found["series"], found["rows"], found["failures"]) == (2, 6, 0)
    ended = here(*command, "--work", "job")
    version = store.version_of(contents[1])
    assert ended.out.startswith(f"version {version} of model '{NAME}' has read 6 observations of ")
    assert "2 series" in ended.out
    assert f"PUT /v1/models/{NAME}" in ended.out
    assert here(*command, "--quiet") == (0, "", "")
    ended = here(*command, "--ray", "auto")
    assert ended.code == 2
    assert "--work" in ended.err
