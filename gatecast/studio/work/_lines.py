"""The lines of Python and of the shell that repeat a run exactly."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from gatecast._types import InputError
from gatecast.evaluation import REFERENCES
from gatecast.studio.work._forecaster import (
    automatic,
    columns_of_file,
    keywords_of,
    training_of,
)
from gatecast.studio.work._plan import Plan

_LINE = 80
# What has an option of its own; all else is `--set NAME=VALUE`.
_OPTIONS = MappingProxyType(
    {"h": "horizon", "random_seed": "seed", "season_length": "season"}
    | {
        name: name.replace("_", "-")
        for name in ("quality", "metric", "look_back", "hist_exog", "futr_exog", "calendar")
    }
    | {
        name: name
        for name in (
            "units",
            "layers",
            "cell",
            "network",
            "scope",
            "gaps",
            "members",
            "epochs",
            "stateful",
        )
    }
)


def python_lines(plan: Plan) -> str:
    """A program that writes `forecast.csv` as the run did.

    Args:
        plan: settled: it leaves nothing open.

    Raises:
        InputError: if it leaves the horizon open.
    """
    keywords, names = _settled(plan), plan.reading.names
    kind = "AutoLSTM" if automatic(plan) else "LSTMForecaster"
    training = training_of(keywords)
    made = _arguments({name: value for name, value in keywords.items() if name != "training"})
    if training:
        made.append(f"training={_call('Training', _arguments(training), 4)}")
    read = plan.reading.keywords
    if columns_of_file(plan) and not plan.reading.wide:
        read["exog"] = columns_of_file(plan)
    freq = {} if plan.reading.freq is None else {"freq": plan.reading.freq}
    fit = names.keywords | freq
    ahead = _arguments({"level": list(plan.levels)} if plan.levels else {})
    future = list(_future_lines(plan))
    if future:
        ahead.append("futr_df=future")
    return "\n".join(
        [
            "import gatecast",
            f"from gatecast import {kind}{', Training' * bool(training)}",
            "",
            f"df = {_call('gatecast.read', [_plain(plan.source), *_arguments(read)])}",
            *([f"df = df.rename(columns={_plain(names.renamed)})"] if names.renamed else []),
            f"model = {_call(kind, made)}",
            _call("model.fit", ["df", *_arguments(fit)]),
            *future,
            f"forecast = {_call('model.predict', ahead)}",
            'forecast.to_csv("forecast.csv", index=False)',
            *_test_lines(plan, fit),
            "",
        ]
    )


def _future_lines(plan: Plan) -> Iterator[str]:
    if plan.settings.get("futr_exog"):
        keys = plan.reading.names.keywords
        own = {key: name for key, name in keys.items() if key != "target_col"}
        read = _call("gatecast.data.read_future", [_plain("future.csv"), *_arguments(own)])
        yield f"future = {read}"


def _test_lines(plan: Plan, fit: Mapping[str, Any]) -> Iterator[str]:
    if plan.windows:
        asked = {"h": plan.horizon, "n_windows": plan.windows, **_beside(plan), **fit}
        if "season_length" in plan.settings:
            asked["season_length"] = plan.settings["season_length"]
        label = _plain(plan.reading.names.target_col)
        yield ""
        yield f"test = {_call('gatecast.backtest', ['model', 'df', *_arguments(asked)])}"
        yield "print(test.verdict)"
        yield f'gatecast.report(test, "report.html", label={label})'


def _beside(plan: Plan) -> dict[str, Any]:
    """The keywords of `backtest` that differ from the usual ones."""
    baselines = list(plan.baselines or ())
    found: dict[str, Any] = {} if tuple(baselines) == REFERENCES else {"baselines": baselines}
    if plan.levels != (80, 95):
        found["level"] = list(plan.levels)
    return found


def shell_lines(plan: Plan) -> str:
    """The same for a shell.

    Args:
        plan: settled: it leaves nothing open.

    Raises:
        InputError: if it leaves the horizon open.
    """
    keywords, reading = _settled(plan), plan.reading
    named = {"id": reading.id_col, "time": reading.time_col, "target": reading.target_col}
    read = [f"--{name} {shlex.quote(value)}" for name, value in named.items() if value is not None]
    read += ["--wide"] if reading.wide else []
    read += [f"--freq {shlex.quote(str(reading.freq))}"] if reading.freq is not None else []
    read += [_option(name.replace("_", "-"), value) for name, value in reading.remedies.items()]
    source = shlex.quote(plan.source)
    own = {name: value for name, value in keywords.items() if name != "training"}
    chosen = [
        _setting(name, value)
        for name, value in (own | training_of(keywords)).items()
        if not (name == "stateful" and not value)
    ]
    levels = ["--level", ",".join(f"{level:g}" for level in plan.levels)] if plan.levels else []
    future = ["--future", "future.csv"] if plan.settings.get("futr_exog") else []
    lines = [
        ["gatecast fit", source, "-o model.gatecast", *read, *chosen],
        ["gatecast forecast model.gatecast", *levels, *future, "-o forecast.csv"],
    ]
    if plan.windows:
        baselines = ["--baselines", ",".join(plan.baselines or ())]
        windows = ["--windows", str(plan.windows)]
        test = ["gatecast backtest", source, "--model model.gatecast", *read]
        lines.append([*test, *windows, *baselines, *levels, "-o report.html"])
    return "\n".join(" ".join(line) for line in lines) + "\n"


def _settled(plan: Plan) -> dict[str, Any]:
    if plan.horizon is None:
        raise InputError("a plan without a horizon cannot be written as lines: read its file first")
    return keywords_of(plan)


def _arguments(keywords: Mapping[str, Any]) -> list[str]:
    return [f"{name}={_plain(value)}" for name, value in keywords.items()]


def _call(function: str, arguments: Sequence[str], indent: int = 0) -> str:
    """A call: in one line, or one line for each argument where that is too long."""
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _LINE - indent:
        return line
    space = " " * indent
    inner = "".join(f"{space}    {each},\n" for each in arguments)
    return f"{function}(\n{inner}{space})"


def _plain(value: Any) -> str:
    """A value as Python writes it, in the quotes of this project."""
    if isinstance(value, dict):
        pairs = ", ".join(f"{_plain(key)}: {_plain(each)}" for key, each in value.items())
        return f"{{{pairs}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_plain(each) for each in value)}]"
    text = repr(value)
    return f'"{value}"' if text == f"'{value}'" and '"' not in text else text


def _setting(name: str, value: Any) -> str:
    if name in _OPTIONS:
        return _option(_OPTIONS[name], value)
    return f"--set {shlex.quote(f'{name}={_text(value)}')}"


def _option(name: str, value: Any) -> str:
    if value is True:
        return f"--{name}"
    return f"--{name} {shlex.quote(_text(value))}"


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) or value is None else str(value)
