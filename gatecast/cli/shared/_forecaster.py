"""The forecaster that the options of a command and its rows ask for."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import gatecast
from gatecast._types import Freq, InputWarning
from gatecast.cli.options import Chosen, forecaster_of
from gatecast.cli.shared._source import Source

if TYPE_CHECKING:
    from gatecast.forecasting import Estimator


def new_forecaster(
    chosen: Chosen,
    source: Source,
    freq: Freq | None,
    *,
    auto: bool = True,
) -> Estimator:
    """A forecaster of the settings that were chosen; it looks a season ahead.

    Args:
        chosen: without settings of a network, AutoLSTM is taken.
        source: the data.
        freq: the calendar step, inferred if None.
        auto: whether AutoLSTM may be taken.

    Raises:
        InputError: naming the setting and its value, or for data without a calendar.
    """
    keywords = chosen.keywords()
    forecaster = forecaster_of(keywords, auto=auto)
    needed = forecaster.saved_forms().keys() & {"h", "look_back"}
    if not needed <= keywords.keys():
        with warnings.catch_warnings():
            # The fit tells again what there is to tell about the data.
            warnings.simplefilter("ignore", InputWarning)
            panel = gatecast.data.to_panel(source.frame, freq=freq, **source.names)
        season = chosen.season_length or gatecast.data.season_length(panel.freq)
        usual = {"h": season, "look_back": max(season, 12)}
        return forecaster_of({name: usual[name] for name in sorted(needed)} | keywords, auto=auto)
    return forecaster
