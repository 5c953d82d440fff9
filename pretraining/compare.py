"""Variants of the prior compared: small networks, forecasting real series as they are.

python -m pretraining.compare [--variants shipped,more_cycles] [--seeds 2] [--record]

A network of 64 units is trained on each variant (`pretraining/_variants.py`), by one pass over
200,000 series, and forecasts the validation windows of M1, M3 and Tourism without being adapted.
Official test parts are not looked at. What is better here is not always better at full size:
docs/tried.md.

- `ratio_theta_<variant>`: sMAPE over Theta's, geometric mean over the data sets; with several seeds
  also `..._seed_1` and so on, which tell how much is chance.
- `smape_<dataset>_<variant>`: of each data set. `loss_<variant>`: on the synthetic series.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

import gatecast
from benchmarks._competitions import DATASETS
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks.accuracy import SEASONS, Task, errors_of, forecast, parts_of, scores_of
from gatecast._types import Panel
from gatecast.forecasting import pretrained
from gatecast.framing import Rows, fit_scaler
from gatecast.network import Network, build_network
from pretraining.__main__ import MAE, draw, train, weights_of
from pretraining._series import Prior
from pretraining._variants import VARIANTS

UNITS = 64
# Two minutes on two cores.
QUICK_VARIANTS, QUICK_SETS = ("shipped", "more_cycles"), ("tourism-yearly", "m1-quarterly")
QUICK_SERIES = 25_000
MONTHS = 12


class Window(NamedTuple):
    """What is known of a data set, what follows it, and Theta's sMAPE.

    Attributes:
        panel: the series.
        y: [series, h] the rows that follow.
        season: rows per season.
        theta: sMAPE of Theta.
    """

    panel: Panel
    y: Any
    season: int
    theta: float


def main() -> None:
    """Train, forecast, score."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("--variants", help=f"with commas, from {', '.join(VARIANTS)}")
    parser.add_argument("--series", type=int, default=200_000, help="of each network")
    parser.add_argument("--seeds", type=int, default=1, help="networks of each variant")
    parser.add_argument("--quick", action="store_true", help="two variants, few series, two sets")
    asked = parser.parse_args()
    usual = QUICK_VARIANTS if asked.quick else (*VARIANTS,)
    variants = asked.variants.split(",") if asked.variants else usual
    if unknown := set(variants) - set(VARIANTS):
        parser.error(f"no variant {min(unknown)}: known are {', '.join(VARIANTS)}")
    series = QUICK_SERIES if asked.quick else asked.series
    windows = {name: window(name) for name in (QUICK_SETS if asked.quick else DATASETS)}
    results: dict[str, float] = {}
    for variant in variants:
        for seed in range(asked.seeds):
            began = time.perf_counter()
            network, weights, loss = trained(VARIANTS[variant], series, seed)
            name = variant if seed == 0 else f"{variant}_seed_{seed}"
            scores = {each: smape(network, weights, known) for each, known in windows.items()}
            ratios = [scores[each] / known.theta for each, known in windows.items()]
            results[f"ratio_theta_{name}"] = float(np.exp(np.mean(np.log(ratios))))
            results |= {f"smape_{each}_{name}": score for each, score in scores.items()}
            results[f"loss_{name}"] = loss
            shown = f"{results[f'ratio_theta_{name}']:.4f} of Theta"
            print(f"{name}: {shown}, {time.perf_counter() - began:.0f} s", flush=True)
    print_results(results, ("keras", "jax", "statsforecast"), record=asked.record)


def window(dataset: str) -> Window:
    """The last horizon of each training part, and what comes before."""
    train, test, h = parts_of(dataset, validation=True)
    season = SEASONS[dataset.partition("-")[2]]
    found = forecast("Theta", Task(train, h, season, "mae", intervals=False))
    if found is None:
        raise RuntimeError("Theta needs no environment of its own")
    rows = test.merge(found[0], on=["unique_id", "ds"], validate="one_to_one")
    theta = scores_of(errors_of(rows, train, season))["smape"]
    panel = gatecast.data.to_panel(train)
    by_id = test.sort_values(["unique_id", "ds"])["y"].to_numpy()
    return Window(panel, by_id.reshape(len(panel.ids), h), season, theta)


def trained(prior: Prior, series: int, seed: int) -> tuple[Network, Any, float]:
    """A network, its weights and its loss, by one pass over series of a prior."""
    samples = draw(np.random.default_rng(seed), series, prior)
    architecture = replace(pretrained.ARCHITECTURE, units=UNITS)
    network = build_network(architecture, pretrained.SIZES)
    run = train(network, samples, MAE, seed)
    damped = pretrained.damped(weights_of(network, run))
    weights = jax.tree.map(lambda value: value[0], pretrained.in_order(damped, network))
    return network, weights, float(run.curves["loss"][0, -1])


def smape(network: Network, weights: Any, known: Window) -> float:
    """Of the network as it is, which reads values as `quality="zero_shot"` scales them."""
    panel, series = known.panel, len(known.panel.ids)
    framing = pretrained.framing(known.season, known.y.shape[1])
    scaler = fit_scaler(("asinh" if known.season == MONTHS else "power",), panel, panel.lengths)
    rows = Rows(
        values=jnp.asarray(scaler.transform_rows(panel.y, panel)[:, None], jnp.float32),
        observed=np.ones(panel.rows, bool),
        position=panel.position.astype(np.int32),
    )
    seen = framing(rows, panel.offsets[1:])
    y, _ = jax.jit(network.apply)(weights, seen.inputs, network.zero_state(series))
    ahead = np.asarray(seen.center(y[:, : framing.horizon, :, 0]), float)[..., 0]
    found = scaler.inverse(ahead, np.arange(series), np.empty((series, 0)))
    with np.errstate(invalid="ignore"):
        each = 200 * np.abs(found - known.y) / (np.abs(found) + np.abs(known.y))
    return float(np.nan_to_num(each).mean())


if __name__ == "__main__":
    main()
