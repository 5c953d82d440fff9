"""New versions: what they read, when they serve, and the way back."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from small_service import (
    IDS,
    NAME,
    Service,
    content_of,
    fitted,
    rows_of,
    running,
    served,
)

import gatecast
from gatecast.forecasting import Estimator
from gatecast.serving import store
from gatecast.serving.engine import NotFoundError, PreparingError, compare

OLD_ROWS, NEW_ROWS = 30, 34


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return content_of(fitted(rows_of(IDS, 0, OLD_ROWS)), tmp_path_factory.mktemp("old"))


@pytest.fixture(scope="module")
def newer() -> Estimator:
    """Fitted on "a" and "b" with some rows that the service has, and on "z", which it has not."""
    return fitted(rows_of(["a", "b", "z"], 0, NEW_ROWS), seed=1)


@pytest.fixture(scope="module")
def new(newer: Estimator, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return content_of(newer, tmp_path_factory.mktemp("new"))


def by_library(content: bytes, folder: Path, frame: pd.DataFrame) -> pd.DataFrame:
    """What the library forecasts after an update, from the artefact alone."""
    path = folder / "library.gatecast"
    path.write_bytes(content)
    model = gatecast.load(path)
    model.update(frame)
    return model.predict()


def test_a_new_version_goes_on_where_its_own_rows_end(
    url: str, old: bytes, new: bytes, tmp_path: Path
):
    with running(url, old) as service:
        service.observe(rows_of(["a", "b"], OLD_ROWS, 10))
        before = service.forecast("a").model_version
        service.versions.prepare(NAME, new)
        done = served(service)
        assert (done.state, done.done, done.series) == ("serving", 2, 2)
        after = service.forecast("a")
        assert after.model_version == done.version != before
        expected = by_library(
            new, tmp_path, rows_of(["a", "b"], NEW_ROWS, OLD_ROWS + 10 - NEW_ROWS)
        )
        for name in ("a", "b", "z"):
            wanted = expected.query("unique_id == @name")["LSTM"].tolist()
            assert service.values(name) == wanted
        # Known to the old artefact alone, and never observed.
        with pytest.raises(NotFoundError):
            service.forecast("c")


def test_the_log_ends_before_the_rows_of_the_artefact(sqlite_url: str, old: bytes, new: bytes):
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 2))
        service.versions.prepare(NAME, new)
        assert served(service).state == "serving"
        (state,) = service.states(service.forecast("a").model_version).values()
        assert (state.position, state.observed) == (2, 0)
        # The rows up to the end of the artefact's are repetitions, the next one is new.
        outcome = service.observe(rows_of(["a"], OLD_ROWS, 5))
        assert (outcome.accepted, outcome.duplicates) == (1, 4)


def test_rows_that_the_new_version_was_fitted_on_cannot_be_corrected(
    sqlite_url: str, old: bytes, new: bytes
):
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 8))
        service.versions.prepare(NAME, new)
        served(service)
        before = service.values("a")
        with pytest.raises(gatecast.InputError, match="fit again"):
            service.observe(rows_of(["a"], OLD_ROWS + 1, 1).assign(y=99.0))
        # A correction after them is read, and the rows before stay part of the state.
        service.observe(rows_of(["a"], NEW_ROWS, 1).assign(y=60.0))
        corrected = service.values("a")
        assert corrected != before
        service.observe(rows_of(["a"], NEW_ROWS, 1))
        assert service.values("a") == before


def test_corrections_while_it_is_prepared_are_read(
    url: str, old: bytes, new: bytes, tmp_path: Path
):
    rows = rows_of(["a", "new"], OLD_ROWS, 30)
    changed = rows_of(["a"], OLD_ROWS + 20, 1).assign(y=70.0)
    with running(url, old) as service:
        service.observe(rows)
        stop = threading.Event()
        trouble = []

        def correct() -> None:
            while not stop.is_set():
                try:
                    service.observe(changed)
                    service.observe(rows_of(["a"], OLD_ROWS + 20, 1))
                except Exception as error:  # noqa: BLE001 (told below)
                    trouble.append(error)

        busy = threading.Thread(target=correct)
        busy.start()
        try:
            service.versions.prepare(NAME, new)
            done = served(service)
        finally:
            stop.set()
            busy.join()
        service.observe(changed)
        assert not trouble
        assert done.state == "serving"
        found = service.values("a"), service.states(done.version)
    with running(f"sqlite:///{tmp_path / 'again.db'}", new) as fresh:
        fresh.observe(rows.query("unique_id == 'new' or ds >= '2020-02-04'"))
        fresh.observe(changed)
        assert fresh.values("a") == found[0]
        states = fresh.states(done.version)
        assert {name: each.state for name, each in states.items()} == {
            name: each.state for name, each in found[1].items()
        }


def test_young_series_stay_young(sqlite_url: str, old: bytes, new: bytes, tmp_path: Path):
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["young"], 0, 4))
        service.versions.prepare(NAME, new)
        version = served(service).version
        assert service.states(version)["young"].state is None
        service.observe(rows_of(["young"], 4, 10))
        found = service.values("young")
    with running(f"sqlite:///{tmp_path / 'again.db'}", new) as fresh:
        fresh.observe(rows_of(["young"], 0, 14))
        assert fresh.values("young") == found


def test_the_way_back_reads_what_came_meanwhile(url: str, old: bytes, new: bytes, tmp_path: Path):
    with running(url, old) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 6))
        service.versions.prepare(NAME, new)
        served(service)
        service.observe(rows_of(["a"], OLD_ROWS + 6, 2))
        service.versions.rollback(NAME)
        assert served(service).state == "serving"
        expected = by_library(old, tmp_path, rows_of(["a"], OLD_ROWS, 8))
        assert service.values("a") == expected.query("unique_id == 'a'")["LSTM"].tolist()
        # And forth again.
        forth = service.versions.rollback(NAME)
        served(service)
        assert service.forecast("a").model_version == forth.version


def stored(service: Service, content: bytes) -> bool:
    with service.database.reading() as connection:
        return store.artefact(connection, NAME, store.version_of(content)) is not None


def test_older_versions_are_forgotten(sqlite_url: str, old: bytes, new: bytes, tmp_path: Path):
    third = content_of(fitted(rows_of(IDS, 0, OLD_ROWS), seed=2), tmp_path)
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 6))
        for content in (new, third):
            service.versions.prepare(NAME, content)
            served(service)
        kept = {store.version_of(new), store.version_of(third)}
        # It is done after the switch.
        until = time.monotonic() + 60
        while stored(service, old) and time.monotonic() < until:
            time.sleep(0.05)
        service.versions.close()
        assert not stored(service, old)
        assert not service.states(store.version_of(old))
        with service.database.reading() as connection:
            versions = store.versions_of(connection, NAME)
        assert versions is not None
        assert {versions.version, versions.previous} == kept


def test_a_version_that_does_not_fit_is_refused(sqlite_url: str, old: bytes, tmp_path: Path):
    rows = rows_of(IDS, 0, OLD_ROWS)
    weekly = rows.assign(ds=pd.to_datetime("2020-01-05") + (rows["ds"] - rows["ds"].min()) * 7)
    others = {
        "freq": fitted(weekly),
        "target": fitted(rows.rename(columns={"y": "sales"}), target_col="sales"),
        "column 'price'": fitted(rows.assign(price=1.0), hist_exog=["price"]),
    }
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 2))
        for words, forecaster in others.items():
            with pytest.raises(gatecast.InputError, match=words):
                service.versions.prepare(NAME, content_of(forecaster, tmp_path))
        with pytest.raises(gatecast.InputError):
            service.versions.prepare(NAME, b"no artefact")
        with pytest.raises(gatecast.InputError, match="go back"):
            service.versions.rollback(NAME)
        assert service.versions.progress(NAME) is None
        assert service.forecast("a").model_version == store.version_of(old)


def test_a_model_that_is_new_is_served(sqlite_url: str, new: bytes):
    with running(sqlite_url) as service:
        # At once: it has nothing to read first.
        assert service.versions.prepare(NAME, new).state == "serving"
        assert service.forecast("z").model_version == store.version_of(new)


def test_one_preparation_at_a_time(sqlite_url: str, old: bytes, new: bytes):
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a"], OLD_ROWS, 30))
        service.versions.prepare(NAME, new)
        with pytest.raises(PreparingError):
            service.versions.prepare(NAME, new)
        assert served(service).state == "serving"


def test_a_preparation_that_was_cut_short_goes_on(sqlite_url: str, old: bytes, new: bytes):
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a", "b"], OLD_ROWS, 60))
        service.versions.prepare(NAME, new)
        service.versions.close()
        progress = service.versions.progress(NAME)
        assert progress is not None
        assert progress.state == "replaying"
        assert service.forecast("a").model_version == store.version_of(old)
    with running(sqlite_url) as service:
        service.versions.resume()
        assert served(service).state == "serving"
        assert service.forecast("a").model_version == store.version_of(new)


def test_versions_are_compared_on_truths_that_neither_was_fitted_on(
    sqlite_url: str, old: bytes, new: bytes
):
    with running(sqlite_url, old) as service:
        service.observe(rows_of(["a", "b", "late"], OLD_ROWS, 30))
        found = compare(service.database, service.models, service.engine, NAME, new, recent=10)
        assert (found.series, found.truths) == (3, 30)
        assert found.candidate_record.judged == 30
        assert found.serving_record.skill != found.candidate_record.skill
        # The serving version against itself.
        same = compare(service.database, service.models, service.engine, NAME, old, recent=10)
        assert same.serving_record == same.candidate_record
        assert service.versions.progress(NAME) is None


def test_the_comparison_is_that_of_forecasts_row_by_row(
    sqlite_url: str, old: bytes, new: bytes, tmp_path: Path
):
    count, recent = 12, 5
    rows = rows_of(["a"], OLD_ROWS, count)
    path = tmp_path / "library.gatecast"
    path.write_bytes(new)
    model = gatecast.load(path)
    errors, naive = [], []
    for place in range(NEW_ROWS - OLD_ROWS, count):
        made = model.predict(h=1).query("unique_id == 'a'")["LSTM"].item()
        row = rows.iloc[place : place + 1]
        if place >= count - recent:
            errors.append(row["y"].item() - made)
            naive.append(row["y"].item() - rows["y"].iloc[place - 1])
        model.update(row)
    skill = 1 - (sum(e * e for e in errors) / sum(e * e for e in naive)) ** 0.5
    with running(sqlite_url, old) as service:
        service.observe(rows)
        found = compare(service.database, service.models, service.engine, NAME, new, recent=recent)
    assert found.candidate_record.skill == pytest.approx(skill)


def test_other_workers_serve_the_new_version_from_their_next_request_on(
    postgres_url: str, old: bytes, new: bytes
):
    """Both take observations of the same series while one of them prepares."""
    with running(postgres_url, old) as one, running(postgres_url) as other:
        one.observe(rows_of(["a", "b"], OLD_ROWS, 20))
        assert other.forecast("a").model_version == store.version_of(old)
        one.versions.prepare(NAME, new)
        with pytest.raises(PreparingError):
            other.versions.prepare(NAME, new)
        for place in range(20, 40):
            service = other if place % 2 else one
            service.observe(rows_of(["a", "b"], OLD_ROWS + place, 1))
        done = served(other)
        assert done.state == "serving"
        assert other.forecast("a").model_version == store.version_of(new)
        assert other.values("a") == one.values("a")
        states = one.states(done.version)
        assert [each.position for each in states.values()] == [40, 40]
        # The lock is free again.
        one.versions.close()
        other.versions.rollback(NAME)
        assert served(other).version == store.version_of(old)


def test_a_process_that_dies_frees_what_it_held(postgres_url: str):
    one, other = store.Database(postgres_url), store.Database(postgres_url)
    with one.alone("work") as first, other.alone("work") as second, other.alone("rest") as third:
        assert (first, second, third) == (True, False, True)
    with other.alone("work") as again:
        assert again
    one.close()
    other.close()


@pytest.mark.slow
def test_a_killed_process_leaves_the_old_version_serving(
    url: str, old: bytes, new: bytes, tmp_path: Path
):
    (tmp_path / "new").write_bytes(new)
    code = (
        "import sys, time\n"
        "from pathlib import Path\n"
        "from small_service import NAME, running\n"
        f"with running({url!r}) as service:\n"
        f"    service.versions.prepare(NAME, Path({str(tmp_path / 'new')!r}).read_bytes())\n"
        "    print('begun', flush=True)\n"
        "    time.sleep(600)\n"
    )
    with running(url, old) as service:
        service.observe(rows_of(["a", "b"], OLD_ROWS, 150))
        expected = service.values("a")
    path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), *sys.path])
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": path},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    time.sleep(0.1)
    process.kill()
    process.communicate()
    with running(url) as service:
        progress = service.versions.progress(NAME)
        assert progress is not None
        assert progress.state == "replaying"
        assert service.values("a") == expected
        service.versions.resume()
        assert served(service).state == "serving"
        found = service.values("a")
    with running(f"sqlite:///{tmp_path / 'again.db'}", new) as fresh:
        fresh.observe(rows_of(["a", "b"], NEW_ROWS, OLD_ROWS + 150 - NEW_ROWS))
        assert fresh.values("a") == found
