"""One of two processes that fit a forecaster together.

`python fit_of_process.py FOLDER RANK ADDRESS` writes the model into the folder.
"""

import os
import sys
import traceback
from pathlib import Path

import jax
import numpy as np
import pandas as pd

from gatecast import LSTMForecaster, Training
from gatecast.data import to_panel
from gatecast.forecasting import Columns
from gatecast.training import DataParallel, connected

EXOG = ["price", "shop"]


def table(series: int = 6, rows: int = 24) -> pd.DataFrame:
    """Series with a number and a text beside them; the last one has a gap and a text more."""
    random = np.random.default_rng(1)
    one = pd.DataFrame(
        {
            "unique_id": np.repeat([f"s{number}" for number in range(series)], rows),
            "ds": np.tile(np.arange(rows), series),
            "price": random.normal(5, 2, series * rows),
            "shop": random.choice(["north", "south"], series * rows),
        }
    )
    one["y"] = 3 * one["price"] + random.normal(size=series * rows).cumsum()
    one.loc[one.index[-3:], "shop"] = "harbour"
    return one.drop(index=one.index[-12])


def static() -> pd.DataFrame:
    ids = table()["unique_id"].unique()
    kinds = ["big", "small", "small", "tiny", "big", "small"]
    return pd.DataFrame({"unique_id": ids, "size": np.arange(len(ids)) ** 2.0, "kind": kinds})


def forecaster() -> LSTMForecaster:
    """With one batch of all samples, whose order does not matter."""
    training = Training(epochs=8, batch_size=4096, shuffle=False, learning_rate=0.02)
    return LSTMForecaster(
        h=2, look_back=4, units=4, members=2, hist_exog=EXOG, training=training, verbose=False
    )


def main() -> None:
    folder, rank = Path(sys.argv[1]), int(sys.argv[2])
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    jax.config.update("jax_enable_preemption_service", False)  # noqa: FBT003 (JAX)
    jax.distributed.initialize(sys.argv[3], 2, rank)
    group = connected()
    # Of different size.
    own = ["s0", "s3"] if rank else ["s1", "s2", "s4", "s5"]
    rows, facts = (each[each["unique_id"].isin(own)] for each in (table(), static()))
    panel = to_panel(rows, exog=EXOG, static_df=facts)
    trainer = DataParallel.on_devices(group)
    fitted = forecaster().fit_together(panel, Columns(), trainer, group, folder / "checkpoint")
    fitted.save(folder / f"{rank}.gatecast")


if __name__ == "__main__":
    try:
        main()
    except BaseException:  # noqa: BLE001 (whatever it is)
        # JAX would wait for the other process for minutes.
        traceback.print_exc()
        os._exit(1)
