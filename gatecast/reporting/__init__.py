"""Reporting: what an experiment found, as charts, an HTML page, JSON and terminal tables.

`write` fills a directory with everything, `report` writes just the page, `print_summary` prints
the essence, and `to_results` gives the numbers; `forecast_figure` draws what a model forecast,
`plot` what a frame or a backtest holds, and `notebook` is what a notebook shows of either.
Nothing here computes a score: a report shows an `Experiment` and adds only words. `number`,
`short`, `pictures` and `render` are for pages made elsewhere.
"""

from gatecast._wording import number, short
from gatecast.reporting import charts
from gatecast.reporting._forecast_figure import forecast_figure
from gatecast.reporting._notebook import notebook
from gatecast.reporting._page import pictures, render
from gatecast.reporting._plot import plot
from gatecast.reporting._results import to_results
from gatecast.reporting._tables import print_summary
from gatecast.reporting._write import report, write

__all__ = [
    "charts",
    "forecast_figure",
    "notebook",
    "number",
    "pictures",
    "plot",
    "print_summary",
    "render",
    "report",
    "short",
    "to_results",
    "write",
]
