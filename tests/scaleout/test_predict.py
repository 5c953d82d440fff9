"""Forecasts in parts are those of one call, whatever the source looks like and whoever works."""

import json
import re
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_sources import Deadly, H, fitted, in_files, long_series, series, sorted_rows

import gatecast
from gatecast import AutoLSTM, InputError, scaleout
from gatecast._progress import Meter
from gatecast.forecasting import Estimator
from gatecast.scaleout import predict
from gatecast.scaleout._models import artefact_of, sent
from gatecast.scaleout._run import Progress, run_parts
from gatecast.scaleout._series import Forecasting, Wanted
from gatecast.scaleout._storage import Folder
from gatecast.scaleout.executors import LocalExecutor
from gatecast.scaleout.partitions import Partitions
from gatecast.scaleout.sources import Names, exchange, source_of

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value and count as missing")


@pytest.fixture(scope="module")
def model():
    return fitted(series(), calendar=["month"])


def expected(model: Estimator, frame: pd.DataFrame, **wanted: Any) -> pd.DataFrame:
    return sorted_rows(model.predict(df=frame, **wanted))


def found(folder: Path) -> pd.DataFrame:
    return sorted_rows(pd.read_parquet(folder))


def check_alike(frame: pd.DataFrame, other: pd.DataFrame):
    """Equal up to the rounding of networks, which other batches do in another order."""
    pd.testing.assert_frame_equal(frame, other, rtol=1e-6, atol=1e-6)


def test_forecasts_are_those_of_one_call(model: Estimator, tmp_path: Path):
    new = series(40, seed=5)
    source = in_files(new, tmp_path / "rows")
    done = predict(model, source, out=tmp_path / "out", level=[80], quantiles=[0.1, 0.9])
    check_alike(found(tmp_path / "out"), expected(model, new, level=[80], quantiles=[0.1, 0.9]))
    assert (done.series, done.rows, done.failures, done.parts) == (40, 40 * H, 0, 1)
    assert done.seconds > 0
    assert done.series_per_second == pytest.approx(40 / done.seconds)
    # Nothing else is left.
    assert sorted(each.name for each in (tmp_path / "out").iterdir()) == [
        "_manifest.json",
        "_plan.json",
        "part-00000.parquet",
    ]


def test_the_saved_model_does_as_well(model: Estimator, tmp_path: Path):
    path = model.save(tmp_path / "m.gatecast")
    predict(path, series(), out=tmp_path / "out", h=5)
    check_alike(found(tmp_path / "out"), expected(model, series(), h=5))


@pytest.mark.parametrize("seed", range(2))
def test_the_layout_of_the_source_changes_no_bit(model: Estimator, tmp_path: Path, seed: int):
    new = series(30, seed=3)
    predict(model, new, out=tmp_path / "frame")
    predict(model, pl.from_pandas(new), out=tmp_path / "polars")
    source = in_files(new, tmp_path / "rows", number=4, seed=seed)
    predict(model, f"{source}/*.parquet", out=tmp_path / "glob")
    predict(model, sorted(source.iterdir()), out=tmp_path / "list")
    first = found(tmp_path / "frame")
    for name in ("polars", "glob", "list"):
        pd.testing.assert_frame_equal(first, found(tmp_path / name), check_exact=True)


