"""The lines that repeat a run."""

from dataclasses import replace

import pytest
from small_runs import PLAN

from gatecast import InputError
from gatecast.studio.work import KINDS, Plan, Reading, python_lines, shell_lines

SETTLED = replace(
    PLAN, reading=Reading("shop", "month", "sold"), source="shops & more.csv", windows=1
)


def test_python_says_what_is_read_fitted_forecast_and_tested():
    assert python_lines(SETTLED) == (
        "import gatecast\n"
        "from gatecast import LSTMForecaster, Training\n"
        "\n"
        "df = gatecast.read(\n"
        '    "shops & more.csv",\n'
        '    id_col="shop",\n'
        '    time_col="month",\n'
        '    target_col="sold",\n'
        '    exog=["price"],\n'
        ")\n"
        'df = df.rename(columns={"unique_id": "shop", "ds": "month", "y": "sold"})\n'
        "model = LSTMForecaster(\n"
        "    h=3,\n"
        '    futr_exog=["price"],\n'
        "    look_back=3,\n"
        "    units=2,\n"
        "    training=Training(epochs=2),\n"
        ")\n"
        'model.fit(df, id_col="shop", time_col="month", target_col="sold")\n'
        'future = gatecast.data.read_future("future.csv", id_col="shop", time_col="month")\n'
        "forecast = model.predict(level=[80, 95], futr_df=future)\n"
        'forecast.to_csv("forecast.csv", index=False)\n'
        "\n"
        "test = gatecast.backtest(\n"
        "    model,\n"
        "    df,\n"
        "    h=3,\n"
        "    n_windows=1,\n"
        '    baselines=["persistence"],\n'
        '    id_col="shop",\n'
        '    time_col="month",\n'
        '    target_col="sold",\n'
        ")\n"
        "print(test.verdict)\n"
        'gatecast.report(test, "report.html", label="sold")\n'
    )


def test_the_shell_says_the_same():
    read = "'shops & more.csv'"
    columns = "--id shop --time month --target sold"
    settings = "--horizon 3 --futr-exog price --look-back 3 --units 2 --epochs 2"
    windows = "--windows 1 --baselines persistence --level 80,95"
    assert shell_lines(SETTLED).splitlines() == [
        f"gatecast fit {read} -o model.gatecast {columns} {settings}",
        "gatecast forecast model.gatecast --level 80,95 --future future.csv -o forecast.csv",
        f"gatecast backtest {read} --model model.gatecast {columns} {windows} -o report.html",
    ]


def test_just_forecast_it_is_two_lines_of_settings():
    lines = python_lines(Plan("a.csv", horizon=12, windows=0))
    assert "model = AutoLSTM(h=12)\nmodel.fit(df)\n" in lines
    assert shell_lines(Plan("a.csv", horizon=12, windows=0)).startswith(
        "gatecast fit a.csv -o model.gatecast --horizon 12\n"
    )


def test_names_in_the_lines_are_quoted():
    plan = Plan('a"b $(rm).csv', Reading(time_col="it's"), horizon=1, windows=0)
    compile(python_lines(plan), "lines", "exec")
    assert "'a\"b $(rm).csv' -o model.gatecast --time 'it'\"'\"'s'" in shell_lines(plan)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_lines(kind: str):
    plan = Plan("a.csv", kind=kind, horizon=4, windows=2, baselines=("persistence",))  # type: ignore[arg-type]
    compile(python_lines(plan), "lines", "exec")
    assert ("--stateful" in shell_lines(plan)) == (kind in {"stateful", "stacked"})


def test_an_open_plan_has_no_lines():
    with pytest.raises(InputError, match="without a horizon"):
        python_lines(Plan("a.csv"))


def test_a_setting_that_there_is_not_is_named():
    with pytest.raises(InputError, match="AutoLSTM has no 'depth'"):
        python_lines(Plan("a.csv", horizon=1, settings={"depth": 4}))


def test_what_mends_the_file_is_in_the_lines():
    reading = Reading(freq="MS", remedies={"repeated": "last", "date_order": "dmy"})
    plan = Plan("a.csv", reading, horizon=1, windows=0)
    lines = python_lines(plan)
    assert 'gatecast.read("a.csv", repeated="last", date_order="dmy")' in lines
    assert 'model.fit(df, freq="MS")' in lines
    assert "--freq MS --repeated last --date-order dmy --horizon 1" in shell_lines(plan)
