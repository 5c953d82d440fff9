"""`gatecast fit`: the options say what the keywords of Python say."""

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from shells import Shell

import gatecast
from gatecast import InputError
from gatecast.cli.options import Chosen
from gatecast.cli.shared import Source, changing, new_forecaster

SMALL = ["--horizon", 2, "--look-back", 3, "--units", 2, "--epochs", 2]


@pytest.fixture
def shops(folder: Path) -> pd.DataFrame:
    """Daily sales of two shops with prices, announced two days ahead; written as sales.csv."""
    random = np.random.default_rng(3)
    days = pd.date_range("2024-01-01", periods=32)
    frame = pd.concat(
        pd.DataFrame(
            {
                "day": days,
                "shop": shop,
                "sales": np.arange(32) % 7 + random.normal(size=32).round(3),
                "price": random.normal(size=32).round(3),
            }
        )
        for shop in ("inner", "outer")
    )
    known = frame[frame["day"] <= "2024-01-30"]
    known.to_csv(folder / "sales.csv", index=False)
    coming = frame[frame["day"] > "2024-01-30"].drop(columns="sales")
    coming.to_csv(folder / "prices.csv", index=False)
    (folder / "shops.csv").write_text("shop,size,town\nouter,3.5,A\ninner,7,B\n")
    return known


@pytest.mark.usefixtures("shops")
def test_columns_without_a_network_of_ones_own_are_for_auto(here: Shell):
    options = ["--horizon", 2, "--quality", "zero_shot", "--quiet", "--json"]
    named = [*options, "--futr-exog", "price"]
    code, out, _ = here("fit", "sales.csv", "-o", "m.gatecast", *named)
    assert code == 0
    told = json.loads(out)["exogenous"]["columns"]
    assert [(each["name"], each["used"]) for each in told] == [("price", False)]
    code, out, _ = here("inspect", "m.gatecast")
    assert "price: not used; errors of held-back rows are" in out
    code, _, _ = here("forecast", "m.gatecast", "--future", "prices.csv", "--quiet")
    assert code == 0
    named = [*options, "--hist-exog", "price"]
    code, out, _ = here("fit", "sales.csv", "-o", "n.gatecast", *named)
    assert code == 0
    told = json.loads(out)["exogenous"]["columns"]
    assert [(each["name"], each["used"], each["lags"]) for each in told] == [("price", False, [])]
    code, _, _ = here("forecast", "n.gatecast", "--quiet")
    assert code == 0
    code, _, err = here("fit", "sales.csv", "-o", "n.gatecast", *named, "--units", 4)
    assert code == 2
    assert "quality is for AutoLSTM, which chooses its own networks, units for LSTMF" in err


def test_from_files_to_forecast(here: Shell, shops: pd.DataFrame):
    options = ["--futr-exog", "price", "--calendar", "weekday", "--static", "shops.csv"]
    more = ["--set", "intervals=false", "--set", "batch-size=16", "--seed", 4]
    code, out, err = here("fit", "sales.csv", "-o", "m.gatecast", *SMALL, *options, *more, "--json")
    assert code == 0
    assert err.startswith("columns: time 'day', target 'sales'")
    facts = json.loads(out)
    assert facts.pop("seconds") > 0
    assert facts == {
        "series": 2,
        "rows": 60,
        "until": "2024-01-30",
        "freq": "D",
        "h": 2,
        "look_back": 3,
        "members": 1,
        "skill": {},
        "model": "m.gatecast",
    }
    made = gatecast.load("m.gatecast")
    named = gatecast.LSTMForecaster(
        h=2,
        look_back=3,
        units=2,
        futr_exog=["price"],
        calendar=["weekday"],
        random_seed=4,
        training=gatecast.Training(epochs=2, batch_size=16),
    )
    assert made.settings == named.settings
    (part,) = made.model_.members.parts
    assert part.settings.gaps == "mask"
    panel = made.model_.context.panel
    last = shops.groupby("shop").tail(3)
    assert panel.y.tolist() == last["sales"].tolist()
    assert panel.exog["price"].tolist() == last["price"].tolist()
    assert panel.static["size"].tolist() == [7, 3.5]
    assert panel.static["town"].tolist() == ["B", "A"]
    ahead = ["--future", "prices.csv", "--json"]
    rows = json.loads(here("forecast", "m.gatecast", *ahead).out)
    assert list(rows[0]) == ["shop", "day", "LSTM"]
    assert [row["day"] for row in rows] == ["2024-01-31", "2024-02-01"] * 2
    assert all(-3 < row["LSTM"] < 9 for row in rows)
    code, _, err = here("forecast", "m.gatecast")
    assert code == 2
    assert "error: --future is needed" in err


