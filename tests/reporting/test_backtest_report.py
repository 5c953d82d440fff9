"""The report of a backtest: its page, its charts and its files."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from statsforecast.models import Theta

from gatecast._types import InputError
from gatecast._wording import model_name, number
from gatecast.evaluation import Backtest, backtest
from gatecast.reporting import report, write
from gatecast.reporting._backtest_facts import in_pandas, worst_first
from gatecast.reporting.charts import backtest_figures

ATTACK = "<script>alert(1)</script>\"'&"
NAMES = ["backtest_scores", "by_horizon", "windows", "residuals", "coverage"]


def weekly(name: str, rows: int) -> pd.DataFrame:
    """A level with a weekly cycle and noise."""
    days = np.arange(rows)
    y = 50 + 9 * np.sin(2 * np.pi * days / 7) + np.random.default_rng(rows).normal(0, 2, rows)
    return pd.DataFrame(
        {"unique_id": name, "ds": pd.date_range("2025-01-01", periods=rows, freq="D"), "y": y}
    )


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return pd.concat([weekly(f"store {rows}", rows) for rows in range(90, 96)])


@pytest.fixture(scope="module")
def found(data: pd.DataFrame) -> Backtest:
    return backtest(Theta(season_length=7), data, h=7, n_windows=3)


def drawn(found: Backtest) -> dict[str, dict[str, Any]]:
    return {figure.name: figure.chart.to_dict() for figure in backtest_figures(found, "sales")}


class Text(HTMLParser):
    """What a reader sees, and how often each tag stands."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.panels: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [
            value or "" for name, value in attrs if name in {"src", "href", "xlink:href"}
        ]
        self.panels += [value or "" for name, value in attrs if name == "data-series"]

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] not in {"script", "style"}:
            self.words.append(data)


@pytest.fixture(scope="module")
def page(found: Backtest, tmp_path_factory: pytest.TempPathFactory) -> Text:
    path = tmp_path_factory.mktemp("page") / "report.html"
    assert report(found, path, label="sales") == path
    return Text(path.read_text(encoding="utf-8"))


def test_the_page_is_complete_and_needs_nothing_outside_itself(page: Text, found: Backtest):
    text = " ".join(page.words)
    assert found.verdict in text
    assert page.tags.count("figure") == len(NAMES)
    assert page.tags.count("script") == 1
    assert all(link.startswith("#") for link in page.links)
    cells = [number(score) for score in found.scores["mase"]]
    cells += [number(score) for score in found.scores["r2"]]
    for words in ["6 series, 3 windows of 7 steps", "store 90", "Held by 95 %", *cells]:
        assert words in text


@pytest.mark.slow
def test_write_fills_a_directory(found: Backtest, tmp_path: Path):
    out = write(found, tmp_path / "out")
    files = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    tables = {"forecasts", "scores", "by_series", "by_horizon", "significance"}
    assert files == {
        "report.html",
        *(f"{name}.csv" for name in tables),
        *(f"plots/{name}.png" for name in NAMES),
    }
    assert (out / "plots" / "windows.png").read_bytes().startswith(b"\x89PNG")
    scores = pd.read_csv(out / "scores.csv", float_precision="round_trip")
    pd.testing.assert_frame_equal(scores, found.scores, check_exact=True)


def test_any_frame_library_gives_the_same_charts(data: pd.DataFrame, found: Backtest):
    polars = backtest(Theta(season_length=7), pl.from_pandas(data), h=7, n_windows=3)
    charts = [json.dumps(drawn(in_pandas(each))) for each in (found, polars)]
    assert charts[0] == charts[1]


def test_names_from_the_user_are_text_and_nothing_else(data: pd.DataFrame, tmp_path: Path):
    rows = data[data["unique_id"].isin(["store 90", "store 91"])]
    hostile = rows.assign(unique_id=rows["unique_id"] + ATTACK)
    found = backtest({ATTACK: Theta(season_length=7)}, hostile, h=7, n_windows=2)
    html = report(found, tmp_path / "report.html", label=ATTACK).read_text(encoding="utf-8")
    page = Text(html)
    assert page.tags.count("script") == 1
    assert ATTACK in " ".join(page.words)


