"""What the options of commands mean: records of options, texts as typed settings.

The words of the command line come in; settings of a forecaster, columns and percentages go out.
"""

from gatecast.cli.options._chosen import Chosen, differences, forecaster_of
from gatecast.cli.options._groups import grouped
from gatecast.cli.options._shared import (
    STATE,
    Ahead,
    Cluster,
    Columns,
    Data,
    Database,
    FitColumns,
    Json,
    Level,
    Listen,
    Model,
    NewData,
    Out,
    Quiet,
    Search,
    Season,
    Seeds,
    State,
    Static,
    Talk,
    freq,
    levels,
    names,
    quantiles,
)

__all__ = [
    "STATE",
    "Ahead",
    "Chosen",
    "Cluster",
    "Columns",
    "Data",
    "Database",
    "FitColumns",
    "Json",
    "Level",
    "Listen",
    "Model",
    "NewData",
    "Out",
    "Quiet",
    "Search",
    "Season",
    "Seeds",
    "State",
    "Static",
    "Talk",
    "differences",
    "forecaster_of",
    "freq",
    "grouped",
    "levels",
    "names",
    "quantiles",
]
