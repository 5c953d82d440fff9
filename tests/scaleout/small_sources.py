"""Series, a forecaster of them that costs nothing to fit, and what it forecasts at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from small_forecasters import DrawnForecaster

from gatecast.forecasting import Estimator
from gatecast.scaleout._bucket_work import BucketWork
from gatecast.scaleout.executors import LocalExecutor, Outcome

H = 3


def series(number: int = 30, rows: int = 24, seed: int = 0) -> pd.DataFrame:
    """Monthly series "s000", "s001", ..., some of them shorter, some with a gap."""
    random = np.random.default_rng(seed)
    frames = []
    for place in range(number):
        own = rows - 4 * (place % 3)
        frame = pd.DataFrame(
            {
                "unique_id": f"s{place:03d}",
                "ds": pd.date_range("2020-01-01", periods=own, freq="MS"),
                "y": 50 + place + random.normal(size=own).cumsum(),
            }
        )
        frames.append(frame.drop(index=7) if place % 5 == 0 else frame)
    return pd.concat(frames, ignore_index=True)


def long_series(number: int = 12, rows: int = 25_000) -> pd.DataFrame:
    """So many rows that they need several buckets; integer times."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "unique_id": np.repeat(np.arange(number), rows),
            "ds": np.tile(np.arange(rows), number),
            "y": random.normal(10, 1, number * rows),
        }
    )


def fitted(
    frame: pd.DataFrame, static_df: pd.DataFrame | None = None, **settings: object
) -> Estimator:
    """A forecaster with drawn weights."""
    chosen = {"h": H, "look_back": 6, "units": 2, "scaler": "standard", "verbose": False}
    return DrawnForecaster(**chosen | settings).fit(frame, static_df=static_df)


def in_files(frame: pd.DataFrame, folder: Path, number: int = 3, seed: int = 0) -> Path:
    """The rows in any order, in some files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mixed = frame.sample(frac=1, random_state=seed)
    for place in range(number):
        mixed.iloc[place::number].to_parquet(folder / f"{place}.parquet", index=False)
    return folder


def sorted_rows(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(["unique_id", "ds"]).reset_index(drop=True)


@dataclass(frozen=True)
class Deadly:
    """An executor whose workers die of one series, or of so many."""

    work: BucketWork
    unique_id: object = None
    series: int = 10**9
    workers: int = 2

    def share(self, value: Any) -> Any:
        return LocalExecutor().share(value)

    def map(self, work: Any, tasks: Any) -> Iterator[Any]:
        for task in tasks:
            ids = set(self.work.rows(task)["unique_id"])
            if self.unique_id in ids or len(ids) >= self.series:
                yield Outcome(task, None, lost="a bolt")
            else:
                yield Outcome(task, work(task))
