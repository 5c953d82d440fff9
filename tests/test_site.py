"""The documentation site builds without a warning, and asks no other host for anything."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from visitors import DESK, PHONE, Visitor

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site; `--strict` makes broken links, anchors and names in the code errors."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_in_the_site(site: Path):
    pages = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert pages
    assert all((site / page.with_suffix(".html")).is_file() for page in pages)


def test_the_reference_has_what_the_docstrings_say(site: Path):
    page = (site / "reference" / "forecasters.html").read_text(encoding="utf-8")
    for words in ("look_back", "past rows that the network reads", "sample_paths", "InputError"):
        assert words in page


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture(scope="module")
def origin(site: Path) -> Iterator[str]:
    """Where the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_pages_ask_no_other_host_and_fit_the_screen(
    size: dict[str, int], site: Path, origin: str, browser: Browser
):
    visitor = Visitor.of(browser, origin, viewport=size)
    for path in sorted(site.rglob("*.html")):
        visitor.page.goto(f"{origin}/{path.relative_to(site)}")
        beyond = visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert beyond <= 0, path
    visitor.context.close()
    visitor.check()


def test_search_finds_a_setting_without_another_host(origin: str, browser: Browser):
    visitor = Visitor.of(browser, origin)
    visitor.page.goto(f"{origin}/index.html", wait_until="networkidle")
    visitor.page.get_by_role("textbox", name="Search").press_sequentially("look_back")
    visitor.page.locator(".md-search-result__item").first.wait_for()
    visitor.context.close()
    visitor.check()