def test_a_column_of_text(here: Shell, shops: pd.DataFrame, folder: Path):
    weather = {"weather": np.where(shops.index % 3, "sun", "rain")}
    shops.assign(**weather).to_csv(folder / "sales.csv", index=False)
    options = ["--futr-exog", "weather", "--set", "intervals=false"]
    assert here("fit", "sales.csv", "-o", "m.gatecast", *SMALL, *options).code == 0
    coming = "shop,day,weather\ninner,2024-01-31,sun\nouter,2024-01-31,sleet\n"
    (folder / "ahead.csv").write_text(coming)
    code, out, err = here("forecast", "m.gatecast", "--h", 1, "--future", "ahead.csv", "--json")
    assert code == 0
    assert "note: series 'outer' has weather = 'sleet' at 2024-01-31, which was not seen" in err
    with pytest.warns(gatecast.InputWarning, match="sleet"):
        expected = gatecast.load("m.gatecast").predict(1, futr_df=pd.read_csv("ahead.csv"))
    assert [row["LSTM"] for row in json.loads(out)] == expected["LSTM"].tolist()
    (folder / "ahead.csv").write_text(coming.replace("2024", "20x4"))
    code, _, err = here("forecast", "m.gatecast", "--h", 1, "--future", "ahead.csv")
    assert (code, "ahead.csv, line 2, series 'inner', column 'day': '20x4-01-31'" in err) == (
        2,
        True,
    )


@pytest.mark.slow
def test_a_column_of_text_in_a_backtest(here: Shell, shops: pd.DataFrame, folder: Path):
    weather = {"weather": np.where(shops.index % 3, "sun", "rain")}
    shops.assign(**weather).to_csv(folder / "sales.csv", index=False)
    options = ["--futr-exog", "weather", "--set", "intervals=false"]
    windows = ["--windows", 2, "--horizon", 2, "--look-back", 3, "--epochs", 1, "--json"]
    assert here("backtest", "sales.csv", *windows, *options).code == 0


@pytest.mark.parametrize("skill", [{"persistence": 0.2, "seasonal_naive": -0.1}, {}])
def test_skill_in_words(
    here: Shell, folder: Path, model: Path, monkeypatch: pytest.MonkeyPatch, skill: dict[str, float]
):
    def stay(self: gatecast.LSTMForecaster, *_: Any, **__: Any) -> gatecast.LSTMForecaster:
        self.skill_ = skill
        return self

    monkeypatch.setattr(gatecast.LSTMForecaster, "fit", stay)
    (folder / "more.csv").write_text("unique_id,ds,y\nnorth,2024-03-03 12:00,1\n")
    code, out, err = here("fit", "more.csv", "-o", "n.gatecast", "--warm-start", model)
    assert code == 0
    fitted, data, _, saved = out.splitlines()
    assert fitted == "fitted LSTM: look_back=4, horizon=3, units=2, epochs=2"
    assert data.startswith("on 2 series, 1 row up to 2024-03-03T11:00:00, in 0.")
    assert saved == "saved as n.gatecast"
    notes = [line for line in err.splitlines() if line.startswith("note:")]
    if skill:
        assert "skill: +20 % against persistence, -10 % against seasonal naive" in out
        (note,) = notes
        assert note.startswith("note: this model is no better than seasonal naive on windows")
    else:
        assert "skill: not known" in out
        assert not notes


