"""Plans as text, and what they leave open."""

from pathlib import Path

import pytest
from small_runs import PLAN, write_shops

from gatecast import InputError
from gatecast.studio.work import Plan, Progress, Reading, read_rows


def test_a_plan_survives_as_text():
    reading = Reading(time_col="Monat", freq="MS", remedies={"duplicates": "last"})
    plan = Plan("ümlaut.csv", reading, "window", {"futr_exog": ["a", "b"]}, 7, (80, 97.5), 2)
    assert Plan.from_json(plan.to_json()) == plan
    assert Plan.from_json(Plan("a.csv").to_json()) == Plan("a.csv")


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"source": "a", "kinds": 1}', '{"source": 1'])
def test_what_is_no_plan_is_refused(text: str):
    with pytest.raises(InputError, match="no plan of a run"):
        Plan.from_json(text)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "best"}, "kind must be one of auto, regression"),
        ({"horizon": 0}, "horizon must be at least 1"),
        ({"levels": (0.8,)}, "percentages"),
        ({"windows": -1}, "windows"),
    ],
)
def test_what_cannot_be_planned_is_refused(changes: dict[str, object], words: str):
    with pytest.raises(InputError, match=words):
        Plan("a.csv", **changes)  # type: ignore[arg-type]


def test_a_file_settles_what_a_plan_leaves_open(tmp_path: Path):
    file = write_shops(tmp_path, rows=60)
    rows, plan = read_rows(Plan(file.name, settings={"futr_exog": ["price"], "units": 2}), file)
    assert rows.names.keywords == {"id_col": "shop", "time_col": "month", "target_col": "sold"}
    assert list(rows.frame) == ["shop", "month", "sold", "price"]
    assert (plan.horizon, plan.settings["look_back"]) == (12, 12)
    # 60 rows: a season to look back on, a horizon to learn from and 2 rows leave 34 for windows.
    assert plan.windows == 2
    assert plan.baselines is not None
    assert plan.baselines[:2] == ("persistence", "seasonal_naive")
    assert read_rows(plan, file)[1] == plan


def test_columns_alone_need_no_settings_of_a_network(tmp_path: Path):
    file = write_shops(tmp_path, rows=60)
    plan = read_rows(Plan(file.name, settings={"futr_exog": ["price"]}), file)[1]
    assert plan.settings == {"futr_exog": ["price"]}


def test_a_short_table_is_not_tested(tmp_path: Path):
    file = write_shops(tmp_path, rows=5)
    assert read_rows(Plan(file.name), file)[1].windows == 0


def test_less_than_three_seasons_are_forecast_no_further_than_can_be_tested(tmp_path: Path):
    file = write_shops(tmp_path, rows=30)
    plan = read_rows(Plan(file.name), file)[1]
    assert plan.horizon == 3
    # 12 rows to look back on, 3 to learn from and 2 leave 13 for windows.
    assert plan.windows == 4


def test_a_plan_keeps_what_it_names(tmp_path: Path):
    file = write_shops(tmp_path)
    _, plan = read_rows(PLAN, file)
    assert (plan.horizon, plan.windows, plan.baselines) == (3, 2, ("persistence",))
    assert plan.settings == PLAN.settings


def test_progress_survives_as_a_line():
    told = Progress("training", 3, 9, 0.25, 2, 1.5)
    assert Progress.from_json(told.to_json()) == told
    assert "\n" not in told.to_json()
