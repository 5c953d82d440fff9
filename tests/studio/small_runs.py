"""A small table of two shops with a price that is known ahead, and a plan for it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gatecast.studio.work import Plan, Progress, read_rows

HORIZON = 3
PLAN = Plan(
    source="shops and more.csv",
    settings={"futr_exog": ["price"], "look_back": 3, "units": 2, "epochs": 2},
    horizon=HORIZON,
    windows=2,
    baselines=("persistence",),
)


def write_shops(folder: Path, rows: int = 40, ahead: int = HORIZON) -> Path:
    """Two shops, monthly; a row more for each month to come, with its price alone."""
    rng = np.random.default_rng(0)
    parts = []
    for place, shop in enumerate(("North", "South")):
        price = np.round(5 + rng.normal(0, 0.5, rows + ahead), 2)
        sold = 50 * (place + 1) - 4 * price + rng.normal(0, 1, rows + ahead)
        sold[rows:] = np.nan
        months = pd.date_range("2020-01-01", periods=rows + ahead, freq="MS")
        parts.append(pd.DataFrame({"shop": shop, "month": months, "sold": sold, "price": price}))
    path = folder / PLAN.source
    pd.concat(parts).to_csv(path, index=False)
    return path


@dataclass(frozen=True)
class FinishedRun:
    """What a run left behind.

    Attributes:
        folder: of its process.
        told: its progress.
    """

    folder: Path
    told: list[Progress]

    @property
    def results(self) -> Path:
        """The folder of its files."""
        return self.folder / "results"

    @property
    def data(self) -> Path:
        """The file that it read."""
        return self.folder / "data" / PLAN.source

    @property
    def result(self) -> Any:
        """What its page shows."""
        return json.loads((self.results / "result.json").read_text(encoding="utf-8"))

    @property
    def settled(self) -> Plan:
        """Its plan, which leaves nothing open."""
        return read_rows(PLAN, self.data)[1]


def finish(folder: Path, plan: Plan = PLAN) -> FinishedRun:
    """Carry out a small plan, in a process as the service starts it."""
    (folder / "data").mkdir()
    write_shops(folder / "data")
    (folder / "plan.json").write_text(plan.to_json(), encoding="utf-8")
    # Compiled programs stay where those of the tests are.
    cache = Path(__file__).parents[2] / ".pytest_cache"
    done = subprocess.run(
        [sys.executable, "-m", "gatecast.studio.work", str(folder)],
        env=os.environ | {"XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return FinishedRun(folder, [Progress.from_json(line) for line in done.stdout.splitlines()])
