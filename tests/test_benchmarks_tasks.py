"""Tasks of foundation models: what is asked, and the scores, by hand and by scikit-learn."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_pinball_loss

import gatecast
from benchmarks._tasks import NINE, PUBLISHED, QUANTILES, mase, newest_apart, read_task, wql

FILE = """# A comment.
@relation Some
@attribute series_name string
@attribute place string
@attribute start_timestamp date
@frequency {frequency}
{horizon}@data
T1:here:2001-01-01 00-00-00:1,2,?,4
T2:there:2002-04-01 00-00-00:5,6
"""


def frame(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def with_quantiles(rows: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    return rows.assign(**{f"y_hat-q-{q}": values[:, at] for at, q in enumerate(QUANTILES)})


# Scores


def test_mase_by_hand():
    train = frame(
        unique_id=[*"aaaa", *"bbbbb", *"ccc", *"dd"],
        y=[1, 3, 2, 6, *(2, np.nan, 4, 8, 10), *(7, 1, 7), *(1, 9)],
    )
    rows = frame(
        unique_id=[*"aa", *"bb", *"cc", *"dd"],
        y=[5, 7, 9, np.nan, 8, 8, 3, 3],
        y_hat=[6, 3, 9 - 5, 0, 7, 7, 1, 1],
    )
    # Season 2: a changes by 1 and 3, scale 2; b by 2 and 6 (two changes are unknown), scale 4; c
    # by 0 and d never, so they do not count. Errors: 1 and 4 over 2, 5 over 4, one unknown.
    assert mase(rows, train, 2) == pytest.approx((1 / 2 + 4 / 2 + 5 / 4) / 3)


def test_mase_is_that_of_a_library_where_nothing_is_missing():
    random = np.random.default_rng(0)
    rows = frame(unique_id=np.repeat([*"abc"], 20), ds=np.tile(range(20), 3))
    rows = rows.assign(y=random.normal(size=60), y_hat=random.normal(size=60))
    train, ahead = newest_apart(rows, 4)
    peer = gatecast.metrics.mase(ahead, ["y_hat"], train, 3)["y_hat"].mean()
    assert mase(ahead, train, 3) == pytest.approx(peer)


def test_wql_by_hand():
    rows = frame(y=[10.0, -2.0, np.nan])
    # Quantiles of 9 for all: the first is 1 above them, the second 11 below.
    found = wql(with_quantiles(rows, np.full((3, 9), 9.0)))
    q = np.array(QUANTILES)
    assert found == pytest.approx(np.mean(2 * (q * 1 + (1 - q) * 11)) / (10 + 2))


def test_a_point_for_every_quantile_has_the_error_of_the_point():
    y, point = np.array([3.0, 8.0, 4.0]), np.array([5.0, 7.0, 4.0])
    found = wql(with_quantiles(frame(y=y), np.repeat(point[:, None], 9, axis=1)))
    assert found == pytest.approx(np.abs(y - point).sum() / np.abs(y).sum())


def test_wql_is_the_pinball_loss_of_scikit_learn():
    random = np.random.default_rng(1)
    y, values = random.normal(size=50), np.sort(random.normal(size=(50, 9)), axis=1)
    losses = [mean_pinball_loss(y, values[:, at], alpha=q) for at, q in enumerate(QUANTILES)]
    found = wql(with_quantiles(frame(y=y), values))
    assert found == pytest.approx(2 * np.mean(losses) / np.abs(y).mean())


def test_without_a_quantile_there_is_no_wql():
    rows = with_quantiles(frame(y=[1.0]), np.ones((1, 9)))
    assert np.isfinite(wql(rows))
    assert np.isnan(wql(rows.drop(columns="y_hat-q-0.9")))


# Tasks


def test_the_last_rows_of_series_that_are_long_enough():
    rows = frame(unique_id=[*"aaaa", *"bbb", *"cc"], y=range(9))
    before, ahead = newest_apart(rows, 2)
    assert before["y"].tolist() == [0, 1, 4]
    assert ahead["y"].tolist() == [2, 3, 5, 6]
    assert newest_apart(rows, 2, fewest=2)[1]["y"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("frequency", "horizon", "h", "season"),
    [
        ("daily", "", 30, 1),
        ("daily", "@horizon 7\n", 7, 1),
        ("hourly", "", 24, 24),
        ("quarterly", "", 8, 4),
    ],
)
def test_other_files_say_what_is_asked(
    tmp_path: Path, frequency: str, horizon: str, h: int, season: int
):
    text = FILE.format(frequency=frequency, horizon=horizon)
    (tmp_path / "some_dataset.tsf").write_text(text, encoding="utf-8")
    rows, setting = read_task("some", tmp_path)
    assert rows.columns.tolist() == ["unique_id", "ds", "y"]
    assert rows["unique_id"].tolist() == ["T1"] * 4 + ["T2"] * 2
    assert setting[:2] == (h, season)


def test_the_nine_do_not_ask_their_files(tmp_path: Path):
    text = FILE.format(frequency="monthly", horizon="@horizon 3\n")
    (tmp_path / "tourism_monthly.tsf").write_text(text, encoding="utf-8")
    assert read_task("tourism_monthly", tmp_path)[1][:2] == (24, 12)
    with pytest.raises(gatecast.InputError, match=r"no m1_yearly\.tsf .* tourism_monthly"):
        read_task("m1_yearly", tmp_path)


@pytest.mark.parametrize(
    ("model", "mase_there", "wql_there"),
    [("TiRex", 0.839, 0.662), ("AutoTheta", 0.836, 0.696), ("AutoETS", 0.844, 0.712)],
)
def test_published_figures_have_the_published_means(
    model: str, mase_there: float, wql_there: float
):
    of_model, naive = (
        np.array([PUBLISHED[name][task] for task in NINE]) for name in (model, "seasonal_naive")
    )
    relative = np.exp(np.log(of_model / naive).mean(axis=0))
    np.testing.assert_allclose(relative, [mase_there, wql_there], atol=0.0006)
