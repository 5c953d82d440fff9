"""How soon the first page of the studio is there, on loopback.

- `first_ms`: the first request to a `gatecast studio` that has just become ready, page and style.
- `view_ms`: the median of 50 further ones.
- `charts_seconds`: from then until the script that draws charts is made, once for each process.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
import urllib.request
from statistics import median

from benchmarks._load import running
from benchmarks._record import recording
from benchmarks._report import print_results

TARGETS = {"first_ms": "<=1000", "view_ms": "<=1000"}
_VIEWS = 50


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        state = f"sqlite:///{folder}/studio.db"
        command = [sys.executable, "-m", "gatecast", "studio", "--state", state]
        with running([*command, "--port", "0", "--quiet"], "/readyz") as process:
            began = time.perf_counter()
            first = _view(process.url)
            found = re.search(r'data-vega="([^"]+)"', _page(f"{process.url}/studio/"))
            script = "/studio/static/vega.js" if found is None else found[1]
            _page(process.url + script)
            charts = time.perf_counter() - began
            views = [_view(process.url) for _ in range(_VIEWS)]
    results = {"first_ms": first, "view_ms": median(views), "charts_seconds": charts}
    print_results(results, ("fastapi", "jinja2"), record=asked.record, targets=TARGETS)


def _view(url: str) -> float:
    """Milliseconds of the page and its style."""
    began = time.perf_counter()
    page = _page(f"{url}/studio/")
    for style in re.findall(r'href="([^"]+\.css[^"]*)"', page):
        _page(url + style)
    return (time.perf_counter() - began) * 1e3


def _page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 (our own address)
        return str(answer.read().decode())


if __name__ == "__main__":
    main()
