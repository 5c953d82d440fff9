"""Priors compared: small networks, forecasting real series as they are.

python -m pretraining.compare [--priors mixed,structural] [--seeds 2] [--record]

A network of 64 units is trained on series of each prior (`pretraining/_families.py`), and forecasts
the validation windows of M1, M3 and Tourism without being adapted. Official test parts are not
looked at. What is better here is not always better at full size: docs/tried.md.

- `mase_relative_<prior>`, `wql_relative_<prior>`: over seasonal naive's, geometric mean over the
  data sets; with several seeds also `..._seed_1` and so on, which tell how much is chance.
- `mase_<task>_<prior>`, `wql_<task>_<prior>`: of each data set. `loss_<prior>`: of the training.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pandas as pd

import gatecast
from benchmarks._competitions import competition
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks._tasks import NINE, QUANTILES, Setting, mase, newest_apart, wql
from benchmarks.accuracy import FEWEST_ROWS
from gatecast._types import Floats
from gatecast.forecasting import pretrained
from gatecast.framing import Rows, fit_scaler
from gatecast.network import Network
from pretraining._families import PRIORS
from pretraining._training import OUTPUT, Plan, begin, compiled, network_of

UNITS, RATE = 64, 3e-3
# A few minutes on two cores.
QUICK_TASKS, QUICK_ROUNDS = ("tourism_yearly", "m1_quarterly"), 2
MONTHS = 12


class Window(NamedTuple):
    """What is known of a data set, what follows it, and seasonal naive's scores.

    Attributes:
        train: `unique_id`, `ds`, `y`.
        ahead: the rows that follow.
        setting: of the task.
        naive: MASE and WQL of seasonal naive.
    """

    train: pd.DataFrame
    ahead: pd.DataFrame
    setting: Setting
    naive: tuple[float, float]


def main() -> None:
    """Train, forecast, score."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("--priors", help=f"with commas, from {', '.join(PRIORS)}")
    parser.add_argument("--rounds", type=int, default=12, help="of 16,384 series each")
    parser.add_argument("--seeds", type=int, default=1, help="networks of each prior")
    parser.add_argument("--quick", action="store_true", help="few series, two sets")
    asked = parser.parse_args()
    priors = asked.priors.split(",") if asked.priors else [*PRIORS]
    if unknown := set(priors) - set(PRIORS):
        parser.error(f"no prior {min(unknown)}: known are {', '.join(PRIORS)}")
    windows = {name: window(name) for name in (QUICK_TASKS if asked.quick else NINE)}
    results: dict[str, float] = {}
    for prior in priors:
        for seed in range(asked.seeds):
            began = time.perf_counter()
            name = prior if seed == 0 else f"{prior}_seed_{seed}"
            plan = Plan(prior, seed, members=1, rate=RATE, units=UNITS)
            if asked.quick:
                plan = replace(plan, batch=128, steps=16)
            weights, loss = trained(plan, QUICK_ROUNDS if asked.quick else asked.rounds)
            found = {task: scores(plan, weights, known) for task, known in windows.items()}
            ratios = [np.divide(found[task], known.naive) for task, known in windows.items()]
            for place, metric in enumerate(("mase", "wql")):
                mean = np.exp(np.mean(np.log([ratio[place] for ratio in ratios])))
                results[f"{metric}_relative_{name}"] = float(mean)
                results |= {f"{metric}_{task}_{name}": each[place] for task, each in found.items()}
            results[f"loss_{name}"] = loss
            print(f"{name}: {time.perf_counter() - began:.0f} s", flush=True)
    print_results(results, ("keras", "jax"), record=asked.record)


def window(task: str) -> Window:
    """The last horizon of each training part, and what comes before."""
    setting = NINE[task]
    rows = competition(task.replace("_", "-"))[0].sort_values(["unique_id", "ds"])
    train, ahead = newest_apart(rows, setting.h, FEWEST_ROWS)
    ends = train.groupby("unique_id", sort=False).size()
    y, last = train["y"].to_numpy(), ends.cumsum().to_numpy()
    repeated = gatecast.metrics.seasonal_naive(y, last, ends.to_numpy(), setting.season, setting.h)
    every = np.repeat(repeated[..., None], len(OUTPUT.probabilities), -1)
    return Window(train, ahead, setting, _scored(train, ahead, setting, every))


def trained(plan: Plan, rounds: int) -> tuple[list[Any], float]:
    """The weights of a network, and its loss in the last round."""
    state, program = begin(plan), compiled(plan)
    loss = np.nan
    for number in range(rounds):
        state, losses = program(state, number, rounds)
        loss = float(losses.mean())
    return [value[0] for value in state.weights], loss


def scores(plan: Plan, weights: list[Any], known: Window) -> tuple[float, float]:
    """MASE and WQL of a network as it is, which reads values as `quality="zero_shot"` does."""
    panel = gatecast.data.to_panel(known.train)
    h, season = known.setting.h, known.setting.season
    framing = pretrained.framing(season, h)
    scaler = fit_scaler(("asinh" if season == MONTHS else "power",), panel, panel.lengths)
    rows = Rows(
        values=jnp.asarray(scaler.transform_rows(panel.y, panel)[:, None], jnp.float32),
        observed=np.ones(panel.rows, bool),
        position=panel.position.astype(np.int32),
    )
    seen = framing(rows, panel.offsets[1:])
    said = _raw(network_of(plan), weights, seen.inputs)[:, :h, 0]
    scaled = OUTPUT.quantiles(np.asarray(said), np.ones(()), np.array(OUTPUT.probabilities))
    # [series, rows ahead, 1], of the only target, which is the last axis of both.
    scaled = scaled * np.asarray(seen.spread) + np.asarray(seen.level)
    every = np.arange(len(panel.ids))
    units = [
        scaler.inverse(each, every, np.empty((len(every), 0)))
        for each in np.moveaxis(scaled, -1, 0)
    ]
    return _scored(known.train, known.ahead, known.setting, np.stack(units, -1))


def _raw(network: Network, weights: list[Any], inputs: Any) -> Any:
    """[series, rows ahead, 1, parameters]."""
    seeds = [jnp.zeros(2, jnp.uint32)] * pretrained.ARCHITECTURE.layers
    state = network.zero_state(len(inputs.x))
    return jax.jit(network.apply)((weights, seeds), inputs, state)[0]


def _scored(
    train: pd.DataFrame, ahead: pd.DataFrame, setting: Setting, quantiles: Floats
) -> tuple[float, float]:
    """MASE and WQL of quantiles [series, h, probabilities], series in the order of their rows."""
    columns = {
        f"y_hat-q-{probability:g}": quantiles[..., place].reshape(-1)
        for place, probability in enumerate(OUTPUT.probabilities)
        if probability in QUANTILES
    }
    rows = ahead.assign(y_hat=columns["y_hat-q-0.5"], **columns)
    return mase(rows, train, setting.season), wql(rows)


if __name__ == "__main__":
    main()
