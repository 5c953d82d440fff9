"""How numbers, shares, dates and names are written: alike in verdicts, pages and terminals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

MISSING = "–"  # noqa: RUF001 - an en dash is what a table shows where there is no number
MINUS = "−"  # noqa: RUF001 - a real minus sign is as wide as a plus sign

MODEL_NAMES = MappingProxyType(
    {
        "persistence": "persistence",
        "seasonal_naive": "seasonal naive",
        "auto_ets": "AutoETS",
        "auto_arima": "AutoARIMA",
        "auto_theta": "AutoTheta",
        "auto_ces": "AutoCES",
    }
)
"""How the column of a baseline is written wherever people read it."""

METRIC_NAMES = MappingProxyType({"mae": "MAE", "rmse": "RMSE", "mase": "MASE", "rmsse": "RMSSE"})
"""How the errors that models are ranked by are written."""

# From each bound on, rounding in the style below it would add a digit.
_STYLES = ((999.95, ",.0f"), (99.995, ".1f"), (0.9995, ".2f"))
_SMALLEST_P = 0.001


def number(value: float | None) -> str:
    """Two decimals or three digits below 1,000, whole numbers above: 0.0120, 48.04, 1,284."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value and not 1e-4 <= abs(value) < 1e15:  # noqa: PLR2004 - beyond, floats have no more digits
        return f"{value:.2e}".replace("-", MINUS)
    style = next(
        (style for bound, style in _STYLES if abs(value) >= bound), "#.3g" if value else ".0f"
    )
    return f"{value:{style}}".replace("-", MINUS)


def p_value(value: float | None) -> str:
    """Two digits; those beyond a thousandth say nothing about a test of a few windows."""
    if value is None or not math.isfinite(value):
        return MISSING
    return f"{value:.2g}" if value >= _SMALLEST_P else f"below {_SMALLEST_P}"


def skill(value: float | None) -> str:
    """A skill score as a signed percentage: 0.684 is +68 %."""
    if value is None or not math.isfinite(value):
        return MISSING
    percent = round(100 * value)
    return f"{percent:+,} %".replace("-", MINUS) if percent else "0 %"


def percent(share: float | None) -> str:
    """A share without a sign: 0.684 is 68 %."""
    if share is None or not math.isfinite(share):
        return MISSING
    return f"{100 * share:.0f} %"


def correlation(value: float) -> str:
    """A correlation with its sign and two decimals."""
    return f"{value:+.2f}".replace("-", MINUS) if math.isfinite(value) else MISSING


def moments(ds: pd.Series[Any]) -> list[str]:
    """Dates without a time of day where all are at midnight; integers as they are."""
    if ds.dtype.kind != "M":
        return [str(step) for step in ds]
    midnight = bool((ds == ds.dt.normalize()).all())
    style = "%Y-%m-%d" if midnight else "%Y-%m-%d %H:%M"
    return [str(moment) for moment in ds.dt.strftime(style)]


def short(name: object, width: int = 28) -> str:
    """The name, its end replaced by an ellipsis where it is longer than `width`."""
    text = str(name)
    return text if len(text) <= width else text[: width - 1] + "…"


def model_name(model: object, width: int = 28) -> str:
    """The name of a model for people: "AutoARIMA" for the column "auto_arima"; cut like `short`."""
    return short(MODEL_NAMES.get(str(model), model), width)


def listed(words: Sequence[str]) -> str:
    """The words with commas and, before the last, an "and"."""
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def count(number: int, word: str) -> str:
    """A number of things: "1 step", "1,200 steps"."""
    return f"{number:,} {word}{'s' * (number != 1)}"
