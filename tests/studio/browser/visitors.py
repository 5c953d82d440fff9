"""People in front of a real browser, who notice everything that should not happen."""

import shutil
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Route

DESK = {"width": 1366, "height": 900}
PHONE = {"width": 390, "height": 844}
_NAMES = ("chromium", "chromium-browser", "google-chrome")
_GRAVE = {"serious", "critical"}
_MARKS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")


def chromium_path() -> str:
    """The browser of this machine."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    assert found, f"these tests need a browser: none of {', '.join(_NAMES)} is installed"
    return found


@dataclass
class Visitor:
    """One person with cookies of their own.

    Attributes:
        origin: that their pages may ask, and nothing else.
        context: of the browser.
        page: that is open.
        left: addresses outside the origin that a page asked for; none was let through.
        errors: what pages complained of.
        expected: words of complaints that a test provokes.
    """

    origin: str
    context: BrowserContext
    page: Page
    left: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, browser: Browser, origin: str, **settings: Any) -> "Visitor":
        """Somebody new.

        Args:
            browser: that runs.
            origin: that pages may ask.
            settings: of the context, such as `viewport`, `color_scheme` or `java_script_enabled`.
        """
        context = browser.new_context(**{"viewport": DESK, "accept_downloads": True} | settings)
        visitor = cls(origin, context, context.new_page())
        context.route("**/*", visitor._let_pass)
        context.on("console", visitor._hear)
        context.on("weberror", lambda error: visitor.errors.append(str(error.error)))
        return visitor

    def check(self) -> None:
        """Nothing left the origin, and no page complained."""
        assert not self.left, "\n".join(self.left)
        surprising = [
            error for error in self.errors if not any(word in error for word in self.expected)
        ]
        assert not surprising, "\n".join(surprising)

    def check_access(self) -> None:
        """The page that is open has no serious or critical finding of axe-core."""
        options = {"runOnly": list(_MARKS)}
        found = Axe().run(self.page, options=options).response["violations"]
        grave = [
            f"{each['id']}: {node['html'][:200]} {node['failureSummary']}"
            for each in found
            if each["impact"] in _GRAVE
            for node in each["nodes"]
        ]
        assert not grave, "\n".join([self.page.url, *grave])

    def _let_pass(self, route: Route) -> None:
        url = route.request.url
        if url.startswith((f"{self.origin}/", "data:", "blob:")):
            route.continue_()
        else:
            self.left.append(url)
            route.abort()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.errors.append(f"{message.text} ({message.location.get('url')})")