def test_warm_start(
    here: Shell, folder: Path, model: Path, following: Path, fitted: gatecast.LSTMForecaster
):
    before = model.read_bytes()
    options = ["--warm-start", model, "--epochs", 1, "--quiet"]
    assert here("fit", following, "-o", "next.gatecast", *options) == (0, "", "")
    assert model.read_bytes() == before
    after = gatecast.load(folder / "next.gatecast")
    assert after.training.epochs == 1
    assert after.model_.context.panel.ds.max() == np.datetime64("2024-03-03T13:00")
    weights = [each.model_.members.parts[0].weights[0] for each in (after, fitted)]
    changes = [np.abs(new - old).max() for new, old in zip(*weights, strict=True)]
    # Adam moves each weight by about its learning rate, 0.001, per step.
    assert 0 < max(changes) < 0.02


def test_settings_from_text():
    texts = ["dropout=0.1", "clip=none", "scaler=log, standard", "shuffle=False", "patience=3"]
    chosen = Chosen(
        horizon=7, output="student_t", hist_exog="a, b", more=[*texts, "validation=0.2"]
    )
    usual = gatecast.LSTMForecaster(look_back=3, training=gatecast.Training(epochs=9, clip=1.0))
    assert chosen.keywords(usual) == {
        "h": 7,
        "output": gatecast.StudentT(),
        "hist_exog": ["a", "b"],
        "dropout": 0.1,
        "scaler": ["log", "standard"],
        "training": gatecast.Training(epochs=9, shuffle=False, patience=3, validation=0.2),
    }
    assert Chosen().keywords() == {}
    assert Chosen(more=["scaler=none", "level-span=4"]).keywords() == {
        "scaler": None,
        "level_span": 4,
    }


@pytest.mark.parametrize(
    ("freq", "given", "h", "look_back"),
    [
        ("MS", {"units": 2}, 12, 12),
        ("h", {"units": 2}, 24, 24),
        ("D", {"cell": "gru"}, 7, 12),
        ("h", {"units": 2, "horizon": 3}, 3, 24),
    ],
)
def test_a_season_is_the_default(freq: str, given: dict[str, int], h: int, look_back: int):
    days = pd.date_range("2024-01-01", periods=50, freq=freq)
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "y": np.arange(50.0)})
    source = Source(frame, "unique_id", "ds", ("y",))
    forecaster = new_forecaster(Chosen(**given), source, None)
    assert isinstance(forecaster, gatecast.LSTMForecaster)
    assert (forecaster.h, forecaster.look_back) == (h, look_back)


@pytest.mark.parametrize(
    ("given", "quality"),
    [
        ({}, "auto"),
        ({"horizon": 7}, "auto"),
        ({"quality": "fast"}, "fast"),
        ({"metric": "mape"}, "auto"),
    ],
)
def test_without_settings_of_a_network_none_are_needed(given: dict[str, Any], quality: str):
    days = pd.date_range("2024-01-01", periods=50)
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "y": np.arange(50.0)})
    source = Source(frame, "unique_id", "ds", ("y",))
    found = new_forecaster(Chosen(**given), source, None)
    expected = gatecast.AutoLSTM(h=7, quality=quality, metric=given.get("metric", "mae"))
    assert isinstance(found, gatecast.AutoLSTM)
    assert found.get_params() == expected.get_params()


@pytest.mark.parametrize(
    ("given", "targets"),
    [({"cell": "gru"}, ("y",)), ({}, ("y", "z"))],
    ids=["settings", "targets"],
)
def test_settings_of_a_network_lead_to_it(given: dict[str, Any], targets: tuple[str, ...]):
    days = pd.date_range("2024-01-01", periods=50)
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "y": np.arange(50.0), "z": 1.0})
    source = Source(frame, "unique_id", "ds", targets)
    found = new_forecaster(Chosen(**given, horizon=3, look_back=5), source, None)
    assert isinstance(found, gatecast.LSTMForecaster)


