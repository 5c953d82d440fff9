"""`gatecast tune`: what is tried, the table, JSON."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from shells import Shell


@pytest.fixture
def sales(folder: Path) -> Path:
    days = pd.date_range("2024-01-01", periods=40)
    y = 10 + np.arange(40) % 7 + np.random.default_rng(0).normal(size=40)
    pd.DataFrame({"day": days, "sales": y}).to_csv(folder / "sales.csv", index=False)
    return folder / "sales.csv"


SMALL = ["--horizon", 2, "--windows", 1, "--set", "intervals=false", "--units", 2]


def test_json_has_every_trial_and_the_best(here: Shell, sales: Path):
    space = ["--space", "look_back=4,0", "--space", "training.epochs=1,2"]
    code, out, _ = here("tune", sales, *SMALL, *space, "--json")
    assert code == 0
    found = json.loads(out)
    assert [(each["look_back"], each["training.epochs"]) for each in found["trials"]] == [
        (4, 1),
        (4, 2),
        (0, 1),
        (0, 2),
    ]
    assert found["trials"][2]["error"].startswith("look_back")
    scores = [each["score"] for each in found["trials"][:2]]
    assert found["score"] == min(scores)
    assert found["settings"]["look_back"] == 4
    assert found["ranked_by"] == "rmse"


def test_the_table_has_the_best_first(here: Shell, sales: Path):
    space = ["--space", "quality=zero_shot", "--space", "metric=mae,mape"]
    code, out, _ = here("tune", sales, "--horizon", 2, "--windows", 1, *space)
    assert code == 0
    assert "MAE" in out
    assert "Of 2 settings tried, quality=zero_shot, metric=" in out


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ("look_back", "--space look_back: write it as NAME=VALUE,VALUE"),
        ("look_bak=3", "there is no such setting; did you mean look_back?"),
        ("look_back=many", "'many' is not a whole number"),
    ],
)
def test_a_space_that_cannot_be_read(here: Shell, sales: Path, space: str, words: str):
    code, out, err = here("tune", sales, "--space", space)
    assert (code, out) == (2, "")
    assert words in err


def test_a_budget_proposes_settings_and_goes_on(here: Shell, sales: Path):
    storage = ["--storage", f"sqlite:///{sales.parent}/trials.db", "--json"]
    space = ["--space", "look_back=3,4", "--space", "learning_rate=0.001,0.01"]
    found = []
    for budget in (2, 2):
        code, out, _ = here("tune", sales, *SMALL, *space, "--budget", budget, *storage)
        assert code == 0
        found.append(json.loads(out))
    assert len(found[0]["trials"]) == 2
    assert found[0]["trials"] == found[1]["trials"]
    bar = {each["model"] for each in found[0]["bar"]}
    assert bar == {"AutoLSTM zero_shot", "persistence", "seasonal_naive"}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--budget", "soon"], "give a time, such as '10min'"),
        (["--budget", "3", "--storage", "trials.db"], "storage 'trials.db' cannot be opened"),
        (["--ray", "local"], "--ray needs --space"),
        (["--ray", "local", "--budget", "3"], "--ray does not go with --budget"),
    ],
)
def test_a_search_that_cannot_be_made(here: Shell, sales: Path, options: list[str], words: str):
    code, out, err = here("tune", sales, *options)
    assert (code, out) == (2, "")
    assert words in err


def test_without_a_space_what_matters_of_an_lstm_is_searched(here: Shell, sales: Path):
    few = ["--budget", 1, "--set", "epochs=1", "--json"]
    code, out, _ = here("tune", sales, "--horizon", 2, "--windows", 1, *few)
    assert code == 0
    found = json.loads(out)
    assert {"look_back", "window_level", "scaler", "units", "layers", "members"} <= set(
        found["settings"]
    )
