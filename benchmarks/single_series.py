"""Short series, each on its own: AutoLSTM against AutoETS.

The series of M1 and Tourism whose training part has 20 to 60 rows, on their official test parts.
So few rows make no samples worth adapting to: `quality="auto"` forecasts such a series by the
pre-trained networks alone, on its own as among others; this is checked on some of them.

- `median_ratio_smape`: of each series' sMAPE over AutoETS's, the median; below 1 is better.
- `share_better`: of the series, in percent.
- `smape`, `smape_auto_ets`: means over all points. `series`: how many.
- `seconds_alone`: from frame to forecast of one series, median; `seconds_auto_ets` of all.
"""

from __future__ import annotations

import argparse
import time
from statistics import median

import numpy as np
import pandas as pd
from statsforecast import StatsForecast
from statsforecast.models import AutoETS, Naive

import gatecast
from benchmarks._competitions import DATASETS, competition
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks.accuracy import SEASONS, errors_of

FEWEST, MOST = 20, 60
ALONE = 5
TARGETS = {"median_ratio_smape": "<=1"}


def main() -> None:
    """Compare; `--quick` takes two data sets."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="two data sets")
    asked = parser.parse_args()
    quick = asked.quick
    datasets = [name for name in DATASETS if not name.startswith("m3")]
    ours, theirs, alone, seconds = [], [], [], 0.0
    for dataset in datasets[: 2 if quick else None]:
        train, test, h = competition(dataset)
        rows = train.groupby("unique_id")["y"].transform("size")
        train = train[rows.between(FEWEST, MOST)].reset_index(drop=True)
        if train.empty:
            continue
        season = SEASONS[dataset.partition("-")[2]]
        model = gatecast.AutoLSTM(h=h, quality="zero_shot", intervals=False, verbose=False)
        model.fit(train)
        forecast = model.predict().rename(columns={"LSTM": "y_hat"})
        alone += _alone(train, forecast, h)
        began = time.perf_counter()
        engine = StatsForecast([AutoETS(season)], model.model_.freq, fallback_model=Naive())
        ets = engine.forecast(df=train, h=h).rename(columns={"AutoETS": "y_hat"})
        seconds += time.perf_counter() - began
        for frame, found in ((forecast, ours), (ets, theirs)):
            joined = test.merge(frame, on=["unique_id", "ds"], validate="one_to_one")
            errors = errors_of(joined, train, season)
            found.append(errors.assign(unique_id=dataset + joined["unique_id"]))
        print(f"{dataset}: {train['unique_id'].nunique()} series", flush=True)
    one, other = (pd.concat(found).groupby("unique_id")["smape"] for found in (ours, theirs))
    ratio = one.mean() / np.maximum(other.mean(), 1e-9)
    print_results(
        {
            "series": len(ratio),
            "median_ratio_smape": ratio.median(),
            "share_better": 100 * (ratio < 1).mean(),
            "smape": pd.concat(ours)["smape"].mean(),
            "smape_auto_ets": pd.concat(theirs)["smape"].mean(),
            "seconds_alone": median(alone),
            "seconds_auto_ets": seconds,
        },
        ("keras", "jax", "statsforecast"),
        record=asked.record,
        targets=TARGETS,
    )


def _alone(train: pd.DataFrame, forecast: pd.DataFrame, h: int) -> list[float]:
    """Seconds of some series fitted on their own.

    Raises:
        RuntimeError: if one is forecast otherwise than among the others.
    """
    seconds = []
    for name in train["unique_id"].unique()[:ALONE]:
        began = time.perf_counter()
        model = gatecast.AutoLSTM(h=h, intervals=False, verbose=False)
        found = model.fit(train[train["unique_id"] == name]).predict()["LSTM"]
        seconds.append(time.perf_counter() - began)
        if not np.allclose(found, forecast.loc[forecast["unique_id"] == name, "y_hat"], rtol=1e-4):
            raise RuntimeError(f"series {name} is forecast otherwise on its own")
    return seconds


if __name__ == "__main__":
    main()
