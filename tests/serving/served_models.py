"""Small models to serve, one of each kind, and rows for them."""

import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from small_forecasters import DrawnForecaster

from gatecast import AutoLSTM
from gatecast.network.outputs import Quantiles
from gatecast.serving._served import Served
from gatecast.serving.engine import Models, NewRow, served_of
from gatecast.serving.store import Database, put_artefact, serve_version

ROWS, LATER = 36, 60
"""Rows of each series that models are fitted on, and those that come after them."""
STREAMED = (
    "stateful", "auto", "targets", "window", "smoothed", "gru", "rnn", "calendar",
    "local", "log", "quantiles", "integer",
)  # fmt: skip
"""Kinds that a stream takes."""
KINDS = (*STREAMED, "exog", "leading", "futr", "irregular")
OFTEN = ("stateful", "auto", "smoothed", "local", "futr", "irregular")
"""Those of which the quick suite tests everything: the ways to remember, and to have rows."""
NAME = "air"

_SETTINGS: dict[str, dict[str, Any]] = {
    "stateful": {"look_back": 4, "stateful": True, "members": 2},
    "targets": {"look_back": 3, "stateful": True},
    "window": {"look_back": 4, "framing": "window"},
    "smoothed": {
        "look_back": 4, "stateful": True, "layers": 2, "window_level": "smoothed",
        "scaler": "difference",
    },
    "gru": {"look_back": 3, "cell": "gru"},
    "rnn": {"look_back": 3, "cell": "rnn", "gaps": "decay"},
    "calendar": {"look_back": 3, "calendar": ("month",)},
    "local": {"look_back": 3, "scope": "local"},
    "log": {"look_back": 3, "stateful": True, "scaler": ("log", "difference")},
    "quantiles": {"look_back": 3, "output": Quantiles()},
    "integer": {"look_back": 3, "stateful": True},
    "integer again": {"look_back": 3, "stateful": True, "random_seed": 1},
    "exog": {"look_back": 3, "stateful": True, "hist_exog": ["temp"]},
    "exog again": {"look_back": 3, "hist_exog": ["temp"], "random_seed": 1},
    "futr": {"look_back": 3, "futr_exog": ["price"]},
    "irregular": {"look_back": 3, "stateful": True},
}  # fmt: skip
_MORE = {
    "targets": ["back"], "exog": ["temp"], "exog again": ["temp"], "leading": ["temp"],
    "futr": ["price"],
}  # fmt: skip


@lru_cache
def rows_of(kind: str) -> pd.DataFrame:
    """Three series that a model is fitted on, "a", "b" and "c", and a new one, "new"."""
    count = ROWS + LATER
    frames = []
    for place, name in enumerate(("a", "b", "c", "new")):
        random = np.random.default_rng(place)
        season = 5 * np.sin(np.arange(count) * np.pi / 6)
        columns = {"unique_id": name, "ds": times_of(kind, count)}
        for column in ("y", *_MORE.get(kind, ())):
            columns[column] = 60 + season + random.normal(size=count).cumsum()
        if kind == "leading":
            columns["temp"] = np.roll(columns["y"], -3) + random.normal(size=count)
        frames.append(pd.DataFrame(columns))
    return pd.concat(frames, ignore_index=True)


def times_of(kind: str, count: int) -> Any:
    if kind.startswith("integer"):
        return np.arange(count) + 7
    if kind == "irregular":
        apart = np.random.default_rng(9).integers(1, 50, count)
        return pd.Timestamp("2000-01-01") + pd.to_timedelta(apart.cumsum(), unit="h")
    return pd.date_range("2000-01-01", periods=count, freq="MS")


def before_and_after(kind: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that a model is fitted on, and all that come after them, new series too."""
    rows = rows_of(kind)
    place = rows.groupby("unique_id").cumcount()
    fitted = (place < ROWS) & (rows["unique_id"] != "new")
    return rows[fitted], rows[~fitted]


@lru_cache
def forecaster_of(kind: str) -> Any:
    """Fitted."""
    df, _ = before_and_after(kind)
    if kind == "auto":
        return AutoLSTM(h=3, quality="zero_shot").fit(df)
    if kind == "leading":
        return AutoLSTM(h=3, quality="zero_shot", hist_exog=["temp"]).fit(df)
    forecaster = DrawnForecaster(h=3, units=3, **_SETTINGS[kind])
    more = {"freq": "irregular"} if kind == "irregular" else {}
    target = ["y", "back"] if kind == "targets" else "y"
    return forecaster.fit(df, target_col=target, **more)


@lru_cache
def artefact_of(kind: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path: Path = forecaster_of(kind).save(Path(folder) / "model.gatecast")
        return path.read_bytes()


@lru_cache
def served_as(kind: str, *, adaptive: bool = True) -> Served:
    return served_of(NAME, artefact_of(kind), adaptive=adaptive)


def new_rows(df: pd.DataFrame) -> list[NewRow]:
    """Rows of a frame as those of a request."""
    others = [name for name in df if name not in ("unique_id", "ds", "y")]
    ds = df["ds"].astype("datetime64[ns]") if df["ds"].dtype.kind == "M" else df["ds"]
    times = ds.astype("int64").tolist()
    return [
        NewRow(name, time, y, dict(zip(others, rest, strict=True)))
        for name, time, y, *rest in zip(
            df["unique_id"], times, df["y"], *(df[name] for name in others), strict=True
        )
    ]


def serving(database: Database, *kinds: str, names: Sequence[str] = ()) -> Models:
    """Models of some kinds in a new database, under their kind or other names."""
    database.upgrade()
    with database.writing() as connection:
        for kind, name in zip(kinds, names or kinds, strict=True):
            serve_version(connection, name, put_artefact(connection, name, artefact_of(kind)))
    return Models()
