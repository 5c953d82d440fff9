"""`gatecast.plot`, `backtest(...).plot()`, and what a notebook shows."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import altair as alt
import numpy as np
import pandas as pd
import polars as pl
import pytest

import gatecast
from gatecast._types import InputError
from gatecast.evaluation import Backtest
from gatecast.reporting.charts import Figure

ATTACK = "<script>alert(1)</script>\"'&"
PNG = b"\x89PNG"


def rows(*names: Any, count: int = 40, start: str = "2024-01-01") -> pd.DataFrame:
    days = pd.date_range(start, periods=count)
    values = 20 + 5 * np.sin(2 * np.pi * np.arange(count) / 7)
    return pd.concat(
        pd.DataFrame({"unique_id": name, "ds": days, "y": values + place})
        for place, name in enumerate(names)
    )


def ahead(*names: Any) -> pd.DataFrame:
    frame = rows(*names, count=5, start="2024-02-10").rename(columns={"y": "LSTM"})
    return frame.assign(**{"LSTM-lo-80": frame["LSTM"] - 1, "LSTM-hi-80": frame["LSTM"] + 1})


def values_of(figure: Figure) -> list[dict[str, Any]]:
    """All rows that are drawn."""
    found: list[dict[str, Any]] = []
    for text in figure.chart.to_dict()["datasets"].values():
        found += json.loads(text)
    return found


def title_of(figure: Figure) -> str:
    title = figure.chart.to_dict()["title"]
    return f"{title['text']} {title.get('subtitle', '')}"


@pytest.fixture(scope="module")
def found() -> Backtest:
    return gatecast.backtest("persistence", rows("a", "b", ATTACK), h=5, n_windows=2, baselines=())


def test_rows_and_their_forecast(tmp_path: Path):
    figure = gatecast.plot(rows("a"), ahead("a"))
    assert isinstance(figure.chart, alt.VConcatChart)
    assert title_of(figure).startswith("The LSTM forecast, 5 steps ahead, until 2024-02-14")
    drawn = {round(row["value"], 6) for row in values_of(figure) if row.get("value") is not None}
    assert drawn >= set(rows("a")["y"].round(6)) | set(ahead("a")["LSTM"].round(6))
    assert figure.save(tmp_path / "a.png").read_bytes().startswith(PNG)
    assert figure.save(tmp_path / "a.SVG").read_text().startswith("<svg ")
    with pytest.raises(InputError, match=r"a picture is written as \.png or \.svg"):
        figure.save(tmp_path / "a.pdf")


def test_frames_in_any_library_under_any_name():
    given = {"unique_id": "shop", "ds": "day", "y": "sold"}
    past, future = rows(7, 8).rename(columns=given), ahead(7, 8).rename(columns=given)
    names = {"id_col": "shop", "time_col": "day", "target_col": "sold"}
    expected = gatecast.plot(past, future, **names).svg()
    assert ">sold<" in expected
    assert gatecast.plot(pl.from_pandas(past), pl.from_pandas(future), **names).svg() == expected
    as_text = past.assign(day=past["day"].astype(str))
    assert gatecast.plot(as_text, future, **names).svg() == expected
    alone = gatecast.plot(rows("a").drop(columns="unique_id"), ahead("series"))
    assert len(values_of(alone)) == len(values_of(gatecast.plot(rows("a"), ahead("a"))))


def test_rows_alone_and_chosen_series():
    figure = gatecast.plot(rows(*"abcdef"))
    assert title_of(figure) == "y, 2024-01-01 to 2024-02-09 The first 4 of 6 series are drawn."
    chosen = gatecast.plot(rows(*"abcdef"), ids=["f", "a"])
    labels = re.findall(r"<text[^>]*>([a-f])</text>", chosen.svg())
    assert labels == ["f", "a"]
    assert (
        re.findall(r">([a-f])</text>", gatecast.plot(rows(*"ab"), ahead(*"ab"), ids="b").svg())
        == []
    )
    assert "The last 400 rows are drawn." in title_of(gatecast.plot(rows("a", count=500)))
    with pytest.raises(InputError, match="no series 'g' to draw"):
        gatecast.plot(rows(*"abc"), ids=["g"])
    with pytest.raises(InputError, match="nothing to draw"):
        gatecast.plot(rows("a"), ahead("a").head(0))


def test_several_targets():
    past = rows("a").assign(back=1.0).rename(columns={"y": "sold"})
    parts = [ahead("a").assign(target=name) for name in ("sold", "back")]
    figure = gatecast.plot(past, pd.concat(parts), target_col=["sold", "back"])
    assert re.findall(r">(a: \w+)</text>", figure.svg()) == ["a: sold", "a: back"]


@pytest.mark.parametrize("kind", ["windows", "scores", "by_horizon", "residuals"])
def test_every_picture_of_a_backtest(found: Backtest, kind: str):
    figures = gatecast.reporting.charts.backtest_figures(found)
    same = next(each for each in figures if each.name.removeprefix("backtest_") == kind)
    assert found.plot(kind).chart.to_dict() == same.chart.to_dict()
    assert gatecast.plot(found, kind=kind).chart.to_dict() == same.chart.to_dict()


def test_pictures_a_backtest_does_not_have(found: Backtest):
    assert found.plot().name == "windows"
    chosen = found.plot(ids=["b"])
    assert chosen.panels is None
    own = rows("a", "b").query("unique_id == 'b'")
    alone = gatecast.backtest("persistence", own, h=5, n_windows=2, baselines=())
    assert values_of(chosen) == values_of(alone.plot())
    with pytest.raises(InputError, match="kind is 'window'; choose from scores, by_horizon, win"):
        found.plot("window")
    with pytest.raises(InputError, match="leave out forecast"):
        gatecast.plot(found, ahead("a"))
    with pytest.raises(InputError, match="no series 'c' to draw"):
        found.plot(ids=["c"])


def offline(html: str) -> bool:
    """Whether a piece of a page asks for nothing: links are the names of what SVG is."""
    addresses = re.findall(r"(?:https?:)?//[\w.]+", html)
    return set(addresses) <= {"http://www.w3.org"} and "<script" not in html


def test_a_notebook_shows_a_backtest(found: Backtest):
    html = found._repr_html_()
    assert html.startswith("<div")
    assert "Over 2 windows of 5 steps" in html
    assert "persistence" in html
    assert offline(html)
    assert len(html) < 5_000
    assert offline(found.plot()._repr_html_())
    assert "<svg " in found.plot()._repr_html_()


def test_a_notebook_shows_a_forecaster():
    model = gatecast.AutoLSTM(h=3, quality="fast", verbose=False)
    assert "Not fitted: call fit(df)." in model._repr_html_()
    frame = gatecast.datasets.airline_passengers().assign(unique_id=ATTACK)
    html = model.fit(frame)._repr_html_()
    assert "quality=&#39;fast&#39;" in html
    for words in ("3 rows ahead, freq MS", "1 series", "1960-12-01", "against persistence"):
        assert words in html
    assert offline(html)
    assert len(html) < 5_000
    named = gatecast.LSTMForecaster(h=2, futr_exog=[ATTACK])
    assert offline(named._repr_html_())
    assert "&lt;script&gt;" in named._repr_html_()


def test_a_name_of_a_model_is_escaped():
    class Flat:
        def fit(self, df: pd.DataFrame) -> Flat:
            self.last = df.groupby("unique_id").tail(1)
            return self

        def predict(self, h: int) -> pd.DataFrame:
            days = [
                pd.DataFrame({"ds": self.last["ds"] + pd.Timedelta(days=1 + k)}) for k in range(h)
            ]
            frames = [
                day.assign(unique_id=self.last["unique_id"], Flat=self.last["y"]) for day in days
            ]
            return pd.concat(frames)

    html = gatecast.backtest({ATTACK: Flat()}, rows("a"), h=2, level=())._repr_html_()
    assert offline(html)
    assert "&lt;script&gt;" in html
