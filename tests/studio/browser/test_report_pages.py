"""Reports, in a browser: choosing a series, printing, and what a screen reader finds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import expect
from visitors import PHONE, Visitor

from gatecast.evaluation import backtest
from gatecast.reporting import report

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a backtest of five series."""
    days = pd.date_range("2025-01-01", periods=60, freq="D")
    week = 50 + 9 * np.sin(2 * np.pi * np.arange(60) / 7)
    rows = pd.concat(
        pd.DataFrame({"unique_id": f"shop {place}", "ds": days, "y": week})
        .assign(y=lambda df, place=place: df["y"] + np.random.default_rng(place).normal(0, 2, 60))
        for place in range(5)
    )  # fmt: skip
    found = backtest("seasonal_naive", rows, h=7, n_windows=2, season_length=7)
    return report(found, tmp_path_factory.mktemp("report") / "report.html", label="sales")


@pytest.fixture
def reader(come: Callable[..., Visitor], path: Path) -> Visitor:
    found = come("file://")
    found.page.goto(path.as_uri())
    return found


def test_a_reader_chooses_a_series_in_a_figure_or_in_the_table(reader: Visitor):
    page = reader.page
    panels = page.locator("#windows .panel")
    choice = page.get_by_label("Series", exact=True)
    names = choice.locator("option").all_inner_texts()
    assert sorted(names) == [f"shop {place}" for place in range(5)]
    expect(panels.first).to_be_visible()
    expect(panels.filter(visible=True)).to_have_count(1)
    choice.select_option(names[2])
    expect(panels.nth(2)).to_be_visible()
    expect(panels.filter(visible=True)).to_have_count(1)
    page.get_by_role("link", name=names[4]).click()
    expect(panels.nth(4)).to_be_in_viewport()
    expect(choice).to_have_value(names[4])
    expect(panels.filter(visible=True)).to_have_count(1)


def test_contents_and_choice_work_by_keyboard(reader: Visitor):
    page = reader.page
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Scores")).to_be_focused()
    page.get_by_role("link", name="Series", exact=True).press("Enter")
    expect(page.get_by_role("heading", name="Series")).to_be_in_viewport()
    choice = page.get_by_label("Series", exact=True)
    choice.press("ArrowDown")
    expect(page.locator("#windows .panel").nth(1)).to_be_visible()


def test_without_script_and_in_print_every_series_is_shown(
    reader: Visitor, come: Callable[..., Visitor], path: Path
):
    plain = come("file://", java_script_enabled=False)
    plain.page.goto(path.as_uri())
    reader.page.emulate_media(media="print")
    for page in (plain.page, reader.page):
        expect(page.locator("#windows .panel").filter(visible=True)).to_have_count(5)
        expect(page.get_by_label("Series", exact=True)).to_be_hidden()
    expect(reader.page.get_by_role("navigation")).to_be_hidden()


def test_pages_of_print_are_no_wider_than_paper(reader: Visitor):
    reader.page.emulate_media(media="print")
    reader.page.set_viewport_size({"width": 688, "height": 1000})  # A4 within its margins
    assert reader.page.evaluate("document.documentElement.scrollWidth") <= 688
    assert reader.page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_a_report_is_accessible(reader: Visitor, viewport: dict[str, int] | None):
    if viewport:
        reader.page.set_viewport_size(viewport)
    reader.check_access()
    assert reader.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_leaves_the_origin_is_stopped_and_told(come: Callable[..., Visitor], path: Path):
    """The watch itself."""
    watched = come("file://")
    watched.page.goto(path.as_uri())
    asked = "fetch('http://example.com/a').catch(() => console.error('refused'))"
    watched.page.evaluate(asked)
    assert watched.left == ["http://example.com/a"]
    assert any("refused" in error for error in watched.errors)
    for check in (watched.check, lambda: (watched.left.clear(), watched.check())):
        with pytest.raises(AssertionError):
            check()
    watched.errors.clear()
