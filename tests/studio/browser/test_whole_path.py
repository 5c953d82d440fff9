"""From a dropped file to files taken away, in a real browser."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from path_steps import (
    AIRLINE,
    bring,
    check_charts,
    drop,
    messy_table,
    train,
    wait_for_result,
)
from playwright.sync_api import Page, expect
from studio_process import StudioProcess
from visitors import PHONE, Visitor

import gatecast
from gatecast._wording import number

slow = pytest.mark.slow


def test_the_example_is_looked_at(visitor: Visitor, studio: StudioProcess):
    """The short path that the quick suite takes."""
    page = visitor.page
    page.goto(studio.url)
    visitor.check_access()
    page.get_by_role("button", name="Use the example").click()
    expect(page.get_by_text("One series of 144 rows")).to_be_visible()
    visitor.check_access()
    page.get_by_role("link", name="Look at the data").click()
    check_charts(page, 5)
    visitor.check_access()


def took(page: Page, name: str) -> bytes:
    """A file that is taken away."""
    with page.expect_download() as download:
        page.get_by_role("link", name=name).click()
    path = Path(download.value.path())
    return path.read_bytes()


@slow
def test_the_airline_data_from_drop_to_download(
    visitor: Visitor, studio: StudioProcess, come: Callable[..., Visitor], tmp_path: Path
):
    page = visitor.page
    file = drop(page, studio, "air.csv", AIRLINE)
    expect(page.get_by_role("heading", name="air.csv")).to_be_visible()
    page.goto(f"{file}/frame")
    visitor.check_access()
    page.get_by_role("button", name="Just forecast it").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    visitor.check_access()
    wait_for_result(page)
    visitor.check_access()
    check_charts(page, 6)
    page.get_by_text("The forecast as a table", exact=True).click()
    first = page.get_by_role("table", name="y").locator("tbody tr").first
    frame = pd.read_csv(io.BytesIO(took(page, "forecast.csv")))
    assert len(frame) == 12
    expect(first).to_contain_text(number(frame["LSTM"].iloc[0]))
    pd.testing.assert_frame_equal(
        pd.read_excel(io.BytesIO(took(page, "forecast.xlsx")), engine="calamine")[["LSTM"]],
        frame[["LSTM"]],
    )
    assert took(page, "forecast.png").startswith(b"\x89PNG")
    assert b"<svg" in took(page, "forecast.svg")
    assert b"<figure" in took(page, "report.html")
    model = tmp_path / "model.gatecast"
    model.write_bytes(took(page, "model.gatecast"))
    again = gatecast.load(model).predict()
    np.testing.assert_allclose(again["LSTM"], frame["LSTM"], rtol=1e-5)
    share_and_serve(visitor, come(studio.origin))


@slow
def test_a_messy_file_is_mended_by_a_click(visitor: Visitor, studio: StudioProcess):
    page = visitor.page
    file = drop(page, studio, "umsatz.csv", messy_table())
    trouble = page.get_by_role("heading", name="Something is in the way")
    expect(trouble).to_be_visible()
    expect(page.get_by_role("region", name="Rows that cannot be read")).to_contain_text(
        "2023-03-03"
    )
    visitor.check_access()
    page.get_by_role("button", name="Keep the last of them").click()
    expect(trouble).to_have_count(0)
    expect(page.get_by_text("2 series of 140 rows each")).to_be_visible()
    expect(page.get_by_text("6 of 280 calendar steps (D) have no value")).to_be_visible()
    # What was done can be seen, in code too, and taken back.
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    page.get_by_text("The same in Python").click()
    expect(page.get_by_role("code").first).to_contain_text("gatecast.read")
    page.goto(f"{file}/look")
    expect(page.get_by_role("main")).to_contain_text("Nord")
    visitor.check_access()
    train(page, file, horizon=7)
    wait_for_result(page)
    visitor.check_access()
    expect(page.get_by_text("umsatz.csv: 2 rows repeat a series and a time")).to_be_visible()
    expect(page.get_by_role("main")).not_to_contain_text("/data/")
    expect(page.get_by_role("columnheader", name="80 % band held")).to_be_visible()
    page.get_by_label("Series", exact=True).select_option("Süd")
    page.wait_for_url("**series=S**")
    check_charts(page, 6)
    frame = pd.read_csv(io.BytesIO(took(page, "forecast.csv")))
    means = frame.groupby("Filiale")["LSTM"].mean()
    assert means["Nord"] == pytest.approx(1560, abs=300)
    assert means["Süd"] == pytest.approx(460, abs=300)


def share_and_serve(owner: Visitor, other: Visitor):
    """Another visitor sees a run by its link alone, until that is withdrawn; then it serves."""
    page, guest = owner.page, other.page
    other.expected.append("404")
    guest.goto(page.url)
    expect(guest.get_by_role("heading", name="Nothing is here")).to_be_visible()
    page.get_by_text("Share, serve or delete").click()
    page.get_by_role("button", name="Make a link").click()
    link = page.get_by_label("Whoever has this link").input_value()
    guest.goto(link)
    wait_for_result(guest)
    other.check_access()
    check_charts(guest, 6)
    expect(guest.get_by_role("button", name="Delete this run")).to_have_count(0)
    page.get_by_role("button", name="Withdraw the link").click()
    expect(page.get_by_label("Whoever has this link")).to_have_count(0)
    guest.goto(link)
    expect(guest.get_by_role("heading", name="Nothing is here")).to_be_visible()
    page.get_by_text("Share, serve or delete").click()
    page.get_by_label("Name it").fill("passengers")
    page.get_by_role("button", name="Serve it").click()
    expect(page.get_by_role("heading", name="passengers")).to_be_visible(timeout=30_000)


@slow
def test_only_the_keyboard(visitor: Visitor, studio: StudioProcess):
    """The path to a forecast by Tab, arrows and Enter."""
    page = visitor.page

    def tab_to(name: str) -> None:
        for _ in range(80):
            page.keyboard.press("Tab")
            focused = page.evaluate(
                "document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText"
            )
            if name in (focused or ""):
                outline = "getComputedStyle(document.activeElement).outlineStyle"
                assert page.evaluate(outline) != "none"
                return
        raise AssertionError(f"{name} is not reached by Tab")

    page.goto(studio.url)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab_to("Use the example")
    page.keyboard.press("Enter")
    page.wait_for_url("**/files/*")
    tab_to("Choose how to forecast")
    page.keyboard.press("Enter")
    page.wait_for_url("**/frame*")
    tab_to("One value in")
    page.keyboard.press("Enter")
    page.wait_for_url("**kind=regression*")
    tab_to("Passes over the data")
    page.keyboard.press("Control+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*")
    wait_for_result(page)
    tab_to("Excel")


@slow
def test_without_script(come: Callable[..., Visitor], studio: StudioProcess):
    plain = come(studio.origin, java_script_enabled=False)
    page = plain.page
    page.goto(studio.url)
    table = "\n".join(f"2020-{month:02d}-01\t{100 + month}" for month in range(1, 13))
    page.get_by_label("Cells copied").fill(f"month\tsales\n{table}\n2021-01-01\t113")
    page.get_by_role("button", name="Use this table").click()
    page.wait_for_url("**/files/*")
    file = page.url
    page.goto(f"{file}/look")
    expect(page.locator("figure.chart").first).to_contain_text("sales")
    train(page, file, horizon=2)
    wait_for_result(page)


@slow
@pytest.mark.parametrize("settings", [{"color_scheme": "dark"}, {"viewport": PHONE}])
def test_every_page_is_accessible_and_fits(
    come: Callable[..., Visitor], studio: StudioProcess, settings: dict[str, Any]
):
    visitor = come(studio.origin, **settings)
    page = visitor.page
    file = bring(page, studio, "air.csv", AIRLINE)
    runs = []
    for _ in range(2):
        runs.append(train(page, file))
        visitor.check_access()
        wait_for_result(page)
    both = "&".join(f"run={run.rpartition('/')[2]}" for run in runs)
    compare = f"{studio.url}/compare?{both}"
    every = [studio.url, file, f"{file}/look", f"{file}/frame", runs[0], compare]
    for address in every:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        visitor.check_access()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
