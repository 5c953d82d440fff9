"""The HTML report, read back with an HTML parser."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from gatecast.reporting import charts
from gatecast.reporting._page import page

if TYPE_CHECKING:
    from gatecast.evaluation import Experiment

VOID = {"meta", "br", "link", "img", "input", "hr"}
ATTACK = "<script>alert(1)</script>\"'&"


class Reader(HTMLParser):
    """Collects tags, attributes and visible text; fails where tags do not nest."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str]] = []
        self.marked: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(name, value or "") for name, value in attrs]
        self.marked.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in {"script", "style"}:
            self.text.append(data)


def render(experiment: Experiment, label: str = "y") -> str:
    figures = charts.figures(experiment, label)
    return page(experiment, figures, {figure.name: figure.svg() for figure in figures}, label)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def html(experiment: Experiment) -> str:
    return render(experiment, "thousand passengers")


@pytest.fixture(scope="module", params=[2, pytest.param(22, marks=pytest.mark.slow)])
def many(request: pytest.FixtureRequest) -> int:
    """How many series there are; with more than can be chosen there is a picture for each of 20."""
    count: int = request.param
    return count


@pytest.fixture(scope="module")
def many_html(experiment: Experiment, many: int) -> str:
    """Of several series, with names that are no plain text to HTML."""

    def copies(frame: pd.DataFrame) -> pd.DataFrame:
        rows = frame.groupby("unique_id").tail(20)
        return pd.concat([rows.assign(unique_id=f"<s{place}>") for place in range(many)])

    frames = ("one_step_forecasts", "multi_step_forecasts", "forecast")
    tables = ("by_series", "multi_step_by_series")
    return render(
        replace(
            experiment,
            data=experiment.data | {"series": many},
            curves=experiment.curves.head(0),
            **{name: copies(getattr(experiment, name)) for name in (*frames, *tables)},
        )
    )


def test_it_refers_to_nothing_outside_itself(html: str):
    reader = read(html)
    names = {name for name, _ in reader.attributes}
    assert names.isdisjoint({"src", "xlink:href", "srcset", "data", "action", "poster"})
    assert all(value.startswith("#") for name, value in reader.attributes if name == "href")
    assert not reader.tags.keys() & {"link", "img", "iframe", "object", "embed", "base", "image"}
    values = [value for name, value in reader.attributes if not name.startswith("xmlns")]
    assert not any("//" in value for value in values)
    for forbidden in ("@import", "import(", "fetch(", "XMLHttpRequest", "url(http", "url(//"):
        assert forbidden not in html


def test_it_is_small_and_complete(html: str):
    reader = read(html)
    text = " ".join(reader.text)
    assert len(html) < 600_000
    assert reader.tags["figure"] == reader.tags["figcaption"] == 7
    assert reader.tags["script"] == 1
    for words in (
        "Four of the five framings are no better than repeating the last value.",
        "thousand passengers",
        "AutoARIMA",
        "LSTM-hi-95",
        "1961-12-01",
        "No leakage.",
        "3.15.1",
        "6.93",
    ):
        assert words in text
    # Once in the table, once in the chart of each.
    assert reader.text.count("no better than the last value") == 2 * 4
    assert "repeats the last value" not in text


def test_identifiers_of_different_charts_do_not_meet(html: str, many_html: str):
    for each in (html, many_html):
        identifiers = [value for name, value in read(each).attributes if name == "id"]
        assert len(identifiers) == len(set(identifiers))


def test_the_contents_lead_to_every_section(html: str):
    reader = read(html)
    contents = html[html.index("<nav") : html.index("</nav>")] + "</nav>"
    links = [value for name, value in read(contents).attributes if name == "href"]
    assert links == ["#one-step-ahead", "#many-steps-ahead", "#the-future", "#how-it-was-measured"]
    assert len(links) == reader.tags["h2"]
    assert {link[1:] for link in links} <= {v for name, v in reader.attributes if name == "id"}


def test_each_figure_of_several_series_has_a_panel_and_an_option_for_each(
    many_html: str, many: int
):
    reader = read(many_html)
    names = [f"<s{place}>" for place in range(many)]
    shown = min(many, 20)
    panels = [value for name, value in reader.attributes if name == "data-series"]
    # One step ahead, many steps ahead and the future.
    assert panels == 3 * names[:20]
    assert reader.tags["option"] == 3 * shown
    said = many_html.count(f"The first 20 of {many} series can be chosen.")
    assert said == (3 if many > 20 else 0)
    # Without script nothing is hidden but the choice itself.
    hidden = [(tag, names) for tag, names in reader.marked if "hidden" in names]
    assert [tag for tag, _ in hidden] == ["p", "p", "p", "div"]
    links = {value[1:] for name, value in reader.attributes if name == "href"}
    assert f"one_step-of-{shown}" in links
    assert links <= {value for name, value in reader.attributes if name == "id"}


def test_pictures_and_tables_have_names(html: str, many_html: str):
    for each in (html, many_html):
        reader = read(each)
        pictures = [names for tag, names in reader.marked if tag == "svg"]
        assert all(names["role"] == "img" and names["aria-label"] for names in pictures)
        assert all(names["aria-label"] for tag, names in reader.marked if tag == "table")
        assert all(names["scope"] for tag, names in reader.marked if tag == "th")
    assert "The LSTM one step ahead: MAE 10" in html[html.index("aria-label") :]


def test_names_from_the_user_are_text_and_nothing_else(experiment: Experiment):
    hostile = replace(
        experiment,
        one_step=[
            {**record, "model": f"{record['model']}{ATTACK}"} for record in experiment.one_step
        ],
        multi_step=[
            {**record, "model": f"{record['model']}{ATTACK}"} for record in experiment.multi_step
        ],
        one_step_forecasts=experiment.one_step_forecasts.assign(unique_id=ATTACK),
        multi_step_forecasts=experiment.multi_step_forecasts.assign(unique_id=ATTACK),
        forecast=experiment.forecast.assign(unique_id=ATTACK).rename(
            columns=lambda name: name.replace("LSTM", f"LSTM{ATTACK}")
        ),
        verdict=ATTACK,
        versions={ATTACK: ATTACK},
    )
    reader = read(render(hostile, label=ATTACK))
    assert reader.tags["script"] == 1
    assert ATTACK in " ".join(reader.text)


def test_a_long_forecast_is_cut_and_this_is_said(hourly_experiment: Experiment):
    assert "The first 60 of 144 rows." in page(hourly_experiment, [], {}, "y")


def test_it_needs_neither_forecast_nor_trained_models(experiment: Experiment):
    bare = replace(
        experiment,
        one_step=[r for r in experiment.one_step if r["kind"] == "baseline"],
        multi_step=[],
        curves=experiment.curves.head(0),
        forecast=experiment.forecast.head(0),
    )
    text = " ".join(read(render(bare)).text)
    assert "Best baseline" in text
    assert "The future" not in text
