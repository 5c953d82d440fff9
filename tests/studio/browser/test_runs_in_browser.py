"""Runs that are cancelled, reloaded, queued and interrupted, in a real browser."""

from collections.abc import Callable

import pytest
from path_steps import AIRLINE, bring, train, wait_for_result
from playwright.sync_api import expect
from studio_process import StudioProcess
from visitors import Visitor

pytestmark = pytest.mark.slow

LONG = 9_000
"""Epochs of a run that nobody waits for."""


def test_a_run_is_cancelled_while_it_trains(visitor: Visitor, studio: StudioProcess):
    page = visitor.page
    train(page, bring(page, studio, "air.csv", AIRLINE), LONG)
    expect(page.get_by_role("status")).to_contain_text("learns", timeout=60_000)
    page.get_by_role("button", name="Cancel this run").click()
    expect(page.get_by_role("heading", name="Cancelled")).to_be_visible(timeout=30_000)
    page.goto(studio.url)
    expect(page.get_by_role("region", name="Runs")).to_contain_text("cancelled")


def test_a_reload_loses_nothing(visitor: Visitor, studio: StudioProcess):
    page = visitor.page
    train(page, bring(page, studio, "air.csv", AIRLINE), 200)
    for _ in range(3):
        page.wait_for_timeout(1000)
        page.reload()
    wait_for_result(page)


def test_two_visitors_see_their_own_and_wait_for_each_other(
    come: Callable[..., Visitor], studio: StudioProcess
):
    first, second = come(studio.origin), come(studio.origin)
    second.expected.append("404")
    file = bring(first.page, studio, "first.csv", AIRLINE)
    run = train(first.page, file, LONG)
    for address in (file, f"{file}/look", f"{file}/frame", run, f"{run}/files/forecast.csv"):
        answer = second.page.goto(address)
        assert answer
        assert answer.status == 404, address
    second.page.goto(studio.url)
    expect(second.page.get_by_text("first.csv")).to_have_count(0)
    train(second.page, bring(second.page, studio, "second.csv", AIRLINE))
    expect(second.page.get_by_role("status")).to_contain_text("1 run")
    first.page.get_by_role("button", name="Cancel this run").click()
    wait_for_result(second.page)


def test_a_restart_loses_neither_files_nor_runs(
    come: Callable[..., Visitor], own_studio: StudioProcess
):
    visitor = come(own_studio.origin)
    # Events end with the server, and begin again with it.
    visitor.expected += ["ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED_ENCODING"]
    page = visitor.page
    file = bring(page, own_studio, "air.csv", AIRLINE)
    own_studio.restart()
    run = train(page, file, 1500)
    expect(page.get_by_role("status")).to_contain_text("learns", timeout=60_000)
    own_studio.restart()
    page.goto(run)
    wait_for_result(page)
    own_studio.restart()
    page.goto(run)
    wait_for_result(page)
    page.get_by_text("Share, serve or delete").click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Delete this run").click()
    page.wait_for_url("**/studio/")
    visitor.expected.append("404")
    answer = page.goto(run)
    assert answer
    assert answer.status == 404
