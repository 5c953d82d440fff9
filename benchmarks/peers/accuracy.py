"""Forecasts of a panel by neuralforecast's LSTM or NHITS, or Darts's RNNModel, as users run them.

Arguments: a CSV file of `unique_id`, `ds`, `y`; one to write `unique_id`, `ds`, `y_hat` to; "LSTM",
"NHITS" or "RNNModel"; rows to forecast; rows per season. Prints the seconds from frame to frame.

All are global and train for 1,000 steps: neuralforecast's with its robust scaler per window,
look-backs of three seasons or horizons and a mean absolute error; Darts's on logarithms scaled per
series, one row ahead at a time, which it feeds back.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings

import numpy as np
import pandas as pd

STEPS = 1000
QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
}


def main() -> None:
    """Forecast, write, print."""
    read, written, name, *numbers = sys.argv[1:]
    h, season = map(int, numbers)
    warnings.simplefilter("ignore")
    logging.getLogger("lightning_fabric").setLevel(logging.ERROR)
    df = pd.read_csv(read, dtype={"unique_id": str})
    whole = df["ds"].dtype.kind == "i"
    # Times are rows: none of the three looks at the calendar.
    df["row"] = df.groupby("unique_id").cumcount()
    last = df.groupby("unique_id")["row"].transform("max")
    df["row"] += last.max() - last
    began = time.perf_counter()
    forecast = {"RNNModel": darts}.get(name, neuralforecast)(df, name, h, season)
    seconds = time.perf_counter() - began
    ahead = _times(df, h, whole=whole)
    forecast["ds"] = np.tile(ahead, len(forecast) // h)
    forecast.to_csv(written, index=False)
    print(json.dumps({"seconds": seconds}))


def _times(df: pd.DataFrame, h: int, *, whole: bool) -> object:
    """What follows the last time, which all series share."""
    if whole:
        return df["ds"].max() + np.arange(1, h + 1)
    times = pd.DatetimeIndex(df.loc[df["unique_id"] == df["unique_id"].iloc[0], "ds"])
    return pd.date_range(times[-1], periods=h + 1, freq=pd.infer_freq(times))[1:]


def neuralforecast(df: pd.DataFrame, name: str, h: int, season: int) -> pd.DataFrame:
    """`unique_id`, `y_hat`, h rows per series."""
    from neuralforecast import NeuralForecast, models  # noqa: PLC0415
    from neuralforecast.losses.pytorch import MAE  # noqa: PLC0415

    model = getattr(models, name)(
        h=h,
        input_size=3 * max(season, h // 2),
        loss=MAE(),
        max_steps=STEPS,
        scaler_type="robust",
        start_padding_enabled=True,
        random_seed=0,
        accelerator="cpu",
        alias="y_hat",
        **QUIET,
    )
    engine = NeuralForecast([model], freq=1)
    engine.fit(df[["unique_id", "row", "y"]].rename(columns={"row": "ds"}))
    return engine.predict()[["unique_id", "y_hat"]]


def darts(df: pd.DataFrame, _: str, h: int, season: int) -> pd.DataFrame:
    """As `neuralforecast`."""
    from darts import TimeSeries  # noqa: PLC0415
    from darts.dataprocessing.transformers import Scaler  # noqa: PLC0415
    from darts.models import RNNModel  # noqa: PLC0415

    logs = df.assign(y=np.log1p(df["y"]).astype(np.float32))
    named = TimeSeries.from_group_dataframe(logs, "unique_id", "row", "y", freq=1)
    ids = [each.static_covariates["unique_id"].iloc[0] for each in named]
    series = [each.with_static_covariates(None) for each in named]
    scaler = Scaler()
    scaled = scaler.fit_transform(series)
    shortest = min(map(len, series))
    look_back = min(max(season, 3), shortest - 2)
    model = RNNModel(
        look_back,
        model="LSTM",
        hidden_dim=32,
        training_length=min(look_back + h, shortest - 1),
        batch_size=128,
        random_state=0,
        n_epochs=STEPS,
        pl_trainer_kwargs={"accelerator": "cpu", "max_steps": STEPS} | QUIET,
    )
    model.fit(scaled, verbose=False)
    forecasts = scaler.inverse_transform(model.predict(h, scaled, verbose=False))
    values = np.concatenate([np.expm1(each.values()[:, 0]) for each in forecasts])
    return pd.DataFrame({"unique_id": np.repeat(ids, h), "y_hat": values})


if __name__ == "__main__":
    main()
