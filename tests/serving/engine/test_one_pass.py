"""What one request to the engine answers."""

from pathlib import Path

import pytest
from small_service import IDS, NAME, content_of, fitted, requests_of, rows_of, running

from gatecast.serving.engine import ForecastRequest, TooFewRowsError

ROWS = 30


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return content_of(fitted(rows_of(IDS, 0, ROWS)), tmp_path_factory.mktemp("model"))


def test_forecasts_asked_for_with_rows_follow_them(content: bytes, tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path / 'state.db'}", content) as service:
        rows = requests_of(rows_of(["a"], ROWS, 2)) + requests_of(rows_of(["young"], 0, 2))
        wanted = [ForecastRequest("young"), ForecastRequest("a", 3)]
        young, answer = service.engine.observe(NAME, rows, wanted).result(60).forecasts
        assert isinstance(young, TooFewRowsError)
        # Bit for bit.
        assert [answer] == service.engine.forecast(NAME, wanted[1:]).result(60)
        # Those of rows that were there already follow them as well.
        again = service.engine.observe(NAME, rows[:2], wanted[1:]).result(60)
        assert (again.duplicates, again.forecasts) == (2, (answer,))


def test_forecasts_after_rows_that_the_model_was_fitted_on(content: bytes, tmp_path: Path) -> None:
    with running(f"sqlite:///{tmp_path / 'state.db'}", content) as service:
        rows, wanted = requests_of(rows_of(["a"], ROWS - 1, 1)), [ForecastRequest("a")]
        outcome = service.engine.observe(NAME, rows, wanted).result(60)
        assert outcome.accepted == 0
        assert list(outcome.forecasts) == service.engine.forecast(NAME, wanted).result(60)
