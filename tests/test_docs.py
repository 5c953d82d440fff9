"""The Python blocks of README.md and docs/ run as they stand; `make docs` runs all of them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# What trains or forecasts; those of README.md stand for all in the quick suite.
LONG = re.compile(r"\.fit\(|backtest\(|experiment\(|scaleout\.|cross_val_score\(")


def speed(page: Path, code: str) -> list[pytest.MarkDecorator]:
    return [pytest.mark.slow] if page.name != "README.md" and LONG.search(code) else []


BLOCKS = [
    pytest.param(code, id=f"{page.name}-{number}", marks=speed(page, code))
    for page in PAGES
    for number, code in enumerate(
        re.findall(
            r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
        )
    )
]


def test_there_are_blocks():
    assert len(BLOCKS) >= 2


@pytest.mark.parametrize("code", BLOCKS)
def test_block_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    exec(compile(code, "block", "exec"), {})  # noqa: S102 (our own documentation)