def test_quality_does_not_go_with_settings_of_a_network():
    days = pd.date_range("2024-01-01", periods=50)
    frame = pd.DataFrame({"unique_id": "a", "ds": days, "y": np.arange(50.0)})
    source = Source(frame, "unique_id", "ds", ("y",))
    words = "^--quality is for AutoLSTM, .* cell for LSTMForecaster: leave one of the two out$"
    with pytest.raises(InputError, match=words):
        new_forecaster(Chosen(quality="best", cell="gru"), source, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dropout", ["--set dropout", "NAME=VALUE"]),
        ("dropuot=1", ["--set dropuot", "did you mean dropout?"]),
        ("xyz=1", ["no such setting", "known: h, quality, metric, ", "backprop_windows"]),
        ("dropout=much", ["--set dropout=much", "'much' is not a number"]),
        ("learning_rate=nan", ["'nan' is not a number"]),
        ("members=2.5", ["'2.5' is not a whole number"]),
        ("shuffle=1", ["'1' is not true or false"]),
        ("patience=soon", ["'soon' is not a whole number or none"]),
        ("training=long", ["no such setting"]),
        ("loss=rmse", ["loss must be one of mse, mae, huber, mape, got 'rmse'"]),
        ("output=poisson", ["--output 'poisson'", "student_t, negative_binomial"]),
    ],
)
def test_unusable_settings(text: str, words: list[str]):
    with pytest.raises(InputError) as error:
        Chosen(more=[text]).keywords()
    assert all(word in str(error.value) for word in words), error.value


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["sales.csv"], ["Missing option", "--out"]),
        (["sales.csv", "-o", "."], [". is a folder"]),
        (["sales.csv", "-o", "nowhere/m.gatecast"], ["nowhere does not exist"]),
        (["sales.csv", "-o", "m", "--hist-exog", "prise"], ["did you mean 'price'?"]),
        (["sales.csv", "-o", "m", "--units", "0"], ["units must be at least 1"]),
        (["sales.csv", "-o", "m", "--cell", "lstn"], ["cell must be one of lstm", "'lstn'"]),
        (["sales.csv", "-o", "m", "--static", "none.csv"], ["none.csv was not found"]),
        (["sales.csv", "-o", "m", "--static", "half.csv"], ["--static has no row", "'outer'"]),
        (["sales.csv", "-o", "m", "--checkpoint", "."], ["give --checkpoint a file"]),
        (["sales.csv", "-o", "m", "--warm-start", "no.gatecast"], ["no such file"]),
        (["sales.csv", "-o", "m", "--warm-start", "model.gatecast", "--units", "3"], ["units"]),
        (["sales.csv", "-o", "m", "--warm-start", "model.gatecast", "--time", "day"], ["--time"]),
    ],
)
@pytest.mark.usefixtures("shops", "model")
def test_unusable_arguments(here: Shell, folder: Path, arguments: list[str], words: list[str]):
    (folder / "half.csv").write_text("shop,size\ninner,7\n")
    before = sorted(folder.iterdir())
    code, out, err = here("fit", *arguments, *(["--quiet"] if "-o" in arguments else []))
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert all(word in err for word in words), err
    assert sorted(folder.iterdir()) == before


@pytest.mark.usefixtures("shops")
def test_a_fit_waits_for_an_update_before_it_replaces_the_file(
    here: Shell, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    update = ExitStack()
    update.enter_context(changing(folder / "m.gatecast", quiet=True))
    (folder / "m.gatecast").write_bytes(b"updated")
    monkeypatch.setattr(time, "sleep", lambda _: update.close())
    options = ["--id", "shop", "--time", "day", "--target", "sales", "--set", "intervals=false"]
    code, _, err = here("fit", "sales.csv", "-o", folder / "m.gatecast", *SMALL, *options)
    assert code == 0
    assert err.endswith(f"waiting for another command that is changing {folder}/m.gatecast ...\n")
    assert gatecast.load(folder / "m.gatecast").h == 2
    assert not (folder / ".m.gatecast.lock").exists()
