"""The page of a live model, in a browser: what comes in appears by itself."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from http_service import body, later
from playwright.sync_api import expect
from served_models import artefact_of
from studio_process import StudioProcess
from visitors import PHONE, Visitor

from gatecast._wording import number
from gatecast.serving.store import version_of

pytestmark = pytest.mark.slow

KIND = "stateful"


@pytest.fixture(scope="module")
def service(studio: StudioProcess) -> Iterator[httpx.Client]:
    """The service below the studio, with a model."""
    with httpx.Client(base_url=f"{studio.origin}/v1/models/", timeout=60) as client:
        client.put(KIND, content=artefact_of(KIND)).raise_for_status()
        yield client


def send(service: httpx.Client, name: str, start: int) -> float:
    """One more row; return its value."""
    rows = body(later(KIND, name, 1, start), ids=False)
    path = f"{KIND}/series/{name}/observations"
    service.post(path, json={"observations": rows}).raise_for_status()
    return float(rows[0]["y"])


def test_a_value_that_comes_in_appears_by_itself(
    visitor: Visitor, studio: StudioProcess, service: httpx.Client
):
    page = visitor.page
    page.goto(f"{studio.url}/live/{KIND}?series=b")
    newest = page.get_by_role("table", name="Newest values").locator("tbody tr").first
    for start in range(3):
        value = send(service, "b", start)
        expect(newest.locator("td").first).to_have_text(number(value))
    expect(page.locator("figure.chart canvas")).to_be_visible()
    finding = page.locator("figure.chart h4").inner_text()
    expect(page.locator("#told")).to_have_text(finding)
    forecast = service.get(f"{KIND}/series/b/forecast").json()["forecast"][0]
    assert finding.startswith(f"Next, at {forecast['ds']}: ")


def test_the_page_shows_what_it_had_again_after_a_reload(
    visitor: Visitor, studio: StudioProcess, service: httpx.Client
):
    page = visitor.page
    page.goto(f"{studio.url}/live/{KIND}?series=c")
    value = send(service, "c", 0)
    newest = page.get_by_role("table", name="Newest values").locator("tbody tr").first
    expect(newest).to_contain_text(number(value))
    page.reload()
    expect(newest).to_contain_text(number(value))


def test_a_version_is_compared_serves_and_goes_back(
    visitor: Visitor, studio: StudioProcess, service: httpx.Client
):
    for start in range(4):
        send(service, "a", start)
    page = visitor.page
    page.goto(f"{studio.url}/live/{KIND}")
    other = artefact_of("gru")
    file = {"name": "gru.gatecast", "mimeType": "application/octet-stream", "buffer": other}
    page.get_by_label("File of the saved model").set_input_files(file)
    expect(page.get_by_label("a saved model", exact=True)).to_be_checked()
    page.get_by_role("button", name="Compare first").click()
    expect(page.get_by_role("table", name="Comparison")).to_contain_text(version_of(other)[:8])
    page.get_by_label("File of the saved model").set_input_files(file)
    page.get_by_role("button", name="Let it serve").click()
    state = page.locator("#state")
    expect(state).to_contain_text(f"Version {version_of(other)[:8]} serves.", timeout=30_000)
    page.reload()
    page.get_by_label("the version before").check()
    page.get_by_role("button", name="Let it serve").click()
    first = version_of(artefact_of(KIND))[:8]
    expect(state).to_contain_text(f"Version {first} serves.", timeout=30_000)


@pytest.mark.usefixtures("service")
def test_without_script_the_page_is_whole(come: Callable[..., Visitor], studio: StudioProcess):
    plain = come(studio.origin, java_script_enabled=False)
    plain.expected.append("422")
    page = plain.page
    page.goto(f"{studio.url}/live")
    page.get_by_role("link", name=KIND).click()
    page.get_by_label("Find a series").fill("B")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("list", name="Series").get_by_role("link", name="b").click()
    expect(page.get_by_role("table", name="What comes next").locator("tbody tr")).to_have_count(3)
    expect(page.locator("figure.chart")).to_contain_text("b: the newest value is")
    page.get_by_label("a saved model", exact=True).check()
    page.get_by_role("button", name="Let it serve").click()
    expect(page.locator(".problem")).to_contain_text("choose a version first")


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("settings", [{}, {"viewport": PHONE, "color_scheme": "dark"}])
def test_the_pages_are_accessible(
    come: Callable[..., Visitor], studio: StudioProcess, settings: dict[str, Any]
):
    found = come(studio.origin, **settings)
    for path in ("live", f"live/{KIND}"):
        found.page.goto(f"{studio.url}/{path}")
        found.check_access()
        assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
