"""Fitted forecasters that together use every setting that can be exported."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from small_forecasters import DrawnForecaster, wandering

import gatecast
from gatecast.forecasting import Estimator, FitOptions
from gatecast.forecasting.exporting import Exported
from gatecast.training import NetworkVariables, Trained

ROWS = 44


@dataclass(frozen=True)
class Case:
    """A forecaster, its history, and what is asked of it."""

    forecaster: Estimator
    df: pd.DataFrame
    asked: Mapping[str, Any] = field(default_factory=dict)
    futr_df: pd.DataFrame | None = None

    def expected(self, about: Exported) -> pd.DataFrame:
        """What gatecast itself forecasts."""
        level, quantiles = list(about.level), list(about.quantiles)
        return self.forecaster.predict(
            about.h, level=level, quantiles=quantiles, futr_df=self.futr_df
        )


def frame(rows: int = ROWS) -> pd.DataFrame:
    """Two monthly series with gaps, one of which is at the start of a window of seven."""
    each = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2000-01-01", periods=rows, freq="MS"),
                "y": (1 + 9 * seed) * wandering(rows, seed),
                "price": wandering(rows, seed + 2),
                "heat": wandering(rows, seed + 4),
            }
        )
        for seed, name in enumerate("ab")
    ]
    df = pd.concat(each, ignore_index=True)
    df.loc[[5, 6, 37, 40, rows + 1, rows + 36, rows + 37, rows + 38], "y"] = np.nan
    df.loc[[rows - 8, rows - 7, rows - 1, rows + 30], "heat"] = np.nan
    return df.drop(index=[10, 11])


def ahead(rows: int) -> pd.DataFrame:
    """The prices of the rows to forecast."""
    times = pd.date_range("2000-01-01", periods=ROWS + rows, freq="MS")[ROWS:]
    return pd.concat(
        pd.DataFrame({"unique_id": name, "ds": times, "price": wandering(rows, 9)}) for name in "ab"
    )


def drawn(**settings: Any) -> DrawnForecaster:
    return DrawnForecaster(**{"h": 3, "look_back": 7, "units": 3, **settings})


def carried_state() -> Case:
    settings = {"stateful": True, "window_level": "smoothed", "level_span": 3, "members": 2}
    df = frame()
    forecaster = drawn(layers=2, scaler=("log", "difference"), **settings).fit(df)
    return Case(forecaster, df, {"level": (80, 97.5), "quantiles": (0.1, 0.5)})


def fed_back() -> Case:
    settings = {"window_level": "seasonal", "season_length": 4, "look_back": 9, "maximum": 690.0}
    df = frame()
    return Case(drawn(cell="gru", network="cnn", scaler="power", **settings).fit(df), df, {"h": 5})


def recursive() -> Case:
    settings = {"strategy": "recursive", "window_level": "last", "scaler": ("asinh", "standard")}
    df = frame()
    return Case(drawn(cell="rnn", network="bidirectional", layers=2, **settings).fit(df), df)


def quantiles() -> Case:
    settings = {"scaler": "robust", "window_level": "mean", "level_span": 3}
    df = frame()
    forecaster = drawn(
        network="dilated", layers=2, output=gatecast.Quantiles(width=1.3), **settings
    )
    return Case(forecaster.fit(df), df, {"quantiles": 0.3})


def columns() -> Case:
    named = {"hist_exog": ["heat"], "futr_exog": ["price"], "calendar": ["month"]}
    settings = {"network": "encoder_decoder", "output": gatecast.Normal(), "activation": "silu"}
    df = frame()
    return Case(drawn(**named, **settings).fit(df), df, futr_df=ahead(3))


def columns_fed_back() -> Case:
    named = {"hist_exog": ["heat"], "futr_exog": ["price"]}
    df = frame()
    # Another part knows the same column up to now only.
    variants = [{"hist_exog": ["price"], "futr_exog": []}]
    forecaster = drawn(stateful=True, cell="gru", gaps="bridge", variants=variants, **named)
    return Case(forecaster.fit(df), df, {"h": 4}, ahead(4))


def windows() -> Case:
    settings = {"framing": "window", "scaler": "seasonal_difference", "season_length": 4}
    variants = [{"look_back": 10, "linear_skip": True}]
    df = frame()
    forecaster = drawn(cell="dense", activation="gelu", variants=variants, **settings)
    return Case(forecaster.fit(df), df)


def several_targets() -> Case:
    settings = {"members": 3, "combine": "mean", "window_level": "seasonal", "season_length": 4}
    df = frame().rename(columns={"y": "sold"}).assign(returned=lambda each: 50 - each.sold / 7)
    forecaster = drawn(network="residual", layers=2, **settings)
    return Case(forecaster.fit(df, target_col=["sold", "returned"]), df, {"level": 80})


def static_columns() -> Case:
    about = pd.DataFrame({"unique_id": ["a", "b"], "size": [1.0, 5.0], "kind": ["shop", "mill"]})
    df = frame()
    return Case(drawn(intervals=False).fit(df, static_df=about), df)


def automatic() -> Case:
    df = gatecast.datasets.airline_passengers()
    forecaster = gatecast.AutoLSTM(h=26, quality="zero_shot").fit(df)
    return Case(forecaster, df, {"quantiles": (0.1, 0.9)})


def as_shipped(*_: Any, initial: Any, **__: Any) -> Trained:
    """A trainer that leaves the weights as they are. With drawn ones such large networks are
    chaotic: they would magnify rounding.
    """
    variables = NetworkVariables(*initial, [], [], 0.0, 0)
    return Trained(variables, {}, interrupted=False, compile_seconds=0, train_seconds=0)


class UntrainedAuto(gatecast.AutoLSTM):
    """An `AutoLSTM` whose adapted networks are those that it starts from."""

    def _options(self, checkpoint: Path | None = None) -> FitOptions:
        return replace(super()._options(checkpoint), trainer=as_shipped)


def adapted() -> Case:
    """Parts that read differently: the season is not shown to one of them."""
    each = [
        pd.DataFrame(
            {
                "unique_id": name,
                "ds": pd.date_range("2000-01-01", periods=rows, freq="MS"),
                "y": wandering(rows, seed),
            }
        )
        for seed, (name, rows) in enumerate({"a": 140, "b": 130, "c": 25, "d": 140, "e": 9}.items())
    ]
    df = pd.concat(each, ignore_index=True)
    forecaster = UntrainedAuto(h=26, quality="fast", intervals=False).fit(df)
    assert [part.settings.framing.read for part in forecaster.model_.members.parts] == [60, 36]
    return Case(forecaster, df)


QUICK = (carried_state, fed_back, quantiles, columns, automatic)
SLOW = (recursive, columns_fed_back, windows, several_targets, static_columns, adapted)


def raw_inputs(case: Case, about: Exported) -> dict[str, np.ndarray]:
    """The last rows of each series, as docs/exports.md describes the inputs."""
    df, series = case.df, np.arange(len(about.ids))
    full = [
        df[df.unique_id == name].set_index("ds").asfreq(about.freq)
        if len(about.ids) > 1
        else df.set_index("ds")
        for name in about.ids
    ]

    def last(frame: pd.DataFrame, columns: list[str]) -> np.ndarray:
        before = np.full((max(about.rows - len(frame), 0), len(columns)), np.nan)
        rows, whole = (
            np.concatenate([before, each[columns].to_numpy(float)])[-about.rows :]
            for each in (frame, frame.ffill())
        )
        return np.concatenate([whole[:1], rows[1:]])

    y = np.float32([last(each, list(about.targets)) for each in full])
    found = {"y": y[:, :, 0] if len(about.targets) == 1 else y}
    for name in (*about.hist, *about.futr):
        rows = np.array([last(each, [name])[:, 0] for each in full])
        if name in about.futr:
            assert case.futr_df is not None
            rows = np.concatenate([rows, case.futr_df[name].to_numpy().reshape(len(full), -1)], 1)
        found[f"exog_{name}"] = rows.astype(np.float32)
    for name in about.calendar:
        until = full[0].index[-1]
        times = pd.date_range(end=until, periods=about.rows, freq=about.freq)
        more = pd.date_range(until, periods=about.h + 1, freq=about.freq)[1:]
        angle = 2 * np.pi * (times.append(more).month - 1) / 12
        for part, values in (("sin", np.sin(angle)), ("cos", np.cos(angle))):
            found[f"exog_{name}_{part}"] = np.tile(values, (len(full), 1)).astype(np.float32)
    if len(series) > 1:
        found["series"] = series[:, None].astype(np.int32)
    context = case.forecaster.model_.context
    for part, state in enumerate(context.states):
        for layer, memory in enumerate(state.memory):
            found[f"memory_{part}_{layer}"] = np.asarray(memory).swapaxes(0, 1)
        if state.level is not None:
            found[f"level_{part}"] = np.float32(state.level).reshape(len(full), -1)
    return found


def as_outputs(expected: pd.DataFrame, about: Exported) -> dict[str, np.ndarray]:
    """A frame of forecasts in the shapes of the outputs of a file."""
    name, targets = about.name, len(about.targets)

    def column(each: str) -> np.ndarray:
        values = expected[each].to_numpy().reshape(len(about.ids), targets, about.h)
        return values[:, 0] if targets == 1 else values.swapaxes(1, 2)

    found = {"forecast": column(name)}
    if about.level:
        for output, side in (("lower", "lo"), ("upper", "hi")):
            found[output] = np.stack([column(f"{name}-{side}-{p:g}") for p in about.level], -1)
    if about.quantiles:
        found["quantiles"] = np.stack([column(f"{name}-q-{p:g}") for p in about.quantiles], -1)
    return found
