"""Exogenous columns of text, against columns of 0 and 1 made by pandas."""

import json
import zipfile
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from small_forecasters import DrawnForecaster

import gatecast
from gatecast import InputError, InputWarning, LSTMForecaster, evaluation
from gatecast._types import Panel

ROWS, H = 24, 3
WEATHER = ("sun", "rain", "snow")


def rows_of(start: str, rows: int, seed: int) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    parts = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range(start, periods=rows, freq="D"),
                "y": 20 + random.normal(size=rows),
                "weather": random.choice(WEATHER, rows),
                "promo": random.choice(["none", "sale"], rows),
            }
        )
        for name in "ab"
    ]
    return pd.concat(parts, ignore_index=True)


DATA = rows_of("2024-01-01", ROWS, 0)
FUTURE = rows_of("2024-01-25", H, 1).drop(columns=["y", "promo"])


def forecaster(**changes: Any) -> LSTMForecaster:
    settings = {"hist_exog": ["promo"], "futr_exog": ["weather"], "intervals": False}
    return DrawnForecaster(h=H, look_back=4, units=3, **settings | changes)


def by_hand(**changes: Any) -> LSTMForecaster:
    """Of columns of 0 and 1."""
    hist, futr = ([f"{name}_{word}" for word in sorted(words)] for name, words in (
        ("promo", ("none", "sale")), ("weather", WEATHER)
    ))  # fmt: skip
    return forecaster(**{"hist_exog": hist, "futr_exog": futr} | changes)


