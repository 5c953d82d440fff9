"""What each ingredient of AutoLSTM brings, on validation windows.

python -m benchmarks.ablation [DATASET ...] [--changes all_parts,no_season]

The last horizon of each training part is forecast from what comes before, as in
`python -m benchmarks.accuracy --validation`; official test parts are not looked at. Each row
changes one thing in `quality="auto"`. Results: `smape_<change>_<dataset>` and `mase_...`.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

import gatecast
from benchmarks._competitions import DATASETS
from benchmarks._record import recording
from benchmarks._report import print_results
from benchmarks.accuracy import SEASONS, errors_of, parts_of, scores_of
from gatecast._types import Panel
from gatecast.forecasting import FitOptions, Part, fit_model, recipe_parts
from gatecast.framing import Framing
from gatecast.network import Architecture

USUAL = ("m3-quarterly", "m3-monthly", "tourism-monthly")
# Networks that begin from drawn weights need more steps.
SCRATCH = gatecast.Training(
    epochs=8, batch_size=128, learning_rate=2e-3, schedule="cosine", clip=1.0, loss="mae"
)


def main() -> None:
    """Fit every change to every data set."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        parents=[recording()],
    )
    parser.add_argument("datasets", nargs="*", default=USUAL, metavar="DATASET")
    parser.add_argument("--changes", help="some of them, with commas; all if not given")
    asked = parser.parse_args()
    some = asked.changes and asked.changes.split(",")
    if unknown := set(asked.datasets) - set(DATASETS):
        parser.error(f"no data set {min(unknown)}: known are {', '.join(DATASETS)}")
    results: dict[str, float] = {}
    for dataset in asked.datasets:
        train, test, h = parts_of(dataset, validation=True)
        season = SEASONS[dataset.partition("-")[2]]
        panel = gatecast.data.to_panel(train)
        every = changes(panel, h, season)
        if unknown := set(some or ()) - set(every):
            parser.error(f"no change {min(unknown)}: {dataset} has {', '.join(every)}")
        for name in some or every:
            frame = _forecast(every[name], panel, h, judged=name == "recipe")
            rows = test.merge(frame.rename(columns={"LSTM": "y_hat"}), on=["unique_id", "ds"])
            scores = scores_of(errors_of(rows, train, season))
            results |= {f"{what}_{name}_{dataset}": scores[what] for what in ("smape", "mase")}
            print(f"{dataset} {name}: {scores['smape']:.2f} {scores['mase']:.3f}", flush=True)
    print_results(results, record=asked.record)


def _forecast(parts: Sequence[Part], panel: Panel, h: int, *, judged: bool) -> pd.DataFrame:
    """What the parts forecast; `judged` leaves out those that held-out rows speak against."""
    options = FitOptions(intervals=judged, choose=judged, verbose=False)
    model, _ = fit_model(lambda _: parts, panel, h, options)
    return model.forecast()


def changes(panel: Panel, h: int, season: int) -> Mapping[str, Sequence[Part]]:
    """The parts of each change, by name."""
    usual = tuple(recipe_parts("auto", panel, h))
    as_is, lightly, *others = usual
    strongly = [part for part in others if part.role == "adapted_strongly"]
    scratch = [part for part in others if part.role == "from_scratch"]
    scaler = lightly.settings.scaler
    other = ("power",) if as_is.settings.scaler == scaler else scaler
    drawn = replace(
        _changed(as_is, scaler=scaler, training=SCRATCH), role="from_scratch", weights="drawn"
    )
    plain = Framing(max(2 * season, 6), h, level="mean", level_span=max(season, 3))

    def framed(**change: int) -> tuple[Part, ...]:
        return tuple(
            _changed(part, framing=replace(part.settings.framing, **change)) for part in usual
        )

    # Only panels with samples enough have all parts.
    of_many: dict[str, Sequence[Part]] = {}
    if strongly:
        of_many |= {
            "adapted_strongly": strongly,
            "none_adapted_strongly": (as_is, lightly, *scratch),
        }
    if scratch:
        of_many |= {
            "from_scratch": scratch,
            "none_from_scratch": (as_is, lightly, *strongly),
            "two_from_scratch": recipe_parts("best", panel, h),
        }
    return {
        "recipe": usual,
        "all_parts": usual,
        "as_they_are": (as_is,),
        "adapted_lightly": (lightly,),
        **of_many,
        # Cube roots of months and logarithms of others, where it is the other way round.
        "other_scaler": (_changed(as_is, scaler=other), lightly, *others),
        "season_shown_to_all": (
            as_is,
            _changed(lightly, framing=as_is.settings.framing),
            *others,
        ),
        "season_from_few_rows": framed(look_back=60),
        "no_season": framed(season=1),
        "one_member": tuple(_changed(part, members=1) for part in usual),
        "not_pretrained": (drawn,),
        "nor_seasonal_windows": (
            _changed(drawn, framing=plain, architecture=Architecture(units=32, linear_skip=True)),
        ),
    }


def _changed(part: Part, **settings: Any) -> Part:
    """The part with other settings."""
    return replace(part, settings=replace(part.settings, **settings))


if __name__ == "__main__":
    main()
