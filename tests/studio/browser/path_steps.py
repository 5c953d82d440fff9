"""Steps on the way from data to forecast, as a visitor takes them."""

import re

import pandas as pd
from playwright.sync_api import Page, expect
from studio_process import StudioProcess

from gatecast.data import datasets

MONTHS = datasets.airline_passengers().assign(ds=lambda df: df["ds"].dt.strftime("%Y-%m"))
AIRLINE = MONTHS[["ds", "y"]].to_csv(index=False).encode()
WORK_MS = 120_000
"""That a run may take."""


def bring(page: Page, studio: StudioProcess, name: str, content: bytes) -> str:
    """Choose a file; return the address of its page."""
    page.goto(studio.url)
    file = {"name": name, "mimeType": "text/csv", "buffer": content}
    page.get_by_label("Drop a file here").set_input_files(file)
    page.wait_for_url("**/files/*")
    return page.url


def drop(page: Page, studio: StudioProcess, name: str, content: bytes) -> str:
    """Drop a file from another window; return the address of its page."""
    page.goto(studio.url)
    transfer = page.evaluate_handle(
        """([name, text]) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([text], name, { type: "text/csv" }));
          return transfer;
        }""",
        [name, content.decode()],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(".drop", event, {"dataTransfer": transfer})
    page.wait_for_url("**/files/*")
    return page.url


def train(page: Page, file: str, epochs: int = 3, horizon: int = 6) -> str:
    """Train the smallest network of the tutorial; return the address of the run."""
    page.goto(f"{file}/frame?kind=regression")
    form = page.get_by_role("form", name=re.compile("Train this network"))
    form.get_by_label("to forecast").fill(str(horizon))
    form.get_by_label("Passes over the data").fill(str(epochs))
    form.get_by_role("button", name="Train it").click()
    page.wait_for_url("**/runs/*")
    return page.url


def wait_for_result(page: Page):
    """Wait until the page shows what came out."""
    expect(page.get_by_role("region", name="Verdict")).to_be_visible(timeout=WORK_MS)


def check_charts(page: Page, least: int):
    """Every chart is drawn once it is in view."""
    figures = page.locator("figure.chart:visible")
    assert figures.count() >= least
    for figure in figures.all():
        figure.scroll_into_view_if_needed()
        expect(figure.locator("canvas")).to_be_visible(timeout=20_000)


def messy_table() -> bytes:
    """Two shops as a spreadsheet in German has them, with gaps and with rows that stand twice.

    Semicolons, decimal commas, days first: Nord sells some 1,500 a day, Süd some 400.
    """
    lines = ["Datum;Filiale;Umsatz"]
    for shop, level in (("Nord", 1500), ("Süd", 400)):
        for place, day in enumerate(pd.date_range("2023-01-02", periods=140)):
            value = level + 20 * (place % 7) + place * 37 % 11
            text = f"{value:,}".replace(",", ".")
            if place not in {40, 41, 90}:
                lines.append(f"{day:%d.%m.%Y};{shop};{text},50")
            if place == 60:
                lines.append(f"{day:%d.%m.%Y};{shop};{text},75")
    return "\n".join(lines).encode()