def test_the_leading_model_is_compared_with_the_best_baseline(found: Backtest):
    charts = drawn(found)
    text = json.dumps(charts["windows"])
    best = found.scores.loc[found.scores["kind"] == "baseline", "model"].iloc[0]
    other = ({"persistence", "seasonal_naive"} - {best}).pop()
    assert model_name(best) in text
    assert model_name(other) not in text
    notes = " ".join(charts["windows"]["title"]["subtitle"])
    assert "The 4 of 6 series with the largest MASE are drawn." in notes


def test_the_series_with_the_largest_errors_come_first(page: Text, found: Backtest):
    errors = found.by_series[found.by_series["model"] == "Theta"]
    worst = errors.sort_values("mase", ascending=False)["unique_id"].tolist()
    assert page.panels == worst
    # The table stands in the same order, and leads to the panels.
    places = [link for link in page.links if link.startswith("#windows-of-")]
    assert places == [f"#windows-of-{place}" for place in range(1, 7)]


def test_by_horizon_shows_the_errors_of_the_first_and_last_step(found: Backtest):
    rows = found.by_horizon[found.by_horizon["model"] == "Theta"]
    title = drawn(found)["by_horizon"]["title"]["text"]
    first, last = map(number, rows["mase"].iloc[[0, -1]])
    assert title == f"Theta: MASE {first} one step ahead, {last} after 7 steps"


def test_residuals_are_truth_minus_forecast_over_the_usual_change(found: Backtest):
    (text,) = [
        text
        for text in drawn(found)["residuals"]["datasets"].values()
        if "residual" in text and "zero" not in text
    ][:1]
    rows = pd.DataFrame(json.loads(text))
    first = found.forecasts[found.forecasts["unique_id"] == "store 90"]
    own = found.by_series.set_index(["model", "unique_id"]).loc[("Theta", "store 90")]
    expected = (first["y"] - first["Theta"]) * own["mase"] / own["mae"]
    np.testing.assert_allclose(rows.loc[rows["unique_id"] == "store 90", "residual"], expected)
    assert rows["pattern"].max() == 7


def test_each_series_has_its_own_figure(found: Backtest):
    text = json.dumps(drawn(found)["windows"])
    own = found.by_series.set_index(["model", "unique_id"])["mae"]
    for name in worst_first(found)[:4]:
        assert f"{name}: MAE Theta {number(own['Theta', name])}" in text


def test_without_intervals_there_is_no_coverage(data: pd.DataFrame, tmp_path: Path):
    found = backtest("persistence", data, h=1, n_windows=3, baselines=[], level=[])
    assert list(drawn(found)) == ["backtest_scores", "windows", "residuals"]
    text = " ".join(Text(report(found, tmp_path / "a.html").read_text(encoding="utf-8")).words)
    assert "Intervals" not in text


def test_integer_times(tmp_path: Path):
    rows = weekly("a", 60).assign(ds=np.arange(60))
    counted = backtest("seasonal_naive", rows, h=7, n_windows=2, season_length=7)
    html = report(counted, tmp_path / "a.html").read_text(encoding="utf-8")
    assert "cut between 45 and 52" in html


def test_a_long_backtest_draws_its_latest_windows():
    found = backtest("persistence", weekly("a", 1200), h=10, n_windows=100, baselines=[])
    chart = json.dumps(drawn(found)["windows"])
    first = found.observed["ds"].iloc[-1] - pd.Timedelta(days=400 + 400)
    assert str(int(first.timestamp() * 1000)) not in chart
    assert str(int(found.observed["ds"].iloc[-1].timestamp() * 1000)) in chart
    assert len(chart) < 300_000


def test_a_model_that_was_never_scored_is_left_out(found: Backtest):
    missing = found.scores["mase"].where(found.scores["model"] != "Theta")
    charts = drawn(replace(found, scores=found.scores.assign(mase=missing)))
    assert "Theta" not in json.dumps(charts["backtest_scores"])
    none = found.scores.assign(mase=np.nan)
    assert drawn(replace(found, scores=none)) == {}


def test_only_results_can_be_reported(tmp_path: Path):
    wrong: Any = pd.DataFrame()
    with pytest.raises(InputError, match="what experiment or backtest returned, got DataFrame"):
        report(wrong, tmp_path / "a.html")
