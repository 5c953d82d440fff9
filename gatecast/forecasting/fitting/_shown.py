"""What networks of some settings would be trained on, to look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gatecast._types import Integers, Panel
from gatecast.data import season_of
from gatecast.forecasting._settings import Settings
from gatecast.forecasting.fitting._options import PartOptions
from gatecast.forecasting.fitting._samples import learnt_view, samples_of, with_gaps
from gatecast.framing import Sample


@dataclass(frozen=True)
class TrainingSamples:
    """Samples of a fit, in the order of series and time.

    Attributes:
        origin: [samples] the row of the panel where each target begins.
        sample: inputs and targets of these samples, in scaled units.
        order: [steps, series] places in `origin` along which state is carried, negative for none;
            None where each sample starts with an empty state.
    """

    origin: Integers
    sample: Sample
    order: Any = None


def training_samples(settings: Settings, panel: Panel, most: int | None = None) -> TrainingSamples:
    """The arrays that networks are trained on by a fit on all rows of a panel.

    Args:
        settings: of the networks; the rows of validation samples are left out.
        panel: the series.
        most: gather only so many leading samples.

    Raises:
        InputError: if there are too few rows for a sample, or values that the scaler or the output
            cannot use.
    """
    settings, every = with_gaps(settings, panel), panel.lengths
    view = learnt_view(settings, panel, every, PartOptions(season_of(panel)))
    samples = samples_of(settings, panel, every, view)
    data = samples.data(settings, view.rows(panel, masked=samples.masked))
    # On the device a window may begin before the first row; its mask says so.
    source = jax.tree.map(jnp.asarray, data.source)
    sample = settings.framing(source, data.train[:most])
    return TrainingSamples(samples.fitting.origin, sample, data.order)
