"""A service as people write it around neuralforecast: histories in memory, `predict(df=...)`.

Arguments: rows to forecast; units; rows of each series before the first request. It prints its
address on standard error.
"""

from __future__ import annotations

import logging
import socket
import sys
import warnings

import numpy as np
import pandas as pd
import uvicorn
from fastapi import FastAPI
from neuralforecast import NeuralForecast
from neuralforecast.models import LSTM
from pydantic import BaseModel

QUIET = {
    "logger": False,
    "enable_checkpointing": False,
    "enable_model_summary": False,
    "enable_progress_bar": False,
}
FIRST_DAY = pd.Timestamp("1990-01-01")


class Row(BaseModel):
    """A day of a series."""

    ds: str
    y: float


class Rows(BaseModel):
    """The body of a request."""

    observations: list[Row]


def main() -> None:
    """Serve until it is stopped."""
    warnings.filterwarnings("ignore")
    logging.disable(logging.WARNING)
    h, units, rows = map(int, sys.argv[1:])
    app = FastAPI()
    forecaster = fitted(h, units, rows)
    histories: dict[str, pd.DataFrame] = {}

    @app.post("/v1/models/peer/series/{unique_id}/observations")
    def observe(unique_id: str, body: Rows) -> dict[str, object]:
        history = histories.get(unique_id)
        if history is None:
            history = frame(unique_id, rows)
        new = pd.DataFrame([row.model_dump() for row in body.observations])
        new = new.assign(unique_id=unique_id, ds=pd.to_datetime(new["ds"]))
        histories[unique_id] = history = pd.concat([history, new], ignore_index=True)
        forecast = forecaster.predict(df=history)
        forecast["ds"] = forecast["ds"].astype(str)
        return {"accepted": len(new), "forecast": forecast.to_dict("records")}

    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", file=sys.stderr, flush=True)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False))
    server.run(sockets=[listening])


def fitted(h: int, units: int, rows: int) -> NeuralForecast:
    """An LSTM of one layer; what it has learnt does not matter."""
    model = LSTM(
        h=h,
        input_size=rows,
        encoder_n_layers=1,
        encoder_hidden_size=units,
        decoder_layers=1,
        decoder_hidden_size=units,
        recurrent=False,
        scaler_type="standard",
        max_steps=5,
        accelerator="cpu",
        **QUIET,
    )
    forecaster = NeuralForecast(models=[model], freq="D")
    forecaster.fit(pd.concat([frame(f"fitted{number}", 200) for number in range(20)]))
    return forecaster


def frame(unique_id: str, rows: int) -> pd.DataFrame:
    """A week, until the first day."""
    ds = pd.date_range(end=FIRST_DAY, periods=rows + 1)[:-1]
    y = 100 + 10 * np.sin(np.arange(rows) * 2 * np.pi / 7)
    return pd.DataFrame({"unique_id": unique_id, "ds": ds, "y": y})


if __name__ == "__main__":
    main()