def test_a_forecast_does_not_depend_on_other_series(model: Estimator, tmp_path: Path):
    new = series(30, seed=3)
    some = new[new["unique_id"].isin(["s004", "s007"])]
    predict(model, new, out=tmp_path / "all")
    predict(model, some, out=tmp_path / "some")
    every = found(tmp_path / "all")
    own = every[every["unique_id"].isin(["s004", "s007"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(own, found(tmp_path / "some"), check_exact=True)


def test_a_large_source_goes_into_several_parts(tmp_path: Path):
    new = long_series()
    model = fitted(new[new["unique_id"] < 2], intervals=False)
    done = predict(model, in_files(new, tmp_path / "rows"), out=tmp_path / "out")
    assert done.parts == 3
    parts = [set(pd.read_parquet(each)["unique_id"]) for each in (tmp_path / "out").glob("p*")]
    assert sorted(map(len, parts)) != [0, 0, 12]
    assert sorted(each for part in parts for each in part) == list(range(12))
    check_alike(found(tmp_path / "out"), expected(model, new))


def test_any_storage_of_fsspec_serves(model: Estimator, tmp_path: Path):
    source = in_files(series(), tmp_path / "rows")
    out = f"memory://{uuid.uuid4().hex}/out"
    done = predict(model, source.as_uri(), out=out)
    assert done.folder == out
    assert predict(model, source.as_uri(), out=out) == done
    frame = pd.read_parquet(f"{out}/part-00000.parquet")
    check_alike(sorted_rows(frame), expected(model, series()))
    with pytest.raises(InputError, match="which no worker sees"):
        predict(model, source, out=out, address="127.0.0.1:1")


@pytest.mark.parametrize("ids", ["dictionary", "integers", "large"])
@pytest.mark.parametrize("times", ["date", "us", "zone"])
def test_ids_and_times_of_any_type(tmp_path: Path, ids: str, times: str):
    frame = series(6)
    table = pa.Table.from_pandas(frame, preserve_index=False)
    names = table["unique_id"]
    if ids == "integers":
        names = pa.array(frame["unique_id"].str[1:].astype(int), pa.int32())
    kind = {"dictionary": pa.dictionary(pa.int32(), pa.string()), "large": pa.large_string()}
    names = names.cast(kind[ids]) if ids in kind else names
    zone = pa.timestamp("us", "Europe/Berlin")
    stamps = {"date": pa.date32(), "us": pa.timestamp("us"), "zone": zone}[times]
    ds = table["ds"].cast(pa.timestamp("us"))
    if times == "zone":
        ds = pa.compute.assume_timezone(ds, "Europe/Berlin")
    table = table.set_column(0, "unique_id", names).set_column(1, "ds", ds.cast(stamps))
    (tmp_path / "rows").mkdir()
    pq.write_table(table.slice(0, 50), tmp_path / "rows" / "a.parquet")
    pq.write_table(table.slice(50), tmp_path / "rows" / "b.parquet")
    model = fitted(frame)
    predict(model, tmp_path / "rows", out=tmp_path / "out")
    whole = found(tmp_path / "out")
    plain = expected(model, frame.assign(unique_id=frame["unique_id"].str.removeprefix("")))
    if ids == "integers":
        assert list(whole["unique_id"].unique()) == list(range(6))
    else:
        assert list(whole["unique_id"]) == list(plain["unique_id"])
        assert np.allclose(whole["LSTM"], plain["LSTM"], rtol=1e-6)
    assert list(whole["ds"].dt.tz_localize(None)) == list(plain["ds"])


def test_series_that_cannot_be_used_fail_alone(model: Estimator, tmp_path: Path):
    good = series(20)
    broken = {
        "twice": good[good["unique_id"] == "s001"].iloc[[0, 1, 1, 2]],
        "infinite": good[good["unique_id"] == "s001"].assign(y=np.inf),
        "nothing": good[good["unique_id"] == "s001"].assign(y=np.nan),
        "off": good[good["unique_id"] == "s001"].assign(ds=lambda f: f["ds"] + pd.Timedelta("3D")),
    }
    frames = [frame.assign(unique_id=name) for name, frame in broken.items()]
    frame = pd.concat([good, *frames], ignore_index=True)
    done = predict(model, in_files(frame, tmp_path / "rows"), out=tmp_path / "out")
    check_alike(found(tmp_path / "out"), expected(model, good))
    assert (done.series, done.failures) == (20, 4)
    listed = pd.read_parquet(tmp_path / "out" / "_failures.parquet")
    errors = dict(zip(listed["unique_id"], listed["error"], strict=True))
    assert errors.keys() == broken.keys()
    for name in ("twice", "infinite", "off"):
        # The words are those of one machine, without the row of its frame.
        with pytest.raises(InputError) as raised:
            model.predict(df=frames[list(broken).index(name)])
        assert str(raised.value).endswith(errors[name][-40:])
        assert errors[name].startswith(f"series '{name}' ")
    assert errors["nothing"] == "no row has a value of y"
    assert {failure.unique_id: failure.error for failure in done.failed} == errors


def test_where_no_series_can_be_used_the_call_says_so(model: Estimator, tmp_path: Path):
    frame = series(3).assign(y=np.inf)
    with pytest.raises(InputError, match=r"none of 3 series could be used; 's000': .*inf"):
        predict(model, frame, out=tmp_path / "out")


def test_a_run_that_was_broken_off_goes_on(model: Estimator, tmp_path: Path):
    new, out = long_series(), tmp_path / "out"
    model = fitted(new[new["unique_id"] < 2], intervals=False)
    source = in_files(new, tmp_path / "rows")

    def break_off(progress: gatecast.Progress) -> None:
        if progress.done:
            raise KeyboardInterrupt

    with gatecast.follow(break_off), pytest.raises(KeyboardInterrupt):
        predict(model, source, out=out)
    (first,) = out.glob("part-*.parquet")
    written = first.stat().st_mtime_ns
    assert not (out / "_manifest.json").exists()
    assert predict(model, source, out=out).series == 12
    assert first.stat().st_mtime_ns == written
    check_alike(found(out), expected(model, new))
    manifest = json.loads((out / "_manifest.json").read_text())
    assert [part["file"] for part in manifest["parts"]] == sorted(
        each.name for each in out.glob("part-*")
    )


def test_two_runs_at_a_time_do_no_harm(tmp_path: Path):
    new, out = long_series(), tmp_path / "out"
    model = fitted(new[new["unique_id"] < 2], intervals=False)
    source = in_files(new, tmp_path / "rows")
    finished = []

    def overtake(progress: gatecast.Progress) -> None:
        if progress.done and not finished:
            finished.append(None)
            finished[:] = [predict(model, source, out=out)]

    with gatecast.follow(overtake):
        done = predict(model, source, out=out)
    assert [done] == finished
    assert not (out / "_work").exists()
    check_alike(found(out), expected(model, new))


@pytest.mark.parametrize("number", [1, 12])
def test_a_series_that_kills_workers_is_found(tmp_path: Path, number: int):
    frame = long_series(number, rows=40)
    model = fitted(frame, intervals=False)
    names = Names()
    buckets = exchange(
        source_of(frame, names), Folder.at(tmp_path / "rows"), LocalExecutor(), number=2
    )
    partitions = Partitions.at(tmp_path / "out")
    sent_model = sent(artefact_of(model), LocalExecutor())
    work = Forecasting(buckets, partitions, sent_model, Wanted())
    with Meter("", "", 1, verbose=False) as meter:
        progress = Progress(meter, buckets.rows, buckets.number)
        executor = Deadly(work, unique_id=0)
        if number == 1:
            with pytest.raises(InputError, match=r"no series could be used; 0: .* dies: a bolt"):
                run_parts(executor, work, progress)
            return
        records = run_parts(executor, work, progress)
    assert [(f.unique_id, f.error) for record in records for f in record.failures] == [
        (0, "the process that works on it dies: a bolt")
    ]
    every = expected(model, frame)
    own = every[every["unique_id"] > 0].reset_index(drop=True)
    check_alike(found(tmp_path / "out"), own)
    noted = partitions.written().values()
    assert [f.unique_id for record in noted for f in record.failures] == [0]


def test_a_bucket_that_kills_workers_while_no_series_does_is_told(model: Estimator, tmp_path: Path):
    frame, names = series(4), Names()
    buckets = exchange(source_of(frame, names), Folder.at(tmp_path / "rows"), LocalExecutor())
    sent_model = sent(artefact_of(model), LocalExecutor())
    work = Forecasting(buckets, Partitions.at(tmp_path / "out"), sent_model, Wanted())
    executor = Deadly(work, series=3)
    with Meter("", "", 1, verbose=False) as meter:
        progress = Progress(meter, buckets.rows, buckets.number)
        with pytest.raises(InputError, match=r"part 0 dies, and of no single series: a bolt: with"):
            run_parts(executor, work, progress)


def test_a_folder_of_something_else_is_left_alone(model: Estimator, tmp_path: Path):
    predict(model, series(), out=tmp_path / "out")
    with pytest.raises(InputError, match=r"another run, with h=None instead of 2: choose"):
        predict(model, series(), out=tmp_path / "out", h=2)
    with pytest.raises(InputError, match="another run, with another source: choose"):
        predict(model, series(29), out=tmp_path / "out")
    other = fitted(series(), calendar=["month"], random_seed=3)
    with pytest.raises(InputError, match="another run, with another model: choose"):
        predict(other, series(), out=tmp_path / "out")
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear")
    with pytest.raises(InputError, match=r"holds dear.txt, which is of something else"):
        predict(model, series(), out=tmp_path / "letters")


def test_columns_of_the_future_come_from_a_source_too(tmp_path: Path):
    def priced(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(price=np.arange(len(frame)) % 7)

    rows = priced(series())
    model = fitted(rows, futr_exog=["price"])
    last = rows.groupby("unique_id")["ds"].max()
    ahead = priced(
        pd.concat(
            pd.DataFrame(
                {"unique_id": name, "ds": pd.date_range(end, periods=H + 1, freq="MS")[1:]}
            )
            for name, end in last.items()
        )
    )
    source, future = in_files(rows, tmp_path / "rows"), in_files(ahead, tmp_path / "ahead")
    predict(model, source, futr=future, out=tmp_path / "out")
    check_alike(found(tmp_path / "out"), expected(model, rows, futr_df=ahead))
    with pytest.raises(InputError, match=r"columns of the future \(price\): give futr"):
        predict(model, source, out=tmp_path / "none")
    predict(model, source, futr=ahead[ahead["unique_id"] != "s003"], out=tmp_path / "some")
    listed = pd.read_parquet(tmp_path / "some" / "_failures.parquet")
    assert list(listed["unique_id"]) == ["s003"]


def test_what_does_not_change_in_time_comes_from_a_source_too(tmp_path: Path):
    rows = long_series()
    static = pd.DataFrame(
        {
            "size": np.arange(12.0),
            "unique_id": np.arange(12),
            "kind": pd.Categorical(["shop", "mill", "farm"] * 4),
        }
    )
    few = rows["unique_id"] < 4
    model = fitted(rows[few], static[:4], intervals=False)
    source = in_files(rows, tmp_path / "rows")
    given = in_files(static.sample(frac=1, random_state=0), tmp_path / "static")
    assert predict(model, source, static=given, out=tmp_path / "out").parts == 3
    check_alike(found(tmp_path / "out"), expected(model, rows, static_df=static))
    other = static.assign(size=0.0)
    predict(model, source, static=other, out=tmp_path / "other")
    assert not found(tmp_path / "other").equals(found(tmp_path / "out"))
    with pytest.raises(InputError, match=r"in time \(size, kind\): give static"):
        predict(model, source, out=tmp_path / "none")
    twice = pd.concat([static[1:], static[5:6]])
    done = predict(model, source, static=twice, out=tmp_path / "some")
    words = {each.unique_id: each.error for each in done.failed}
    assert "has no row for series '0'" in words[0]
    assert "has series '5' twice" in words[5]
    assert len(words) == 2


def test_a_forecaster_that_trains_nothing_is_fitted_first(tmp_path: Path):
    frame = series(8, rows=36)
    source = in_files(frame, tmp_path / "rows")
    model = AutoLSTM(h=H, quality="zero_shot")
    predict(model, source, out=tmp_path / "out", level=[80])
    check_alike(found(tmp_path / "out"), sorted_rows(model.fit(frame).predict(level=[80])))
    with pytest.raises(InputError, match=r"is not fitted: call gatecast.scaleout.fit first"):
        predict(AutoLSTM(h=H), source, out=tmp_path / "other")
    unfitted = AutoLSTM(h=H, quality="zero_shot")
    with pytest.raises(InputError, match="for a model that reads them: fit it first"):
        predict(unfitted, source, static=frame, out=tmp_path / "other")


def test_names_of_columns_are_the_users(tmp_path: Path):
    own = {"unique_id": "shop", "ds": "day", "y": "sold"}
    frame = series(6).rename(columns=own)
    chosen = {"id_col": "shop", "time_col": "day", "target_col": "sold"}
    model = AutoLSTM(h=H, quality="zero_shot", intervals=False)
    predict(model, frame, out=tmp_path / "out", **chosen)
    forecasts = pd.read_parquet(tmp_path / "out")
    assert list(forecasts.columns) == ["shop", "day", "LSTM"]
    # A fitted model knows them.
    predict(model.fit(frame, **chosen), frame, out=tmp_path / "fitted")
    pd.testing.assert_frame_equal(forecasts, pd.read_parquet(tmp_path / "fitted"))


def _two_files(folder: Path, first: pd.DataFrame, second: pd.DataFrame) -> Path:
    folder.mkdir()
    first.to_parquet(folder / "a.parquet", index=False)
    second.to_parquet(folder / "b.parquet", index=False)
    return folder


def test_what_is_wrong_with_a_source_is_told_in_one_line(model: Estimator, tmp_path: Path):
    good = series(3)

    def refused(source: object) -> str:
        with pytest.raises(InputError) as raised:
            predict(model, source, out=tmp_path / uuid.uuid4().hex)
        assert "\n" not in str(raised.value)
        return str(raised.value)

    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty").endswith("empty: there is no Parquet file")
    assert refused(tmp_path / "gone").endswith("gone: there is no such file or folder")
    good.iloc[:0].to_parquet(tmp_path / "none.parquet")
    assert refused(tmp_path / "none.parquet").endswith("none.parquet: there are no rows")
    (tmp_path / "text.parquet").write_text("unique_id,ds,y")
    assert "text.parquet: cannot be read as Parquet" in refused(tmp_path / "text.parquet")
    source = _two_files(tmp_path / "1", good, good.rename(columns={"y": "z"}))
    assert re.search(r"b.parquet has no column 'y'. It has .*'z'", refused(source))
    source = _two_files(tmp_path / "2", good, good.assign(unique_id=7))
    assert re.search(r"'unique_id' is string in .*a.parquet and int64 in .*b.par", refused(source))
    source = _two_files(
        tmp_path / "3", good, good.assign(unique_id=[None] + ["a"] * (len(good) - 1))
    )
    assert re.search(r"b.parquet: 1 rows? ha.* no unique_id", refused(source))
    assert "nosuch://x: this storage cannot be used" in refused("nosuch://x")
    assert "has no rows" in refused(good.iloc[:0])
    assert "has no column 'y'" in refused(good[["unique_id", "ds"]])
    assert "expected a data frame" in refused(7)


def test_settings_that_cannot_be_are_told_before_anything_is_read(model: Estimator, tmp_path: Path):
    for words, settings in {
        "h must be at least 1": {"h": 0},
        "level must lie between": {"level": [101]},
        "quantiles must lie between": {"quantiles": [2]},
        "freq='D', but the model was fitted on 'MS'": {"freq": "D"},
        "futr is given": {"futr": series()},
        "static is given": {"static": series()},
        "nobody answers": {"address": "127.0.0.1:1"},
    }.items():
        with pytest.raises(InputError, match=words):
            predict(model, series(), out=tmp_path / "out", **settings)
    with pytest.raises(InputError, match="no intervals were calibrated"):
        predict(fitted(series(), intervals=False), series(), out=tmp_path / "out", level=[80])


def test_the_rooms_names_are_listed():
    assert scaleout.predict is predict
