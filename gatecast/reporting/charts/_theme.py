"""One calm look for every chart: colours after Okabe and Ito, safe for colour-blind readers."""

from __future__ import annotations

from typing import Any

INK = "#23272f"
MUTED = "#667080"
LINE = "#e3e6ea"
GREY = "#a6adb8"
BLUE = "#0072B2"
VERMILION = "#D55E00"
GREEN = "#009E73"
PURPLE = "#AA4499"

KINDS = {"framing": BLUE, "lstm": VERMILION, "baseline": GREY}
KIND_NAMES = {"framing": "tutorial framing", "lstm": "LSTM", "baseline": "baseline"}

WIDTH = 720
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "white",
    "font": _FONT,
    "padding": 10,
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "color": INK,
        "fontSize": 17,
        "fontWeight": 600,
        "frame": "bounds",
        "offset": 14,
        "subtitleColor": MUTED,
        "subtitleFontSize": 13,
        "subtitlePadding": 6,
    },
    "axis": {
        "domainColor": GREY,
        "gridColor": LINE,
        "labelColor": MUTED,
        "labelFontSize": 12,
        "labelPadding": 6,
        "tickColor": GREY,
        "tickSize": 4,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "axisX": {"grid": False, "labelFlush": False},
    "axisY": {"domain": False, "ticks": False},
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 260,
        "orient": "top",
        "padding": 0,
        "symbolStrokeWidth": 2.5,
        "title": None,
    },
    "line": {"strokeCap": "round", "strokeJoin": "round"},
    "concat": {"spacing": 18},
}
