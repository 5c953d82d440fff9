"""The documentation site builds without a warning, and asks no other host for anything."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
# What a browser fetches by itself, unlike the link of an `a`.
ASSET = re.compile(
    r"<(?:script|img|iframe|source|video|audio|embed|object|image|use)\b[^>]*?"
    r"\b(?:src|href|data|srcset)=[\"']?((?:https?:)?//[^\"'> ]+)"
    r"|<link\b(?![^>]*rel=[\"']?canonical)[^>]*?href=[\"']?((?:https?:)?//[^\"'> ]+)"
)
STYLE_ASSET = re.compile(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"') ]+)")


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


def test_no_page_asks_another_host(site: Path):
    asked = {
        (path.name, *found)
        for path in site.rglob("*.html")
        for found in ASSET.findall(path.read_text(encoding="utf-8"))
    }
    assert not asked


def test_no_style_or_picture_asks_another_host(site: Path):
    files = [*site.rglob("*.css"), *site.rglob("*.svg")]
    assert files
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert not STYLE_ASSET.findall(text) + ASSET.findall(text), path


def test_the_reference_has_what_the_docstrings_say(site: Path):
    page = (site / "reference" / "forecasters.html").read_text(encoding="utf-8")
    for words in ("look_back", "past rows that the network reads", "sample_paths", "InputError"):
        assert words in page
