"""Quantiles that the pre-trained networks forecast without training, in the user's units."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gatecast._types import Floats, Panel
from gatecast.forecasting import pretrained
from gatecast.framing import Exogenous, Framing, View, fit_covariates, fit_scaler
from gatecast.network import Network, build_network
from pretraining._descent import OUTPUT

# As in the recipe: a season is estimated from ten, where these are not too many rows.
_MANY_SEASONS, _MANY_ROWS = 10, 120
# What is left of a trend at the last row that networks forecast.
_LEFT = 0.7
_AT_ONCE = 2048


def quantiles(
    weights: list[Any], panel: Panel, season: int, h: int, scaler: str, *, damped: bool = False
) -> Floats:
    """Forecasts of the rows after the last of each series, at the probabilities of the networks.

    Args:
        weights: [members, ...] each; the median of members is taken quantile by quantile.
        panel: the series.
        season: rows per season.
        h: rows to forecast, up to the networks' horizon.
        scaler: what they see: "asinh" for logarithms, "power" for cube roots.
        damped: shift each distribution towards level and season, as `pretrained.damped` does.

    Returns:
        [series, h, probabilities].
    """
    framing = pretrained.framing(season, h)
    many = min(_MANY_SEASONS * season, _MANY_ROWS)
    framing = replace(framing, look_back=max(framing.look_back, many))
    every = panel.lengths
    view = View(
        framing,
        fit_scaler((scaler,), panel, every, season_length=season),
        fit_covariates(Exogenous(), panel, every),
    )
    rows = view.rows(panel, masked=True)
    del rows["targets"]
    network = build_network(pretrained.ARCHITECTURE, replace(pretrained.SIZES, horizon=h), OUTPUT)
    last = pretrained.SIZES.horizon * OUTPUT.parameters
    cut = [
        value[..., : h * OUTPUT.parameters] if value.shape[-1] == last else value
        for value in weights
    ]
    parts = [
        _scaled(network, framing, cut, rows, origins, damped=damped)
        for origins in np.array_split(panel.offsets[1:], -(-len(every) // _AT_ONCE))
    ]
    scaled = np.moveaxis(np.concatenate(parts), -1, 0).astype(float)
    series, before = np.arange(len(every)), np.empty((len(every), 0))
    units = [view.scaler.inverse(each, series, before) for each in scaled]
    return np.maximum.accumulate(np.stack(units, axis=-1), axis=-1)


def _scaled(
    network: Network, framing: Framing, weights: list[Any], rows: Any, origins: Any, *, damped: bool
) -> Floats:
    """[samples, h, probabilities] with level and spread, within the bounds of the window."""
    raw, (level, spread, low, high) = _raw(network, framing, weights, rows, origins)
    probabilities = np.array(OUTPUT.probabilities)
    own = network.output.quantiles(np.asarray(raw, float), np.ones(()), probabilities)
    own = np.median(own, axis=0)
    if damped:
        share = np.linspace(1, _LEFT, pretrained.SIZES.horizon)[: framing.horizon]
        middle = own[..., [len(probabilities) // 2]]
        own = own + (share[:, None] - 1) * middle
    found: Floats = np.clip(own * spread + level, low, high)
    return found


@partial(jax.jit, static_argnums=(0, 1))
def _raw(network: Network, framing: Framing, weights: list[Any], rows: Any, origins: Any) -> Any:
    """[members, samples, h, parameters], and level, spread and bounds [samples, h or 1, 1]."""
    sample = framing(rows, origins)
    unused = [jnp.zeros(2, jnp.uint32)] * pretrained.ARCHITECTURE.layers
    state = network.zero_state(len(origins))
    raw = jax.lax.map(
        lambda own: network.apply((own, unused), sample.inputs, state)[0][:, :, 0], weights
    )
    return raw, (sample.level, sample.spread, *(sample.bounds or (-jnp.inf, jnp.inf)))
