"""A window moves over the visitor's own series."""

import re
from collections.abc import Callable

import pytest
from path_steps import AIRLINE, bring
from playwright.sync_api import Page, expect
from studio_process import StudioProcess
from visitors import PHONE, Visitor

pytestmark = pytest.mark.slow

Come = Callable[..., Visitor]


def choose(page: Page, studio: StudioProcess, kind: str) -> None:
    """Open the picture of a network."""
    file = bring(page, studio, "air.csv", AIRLINE)
    page.goto(f"{file}/frame?kind={kind}")


def read(page: Page) -> list[str]:
    """The numbers in the input of the sample that is shown."""
    return page.locator(".input-table td strong").all_inner_texts()


def test_it_plays_step_by_step_and_can_be_stopped(visitor: Visitor, studio: StudioProcess):
    page = visitor.page
    choose(page, studio, "stateful")
    page.locator(".stage").scroll_into_view_if_needed()
    status = page.locator(".lesson [role=status]")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    # One time step after another is read, then the answer is shown, then the next sample comes.
    expect(page.locator("td.reading")).to_have_count(1)
    expect(page.locator(".answer-table strong")).to_have_text("?")
    expect(status).to_have_text("Sample 2 of 141", timeout=10_000)
    expect(page.locator("p.memory")).to_contain_text("goes on from sample 1, after 3 values read")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator("td.reading")).to_have_count(0)
    told = status.inner_text()
    page.wait_for_timeout(2_000)
    assert status.inner_text() == told
    visitor.check_access()


def test_keys_step_and_a_window_slides_by_one_row(come: Come, studio: StudioProcess):
    visitor = come(studio.origin, reduced_motion="reduce", viewport=PHONE)
    page = visitor.page
    choose(page, studio, "window")
    status = page.locator(".lesson [role=status]")
    # Who wants no motion sees a still picture.
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(status).to_contain_text("Sample 1 of 141: reads January 1949: 112.0")
    before, answer = read(page), page.locator(".answer-table strong").inner_text()
    page.get_by_role("button", name="Next sample").focus()
    page.keyboard.press("ArrowRight")
    expect(status).to_contain_text("Sample 2 of 141")
    assert read(page) == [*before[1:], answer]
    page.keyboard.press("ArrowLeft")
    expect(status).to_contain_text("Sample 1 of 141")
    assert read(page) == before
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


def test_the_script_draws_what_the_server_draws(come: Come, studio: StudioProcess):
    plain = come(studio.origin, java_script_enabled=False)
    file = plain.page.context.request.post(
        f"{studio.url}/files",
        multipart={"file": {"name": "air.csv", "mimeType": "text/csv", "buffer": AIRLINE}},
    ).url
    scripted = come(studio.origin, reduced_motion="reduce")
    scripted.context.add_cookies(plain.context.cookies())
    scripted.page.goto(f"{file}/frame?kind=time+steps&sample=90")
    for _ in range(10):
        scripted.page.get_by_role("button", name="Next sample").click()
    plain.page.goto(f"{file}/frame?kind=time+steps&sample=99")
    plain.page.get_by_role("link", name="Next sample").click()
    for visitor in (plain, scripted):
        expect(visitor.page.locator(".lesson [role=status]")).to_contain_text("Sample 100 of 141")
    drawn = [
        [
            page.locator(".stage .world").get_attribute("transform"),
            page.locator(".stage .input").get_attribute("transform"),
            page.locator(".stage .target").get_attribute("transform"),
            *(
                (dot.get_attribute("class"), float(dot.get_attribute("cy") or "nan"))
                for dot in page.locator(".stage .dot").all()[80:110]
            ),
            *read(page),
            re.sub(r"\s+", " ", page.locator(".stage title").text_content() or ""),
        ]
        for page in (plain.page, scripted.page)
    ]
    assert drawn[0] == drawn[1]
