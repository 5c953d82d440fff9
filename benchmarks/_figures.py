"""The rows of `results.csv`: which figures are current, and whether they reach their targets."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from benchmarks._record import COLUMNS, FILE

# What in a command makes its figures others than those without; all else only chooses some of them.
CONDITIONS = ("--quick", "--validation", "--no-intervals", "--metric mape")
# One figure: its course is the rows that share these.
KEYS = ["benchmark", "metric", "conditions"]
# Comparisons that were made once, by no command: docs/tried.md tells of them.
ONCE = "tried"
_TARGET = re.compile(r"(<=|>=|<|>)\s*(\S+)")
_AROUND = re.compile(r"(\S+)±(\S+)")


def read(path: Path = FILE) -> pd.DataFrame:
    """All rows, as they were recorded, and their `conditions`; a remark follows "#" in a command.

    Raises:
        ValueError: if the file has other columns.
    """
    text = dict.fromkeys(COLUMNS, str) | {"value": float}
    rows = pd.read_csv(path, dtype=text, keep_default_na=False, na_values={"value": [""]})
    if tuple(rows) != COLUMNS:
        raise ValueError(
            f"{path} has the columns {', '.join(map(str, rows))}, not {', '.join(COLUMNS)}"
        )
    return rows.assign(conditions=rows["command"].map(conditions))


def conditions(command: str) -> str:
    """The options of a command that change what its figures are."""
    return " ".join(each for each in CONDITIONS if each in command.partition("#")[0])


def shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Without quick forms, whose figures compare with nothing, and comparisons made once."""
    return rows[~rows["conditions"].str.contains("--quick") & (rows["benchmark"] != ONCE)]


def current(rows: pd.DataFrame) -> pd.DataFrame:
    """The newest row of each figure, in the order in which benchmarks were first recorded.

    Returns:
        The columns of `read`, `before` (the value before, on the same machine) and `met`.
    """
    before = rows.groupby([*KEYS, "machine"], sort=False)["value"].shift()
    newest = rows.assign(before=before).drop_duplicates(KEYS, keep="last")
    judged = [met(value, target) for value, target in newest[["value", "target"]].to_numpy()]
    newest["met"] = pd.Series(judged, newest.index, dtype=object)
    order = {name: place for place, name in enumerate(rows["benchmark"].unique())}
    return newest.sort_values("benchmark", key=lambda name: name.map(order), kind="stable")


def met(value: float, target: str) -> bool | None:
    """Whether a value reaches a target such as "<=1.5" or "80±2"; None where there is none."""
    if not target:
        return None
    if around := _AROUND.fullmatch(target):
        return abs(value - float(around[1])) <= float(around[2])
    found = _TARGET.fullmatch(target)
    if found is None:
        raise ValueError(f"a target is a comparison such as <=1.5 or 80±2, got {target!r}")
    sign, bound = found[1], float(found[2])
    if value == bound:
        return sign in {"<=", ">="}
    return value < bound if sign.startswith("<") else value > bound


def courses(rows: pd.DataFrame, most: int) -> list[pd.DataFrame]:
    """The rows of figures that changed from run to run: those with targets, then the longest."""
    found = [each for _, each in rows.groupby(KEYS, sort=False) if len({*each["value"]}) > 1]
    found.sort(key=lambda each: (each["target"].iloc[-1] == "", -len(each)))
    return found[:most]
