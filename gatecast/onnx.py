"""Forecasts of an exported model with ONNX Runtime and NumPy: neither JAX nor Keras is loaded.

    forecaster.to_onnx("air.onnx")
    gatecast.onnx.predict("air.onnx", df, level=[80])

Rows are read, put on the calendar and checked as `predict(df=...)` does it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatecast._lazy import lazy
from gatecast._types import Floats, InputError, Integers, Panel, check_whole
from gatecast.data import calendar_features, extend, filled, in_library, library_of, to_panel

onnxruntime = lazy("onnxruntime")

__all__ = ["predict"]

Arrays = Mapping[str, Any]
"""Inputs or outputs of the graph by name."""


def predict(
    path: str | os.PathLike[str],
    df: Any,
    h: int | None = None,
    *,
    level: float | Sequence[float] = (),
    quantiles: float | Sequence[float] = (),
    futr_df: Any = None,
) -> Any:
    """Forecast the rows after the last one of each series.

    Args:
        path: of the file that `to_onnx` wrote.
        df: histories of series that the model was fitted on, in the columns that `fit` got.
        h: rows to forecast, at most as many as were exported; all of them if None.
        level: coverage of the intervals in percent, of those that were exported.
        quantiles: probabilities, of those that were exported.
        futr_df: the columns of `futr_exog` for every series and time to forecast.

    Returns:
        A frame of the kind of `df`, as `predict` of the forecaster returns it.

    Raises:
        InputError: if the file is none that was exported, or naming a series, a level or a horizon
            that it does not have.
    """
    model = _Exported.read(Path(path))
    about = model.about
    h = about["h"] if h is None else h
    check_whole("h", h, 1)
    if h > about["h"]:
        raise InputError(
            f"{path} forecasts {about['h']} rows, asked for {h}: export it again with h={h}"
        )
    columns = _columns(about, level, quantiles)
    id_col, time_col = about["columns"]
    known = _panel(about, df)
    futr = about["futr"]
    panel = extend(known, h, futr_df, futr_exog=futr, id_col=id_col, time_col=time_col)
    found = model.run(_Inputs(about, known, panel, h))
    frame = _keys(known, panel)
    frame[about["name"]] = _by_series(found["forecast"], about, h)
    for name, (output, place) in columns.items():
        frame[name] = _by_series(found[output][..., place], about, h)
    frame = frame.rename(columns={"unique_id": id_col, "ds": time_col})
    return in_library(frame, library_of(df))


@dataclass(frozen=True)
class _Exported:
    """A file that `to_onnx` wrote.

    Attributes:
        session: of ONNX Runtime.
        about: what it reads and returns; see `gatecast.forecasting.exporting.Exported`.
    """

    session: Any
    about: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> _Exported:
        """Open a file, and check that it can be forecast with."""
        if find_spec("onnxruntime") is None:
            raise InputError("to forecast, install ONNX Runtime: pip install 'gatecast[onnx]'")
        if not path.is_file():
            raise InputError(f"{path}: no such file")
        try:
            options = onnxruntime.SessionOptions()
            # Threads that wait for work would take the processor's time from others.
            options.add_session_config_entry("session.intra_op.allow_spinning", "0")
            session = onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])
            about = json.loads(session.get_modelmeta().custom_metadata_map["gatecast"])
        except Exception:  # noqa: BLE001 (ONNX Runtime has many errors of its own)
            raise InputError(f"{path}: not a model that to_onnx wrote, or damaged") from None
        if about["stream"]:
            raise InputError(
                f"{path} was exported with stream=True and reads one row at a time: run it with "
                "onnxruntime, or export it without"
            )
        return cls(session, about)

    def run(self, inputs: _Inputs) -> Arrays:
        """The forecasts from the last row of each series."""
        steps = inputs.steps if self.about["states"] else 1
        states = {
            name: np.full((inputs.ids, *shape), _EMPTY[name.partition("_")[0]], np.float32)
            for name, shape in self.about["states"].items()
        }
        moved = [f"new_{name}" for name in states]
        for back in range(steps - 1, 0, -1):
            # What is carried along a series comes from all of its rows.
            found = self.session.run(moved, inputs.window(back) | states)
            states = dict(zip(states, found, strict=True))
        names = [name for name in self.about["outputs"] if name not in moved]
        values = self.session.run(names, inputs.window(0) | states)
        return dict(zip(names, values, strict=True))


# States before the first row of a series.
_EMPTY = {"memory": 0.0, "level": np.nan}


class _Inputs:
    """The windows of some series.

    Args:
        about: what the model reads.
        known: the histories.
        panel: the same with `h` rows to forecast.
        h: of them.
    """

    def __init__(self, about: Mapping[str, Any], known: Panel, panel: Panel, h: int) -> None:
        self._about = about
        self._targets = len(known.targets)
        self.ids = len(known.ids) // self._targets
        self.steps = int(known.lengths.max())
        number = {name: place for place, name in enumerate(about["ids"])}
        names = known.ids[:: self._targets].tolist()
        self._series = np.array([[number[name]] for name in names], np.int32)
        self._y = self._rows(known, known.y), self._rows(known, filled(known))
        own = np.arange(len(known.ids)) % self._targets == 0
        calendar = calendar_features(panel.ds, about["calendar"])
        self._exog = {}
        for name in (*about["hist"], *about["futr"], *calendar):
            ahead = 0 if name in about["hist"] else h
            source = known if name in about["hist"] else panel
            values = source.exog[name] if name in source.exog else calendar[name]
            pair = (self._rows(source, each, ahead) for each in (values, filled(source, values)))
            rows, whole = (each[own] for each in pair)
            # Rows beyond those asked for repeat the last one.
            more = ((0, 0), (0, about["h"] - h if ahead else 0))
            self._exog[name] = np.pad(rows, more, mode="edge"), np.pad(whole, more, mode="edge")

    def window(self, back: int) -> dict[str, Any]:
        """The inputs so many rows before the last one."""
        rows = self._about["rows"]
        y = self._cut(self._y, back, rows).reshape(self.ids, self._targets, rows).swapaxes(1, 2)
        inputs = {"y": y[:, :, 0] if self._targets == 1 else y, "series": self._series}
        for name, pair in self._exog.items():
            ahead = 0 if name in self._about["hist"] else self._about["h"]
            inputs[f"exog_{name}"] = self._cut(pair, back, rows + ahead)
        wanted = self._about["inputs"]
        return {name: np.ascontiguousarray(inputs[name]) for name in inputs if name in wanted}

    def _cut(self, pair: tuple[Floats, Floats], back: int, rows: int) -> Floats:
        """[series, rows] whose first row is what a gap in the next one is filled with."""
        values, whole = pair
        first = values.shape[1] - back - rows
        cut = values[:, first : first + rows].astype(np.float32)
        cut[:, 0] = whole[:, first]
        return cut

    def _rows(self, panel: Panel, values: Floats, ahead: int = 0) -> Floats:
        """[series, rows] values of each series, the last one at the end; NaN before the first."""
        length = self.steps + self._about["rows"] + ahead
        found = np.full((len(panel.ids), length), np.nan)
        place = length - panel.lengths[panel.series_of_row] + panel.position
        found[panel.series_of_row, place] = values
        return found


def _panel(about: Mapping[str, Any], df: Any) -> Panel:
    """The rows of a frame, of series that the model knows."""
    id_col, time_col = about["columns"]
    targets = about["targets"]
    panel = to_panel(
        df,
        id_col=id_col,
        time_col=time_col,
        target_col=targets[0] if len(targets) == 1 else targets,
        freq=about["freq"],
        exog=[*about["hist"], *about["futr"]],
    )
    new = sorted(set(panel.ids.tolist()) - set(about["ids"]))
    if new:
        raise InputError(
            f"series {new[0]!r} was not fitted when the model was exported: fit with it and export "
            "again, or forecast it with gatecast.load(...).predict(df=...)"
        )
    return panel


def _columns(
    about: Mapping[str, Any], level: float | Sequence[float], quantiles: float | Sequence[float]
) -> dict[str, tuple[str, int]]:
    """Name of a column of the forecast -> its output, and its place there."""
    name = about["name"]
    found: dict[str, tuple[str, int]] = {}
    for each, place in _places(about, "level", level):
        found |= {f"{name}-lo-{each:g}": ("lower", place), f"{name}-hi-{each:g}": ("upper", place)}
    for each, place in _places(about, "quantiles", quantiles):
        found[f"{name}-q-{each:g}"] = ("quantiles", place)
    return found


def _places(
    about: Mapping[str, Any], what: str, wanted: float | Sequence[float]
) -> Iterator[tuple[float, int]]:
    """Each of some levels or quantiles with its place among those that were exported."""
    for each in (wanted,) if isinstance(wanted, int | float | np.number) else wanted:
        if each not in about[what]:
            there = ", ".join(f"{one:g}" for one in about[what]) or "none"
            raise InputError(f"{what} {each:g} was not exported ({there}): export it again with it")
        yield each, about[what].index(each)


def _keys(known: Panel, panel: Panel) -> pd.DataFrame:
    """The columns that name the rows to forecast."""
    rows = panel.position >= known.lengths[panel.series_of_row]
    series: Integers = panel.series_of_row[rows]
    keys = {"unique_id": panel.ids[series], "ds": panel.ds[rows]}
    if len(panel.targets) > 1:
        keys["target"] = np.asarray(panel.targets, object)[series % len(panel.targets)]
    return pd.DataFrame(keys)


def _by_series(values: Floats, about: Mapping[str, Any], h: int) -> Floats:
    """[rows] forecasts [ids, h] or [ids, h, targets], series by series."""
    values = values.reshape(len(values), about["h"], -1)[:, :h]
    return values.swapaxes(1, 2).reshape(-1).astype(float)