def dummies(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of 0 and 1, missing where the text is missing."""
    for name, words in (("promo", ("none", "sale")), ("weather", WEATHER)):
        if name in frame:
            found = pd.get_dummies(frame[name], dtype=float).reindex(columns=words, fill_value=0.0)
            found = found.mask(frame[name].isna()).add_prefix(f"{name}_")
            frame = frame.drop(columns=name).join(found)
    return frame


@pytest.fixture(scope="module")
def fitted() -> LSTMForecaster:
    return forecaster().fit(DATA)


def same(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@pytest.mark.parametrize("kind", ["object", "str", "category"])
def test_text_is_read_as_columns_of_zero_and_one(kind: str):
    gappy = DATA.assign(weather=DATA["weather"].where(DATA.index % 5 != 0))
    expected = by_hand().fit(dummies(gappy)).predict(futr_df=dummies(FUTURE))
    typed = gappy.astype({"weather": kind, "promo": kind})
    same(forecaster().fit(typed).predict(futr_df=FUTURE), expected)


def test_other_histories_new_rows_and_a_saved_model(fitted: LSTMForecaster, tmp_path: Path):
    own = gatecast.load(fitted.save(tmp_path / "model.gatecast"))
    hand = by_hand().fit(dummies(DATA))
    # Fewer categories than in training: their numbers differ.
    past = DATA[DATA["weather"] != "rain"].groupby("unique_id").head(9)
    with pytest.warns(InputWarning, match="have no value"):
        found = own.predict(df=past, futr_df=rows_of("2024-01-01", 40, 5))
    with pytest.warns(InputWarning, match="have no value"):
        expected = hand.predict(df=dummies(past), futr_df=dummies(rows_of("2024-01-01", 40, 5)))
    same(found, expected)
    new = rows_of("2024-01-25", 2, 3).assign(weather=["rain", "sun"] * 2)
    own.update(pd.concat([DATA, new], ignore_index=True))
    hand.update(dummies(new))
    assert (own.grown_.rows, own.grown_.repeated) == (4, 8)
    own = gatecast.load(own.save(tmp_path / "model.gatecast"))
    later = rows_of("2024-01-27", H, 4)
    same(own.predict(futr_df=later), hand.predict(futr_df=dummies(later)))


def test_an_unseen_category_is_told_and_counts_as_none_of_the_known(fitted: LSTMForecaster):
    new = FUTURE.assign(weather=["rain", "snw", "hail", "sun", "sun", "snow"])
    words = (
        r"^series 'a' has weather = 'snw' at 2024-01-26, which was not seen in training "
        r"\(did you mean 'snow'\?\); 1 more values are not either.*'rain', 'snow', 'sun'$"
    )
    with pytest.warns(InputWarning, match=words):
        found = fitted.predict(futr_df=new)
    same(found, by_hand().fit(dummies(DATA)).predict(futr_df=dummies(new)))
    history = DATA.assign(promo=DATA["promo"].where(DATA.index != 3, "gift"))
    with pytest.warns(InputWarning, match="'a' has promo = 'gift' at 2024-01-04"):
        found = fitted.predict(df=history, futr_df=FUTURE)
    rows = rows_of("2024-01-25", 1, 1).assign(weather="hail")
    with pytest.warns(InputWarning, match="'a' has weather = 'hail' at 2024-01-25.*1 more"):
        forecaster().fit(DATA).update(rows)


def test_a_changed_category_is_named(fitted: LSTMForecaster):
    changed = DATA.assign(weather=DATA["weather"].where(DATA.index != ROWS - 1, "hail"))
    was = DATA["weather"][ROWS - 1]
    with pytest.raises(InputError, match=f"weather at 2024-01-24 is 'hail', but was '{was}'"):
        fitted.update(changed)


def test_every_row_to_forecast_needs_a_category(fitted: LSTMForecaster):
    blank = FUTURE.assign(weather=FUTURE["weather"].where(FUTURE.index != 4))
    with pytest.raises(InputError, match="no value of 'weather' for series 'b' at 2024-01-26"):
        fitted.predict(futr_df=blank)


def test_codes_that_look_like_numbers_stay_categories():
    codes = {"sun": "1", "rain": "2", "snow": "x3"}
    data = DATA.assign(weather=pd.Categorical(DATA["weather"].map(codes)))
    model = forecaster().fit(data)
    future = FUTURE.assign(weather=["1", "2"] * 3)
    expected = model.predict(futr_df=future)
    for numbers in (future.astype({"weather": int}), future.astype({"weather": float})):
        same(model.predict(futr_df=numbers), expected)


def test_numbers_with_a_slip_are_still_refused():
    slip = DATA.assign(weather=[*map(str, range(2 * ROWS - 1)), "1O"])
    with pytest.raises(InputError, match=r"series 'b' at 2024-01-24, column 'weather': '1O' is no"):
        forecaster().fit(slip)


def test_a_column_of_notes_is_refused():
    notes = DATA.assign(weather=[f"note {number}" for number in DATA.index])
    more = pd.concat([notes, rows_of("2024-01-25", 2, 1)])
    more["weather"] = [f"note {number}" for number in range(len(more))]
    with pytest.raises(InputError, match=r"'weather' holds 52 different texts .* at most 50"):
        forecaster().fit(more)
    mixed = DATA.assign(weather=pd.Series([["sun"]] * len(DATA)))
    with pytest.raises(InputError, match="neither text nor a number"):
        forecaster().fit(mixed)


def test_folds_learn_the_categories_of_their_own_training_rows():
    # "snow" first comes between the cutoffs of two windows.
    day = DATA.groupby("unique_id").cumcount()
    weather = DATA["weather"].where(DATA["weather"] != "snow", "sun").mask(day == 19, "snow")
    data = DATA.assign(weather=weather)
    found = gatecast.backtest(
        forecaster(), data, h=H, n_windows=3, baselines=[], level=[]
    ).forecasts
    for cutoff, window in found.groupby("cutoff"):
        known = data["ds"] <= cutoff
        alone = forecaster().fit(data[known])
        seen = set(data["weather"][known])
        covariates = alone.model_.members.parts[0].view.covariates
        assert set(covariates.exog_categories["weather"]) == seen
        future = data[~known].drop(columns=["y", "promo"])
        unseen = set(future.groupby("unique_id").head(H)["weather"]) - seen
        with pytest.warns(InputWarning) if unseen else nullcontext():
            expected = alone.predict(futr_df=future)
        np.testing.assert_allclose(window["LSTM"], expected["LSTM"], rtol=1e-6)


def test_models_of_others_get_text_that_they_name():
    class Remembers:
        futr_exog = ("weather",)
        seen: ClassVar[list[pd.DataFrame]] = []

        def fit(self, df: pd.DataFrame) -> None:
            self.last = df.groupby("unique_id")["y"].last()
            self.seen.append(df)

        def predict(self, h: int, futr_df: pd.DataFrame) -> pd.DataFrame:
            self.seen.append(futr_df)
            return futr_df[["unique_id", "ds"]].assign(own=futr_df["unique_id"].map(self.last))

    gatecast.backtest(Remembers(), DATA, h=H, n_windows=1, baselines=[])
    history, future = Remembers.seen
    known = DATA["ds"] <= "2024-01-21"
    assert history["weather"].tolist() == DATA["weather"][known].tolist()
    assert future["weather"].tolist() == DATA["weather"][~known].tolist()
    assert "promo" not in history


def test_a_column_that_is_not_there_is_named():
    for changes in ({"futr_exog": ["nope"]}, {"hist_exog": ["nope"]}):
        with pytest.raises(InputError, match="needs the column 'nope'"):
            gatecast.backtest(forecaster(**changes), DATA, h=H, n_windows=1, baselines=[])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"promo": ["none", "sale"], "weather": ["sun", "rain", "snow"]}, "words in disorder"),
        ({"promo": ["none", "sale"], "weather": ["rain"]}, "exog.weather does not fit"),
        ({"promo": ["none", "sale"]}, "other columns of text"),
        ({"promo": ["none", "sale"], "weather": ["a", 1, "b"]}, "of the wrong kind"),
        ({"other": ["none"]}, "'other' has no rows"),
    ],
)
def test_an_edited_file_is_refused(
    fitted: LSTMForecaster, tmp_path: Path, words: dict[str, Any], told: str
):
    path = fitted.save(tmp_path / "model.gatecast")
    with zipfile.ZipFile(path) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    text = json.dumps(json.loads(contents["manifest.json"]) | {"exog_categories": words}).encode()
    contents |= {"manifest.json": text, "manifest.sha256": sha256(text).hexdigest().encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in contents.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match=told):
        gatecast.load(path)


def test_a_check_for_leaks_changes_text_too():
    class Peeks(DrawnForecaster):
        def forecast_folds(self, panel: Panel, *given: Any, **keywords: Any) -> pd.DataFrame:
            found = super().forecast_folds(panel, *given, **keywords)
            return found.assign(LSTM=found["LSTM"] + panel.exog["weather"][-1])

    settings: dict[str, Any] = {"h": H, "units": 2, "hist_exog": ["weather"], "intervals": False}
    assert evaluation.leak_check(DrawnForecaster(**settings), DATA, h=H).ok
    assert not evaluation.leak_check(Peeks(**settings), DATA, h=H).ok


def test_training_further_keeps_the_categories():
    model = forecaster().fit(DATA)
    with pytest.warns(InputWarning, match="'a' has weather = 'hail' at 2024-01-26"):
        model.fit(rows_of("2024-01-25", 3, 7).assign(weather=["sun", "hail", "sun"] * 2),
                  warm_start=True)  # fmt: skip
    covariates = model.model_.members.parts[0].view.covariates
    assert covariates.exog_categories["weather"] == ("rain", "snow", "sun")
