"""Draws the pictures of the tutorial and the gallery: `make pictures`, a minute.

They are kept in `docs/images`, so that the site is built without training anything.
"""

from dataclasses import replace
from pathlib import Path

import gatecast
from gatecast import AutoLSTM, LSTMForecaster, Plan, Training, backtest, datasets, experiment
from gatecast.evaluation import Experiment
from gatecast.reporting import charts, plot

IMAGES = Path(__file__).parent / "images"
LABEL = "passengers (thousands)"


def _framings(found: Experiment) -> None:
    """Each framing by itself, beside the LSTM."""
    lstm = [record for record in found.one_step if record["kind"] == "lstm"]
    for record in found.one_step:
        if record["kind"] == "framing":
            figure = charts.framings(replace(found, one_step=[record, *lstm]), LABEL)
            if figure:
                figure.save(IMAGES / f"framing_{record['model'].replace(' ', '_')}.svg")


def main() -> None:
    """Run the experiment and a backtest on the airline passengers, and draw what they found."""
    gatecast.use_compilation_cache()
    air = datasets.airline_passengers()
    found, model = experiment(gatecast.data.to_panel(air), Plan(h=12))
    _framings(found)
    for figure in charts.figures(found, LABEL):
        if figure.name in {"learning_curves", "multi_step", "residuals"}:
            figure.save(IMAGES / f"{figure.name}.svg")
    plot(air).save(IMAGES / "rows.svg")
    plot(air, model.predict(level=[80, 95])).save(IMAGES / "forecast.svg")
    small = LSTMForecaster(
        look_back=12,
        units=4,
        scaler="log",
        window_level="last",
        training=Training(epochs=60, batch_size=8, learning_rate=5e-3),
    )
    charts.memory(small.fit(air).inspect()).save(IMAGES / "memory.svg")

    models = {"LSTM": AutoLSTM(quality="zero_shot")}
    judged = backtest(models, air, h=12, n_windows=4, level=[80, 95])
    for kind in ("windows", "scores", "by_horizon", "coverage"):
        plot(judged, kind=kind).save(IMAGES / f"backtest_{kind}.svg")


if __name__ == "__main__":
    main()
